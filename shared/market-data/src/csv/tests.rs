use super::*;
use crate::Interval;

const HEADER: &str = "timestamp,open,high,low,close,volume";
const NOW: &str = "2026-11-30T00:00:00Z";

fn options() -> CsvOptions {
    CsvOptions { bounds: TimeBounds::at(NOW.parse().unwrap()), format: None }
}

fn bars(text: &str) -> Result<CsvBars, CsvError> {
    read_bars(text.as_bytes(), options())
}

/// Message of the error that reading `text` as a daily history gives.
fn error_message(text: &str) -> String {
    let read = bars(text).and_then(|bars| bars.history(Interval::Day));
    read.expect_err(text).to_string()
}

/// The same two daily bars in each format.
const FILES: [(&str, CsvFormat, &str); 14] = [
    (
        "Unix microseconds",
        CsvFormat::Columns,
        "timestamp,open,high,low,close,volume\n1672531200000000,10,12,9,11,6\n1672617600000000,11,13,10,12,7\n",
    ),
    (
        "compact dates",
        CsvFormat::Columns,
        "timestamp,open,high,low,close,volume\n20230101,10,12,9,11,6\n20230102,11,13,10,12,7\n",
    ),
    (
        "semicolons",
        CsvFormat::Columns,
        "\u{feff}Datetime;Open;High;Low;Close;Vol.\r\n2023-01-01;10;12;9;11;6\r\n2023-01-02;11;13;10;12;7\r\n",
    ),
    (
        "CryptoDataDownload",
        CsvFormat::CryptoDataDownload,
        "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume ETH,Volume USD\n\
         1672617600,2023-01-02 00:00:00,ETH/USD,11,13,10,12,7,84\n1672531200000,2023-01-01 00:00:00,ETH/USD,10,12,9,11,6,66\n",
    ),
    ("Kraken", CsvFormat::Kraken, "1672531200,10,12,9,11,6,1000\n1672617600,11,13,10,12,7,1000\n"),
    (
        "Binance spot, ms",
        CsvFormat::Binance,
        "1672531200000,10,12,9,11,6,1672617599999,66,100,3,33,0\n1672617600000,11,13,10,12,7,1672703999999,84,100,3,33,0\n",
    ),
    (
        "Binance spot, us",
        CsvFormat::Binance,
        "1672531200000000,10,12,9,11,6,1672617599999999,66,100,3,33,0\n\
         1672617600000000,11,13,10,12,7,1672703999999999,84,100,3,33,0\n",
    ),
    (
        "Binance futures",
        CsvFormat::Binance,
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n\
         1672531200000,10,12,9,11,6,1672617599999,66,100,3,33,0\n1672617600000,11,13,10,12,7,1672703999999,84,100,3,33,0\n",
    ),
    (
        "yfinance",
        CsvFormat::Yfinance,
        "Price,Close,High,Low,Open,Volume\nTicker,ETH-USD,ETH-USD,ETH-USD,ETH-USD,ETH-USD\nDate,,,,,\n\
         2023-01-01,11,12,9,10,66\n2023-01-02,12,13,10,11,84\n",
    ),
    (
        "Yahoo",
        CsvFormat::Yahoo,
        "Date,Open,High,Low,Close,Adj Close,Volume\n2023-01-01,10,12,9,11,11,66\n2023-01-02,11,13,10,12,12,84\n",
    ),
    (
        "Coinbase",
        CsvFormat::Coinbase,
        "time,low,high,open,close,volume\n1672617600,10,13,11,12,7\n1672531200,9,12,10,11,6\n",
    ),
    (
        "CoinMarketCap",
        CsvFormat::CoinMarketCap,
        "timeOpen;timeClose;timeHigh;timeLow;name;open;high;low;close;volume;marketCap;timestamp\n\
         \"2023-01-02T00:00:00.000Z\";\"2023-01-02T23:59:59.999Z\";\"x\";\"y\";\"2781\";11;13;10;12;84;1e11;\"2023-01-02T23:59:59.999Z\"\n\
         \"2023-01-01T00:00:00.000Z\";\"2023-01-01T23:59:59.999Z\";\"x\";\"y\";\"2781\";10;12;9;11;66;1e11;\"2023-01-01T23:59:59.999Z\"\n",
    ),
    (
        "MetaTrader",
        CsvFormat::MetaTrader,
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n\
         2023.01.01\t00:00:00\t10\t12\t9\t11\t6\t0\t1\n2023.01.02\t00:00:00\t11\t13\t10\t12\t7\t0\t1\n",
    ),
    (
        "Investing.com",
        CsvFormat::Investing,
        "\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"\n\
         \"01/02/2023\",\"12.0\",\"11.0\",\"13.0\",\"10.0\",\"0.007K\",\"1%\"\n\
         \"01/01/2023\",\"11.0\",\"10.0\",\"12.0\",\"9.0\",\"0.006K\",\"1%\"\n",
    ),
];

