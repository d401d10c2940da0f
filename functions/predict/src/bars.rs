//! Bars in a request body: first the JSON as it arrives, then valid bars. Numbers are read from their text, so that
//! `1e999` is a bar with an infinite price (422) and not broken JSON (400).

use crate::{
    fields::{self, Object, Unfit},
    problem::{Kind, Problem},
};
use domain::{
    Bar, Field, Series,
    bar::{check_opened, check_sequence},
    features::{FeatureRow, WARM_UP_BARS, last_row},
    time,
};
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;
use std::{fmt, marker::PhantomData};

/// Fewer bars in a row make no features.
pub const MIN_BARS: usize = WARM_UP_BARS + 1;
/// More bars than any feature needs.
pub const MAX_BARS: usize = 5_000;

/// Whether a body must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// No body, or no bars in it, is a problem.
    Required,
    /// No body means the latest window.
    Optional,
}

/// Valid bars of a caller, and what a model sees of them.
#[derive(Debug, Clone, PartialEq)]
pub struct CallersBars {
    /// Checked, in order, without a gap among the last [`MIN_BARS`].
    pub bars: Vec<Bar>,
    /// The features of the last one.
    pub row: FeatureRow,
}

/// Reads `{"bars":[{time,open,high,low,close,volume}...]}`.
///
/// # Errors
/// Not JSON, of the wrong shape, or bars that break a rule or open after `now`; then the first bar and field that do.
pub fn parse(body: &[u8], series: &Series, presence: Body, now: Timestamp) -> Result<Option<CallersBars>, Problem> {
    if presence == Body::Optional && body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let read = match exact(body) {
        Some(bars) => Some(bars),
        None => by_field(body, presence)?,
    };
    let Some(bars) = read else { return Ok(None) };
    check_sequence(&bars, series.interval)?;
    check_opened(&bars, now)?;
    let row = features(&bars, series)?;
    Ok(Some(CallersBars { bars, row }))
}

/// The bars of a body that is as it should be, read in one go; none of any other, of which [`by_field`] says what is wrong.
fn exact(body: &[u8]) -> Option<Vec<Bar>> {
    // As text: of bytes, each string would be looked at on its own.
    let Written(Exact { bars }) = serde_json::from_str(str::from_utf8(body).ok()?).ok()?;
    let bars = bars.into_iter().map(|Written(bar)| bar);
    (bars.len() <= MAX_BARS).then(|| bars.map(Bar::from).collect())
}

/// The body's bars, part by part; none when there are none and need not be.
fn by_field(body: &[u8], presence: Body) -> Result<Option<Vec<Bar>>, Problem> {
    let fields = object(body)?;
    if let Some(name) = fields.keys().find(|name| *name != "bars").map(|name| clipped(name)) {
        return Err(Problem::in_field(Kind::InvalidBody, &name, format!("there is no field `{name}`, only `bars`")));
    }
    let Some(raw) = fields.get("bars") else {
        return match presence {
            Body::Optional => Ok(None),
            Body::Required => Err(Problem::in_field(Kind::InvalidBody, "bars", "`bars` is missing")),
        };
    };
    let raw_bars: Vec<&RawValue> = serde_json::from_str(raw.get())
        .map_err(|_| Problem::in_field(Kind::InvalidBody, "bars", "`bars` is not an array"))?;
    if raw_bars.len() > MAX_BARS {
        let detail = format!("{} bars, at most {MAX_BARS} are read", raw_bars.len());
        return Err(Problem::in_field(Kind::InvalidBars, "bars", detail));
    }
    raw_bars.iter().enumerate().map(|(index, raw)| bar_by_field(index, raw)).collect::<Result<_, _>>().map(Some)
}

/// The body's fields. The whole body is checked to be JSON before its shape is looked at.
fn object(body: &[u8]) -> Result<Object<'_>, Problem> {
    let broken = |error| Problem::new(Kind::InvalidJson, format!("the body is not JSON: {error}"));
    let whole: &RawValue = serde_json::from_slice(body).map_err(broken)?;
    fields::object(whole.get()).map_err(|unfit| match unfit {
        Unfit::NoObject(error) if error.is_data() => {
            Problem::new(Kind::InvalidBody, "the body is not an object with a field `bars`")
        }
        Unfit::NoObject(error) => broken(error),
        Unfit::Twice(name) => Problem::in_field(Kind::InvalidBody, &name, format!("the body has `{name}` twice")),
    })
}

