//! The latest window: the last closed bars of one symbol and interval, all that predict needs.

use crate::{Bar, Interval, Symbol, quality::DoubtfulBar};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The content of `window/{symbol}/{interval}.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The pair.
    pub symbol: Symbol,
    /// The bars' length.
    pub interval: Interval,
    /// Which source delivered the last bar.
    pub source: String,
    /// When ingest wrote it.
    pub updated_at: Timestamp,
    /// The last closed bars, ascending.
    pub bars: Vec<Bar>,
    /// Those of `bars` that a forecast has to warn of, ascending; absent in JSON when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubtful: Vec<DoubtfulBar>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_stable_and_keeps_every_bit() {
        let text = r#"{"symbol":"ETH-USD","interval":"1h","source":"coinbase","updated_at":"2023-05-06T07:00:09Z","bars":[{"time":"2023-05-06T06:00:00Z","open":1800.1,"high":1801.3,"low":1799.7,"close":1800.0000000000002,"volume":12.5}]}"#;
        let window: Window = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&window).unwrap(), text);
        let marked = text.replace("}]}", r#"}],"doubtful":[{"time":"2023-05-06T06:00:00Z","rules":["proxy"]}]}"#);
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Window>(&marked).unwrap()).unwrap(), marked);
        assert_eq!(window.bars[0].close.to_bits(), 1_800.000_000_000_000_2_f64.to_bits());
    }
}
