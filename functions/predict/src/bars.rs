//! Bars in a request body: first the JSON as it arrives, then valid bars. Numbers are read from their text, so that
//! `1e999` is a bar with an infinite price (422) and not broken JSON (400).

use crate::{
    cell::{A_NUMBER, Cell, TIMES, VALUES},
    fields::{self, Object, ObjectError},
    problem::{Problem, ProblemKind},
    text::{self, Unreadable},
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

/// Fewer bars in a row make no features.
pub const MIN_BARS: usize = WARM_UP_BARS + 1;
/// More bars than any feature needs.
pub const MAX_BARS: usize = 5_000;
/// Shape of a body, for messages.
const SHAPE: &str = "such as {\"bars\":[{\"time\":\"2023-01-31T00:00:00Z\",\"open\":1,\"high\":1,\"low\":1,\"close\":1,\"volume\":1},...]}";

/// Whether a body must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyPolicy {
    /// No body, or no bars in it, is a problem.
    Required,
    /// No body means the latest window.
    Optional,
}

/// Valid bars of a caller, and what a model sees of them.
#[derive(Debug, Clone, PartialEq)]
pub struct SuppliedBars {
    /// Checked, in order, without a gap among the last [`MIN_BARS`].
    pub bars: Vec<Bar>,
    /// The features of the last one.
    pub row: FeatureRow,
}

/// Reads `{"bars":[{time,open,high,low,close,volume}...]}`.
///
/// # Errors
/// Not JSON, of the wrong shape, or bars that break a rule or open after `now`; then the first bar and field that do.
pub fn parse_bars(
    body: &[u8],
    series: &Series,
    presence: BodyPolicy,
    now: Timestamp,
) -> Result<Option<SuppliedBars>, Problem> {
    if presence == BodyPolicy::Optional && body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let read = match parse_fast(body) {
        Some(bars) => Some(bars),
        None => parse_with_errors(body, presence)?,
    };
    let Some(bars) = read else { return Ok(None) };
    validate_bars(&bars, series.interval)?;
    check_opened(&bars, now)?;
    let row = features(&bars, series)?;
    Ok(Some(SuppliedBars { bars, row }))
}

/// The bars of a body that is as it should be, read in one go; none of any other, of which [`by_field`] says what is wrong.
fn parse_fast(body: &[u8]) -> Option<Vec<Bar>> {
    // As text: of bytes, each string would be looked at on its own.
    let ObjectOnly(StrictBody { bars }) = serde_json::from_str(str::from_utf8(body).ok()?).ok()?;
    let bars = bars.into_iter().map(|ObjectOnly(bar)| bar);
    (bars.len() <= MAX_BARS).then(|| bars.map(Bar::from).collect())
}

/// The body's bars, part by part; none when there are none and need not be.
fn parse_with_errors(body: &[u8], presence: BodyPolicy) -> Result<Option<Vec<Bar>>, Problem> {
    let fields = object(body)?;
    if let Some(name) = fields.keys().find(|name| *name != "bars").map(|name| clipped(name)) {
        return Err(Problem::for_field(
            ProblemKind::InvalidBody,
            &name,
            format!("there is no field `{name}`, only `bars`"),
        ));
    }
    let Some(raw) = fields.get("bars") else {
        return match presence {
            BodyPolicy::Optional => Ok(None),
            BodyPolicy::Required => Err(Problem::for_field(
                ProblemKind::InvalidBody,
                "bars",
                format!("`bars` is missing, expected {SHAPE}"),
            )),
        };
    };
    let raw_bars: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| {
        let detail = format!("`bars` is {}, expected an array {SHAPE}", clipped(raw.get()));
        Problem::for_field(ProblemKind::InvalidBody, "bars", detail)
    })?;
    if raw_bars.len() > MAX_BARS {
        let detail = format!("{}, at most {MAX_BARS} are read", counted(raw_bars.len(), "bar"));
        return Err(Problem::for_field(ProblemKind::InvalidBars, "bars", detail));
    }
    raw_bars.iter().enumerate().map(|(index, raw)| bar_by_field(index, raw)).collect::<Result<_, _>>().map(Some)
}

