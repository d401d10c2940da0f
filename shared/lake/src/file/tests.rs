use super::*;
use flate2::{Compression, write::GzEncoder};
use market_data::{csv::CsvFormat, observation::ResolvedBar, origin::Origin, quality::Flags, time::TimeBounds};
use std::io::Write;

const CSV: &[u8] = b"timestamp,open,high,low,close,volume\n2023-01-01,10,20,9,11,5\n2023-01-02,10,20,9,12,5\n";

/// Archive of [`CSV`] as `bars.csv`, deflated by Python's zipfile; the second archive has the file twice, stored.
const ZIP: &[u8] = include_bytes!("../../testdata/one.zip");
const TWO: &[u8] = include_bytes!("../../testdata/two.zip");

fn options() -> CsvOptions {
    CsvOptions { bounds: TimeBounds::STATED, format: None }
}

fn read(bytes: &[u8]) -> Result<FileBars, FileError> {
    read_file(bytes, Interval::Day, options())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn parquet(bars: &[Bar]) -> Vec<u8> {
    let origin = Origin::from("kraken");
    let resolve = |bar: &Bar| ResolvedBar { bar: *bar, origin: origin.clone(), revision: 0, flags: Flags::NONE };
    crate::write_bars(&bars.iter().map(resolve).collect::<Vec<_>>()).unwrap()
}

#[test]
fn packed_and_plain_files_have_the_same_bars() {
    let plain = read(CSV).unwrap();
    assert_eq!(plain.description, "read as columns: 2 bars, volume from `volume`");
    let parquet = parquet(&plain.bars);
    for (bytes, description) in [
        (gzip(CSV), "unpacked from gzip, read as columns"),
        (ZIP.to_vec(), "unpacked from zip, read as columns"),
        (parquet.clone(), "read as parquet: 2 bars"),
        (gzip(&parquet), "unpacked from gzip, read as parquet"),
    ] {
        let file = read(&bytes).unwrap();
        assert_eq!(file.bars, plain.bars);
        assert!(file.description.starts_with(description), "{}", file.description);
    }
}

#[test]
fn an_unreadable_file_is_rejected_with_its_reason() {
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    for (bytes, message) in [
        (half(&gzip(CSV)), "the gzip file is damaged or cut off"),
        (half(ZIP), "the zip archive is damaged or cut off: no directory"),
        (TWO.to_vec(), "the zip archive holds 2 files, expected one"),
        (b"PAR1".to_vec(), "not Parquet of bars"),
        (gzip(b"name,age\n"), "line 1 is `name,age`"),
        (gzip(&gzip(CSV)), "this is a gzip file, not CSV text"),
    ] {
        let error = read(&bytes).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error} is not {message}");
    }
    let mut hours = read(CSV).unwrap().bars;
    hours[1].time = Interval::Hour.step(hours[0].time, 1);
    let error = read(&parquet(&hours)).unwrap_err().to_string();
    assert!(error.contains("2023-01-01T01:00:00Z is not the open time of a 1d bar"), "{error}");
}

#[test]
fn an_archive_damaged_in_any_byte_does_not_panic() {
    for index in 0..ZIP.len() {
        for change in [1, 0x80, 0xff] {
            let mut bytes = ZIP.to_vec();
            bytes[index] ^= change;
            // Either result is valid: some bytes are not read.
            let _ = read(&bytes);
        }
    }
}

#[test]
fn a_header_is_read_even_with_a_given_format() {
    let options = CsvOptions { format: Some(CsvFormat::Kraken), ..options() };
    let error = read_file(CSV, Interval::Day, options).map(|file| file.description);
    assert!(error.is_ok(), "names are read with any format: {error:?}");
}