#[test]
fn each_format_is_detected_and_gives_the_same_bars() {
    let expected =
        [("2023-01-01T00:00:00Z", [10., 12., 9., 11., 6.]), ("2023-01-02T00:00:00Z", [11., 13., 10., 12., 7.])];
    for (name, format, text) in FILES {
        let read = bars(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.format, format, "{name}");
        assert!(read.description().starts_with(&format!("read as {format}: 2 bars")), "{}", read.description());
        let history = read.history(Interval::Day).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: Vec<_> = history
            .iter()
            .map(|bar| (bar.time.to_string(), [bar.open, bar.high, bar.low, bar.close, bar.volume]))
            .collect();
        let expected: Vec<_> = expected.iter().map(|(time, values)| ((*time).to_owned(), *values)).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_description_names_order_and_volume_column() {
    let description = |name: &str| {
        let (.., text) = FILES.into_iter().find(|(found, ..)| *found == name).unwrap();
        bars(text).unwrap().description()
    };
    assert_eq!(
        description("CryptoDataDownload"),
        "read as cryptodatadownload: 2 bars, newest first, volume from `Volume ETH`"
    );
    assert!(description("Yahoo").ends_with("volume from `Volume` in the quote currency, divided by the close"));
    assert!(description("MetaTrader").ends_with("volume from `<TICKVOL>`"));
}

#[test]
fn columns_are_found_in_any_order_among_others() {
    let text = "\u{feff}\"Date\", Symbol, Close, Open, High, Low, Trades, Volume, Quote_Volume\r\n\
                1672534800,ETH,12,11,13,10,3,6,72\r\n\r\n\"2023-01-01\",ETH,11,10,12,9,4,5,55\r\n";
    let read = bars(text).unwrap();
    assert_eq!(read.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
    let history = read.history(Interval::Hour).unwrap();
    let Bar { open, high, low, close, volume, .. } = history[0];
    assert_eq!((open, high, low, close, volume), (10., 12., 9., 11., 5.));
}

#[test]
fn a_named_format_overrides_detection() {
    let named = |format, text: &str| read_bars(text.as_bytes(), CsvOptions { format: Some(format), ..options() });
    let candles = "1672531200,9,12,10,11,6\n";
    assert!(bars(candles).unwrap_err().to_string().starts_with("line 1 is `1672531200,9,12,10,11,6`, which is data"));
    let bar = named(CsvFormat::Coinbase, candles).unwrap().rows[0].1;
    assert_eq!((bar.open, bar.high, bar.low, bar.close), (10., 12., 9., 11.));
    let plain = format!("{HEADER}\n2023-01-01,10,12,9,11,66\n");
    assert_eq!(named(CsvFormat::Yahoo, &plain).unwrap().rows[0].1.volume.to_bits(), 6_f64.to_bits());
    for format in [CsvFormat::Kraken, CsvFormat::Binance] {
        assert!(matches!(named(format, candles), Err(CsvError::OtherFormat { line: 1, .. })), "{format}");
    }
    assert!(matches!(named(CsvFormat::Yfinance, &plain), Err(CsvError::OtherFormat { .. })));
    assert_eq!("KRAKEN".parse(), Ok(CsvFormat::Kraken));
    assert!("excel".parse::<CsvFormat>().unwrap_err().to_string().contains("metatrader"));
}

#[test]
fn two_volume_columns_of_one_name_are_ambiguous() {
    let text = "Date,Open,High,Low,Close,Volume,volume\n2023-01-01,10,12,9,11,66,6\n";
    assert!(
        error_message(text).starts_with("line 1: the columns `Volume` and `volume` are ambiguous"),
        "{}",
        error_message(text)
    );
}

#[test]
fn an_invalid_line_is_reported_with_its_number_and_content() {
    let first = "2023-01-01,10,12,9,11,5";
    for (lines, message) in [
        (format!("{first},7"), "line 2: 7 cells, expected 6"),
        (format!("{first}\n\n2023-01-02,10,12,9,,5"), "line 4, column `close`: `` is not a number, the cell is empty"),
        (
            format!("{first}\n2023-01-02,10,12,9,\"11,5\",5"),
            "line 3, column `close`: `11,5` is not a number; write a point",
        ),
        (
            format!("{first}\n2023-01-02,\"1,010.5\",12,9,11,5"),
            "line 3, column `open`: `1,010.5` is not a number; write it",
        ),
        (format!("{first}\nsoon,10,12,9,11,5"), "line 3, column `timestamp`: `soon` is not a time; expected RFC 3339"),
        (format!("{first}\n44928,10,12,9,11,5"), "line 3, column `timestamp`: `44928` looks like the serial day"),
        (format!("{first}\n1672617,10,12,9,11,5"), "line 3, column `timestamp`: `1672617` is no Unix time"),
        ("1970-01-20,10,12,9,11,5".to_owned(), "line 2: 1970-01-20T00:00:00Z is no time of a bar"),
        ("2028-01-01,10,12,9,11,5".to_owned(), "line 2: 2028-01-01T00:00:00Z is no time of a bar"),
        (format!("{first}\n\n{first}"), "line 4: 2023-01-01T00:00:00Z comes twice"),
        (
            format!("{first}\n2023-01-03,10,12,9,11,5\n2023-01-02,10,12,9,11,5"),
            "line 4: 2023-01-02T00:00:00Z comes after",
        ),
        (format!("{first}\n2023-01-02T01:00:00Z,10,12,9,11,5"), "line 3: 2023-01-02T01:00:00Z is not the open time"),
        (format!("{first}\n2023-01-02,10,8,9,11,5"), "line 3: bar 1 (2023-01-02T00:00:00Z): high is 8"),
        (format!("{first}\n2023-01-02,NaN,12,9,11,5"), "line 3: bar 1 (2023-01-02T00:00:00Z): open is NaN"),
        (format!("{first}\n\"2023-01-02,10,12,9,11,5"), "line 3: a quote is not closed"),
    ] {
        let error = error_message(&format!("{HEADER}\n{lines}\n"));
        assert!(error.starts_with(message), "{error} is not {message}");
    }
}

#[test]
fn a_repeated_hour_is_explained_as_local_time() {
    let text = format!("{HEADER}\n2023-11-05 01:00:00,1,1,1,1,1\n2023-11-05 01:00:00,1,1,1,1,1\n");
    let error = bars(&text).unwrap().history(Interval::Hour).unwrap_err().to_string();
    assert!(error.starts_with("line 3: 2023-11-05T01:00:00Z comes twice; an hour") && error.contains("UTC"), "{error}");
}

#[test]
fn an_error_shows_a_first_line_without_header() {
    for (text, message) in [
        ("", "the text is empty"),
        ("timestamp,open,high,low,close\n", "line 1 is `timestamp,open,high,low,close`, without a column for volume"),
        ("name,age\n", "line 1 is `name,age`, without a column for the time (timestamp, time, date"),
        ("2023-01-01,1,1,1,1,1\n", "line 1 is `2023-01-01,1,1,1,1,1`, which is data and not a header"),
        (
            "time,timestamp,open,high,low,close,volume\n",
            "line 1: the time is ambiguous, each of `time`, `timestamp` could be it",
        ),
        ("date,open,high,low,close,Volume ETH,Volume BTC\n", "line 1: the volume is ambiguous"),
        ("date,open,high,low,close,Volume USD\n", "line 1: `Volume USD` is a volume in the quote currency"),
        ("{\"bars\":[]}", "this is JSON, not CSV text"),
        ("<!DOCTYPE html>", "this is a web page, not CSV text"),
    ] {
        let error = error_message(text);
        assert!(error.starts_with(message), "{error} is not {message}");
    }
    for (bytes, message) in [
        (&[0x1f, 0x8b, 8, 0][..], "this is a gzip file"),
        (b"PK\x03\x04", "this is a zip archive or a spreadsheet"),
        (b"PAR1", "this is a Parquet file"),
        (&[0xff, 0xfe, b't', 0], "this is UTF-16"),
        (b"time,\xe9", "byte 5 is not UTF-8"),
    ] {
        let error = read_bars(bytes, options()).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn dates_of_investing_with_the_day_first_are_rejected() {
    let text = "Date,Price,Open,High,Low,Vol.,Change %\n13/01/2023,1,1,1,1,1.5K,0%\n";
    assert!(
        error_message(text).contains("`13/01/2023` does not say which number is the day"),
        "{}",
        error_message(text)
    );
    let unknown = "Date,Price,Open,High,Low,Vol.,Change %\n01/13/2023,\"1,234.5\",1,1234.5,1,-,0%\n";
    assert!(error_message(unknown).contains("column `Vol.`: `-` is not a number"), "{}", error_message(unknown));
}

proptest::proptest! {
    #[test]
    fn any_text_is_an_error_or_plausible_bars(text in "([a-zA-Z0-9<>.:;,\t\"\n -]|\\PC){0,120}") {
        if let Ok(read) = bars(&text) {
            proptest::prop_assert!(read.rows.iter().all(|(_, bar)| options().bounds.contains(bar.time)));
        }
    }
}