/// The body's fields. The whole body is checked to be JSON before its shape is looked at.
fn object(body: &[u8]) -> Result<Object<'_>, Problem> {
    let whole = text::json(body).map_err(|error| match error {
        Unreadable::Empty => Problem::new(ProblemKind::InvalidJson, format!("{error}, expected an object {SHAPE}")),
        error => error.into(),
    })?;
    fields::parse_object(whole.get()).map_err(|unfit| match unfit {
        ObjectError::NotAnObject => {
            let detail = format!("the body is {}, expected an object {SHAPE}", clipped(whole.get()));
            Problem::new(ProblemKind::InvalidBody, detail)
        }
        ObjectError::DuplicateField(name) => {
            Problem::for_field(ProblemKind::InvalidBody, &name, format!("the body has `{name}` twice"))
        }
    })
}

/// A body as it should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictBody {
    bars: Vec<ObjectOnly<StrictBar>>,
}

/// A bar as it should be.
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

/// A time that is a string. One that is a number is left to [`bar_by_field`].
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    TimeBounds::STATED.parse(&text).map_err(D::Error::custom)
}

impl From<StrictBar> for Bar {
    fn from(StrictBar { time, open, high, low, close, volume }: StrictBar) -> Self {
        Self { time, open, high, low, close, volume }
    }
}

/// A struct that is written as an object. serde alone would take a list, too.
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
    let fields = fields::parse_object(raw.get()).map_err(|unfit| match unfit {
        ObjectError::NotAnObject => Problem {
            bar: Some(index),
            ..Problem::new(ProblemKind::InvalidBars, format!("bar {index} is not an object"))
        },
        ObjectError::DuplicateField(name) => Problem::for_bar(index, &name, format!("bar {index} has `{name}` twice")),
    })?;
    let known = |name: &str| TIMES.contains(&name) || VALUES.contains(&name);
    if let Some(name) = fields.keys().find(|name| !known(name)).map(|name| clipped(name)) {
        let detail = format!("bar {index}: there is no field `{name}`, only time, {}", VALUES.join(", "));
        return Err(Problem::for_bar(index, &name, detail));
    }
    let cell = |name: &str| fields.get(name).map_or(Cell::Missing, |raw| Cell::Json(raw.get()));
    let wrong = |name, cell: Cell<'_>, expected| {
        Problem::for_bar(index, name, format!("bar {index}: {}", cell.invalid_value(name, expected)))
    };
    let mut numbers = [0.0; VALUES.len()];
    for (number, name) in numbers.iter_mut().zip(VALUES) {
        *number = cell(name).number().ok_or_else(|| wrong(name, cell(name), A_NUMBER))?;
    }
    let [time, timestamp] = TIMES;
    let time = match (cell(time), cell(timestamp)) {
        (Cell::Missing, timestamp @ Cell::Json(_)) => timestamp,
        (time, Cell::Missing) => time,
        _ => {
            return Err(Problem::for_bar(index, time, format!("bar {index} has {time} and {timestamp}, expected one")));
        }
    };
    let wrong_time = |words| Problem::for_bar(index, TIMES[0], format!("bar {index}: {words}"));
    let time = time.time(TIMES[0]).map_err(wrong_time)?;
    let [open, high, low, close, volume] = numbers;
    Ok(Bar { time, open, high, low, close, volume })
}

/// The beginning of what a caller sent, for messages.
pub(crate) fn clipped(text: &str) -> String {
    const SHOWN: usize = 40;
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "..." } else { "" };
    shown + more
}

/// The features of the last bar, which need [`MIN_BARS`] bars in a row up to it.
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

/// Refuses bars of a longer interval, such as weeks, which are bars of `series` with the same gap between all of them.
fn check_spacing(bars: &[Bar], series: &Series) -> Result<(), Problem> {
    let interval = series.interval;
    let apart = |pair: &[Bar]| interval.bars_between(pair[0].time, pair[1].time);
    let [first, second, _, ..] = bars else { return Ok(()) };
    let spacing = apart(&[*first, *second]);
    if spacing == 1 || bars.windows(2).any(|pair| apart(pair) != spacing) {
        return Ok(());
    }
    let (found, expected) = (interval.span(usize::try_from(spacing).unwrap_or_default()), interval.span(1));
    let detail =
        format!("the bars are {found} apart, expected {expected}: {series} is forecast from bars of {expected}");
    Err(Problem::for_field(ProblemKind::InvalidBars, "bars", detail))
}
