//! Bodies of real clients.

use super::{CSV, JSON, last_feature_rows, read};
use crate::support::series;
use features::feature_names;
use market_data::Bar;
use predict::scoring::{Rows, decode};

fn two_bars() -> Rows {
    let bar = |time: &str, close: f64| Bar {
        time: time.parse().unwrap(),
        open: 1800.0,
        high: 1850.5,
        low: 1790.0,
        close,
        volume: 1200.0,
    };
    Rows::Bars(vec![bar("2023-11-03T00:00:00Z", 1835.25), bar("2023-11-04T00:00:00Z", 1801.0)])
}

/// Output of `dump_input_data` of MLflow's `ScoringServerClient` for a data frame: `to_dict(orient="split")`, with times in
/// ISO format.
#[test]
fn the_body_of_mlflows_client_is_read() {
    let body = r#"{"dataframe_split": {"index": [0, 1],
        "columns": ["timestamp", "open", "high", "low", "close", "volume"],
        "data": [["2023-11-03T00:00:00", 1800.0, 1850.5, 1790.0, 1835.25, 1200.0],
                 ["2023-11-04T00:00:00+00:00", 1800.0, 1850.5, 1790.0, 1801.0, 1200.0]]}, "params": {}}"#;
    assert_eq!(read(JSON, body), Ok(two_bars()));
}

/// `df.to_json(orient="records")` and `orient="split"` of pandas write times in milliseconds.
#[test]
fn json_of_pandas_is_read() {
    let records = r#"{"dataframe_records":[
        {"time":1698969600000,"open":1800.0,"high":1850.5,"low":1790.0,"close":1835.25,"volume":1200},
        {"time":1699056000000,"open":1800.0,"high":1850.5,"low":1790.0,"close":1801.0,"volume":1200}]}"#;
    assert_eq!(read(JSON, records), Ok(two_bars()));
    let split = r#"{"dataframe_split":{"columns":["time","open","high","low","close","volume"],"index":[0,1],
        "data":[[1698969600000,1800.0,1850.5,1790.0,1835.25,1200],[1699056000000,1800.0,1850.5,1790.0,1801.0,1200]]}}"#;
    assert_eq!(read(JSON, split), Ok(two_bars()));
}

/// `df.to_csv()` of pandas begins with the index, in a column without a name, and quotes cells with a comma.
#[test]
fn csv_of_pandas_is_read() {
    let body = ",note,timestamp,open,high,low,close,volume\n\
                0,\"a \"\"quoted\"\",\ntwo-line note\",2023-11-03,1800.0,1850.5,1790.0,1835.25,1200\n\
                1,,2023-11-04 00:00:00,1800.0,1850.5,1790.0,1801.0,1200\n";
    assert_eq!(read(CSV, body), Ok(two_bars()));
    assert_eq!(read(CSV, &body.replace('\n', "\r\n")), Ok(two_bars()));
    assert_eq!(read(CSV, body.trim_end()), Ok(two_bars()), "the last line need not end");
}

/// Row and column format of TensorFlow Serving, which MLflow and Vertex AI use, too.
#[test]
fn formats_of_tensorflow_serving_are_read() {
    let rows = last_feature_rows();
    let cells = |row: &[f64]| {
        let fields = feature_names().iter().zip(row).map(|(name, value)| format!("\"{name}\": {value:e}"));
        fields.collect::<Vec<_>>().join(", ")
    };
    let instances = format!("{{\"instances\": [{{{}}}, {{{}}}]}}", cells(&rows[0]), cells(&rows[1]));
    assert_eq!(read(JSON, &instances), Ok(Rows::Features(rows[..2].to_vec())));
    let column = |(place, name): (usize, &&str)| format!("\"{name}\": [{}, {}]", rows[0][place], rows[1][place]);
    let columns: Vec<String> = feature_names().iter().enumerate().map(column).collect();
    let inputs = format!("{{\"inputs\": {{{}}}}}", columns.join(", "));
    assert_eq!(read(JSON, &inputs), Ok(Rows::Features(rows[..2].to_vec())));
}

#[test]
fn content_types_of_clients_are_accepted() {
    let json = r#"{"inputs":{"time":[1672531200],"open":[1],"high":[1],"low":[1],"close":[1],"volume":[0]}}"#;
    let csv = "time,open,high,low,close,volume\n1672531200,1,1,1,1,0";
    for (content_type, body) in [
        ("application/json", json),
        ("application/json; charset=utf-8", json),
        ("application/json;charset=UTF-8", json),
        ("Application/JSON ; Charset=\"utf-8\"", json),
        ("application/json;", json),
        ("text/csv", csv),
        ("text/csv; charset=utf-8", csv),
    ] {
        let rows = decode(Some(content_type), body.as_bytes(), &series()[0]);
        assert_eq!(rows.map(|input| input.rows.len()), Ok(1), "{content_type}");
    }
}
