use super::*;
use jiff::{civil::Date, tz::Offset};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

const NEW_YEAR: &str = "2023-01-01T00:00:00Z";

fn bounds() -> TimeBounds {
    TimeBounds::at("2026-11-30T00:00:00Z".parse().unwrap())
}

fn kind(text: &str) -> TimeErrorKind {
    bounds().parse(text).unwrap_err().kind
}

#[test]
fn each_accepted_form_is_parsed_to_the_same_time() {
    for text in [
        "2023-01-01",
        "2023-01-01T00:00:00Z",
        "2023-01-01t00:00:00z",
        "2023-01-01T00:00:00.000Z",
        "2023-01-01T00:00:00",
        "2023-01-01 00:00:00",
        "2023-01-01 00:00:00 UTC",
        "2023-01-01 00:00:00+00:00",
        "2023-01-01T00:00:00-00:00",
        "2022-12-31T19:00:00-05:00",
        "2023-01-01 05:30:00.000000000+05:30",
        " 2023-01-01 ",
        "20230101",
        "20230101 000000",
        "1672531200",
        "1672531200000",
        "1672531200000000",
        "1672531200000000000",
        "1672531200.0",
        "1672531200000.000",
        "1.6725312e9",
        "1.6725312E+12",
        "16725312e2",
        "+1672531200",
    ] {
        assert_eq!(bounds().parse(text).map(|time| time.to_string()).as_deref(), Ok(NEW_YEAR), "{text}");
    }
}

#[test]
fn a_time_of_day_is_never_dropped() {
    for text in ["2024-01-03T18:00:00", "2024-01-03 18:00:00", "20240103 180000", "2024-01-03T18:00:00 UTC"] {
        assert_eq!(bounds().parse(text).unwrap().to_string(), "2024-01-03T18:00:00Z", "{text}");
    }
}

#[test]
fn any_other_text_is_an_error_with_its_reason() {
    use TimeErrorKind::*;
    let date = |text: &str| text.parse::<Date>().unwrap();
    let outside = UnixOutOfRange { latest: bounds().latest() };
    for (text, expected) in [
        ("", Empty),
        ("44197", SerialDay { date: date("2021-01-01") }),
        ("44197.041666667", SerialDay { date: date("2021-01-01") }),
        ("1672531200.5", Fraction),
        ("1e-400", Fraction),
        ("0", outside.clone()),
        ("3600", outside.clone()),
        ("-1672531200", outside.clone()),
        ("1199145600", outside.clone()),
        ("4102444800", outside.clone()),
        ("20210101000000", outside.clone()),
        ("1e400", outside.clone()),
        ("1e99999999999999999999", outside.clone()),
        (&"9".repeat(400), outside),
        ("20230230", NoSuchTime),
        ("2023-02-29", NoSuchTime),
        ("2023-01-01T24:00:00Z", NoSuchTime),
        ("2016-12-31T23:59:60Z", NoSuchTime),
        ("2023-01-01T00:00:00+24:00", NoSuchTime),
        ("-000002-01-01", YearOutOfRange),
        ("-000002-01-01T00:00:00Z", YearOutOfRange),
        ("0000-12-31", YearOutOfRange),
        ("0001-01-01T00:00:00+00:01", YearOutOfRange),
        ("10000-01-01", YearOutOfRange),
        ("+002023-01-01", YearOutOfRange),
        ("9999-12-31T23:59:59-10:00", YearOutOfRange),
        ("01/02/2021", DayOrMonth),
        ("1.2.21", DayOrMonth),
        ("2023-01-01 00:00:00 CET", ZoneName),
        ("2023-01-01T00:00:00[Europe/Berlin]", Unrecognised),
        ("2024-01-03T18:00:00 00:00", OffsetSign),
        ("2023-01-01T00:00:00+0000", Unrecognised),
        ("2023-01-01T00:00", Unrecognised),
        ("2023-1-1", Unrecognised),
        ("2023-01-01T00:00:00.", Unrecognised),
        ("2023-01-01T00:00:00.0000000001Z", Unrecognised),
        ("yesterday", Unrecognised),
        ("nan", Unrecognised),
        ("0x63b0cd00", Unrecognised),
        ("\u{662}023-01-01", Unrecognised),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
}

#[test]
fn an_error_message_has_the_text_and_the_accepted_forms() {
    let message = bounds().parse("soon").unwrap_err().to_string();
    assert!(message.starts_with("`soon` is not a time; expected RFC 3339") && message.contains("YYYYMMDD HHMMSS"));
    let long = bounds().parse(&"x".repeat(500)).unwrap_err();
    assert_eq!(long.text.len(), 63);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Event {
    #[serde(with = "crate::time::required")]
    at: Timestamp,
    #[serde(default, with = "crate::time::optional", skip_serializing_if = "Option::is_none")]
    as_of: Option<Timestamp>,
}

#[test]
fn a_json_field_is_read_in_any_form_and_written_as_rfc_3339() {
    for at in [json!("2023-01-01"), json!(1_672_531_200), json!(1_672_531_200_000_i64), json!(1.672_531_2e9)] {
        let event: Event = serde_json::from_value(json!({"at": at, "as_of": at})).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), json!({"at": NEW_YEAR, "as_of": NEW_YEAR}));
    }
    let without: Event = serde_json::from_value(json!({"at": NEW_YEAR, "as_of": null})).unwrap();
    assert_eq!(without.as_of, None);
    for (bad, reason) in [(json!(44197), "serial day"), (json!("soon"), "`soon`"), (json!(true), "a time as a string")]
    {
        let error = serde_json::from_value::<Event>(json!({"at": bad})).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

proptest! {
    #[test]
    fn a_plausible_time_is_read_back_from_each_form(
        second in EARLIEST_PLAUSIBLE.as_second()..1_790_000_000,
        offset in -86_340_i32 / 60..86_340 / 60,
    ) {
        let time = Timestamp::from_second(second).unwrap();
        let zone = Offset::from_seconds(offset * 60).unwrap();
        let forms = [
            time.to_string(),
            time.display_with_offset(zone).to_string(),
            time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            time.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            time.strftime("%Y%m%d %H%M%S").to_string(),
            second.to_string(),
            format!("{second}000"),
            format!("{second}000000"),
            format!("{second}000000000"),
            format!("{second}.0"),
            format!("{second}e3"),
        ];
        for form in forms {
            prop_assert_eq!(bounds().parse(&form).map_err(|error| error.to_string()), Ok(time), "{}", form);
        }
    }

    #[test]
    fn any_parsed_time_round_trips(
        text in "[-+0-9TtZ:. eEUTC/]{0,32}|\\PC{0,24}",
    ) {
        if let Ok(time) = bounds().parse(&text) {
            prop_assert!(time >= EARLIEST);
            prop_assert_eq!(bounds().parse(&time.to_string()), Ok(time));
        }
    }

    #[test]
    fn any_number_is_an_error_or_a_plausible_time(number in any::<i128>().prop_flat_map(|n| (0_u32..36).prop_map(move |p| n / 10_i128.pow(p)))) {
        // Eight digits are a date.
        if let Ok(time) = bounds().parse(&number.to_string()) {
            prop_assert!(bounds().contains(time) || number.to_string().len() == 8);
        }
    }
}
