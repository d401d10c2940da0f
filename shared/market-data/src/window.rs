//! The latest window: the last closed bars of one symbol and interval, all that predict needs.

use crate::{
    Bar, Interval, Symbol,
    origin::{Origin, Provenance},
    quality::DoubtfulBar,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The content of `window/{symbol}/{interval}.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarWindow {
    /// The pair.
    pub symbol: Symbol,
    /// The bars' length.
    pub interval: Interval,
    /// Which source delivered the last bar.
    pub source: String,
    /// Time that counted as now when ingest wrote it.
    pub updated_at: Timestamp,
    /// True if that time was replayed: bars closed since that were not to be seen. Absent if false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
    /// The last closed bars, ascending.
    pub bars: Vec<Bar>,
    /// Those of `bars` that a forecast has to warn of, ascending; absent in JSON when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubtful: Vec<DoubtfulBar>,
}

impl BarWindow {
    /// Time that the replay has come to, if the bars are replayed history; `None` for a live market, whose clock is
    /// the real one whatever an event says, and for stored or simulated bars that came when they closed.
    #[must_use]
    pub fn replayed_to(&self) -> Option<Timestamp> {
        let live = Origin::from(self.source.as_str()).provenance == Provenance::Live;
        (self.replayed && !live).then_some(self.updated_at)
    }

    /// Time that counts as now for these bars: `clock`, or the time that a replay has come to.
    #[must_use]
    pub fn now(&self, clock: Timestamp) -> Timestamp {
        self.replayed_to().unwrap_or(clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_stored_form_is_stable_and_keeps_every_bit() {
        let text = r#"{"symbol":"ETH-USD","interval":"1h","source":"coinbase","updated_at":"2023-05-06T07:00:09Z","bars":[{"time":"2023-05-06T06:00:00Z","open":1800.1,"high":1801.3,"low":1799.7,"close":1800.0000000000002,"volume":12.5}]}"#;
        let window: BarWindow = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&window).unwrap(), text);
        let marked = text.replace("}]}", r#"}],"doubtful":[{"time":"2023-05-06T06:00:00Z","rules":["proxy"]}]}"#);
        assert_eq!(serde_json::to_string(&serde_json::from_str::<BarWindow>(&marked).unwrap()).unwrap(), marked);
        assert_eq!(window.bars[0].close.to_bits(), 1_800.000_000_000_000_2_f64.to_bits());
    }

    #[test]
    fn only_a_replay_of_history_has_a_clock_of_its_own() {
        let (then, clock) = ("2024-01-01T00:05:00Z", at("2026-11-30T12:00:00Z"));
        let window = |source: &str, replayed| BarWindow {
            symbol: "ETH-USD".parse().unwrap(),
            interval: Interval::Day,
            source: source.to_owned(),
            updated_at: at(then),
            replayed,
            bars: Vec::new(),
            doubtful: Vec::new(),
        };
        for (source, replayed, now) in [
            ("coinbase (stored)", true, at(then)),
            ("coinbase (simulated)", true, at(then)),
            ("coinbase (simulated)", false, clock),
            ("coinbase", true, clock),
        ] {
            assert_eq!(window(source, replayed).now(clock), now, "{source} {replayed}");
        }
    }
}
