//! Bars in a request body, decoded and validated.
//!
//! Numbers are parsed from their text, so that `1e999` is an invalid price (422) and not invalid JSON (400).

use crate::{
    cell::{A_NUMBER, Cell, TIME_NAMES, VALUE_NAMES},
    fields::{self, Object, ObjectError},
    problem::{Problem, ProblemKind},
    text::{self, Unreadable},
    truncate::{MAX_VALUE_CHARS, truncate},
};
use features::{FeatureRow, WARM_UP_BARS, latest_feature_row};
use jiff::Timestamp;
use market_data::{
    Bar, Series,
    bar::{check_opened, validate_bars},
    numbers::counted,
    time::TimeBounds,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt, marker::PhantomData};

/// Minimum number of consecutive bars for a feature row.
pub const MIN_BARS: usize = WARM_UP_BARS + 1;
/// Maximum number of bars in a body; no feature needs more.
pub const MAX_BARS: usize = 5_000;
/// Example of a body, for messages.
const SHAPE: &str = "such as {\"bars\":[{\"time\":\"2023-01-31T00:00:00Z\",\"open\":1,\"high\":1,\"low\":1,\"close\":1,\"volume\":1},...]}";

/// Requirement of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyPolicy {
    /// A body without bars is a problem.
    Required,
    /// Without a body, the latest stored bars are used.
    Optional,
}

/// Valid bars of a caller, with the features of the last one.
#[derive(Debug, Clone, PartialEq)]
pub struct SuppliedBars {
    /// Valid bars in ascending order, without a gap among the last [`MIN_BARS`].
    pub bars: Vec<Bar>,
    /// Feature row of the last bar.
    pub row: FeatureRow,
}

/// Parses `{"bars":[{time,open,high,low,close,volume}...]}`.
///
/// # Errors
/// The body is not JSON or has the wrong shape, or a bar is invalid or opens after `now`. The problem names the first such bar
/// and its field.
pub fn parse_bars(
    body: &[u8],
    series: &Series,
    policy: BodyPolicy,
    now: Timestamp,
) -> Result<Option<SuppliedBars>, Problem> {
    if policy == BodyPolicy::Optional && body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let parsed = match parse_fast(body) {
        Some(bars) => Some(bars),
        None => parse_with_errors(body, policy)?,
    };
    let Some(bars) = parsed else { return Ok(None) };
    validate_bars(&bars, series.interval)?;
    check_opened(&bars, now)?;
    let row = features(&bars, series)?;
    Ok(Some(SuppliedBars { bars, row }))
}

/// Bars of a well-formed body, parsed at once. `None` for any other body, whose first error [`parse_with_errors`] finds.
fn parse_fast(body: &[u8]) -> Option<Vec<Bar>> {
    // From text: from bytes, serde would validate the UTF-8 of each string.
    let ObjectOnly(StrictBody { bars }) = serde_json::from_str(str::from_utf8(body).ok()?).ok()?;
    let bars = bars.into_iter().map(|ObjectOnly(bar)| bar);
    (bars.len() <= MAX_BARS).then(|| bars.map(Bar::from).collect())
}

/// Bars of the body, parsed field by field; `None` when they are absent and optional.
fn parse_with_errors(body: &[u8], policy: BodyPolicy) -> Result<Option<Vec<Bar>>, Problem> {
    let fields = object(body)?;
    if let Some(name) = fields.keys().find(|name| *name != "bars").map(|name| truncate(name, MAX_VALUE_CHARS)) {
        return Err(Problem::for_field(
            ProblemKind::InvalidBody,
            &name,
            format!("there is no field `{name}`, only `bars`"),
        ));
    }
    let Some(raw) = fields.get("bars") else {
        return match policy {
            BodyPolicy::Optional => Ok(None),
            BodyPolicy::Required => Err(Problem::for_field(
                ProblemKind::InvalidBody,
                "bars",
                format!("`bars` is missing, expected {SHAPE}"),
            )),
        };
    };
    let raw_bars: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| {
        let detail = format!("`bars` is {}, expected an array {SHAPE}", truncate(raw.get(), MAX_VALUE_CHARS));
        Problem::for_field(ProblemKind::InvalidBody, "bars", detail)
    })?;
    if raw_bars.len() > MAX_BARS {
        let detail = format!("{}, at most {MAX_BARS} are read", counted(raw_bars.len(), "bar"));
        return Err(Problem::for_field(ProblemKind::InvalidBars, "bars", detail));
    }
    raw_bars.iter().enumerate().map(|(index, raw)| bar_by_field(index, raw)).collect::<Result<_, _>>().map(Some)
}

/// Fields of the body. The whole body must be JSON before its shape is checked.
fn object(body: &[u8]) -> Result<Object<'_>, Problem> {
    let json = text::json(body).map_err(|error| match error {
        Unreadable::Empty => Problem::new(ProblemKind::InvalidJson, format!("{error}, expected an object {SHAPE}")),
        error => error.into(),
    })?;
    fields::parse_object(json.get()).map_err(|error| match error {
        ObjectError::NotAnObject => {
            let detail = format!("the body is {}, expected an object {SHAPE}", truncate(json.get(), MAX_VALUE_CHARS));
            Problem::new(ProblemKind::InvalidBody, detail)
        }
        ObjectError::DuplicateField(name) => {
            Problem::for_field(ProblemKind::InvalidBody, &name, format!("the body has `{name}` twice"))
        }
    })
}