/// A body as it should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exact {
    bars: Vec<Written<ExactBar>>,
}

/// A bar as it should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExactBar {
    #[serde(with = "domain::time::required")]
    time: Timestamp,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

impl From<ExactBar> for Bar {
    fn from(ExactBar { time, open, high, low, close, volume }: ExactBar) -> Self {
        Self { time, open, high, low, close, volume }
    }
}

/// A struct that is written as an object. serde alone would take a list, too.
struct Written<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WrittenVisitor(PhantomData))
    }
}

struct WrittenVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for WrittenVisitor<T> {
    type Value = Written<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Written)
    }
}

fn bar_by_field(index: usize, raw: &RawValue) -> Result<Bar, Problem> {
    let fields = fields::object(raw.get()).map_err(|unfit| match unfit {
        Unfit::NoObject(_) => {
            Problem { bar: Some(index), ..Problem::new(Kind::InvalidBars, format!("bar {index} is not an object")) }
        }
        Unfit::Twice(name) => Problem::in_bar(index, &name, format!("bar {index} has `{name}` twice")),
    })?;
    let known = [Field::Time, Field::Open, Field::High, Field::Low, Field::Close, Field::Volume].map(|f| f.to_string());
    if let Some(name) = fields.keys().find(|name| !known.iter().any(|known| known == *name)).map(|name| clipped(name)) {
        let detail = format!("bar {index}: there is no field `{name}`, only {}", known.join(", "));
        return Err(Problem::in_bar(index, &name, detail));
    }
    let get = |field: Field| {
        let name = field.to_string();
        fields
            .get(name.as_str())
            .map(|raw| raw.get())
            .ok_or_else(|| Problem::in_bar(index, &name, format!("bar {index}: {name} is missing")))
    };
    let number = |field: Field| {
        let text = get(field)?;
        // JSON has one number syntax, and Rust reads it; out of range it becomes infinite, which the check names.
        text.parse::<f64>().map_err(|_| wrong(index, field, text, "a number"))
    };
    Ok(Bar {
        time: time(index, get(Field::Time)?)?,
        open: number(Field::Open)?,
        high: number(Field::High)?,
        low: number(Field::Low)?,
        close: number(Field::Close)?,
        volume: number(Field::Volume)?,
    })
}

fn time(index: usize, raw: &str) -> Result<Timestamp, Problem> {
    time::required::deserialize(&mut serde_json::Deserializer::from_str(raw)).map_err(|error| {
        // serde_json appends the place in this piece of text.
        let error = error.to_string();
        let reason = error.rsplit_once(" at line ").map_or(error.as_str(), |(reason, _)| reason);
        Problem::in_bar(index, &Field::Time.to_string(), format!("bar {index}: time: {reason}"))
    })
}

fn wrong(index: usize, field: Field, text: &str, expected: &str) -> Problem {
    let detail = format!("bar {index}: {field} is {}, expected {expected}", clipped(text));
    Problem::in_bar(index, &field.to_string(), detail)
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
    if bars.len() < MIN_BARS {
        let detail = format!("{} bars, at least {MIN_BARS} in a row are needed", bars.len());
        return Err(Problem::in_field(Kind::InvalidBars, "bars", detail));
    }
    let tail = bars.len() - MIN_BARS;
    for index in tail + 1..bars.len() {
        let expected = series.interval.step(bars[index - 1].time, 1);
        if bars[index].time != expected {
            let detail = format!(
                "bar {index}: time is {}, expected {expected}: the last {MIN_BARS} bars must have no gap",
                bars[index].time
            );
            return Err(Problem::in_bar(index, "time", detail));
        }
    }
    last_row(bars, series.interval).ok_or_else(|| {
        let detail = "the last bars have prices so extreme that features are not finite numbers";
        Problem::in_field(Kind::InvalidBars, "bars", detail)
    })
}
