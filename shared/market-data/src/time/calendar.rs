//! Parsing of calendar times: a date, with or without a time of day.

use super::{EARLIEST, TimeErrorKind};
use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// Parses `YYYYMMDD` or `YYYYMMDD HHMMSS`; `None` if the text has another form. Eight digits are never Unix seconds: those
/// would be 1973 at the latest.
pub(super) fn parse_compact(text: &str) -> Option<Result<Timestamp, TimeErrorKind>> {
    let (date, clock) = text.split_once(' ').unwrap_or((text, "000000"));
    let date = digits(date, 8)?;
    let clock = digits(clock, 6)?;
    let date = [date / 10_000, date / 100 % 100, date % 100];
    Some(timestamp(date, [clock / 10_000, clock / 100 % 100, clock % 100], 0, 0))
}

/// Parses a date, or a date and a time with or without an offset.
pub(super) fn parse_extended(text: &str) -> Result<Timestamp, TimeErrorKind> {
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(end) => (&text[..end], Some(&text[end + 1..])),
        None => (text, None),
    };
    let date = self::date(date)?;
    let Some(rest) = rest else { return timestamp(date, [0; 3], 0, 0) };
    let (clock, zone) = rest.split_at(rest.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(rest.len()));
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let clock = three_numbers(clock, ':', [2, 2, 2]).ok_or(TimeErrorKind::Unrecognised)?;
    timestamp(date, clock, fraction.map_or(Ok(0), nanoseconds)?, offset(zone)?)
}

fn date(text: &str) -> Result<[i32; 3], TimeErrorKind> {
    if let Some(date) = three_numbers(text, '-', [4, 2, 2]) {
        return Ok(date);
    }
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    Err(match parts.as_slice() {
        [sign, year, _, _] if text.starts_with('-') && sign.is_empty() && is_number(year) => {
            TimeErrorKind::YearOutOfRange
        }
        [year, _, _] if year.starts_with('+') || (year.len() > 4 && is_number(year)) => TimeErrorKind::YearOutOfRange,
        [first, second, _] if parts.iter().all(is_number) && first.len() <= 2 && second.len() <= 2 => {
            TimeErrorKind::DayOrMonth
        }
        _ => TimeErrorKind::Unrecognised,
    })
}

/// Parses three numbers of these lengths with `separator` between them.
fn three_numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[i32; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        *number = digits(parts.next()?, length)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str, length: usize) -> Option<i32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Nanoseconds of the digits after the decimal point.
fn nanoseconds(fraction: &str) -> Result<i32, TimeErrorKind> {
    let is_fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let padded = is_fraction.then(|| format!("{fraction:0<9}").parse().ok()).flatten();
    padded.ok_or(TimeErrorKind::Unrecognised)
}

/// Offset of a zone in seconds east of UTC.
fn offset(zone: &str) -> Result<i32, TimeErrorKind> {
    if matches!(zone, "" | "Z" | "z" | " UTC" | "UTC") {
        return Ok(0);
    }
    let minutes = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        Some((digits(hours, 2)?, digits(minutes, 2)?))
    };
    if zone.strip_prefix(' ').is_some_and(|text| minutes(text).is_some()) {
        return Err(TimeErrorKind::OffsetSign);
    }
    let (sign, text) = match zone.as_bytes()[0] {
        b'+' => (1, &zone[1..]),
        b'-' => (-1, &zone[1..]),
        _ if zone.trim_start().starts_with(|c: char| c.is_ascii_alphabetic()) => return Err(TimeErrorKind::ZoneName),
        _ => return Err(TimeErrorKind::Unrecognised),
    };
    match minutes(text) {
        Some((hours @ 0..=23, minutes @ 0..=59)) => Ok(sign * (hours * 3_600 + minutes * 60)),
        Some(_) => Err(TimeErrorKind::NoSuchTime),
        None => Err(TimeErrorKind::Unrecognised),
    }
}

fn timestamp(date: [i32; 3], clock: [i32; 3], nanoseconds: i32, offset: i32) -> Result<Timestamp, TimeErrorKind> {
    let small = |number: i32| i8::try_from(number).map_err(|_| TimeErrorKind::NoSuchTime);
    let year = i16::try_from(date[0]).map_err(|_| TimeErrorKind::YearOutOfRange)?;
    let [month, day] = [small(date[1])?, small(date[2])?];
    let [hour, minute, second] = [small(clock[0])?, small(clock[1])?, small(clock[2])?];
    let time =
        DateTime::new(year, month, day, hour, minute, second, nanoseconds).map_err(|_| TimeErrorKind::NoSuchTime)?;
    let offset = Offset::from_seconds(offset).map_err(|_| TimeErrorKind::NoSuchTime)?;
    let timestamp = offset.to_timestamp(time).ok().filter(|time| *time >= EARLIEST);
    timestamp.ok_or(TimeErrorKind::YearOutOfRange)
}