/// Well-formed body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictBody {
    bars: Vec<ObjectOnly<StrictBar>>,
}

/// Well-formed bar.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictBar {
    #[serde(deserialize_with = "time", alias = "timestamp")]
    time: Timestamp,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

/// Deserializes a time that is a string; [`bar_by_field`] reads one that is a number.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    TimeBounds::STATED.parse(&text).map_err(D::Error::custom)
}

impl From<StrictBar> for Bar {
    fn from(StrictBar { time, open, high, low, close, volume }: StrictBar) -> Self {
        Self { time, open, high, low, close, volume }
    }
}

/// Struct that must be an object; serde alone would accept a list, too.
struct ObjectOnly<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ObjectOnly<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectOnlyVisitor(PhantomData))
    }
}

struct ObjectOnlyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectOnlyVisitor<T> {
    type Value = ObjectOnly<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(ObjectOnly)
    }
}

fn bar_by_field(index: usize, raw: &RawValue) -> Result<Bar, Problem> {
    let fields = fields::parse_object(raw.get()).map_err(|error| match error {
        ObjectError::NotAnObject => Problem {
            bar: Some(index),
            ..Problem::new(ProblemKind::InvalidBars, format!("bar {index} is not an object"))
        },
        ObjectError::DuplicateField(name) => Problem::for_bar(index, &name, format!("bar {index} has `{name}` twice")),
    })?;
    let is_field = |name: &str| TIME_NAMES.contains(&name) || VALUE_NAMES.contains(&name);
    if let Some(name) = fields.keys().find(|name| !is_field(name)).map(|name| truncate(name, MAX_VALUE_CHARS)) {
        let detail = format!("bar {index}: there is no field `{name}`, only time, {}", VALUE_NAMES.join(", "));
        return Err(Problem::for_bar(index, &name, detail));
    }
    let cell = |name: &str| fields.get(name).map_or(Cell::Missing, |raw| Cell::Json(raw.get()));
    let invalid_bar = |name, cell: Cell<'_>, expected| {
        Problem::for_bar(index, name, format!("bar {index}: {}", cell.invalid_value(name, expected)))
    };
    let mut numbers = [0.0; VALUE_NAMES.len()];
    for (number, name) in numbers.iter_mut().zip(VALUE_NAMES) {
        *number = cell(name).number().ok_or_else(|| invalid_bar(name, cell(name), A_NUMBER))?;
    }
    let [time, timestamp] = TIME_NAMES;
    let time = match (cell(time), cell(timestamp)) {
        (Cell::Missing, timestamp @ Cell::Json(_)) => timestamp,
        (time, Cell::Missing) => time,
        _ => {
            return Err(Problem::for_bar(index, time, format!("bar {index} has {time} and {timestamp}, expected one")));
        }
    };
    let invalid_time = |words| Problem::for_bar(index, TIME_NAMES[0], format!("bar {index}: {words}"));
    let time = time.time(TIME_NAMES[0]).map_err(invalid_time)?;
    let [open, high, low, close, volume] = numbers;
    Ok(Bar { time, open, high, low, close, volume })
}

/// Feature row of the last bar, which needs [`MIN_BARS`] consecutive bars.
fn features(bars: &[Bar], series: &Series) -> Result<FeatureRow, Problem> {
    let interval = series.interval;
    check_spacing(bars, series)?;
    if bars.len() < MIN_BARS {
        let detail = format!("{}, at least {MIN_BARS} in a row are needed", counted(bars.len(), "bar"));
        return Err(Problem::for_field(ProblemKind::InvalidBars, "bars", detail));
    }
    for index in bars.len() - MIN_BARS + 1..bars.len() {
        let expected = interval.step(bars[index - 1].time, 1);
        if bars[index].time != expected {
            let detail = format!(
                "bar {index}: time is {}, expected {expected}: the last {MIN_BARS} bars must have no gap",
                bars[index].time
            );
            return Err(Problem::for_bar(index, "time", detail));
        }
    }
    latest_feature_row(bars, interval).ok_or_else(|| {
        let detail = "the last bars have prices so extreme that features are not finite numbers";
        Problem::for_field(ProblemKind::InvalidBars, "bars", detail)
    })
}

/// Rejects bars of a longer interval, such as weeks. They look like bars of `series` with equal gaps.
fn check_spacing(bars: &[Bar], series: &Series) -> Result<(), Problem> {
    let interval = series.interval;
    let distance = |pair: &[Bar]| interval.bars_between(pair[0].time, pair[1].time);
    let [first, second, _, ..] = bars else { return Ok(()) };
    let spacing = distance(&[*first, *second]);
    if spacing == 1 || bars.windows(2).any(|pair| distance(pair) != spacing) {
        return Ok(());
    }
    let (found, expected) = (interval.span(usize::try_from(spacing).unwrap_or_default()), interval.span(1));
    let detail =
        format!("the bars are {found} apart, expected {expected}: {series} is forecast from bars of {expected}");
    Err(Problem::for_field(ProblemKind::InvalidBars, "bars", detail))
}
