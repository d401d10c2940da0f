//! Rejected requests of the scoring protocol.

use super::{CSV, JSON, bar_values, bars, in_all_forms, last_feature_rows, read, values};
use crate::support::series;
use features::feature_names;
use predict::{
    problem::{Problem, ProblemKind},
    request::{MAX_BODY_BYTES, MAX_TABLE_BYTES},
    scoring::{ErrorCode, MAX_ROWS, ScoringError, decode},
};
use serde_json::{Value, json};

#[test]
fn another_content_type_is_415() {
    for (content_type, message) in [
        (None, "no content type, expected application/json or text/csv"),
        (Some(""), "the content type is ``"),
        (Some("application/x-npy"), "the content type is `application/x-npy`"),
        (Some("application/json+x"), "the content type is `application/json+x`"),
        (Some("application/json; charset=latin-1"), "the charset is `latin-1`, only utf-8 is read"),
        (Some("application/json; format=pandas-split"), "the content type has no parameter `format`, only charset"),
    ] {
        let error = decode(content_type, b"{}", &series()[0]).unwrap_err();
        assert_eq!((error.status, error.error_code), (415, ErrorCode::BadRequest), "{error}");
        assert!(error.message.starts_with(message), "{error}");
    }
}

#[test]
fn a_body_without_a_table_is_a_bad_request() {
    let expected_one = "expected exactly one of the fields dataframe_split, dataframe_records, instances, inputs";
    let nested = format!("{{\"inputs\":{}1{}}}", "[".repeat(300_000), "]".repeat(300_000));
    for (content_type, body, message) in [
        (JSON, "", "the body is empty"),
        (JSON, "\u{1f}\u{8b}", "the body is not JSON"),
        (JSON, "{", "the body is not JSON"),
        (JSON, "\u{feff}{}", "the body begins with a byte order mark"),
        (
            JSON,
            r#"{"inputs":[{"return_1":NaN}]}"#,
            "the body is not JSON: expected value at line 1 column 24, where it says `NaN}]}`; NaN and",
        ),
        (JSON, "[]", "the body is not an object"),
        (JSON, "3", "the body is not an object"),
        (JSON, "{}", expected_one),
        (JSON, r#"{"columns":[],"data":[]}"#, expected_one),
        (JSON, r#"{"inputs":[],"instances":[]}"#, expected_one),
        (JSON, r#"{"inputs":[],"inputs":[]}"#, "the body has the field `inputs` twice"),
        (JSON, r#"{"inputs":[],"\u0069nputs":[]}"#, "the body has the field `inputs` twice"),
        (JSON, r#"{"inputs":[],"params":[]}"#, "`params` is not an object"),
        (JSON, r#"{"inputs":3}"#, "`inputs` is not a list"),
        (JSON, r#"{"inputs":[3]}"#, "row 0 is not an object"),
        (JSON, r#"{"inputs":{"a":[],"a":[]}}"#, "`inputs` has the field `a` twice"),
        (JSON, r#"{"dataframe_records":{}}"#, "`dataframe_records` is not a list"),
        (JSON, r#"{"dataframe_records":[{"a":1,"a":1}]}"#, "row 0 has the field `a` twice"),
        (JSON, r#"{"dataframe_split":[]}"#, "`dataframe_split` is not an object"),
        (JSON, r#"{"dataframe_split":{"data":[]}}"#, "`dataframe_split` has no `columns`"),
        (JSON, r#"{"dataframe_split":{"columns":[]}}"#, "`dataframe_split` has no `data`"),
        (JSON, r#"{"dataframe_split":{"columns":[],"data":{}}}"#, "`data` is not a list"),
        (JSON, r#"{"dataframe_split":{"columns":[],"rows":[]}}"#, "`dataframe_split` has no field `rows`"),
        (JSON, r#"{"dataframe_split":{"columns":[1],"data":[]}}"#, "column 1 is not a string"),
        (JSON, r#"{"dataframe_split":{"columns":["a","a"],"data":[]}}"#, "there are two columns `a`"),
        (
            JSON,
            r#"{"dataframe_split":{"columns":[],"data":[[]],"index":[0,1]}}"#,
            "`index` names 2 rows, but there are 1",
        ),
        (CSV, "", "the body is empty"),
        (CSV, "\r\n\n", "the body is empty"),
        (CSV, "a,b,A\n1,2,3", "line 1: the columns `a` and `A` are ambiguous"),
        (CSV, "a,\"b\n1,2", "line 1: a quote is not closed"),
        (CSV, "a,\"b\"c\n1,2", "line 1: there is text behind a closing quote"),
    ] {
        let error = read(content_type, body).unwrap_err();
        assert_eq!((error.status, error.error_code), (400, ErrorCode::BadRequest), "{body}: {error}");
        assert!(error.message.starts_with(message), "{body}: {error}");
    }
    let not_text = decode(Some(JSON), b"{\"inputs\":\"\xff\"}", &series()[0]).unwrap_err();
    assert_eq!(not_text.message, "the body is not UTF-8 at byte 11");
    for body in
        [&nested, &"[".repeat(MAX_BODY_BYTES), &"{\"a\":".repeat(MAX_BODY_BYTES / 5), &",".repeat(MAX_BODY_BYTES)]
    {
        for content_type in [JSON, CSV] {
            assert_eq!(read(content_type, body).unwrap_err().status, 400);
        }
    }
}

#[test]
fn rows_of_the_wrong_width_are_a_bad_request() {
    let [first, .., last] = feature_names() else { panic!("there are many") };
    let names: Vec<String> = feature_names().iter().map(|name| format!("\"{name}\"")).collect();
    let split = format!(r#"{{"dataframe_split":{{"columns":[{}],"data":[[1]]}}}}"#, names.join(","));
    let columns: Vec<String> = names.iter().map(|name| format!("{name}:[1]")).collect();
    let uneven = format!(r#"{{"inputs":{{{}}}}}"#, columns.join(",")).replace("[1]}}", "[1,2]}}");
    let csv = format!("{}\n\n1\n", feature_names().join(","));
    for (content_type, body, message) in [
        (JSON, split, "row 0 has 1 cells, but there are 60 columns".to_owned()),
        (JSON, uneven, format!("column {last} has 2 rows, but column {first} has 1")),
        (CSV, csv, "line 3 has 1 cells, but the first names 60 columns".to_owned()),
    ] {
        let error = read(content_type, &body).unwrap_err();
        assert_eq!((error.error_code, error.message), (ErrorCode::BadRequest, message));
    }
}

#[test]
fn missing_columns_are_named_in_all_forms() {
    let (names, rows) = (&feature_names()[2..], values(&last_feature_rows()));
    let rows: Vec<Vec<Value>> = rows.into_iter().map(|row| row[2..].to_vec()).collect();
    let [one, two, ..] = feature_names() else { panic!("there are many") };
    let features = format!("missing columns {one}, {two}: a row of features has all 60");
    let bar = bar_values(&bars(1));
    let bar: Vec<Vec<Value>> = bar.into_iter().map(|row| row[1..5].to_vec()).collect();
    let bars = "missing columns time, volume: a bar has time (or timestamp), open, high, low, close and volume";
    let nothing = "no column is known: expected those of a bar";
    let line = "line 1 is `open,high,low,close`, without a column for the time";
    for (names, data, json, csv) in [
        (names, rows, features.as_str(), features.as_str()),
        (&["open", "high", "low", "close"], bar, bars, line),
        (&["Open", "x"], vec![vec![json!(1), json!(2)]], nothing, "line 1 is `Open,x`, without a column for the time"),
    ] {
        for (content_type, body) in in_all_forms(names, &data) {
            let error = read(content_type, &body).unwrap_err();
            assert_eq!((error.status, error.error_code), (400, ErrorCode::InvalidParameterValue), "{body}: {error}");
            let message = if content_type == CSV { csv } else { json };
            assert!(error.message.starts_with(message), "{body}: {error}");
        }
    }
    let both = "time,timestamp,open,high,low,close,volume\n0,0,1,1,1,1,1";
    let message = "line 1: the time is ambiguous, each of `time`, `timestamp` could be it";
    assert!(read(CSV, both).unwrap_err().message.starts_with(message));
    let two = "Date,Open,High,Low,Close,Volume,volume\n2023-01-01,1,1,1,1,1500,1";
    assert!(read(CSV, two).unwrap_err().message.contains("`Volume` and `volume` are ambiguous"));
}

#[test]
fn lists_without_column_names_are_rejected() {
    let row = vec!["0"; feature_names().len()].join(",");
    for name in ["inputs", "instances"] {
        let error = read(JSON, &format!("{{\"{name}\":[[{row}]]}}")).unwrap_err();
        assert_eq!(error.error_code, ErrorCode::InvalidParameterValue);
        assert!(error.message.starts_with("row 0 is a list, whose columns have no names"), "{error}");
    }
}

/// Replaces one cell of the second row.
#[test]
fn a_non_finite_value_is_named_by_row_and_column() {
    let name = feature_names()[5];
    for (text, found) in [
        ("null", "null"),
        ("true", "true"),
        ("\"1.5\"", "\"1.5\""),
        ("\"NaN\"", "\"NaN\""),
        ("1e999", "1e999"),
        ("-1e999", "-1e999"),
        ("[1]", "[1]"),
        ("{}", "{}"),
    ] {
        let mut data = values(&last_feature_rows());
        data[1][5] = json!("PLACE");
        for (content_type, body) in in_all_forms(feature_names(), &data) {
            if content_type == CSV {
                continue;
            }
            let error = read(content_type, &body.replace("\"PLACE\"", text)).unwrap_err();
            assert_eq!(error.error_code, ErrorCode::InvalidParameterValue);
            assert_eq!(error.message, format!("row 1: {name} is {found}, expected a finite number"));
        }
        let csv = in_all_forms(feature_names(), &data).pop().unwrap().1;
        for text in ["", "x", "NaN", "inf", "1e999", "1,5"] {
            let error = read(CSV, &csv.replace("PLACE", text)).unwrap_err();
            assert_eq!(error.message, format!("row 1: {name} is `{text}`, expected a finite number"));
        }
    }
    let mut records = json!({"inputs": [{}, {}]});
    for (row, values) in last_feature_rows().iter().take(2).enumerate() {
        records["inputs"][row] =
            feature_names().iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    }
    records["inputs"][1].as_object_mut().unwrap().remove(name);
    let error = read(JSON, &records.to_string()).unwrap_err();
    assert_eq!(error.message, format!("row 1: {name} is missing, expected a finite number"));
}

#[test]
fn bars_must_be_valid_and_ascend_on_the_grid() {
    let refused = |place: usize, text: Value| {
        let mut data = bar_values(&bars(3));
        data[1][place] = text;
        let bodies = in_all_forms(&super::BAR, &data);
        let errors = bodies.iter().map(|(content_type, body)| read(content_type, body).unwrap_err());
        let messages: Vec<String> = errors.map(|error| error.message).collect();
        assert!(
            messages.iter().all(|one| one.split([' ', '`']).take(3).eq(messages[0].split([' ', '`']).take(3))),
            "{messages:?}"
        );
        messages[0].clone()
    };
    for (place, value, message) in [
        (0, json!("soon"), "row 1: time `soon` is not a time; expected RFC 3339 such as"),
        (0, json!(1.5), "row 1: time `1.5` is not a whole number"),
        (0, json!(45_000), "row 1: time `45000` looks like the serial day"),
        (0, json!("2023-11-03T00:00:01Z"), "bar 1: time 2023-11-03T00:00:01Z is not the open time of a 1d bar"),
        (0, json!("2023-11-02"), "bar 1: time 2023-11-02T00:00:00Z does not come after 2023-11-02T00:00:00Z"),
        (4, json!(-3), "bar 1 (2023-11-03T00:00:00Z): close is -3, expected a finite number above zero"),
        (4, json!(1e9), "bar 1 (2023-11-03T00:00:00Z): close is 1000000000, outside low"),
        (5, json!(null), "row 1: volume is null, expected a finite number"),
    ] {
        let found = refused(place, value);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn the_number_of_rows_is_limited() {
    for (content_type, body) in in_all_forms(feature_names(), &[]) {
        let error = read(content_type, &body).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (400, "there are no rows"), "{body}");
    }
    let bars = |count: usize| {
        let bar =
            |time: usize| vec![json!(1_230_768_000 + time * 86_400), json!(1), json!(1), json!(1), json!(1), json!(1)];
        (0..count).map(bar).collect::<Vec<_>>()
    };
    for (content_type, body) in in_all_forms(&super::BAR, &bars(MAX_ROWS)) {
        assert!(body.len() < MAX_BODY_BYTES, "{}", body.len());
        assert_eq!(read(content_type, &body).map(|rows| rows.len()), Ok(MAX_ROWS));
    }
    for (content_type, body) in in_all_forms(&super::BAR, &bars(MAX_ROWS + 1)) {
        let error = read(content_type, &body).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (400, "5001 rows or more, at most 5000 are read"));
    }
}

#[test]
fn the_documented_numbers_of_rows_fit_the_byte_limit() {
    let long = json!(-1.234_567_890_123_456_7e-10);
    let bodies = |count: usize| in_all_forms(feature_names(), &vec![vec![long.clone(); feature_names().len()]; count]);
    for ((_, ten), (_, twenty)) in bodies(10).into_iter().zip(bodies(20)) {
        let is_records = twenty.matches("return_30").nth(1).is_some();
        let stated = if is_records { 1_500 } else { 2_500 };
        // All rows have equal length, except for their number in the index.
        let bytes = ten.len() + (twenty.len() - ten.len() + 20) * stated / 10;
        assert!(bytes < MAX_TABLE_BYTES, "{bytes} bytes: {}", &ten[..40]);
    }
}

#[test]
fn errors_have_the_format_of_mlflow() {
    let error = read(JSON, "{}").unwrap_err();
    let document: Value = serde_json::from_slice(&error.to_json()).unwrap();
    assert_eq!(document, json!({"error_code": "BAD_REQUEST", "message": error.message}));
    for kind in ProblemKind::ALL {
        let error = ScoringError::from(Problem::new(kind, "why"));
        let expected = if kind.status() == 422 { 400 } else { kind.status() };
        assert_eq!((error.status, error.message.as_str()), (expected, "why"));
        let document: Value = serde_json::from_slice(&error.to_json()).unwrap();
        assert_eq!(
            document["error_code"] == "BAD_REQUEST",
            matches!(kind.status(), 400 | 405 | 413 | 415),
            "{document}"
        );
    }
}
