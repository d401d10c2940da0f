//! Bar window: the last closed bars of one symbol and interval, as predict reads them.

use crate::{
    Bar, Interval, Symbol,
    origin::{Origin, Provenance},
    quality::DoubtfulBar,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Content of `window/{symbol}/{interval}.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarWindow {
    /// Symbol of the bars.
    pub symbol: Symbol,
    /// Interval of the bars.
    pub interval: Interval,
    /// Origin of the last bar, as a label.
    pub source: String,
    /// Time that counted as now when ingest wrote the window.
    pub updated_at: Timestamp,
    /// True if that time was replayed: ingest left out bars that had closed since. Absent if false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
    /// Last closed bars, ascending.
    pub bars: Vec<Bar>,
    /// Those of `bars` that a forecast has to warn of, ascending. Absent if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubtful: Vec<DoubtfulBar>,
}

impl BarWindow {
    /// Time that the replay has come to, if the bars are replayed history.
    ///
    /// `None` for live bars, whose clock is the real one whatever an event says, and for stored or simulated bars that
    /// were ingested when they closed.
    #[must_use]
    pub fn replayed_to(&self) -> Option<Timestamp> {
        let live = Origin::from(self.source.as_str()).provenance == Provenance::Live;
        (self.replayed && !live).then_some(self.updated_at)
    }

    /// Time that counts as now for the bars: `clock`, or the time that a replay has come to.
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
        let doubtful = text.replace("}]}", r#"}],"doubtful":[{"time":"2023-05-06T06:00:00Z","rules":["proxy"]}]}"#);
        assert_eq!(serde_json::to_string(&serde_json::from_str::<BarWindow>(&doubtful).unwrap()).unwrap(), doubtful);
        assert_eq!(window.bars[0].close.to_bits(), 1_800.000_000_000_000_2_f64.to_bits());
    }

    #[test]
    fn only_replayed_bars_that_are_not_live_replace_the_clock() {
        let (updated_at, clock) = ("2024-01-01T00:05:00Z", at("2026-11-30T12:00:00Z"));
        let window = |source: &str, replayed| BarWindow {
            symbol: "ETH-USD".parse().unwrap(),
            interval: Interval::Day,
            source: source.to_owned(),
            updated_at: at(updated_at),
            replayed,
            bars: Vec::new(),
            doubtful: Vec::new(),
        };
        for (source, replayed, now) in [
            ("coinbase (stored)", true, at(updated_at)),
            ("coinbase (simulated)", true, at(updated_at)),
            ("coinbase (simulated)", false, clock),
            ("coinbase", true, clock),
        ] {
            assert_eq!(window(source, replayed).now(clock), now, "{source} {replayed}");
        }
    }
}
