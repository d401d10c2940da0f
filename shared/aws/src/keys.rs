//! Keys of the objects in the bucket. Nothing else builds a key.

use jiff::Timestamp;
use market_data::{Interval, Series, Symbol};

/// The prefix of every bar of `symbol` and `interval`.
#[must_use]
pub fn bars_prefix(symbol: &Symbol, interval: Interval) -> String {
    format!("bars/{symbol}/{interval}/")
}

/// One year of bars, Parquet.
#[must_use]
pub fn bars(symbol: &Symbol, interval: Interval, year: i16) -> String {
    format!("bars/{symbol}/{interval}/{year}.parquet")
}

/// Pending work of ingest, JSON.
#[must_use]
pub fn pending_work(symbol: &Symbol, interval: Interval) -> String {
    format!("pending/{symbol}/{interval}.json")
}

/// One year of observations, Parquet: each source's bars with the times at which they were seen.
#[must_use]
pub fn observations(symbol: &Symbol, interval: Interval, year: i16) -> String {
    format!("observations/{symbol}/{interval}/{year}.parquet")
}

/// Quality report: gaps and findings, JSON.
#[must_use]
pub fn quality(symbol: &Symbol, interval: Interval) -> String {
    format!("quality/{symbol}/{interval}.json")
}

/// The year in a key made by [`bars`] or [`observations`].
#[must_use]
pub fn bars_year(key: &str) -> Option<i16> {
    key.rsplit_once('/')?.1.strip_suffix(".parquet")?.parse().ok()
}

/// Raw answers of a source, compressed. `fetch` names the fetch and must be equal for equal requests.
#[must_use]
pub fn raw(source: &str, symbol: &Symbol, interval: Interval, fetch: &str) -> String {
    format!("raw/{source}/{symbol}/{interval}/{fetch}.json.gz")
}

/// The latest closed bars, JSON.
#[must_use]
pub fn bar_window(symbol: &Symbol, interval: Interval) -> String {
    format!("window/{symbol}/{interval}.json")
}

/// The artifact of a model version.
#[must_use]
pub fn model(series: &Series, version: u32) -> String {
    format!("models/{series}/{version}/model.wvm")
}

/// The drift reference of a model version, JSON.
#[must_use]
pub fn drift_reference(series: &Series, version: u32) -> String {
    format!("models/{series}/{version}/drift.json")
}

/// A score report; `extension` is `html` or `json`.
#[must_use]
pub fn report(series: &Series, as_of: Timestamp, extension: &str) -> String {
    format!("reports/{series}/{}.{extension}", report_id(as_of))
}

/// Id of a report: its time, as in its key and its URL.
#[must_use]
pub fn report_id(as_of: Timestamp) -> String {
    as_of.strftime("%Y-%m-%dT%H%M%SZ").to_string()
}

/// The newest score report, JSON.
#[must_use]
pub fn latest_report(series: &Series) -> String {
    format!("reports/{series}/latest.json")
}

/// Maximum bytes of an object by the kind of its key. Reading and writing share it, so that nothing is written that could
/// not be read again. Each limit is several times the size that years of operation lead to; that of models is above
/// `model::MAX_BYTES`.
#[must_use]
pub fn max_bytes(key: &str) -> usize {
    let (kind, _) = key.split_once('/').unwrap_or_default();
    match kind {
        "observations" => 32 << 20,
        "raw" => 64 << 20,
        "bars" => 8 << 20,
        "models" | "quality" | "reports" => 4 << 20,
        // Bar windows and pending work.
        _ => 1 << 20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_documented_one() {
        let symbol: Symbol = "ETH-USD".parse().unwrap();
        let series: Series = "eth-usd-1d-h7".parse().unwrap();
        let year = bars(&symbol, Interval::Day, 2023);
        assert_eq!(year, "bars/ETH-USD/1d/2023.parquet");
        assert!(year.starts_with(&bars_prefix(&symbol, Interval::Day)));
        assert_eq!(bars_year(&year), Some(2023));
        assert_eq!(bars_year("bars/ETH-USD/1d/tmp.json"), None);
        let observed = observations(&symbol, Interval::Hour, 2019);
        assert_eq!(observed, "observations/ETH-USD/1h/2019.parquet");
        assert_eq!(bars_year(&observed), Some(2019));
        assert_eq!(quality(&symbol, Interval::Day), "quality/ETH-USD/1d.json");
        assert_eq!(raw("coinbase", &symbol, Interval::Hour, "f1"), "raw/coinbase/ETH-USD/1h/f1.json.gz");
        assert_eq!(bar_window(&symbol, Interval::Hour), "window/ETH-USD/1h.json");
        assert_eq!(model(&series, 12), "models/eth-usd-1d-h7/12/model.wvm");
        assert_eq!(drift_reference(&series, 12), "models/eth-usd-1d-h7/12/drift.json");
        let as_of = "2023-11-05T01:02:03Z".parse().unwrap();
        assert_eq!(report(&series, as_of, "html"), "reports/eth-usd-1d-h7/2023-11-05T010203Z.html");
        assert_eq!(latest_report(&series), "reports/eth-usd-1d-h7/latest.json");
    }
}
