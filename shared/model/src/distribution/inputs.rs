//! Inputs of the range regression: recent price ranges, the latest return, and the calendar of the next bar.
//!
//! * `range_n`: logarithm of the mean log range `ln(high / low)` of the last `n` bars. Averages over several lengths let volatility
//!   decay slowly, as in the heterogeneous autoregression (HAR) of Corsi (2009); log ranges carry more information than closing
//!   returns (Alizadeh, Brandt and Diebold 2002).
//! * `rise` and `fall`: the log return of the last 7 days or 24 hours, divided by the mean range and the root of the number of bars,
//!   limited to 3. One of them is zero. Volatility grows more after falls than after rises (the leverage effect of Black 1976).
//! * Calendar: one input for each hour of the day and one for weekends (hourly bars), or one for each day of the week (daily
//!   bars), of the bar after the decision time; each is centred. There is none where the horizon covers whole days or weeks.

use super::GARCH_BARS;
use jiff::Timestamp;
use market_data::{Bar, Interval, Series, numbers::as_f64};

/// Number of averages of log ranges.
pub const RANGE_WINDOWS: usize = 4;

/// Number of inputs that differ from bar to bar: the averages, rise and fall. They come first in a row.
pub const VARYING_INPUTS: usize = RANGE_WINDOWS + 2;

/// Number of combinations of calendar inputs, at most: 24 hours of a working day and of a weekend.
pub const MAX_CALENDARS: usize = 48;

/// Number of bars whose averages are computed together.
const LANES: usize = 8;

/// Lowest mean log range of the longest average, a thousandth of a percent, so that a market without range has a finite logarithm.
const MIN_RANGE: f64 = 1e-5;
/// Lowest mean log range of the others, as a share of that of the longest: without it a few flat bars
/// would give an extreme logarithm.
const MIN_RANGE_SHARE: f64 = 0.1;
/// Largest rise or fall.
const MAX_LATEST_RETURN: f64 = 3.0;

const SECONDS_PER_DAY: i64 = 86_400;
const SECONDS_PER_HOUR: i64 = 3_600;
/// Day of the week of 1 January 1970, counted from Monday.
const FIRST_WEEKDAY: i64 = 3;
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Numbers of bars of the averages: 1 day to 90 days, or 1 hour to a week.
#[must_use]
pub const fn range_windows(interval: Interval) -> &'static [usize; RANGE_WINDOWS] {
    match interval {
        Interval::Day => &[1, 7, 30, 90],
        Interval::Hour => &[1, 6, 24, 168],
    }
}

/// Number of bars of the log return of `rise` and `fall`, and of the mean range that is its unit.
const fn leverage_windows(interval: Interval) -> (usize, usize) {
    match interval {
        Interval::Day => (7, 30),
        Interval::Hour => (24, 24),
    }
}

/// Calendar inputs of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calendar {
    None,
    Weekdays,
    Hours,
}

impl Calendar {
    fn new(series: &Series) -> Self {
        let whole = |unit: u32| series.horizon.is_multiple_of(unit);
        match series.interval {
            Interval::Day if whole(7) => Self::None,
            Interval::Hour if whole(168) => Self::None,
            Interval::Hour if !whole(24) => Self::Hours,
            Interval::Day | Interval::Hour => Self::Weekdays,
        }
    }

    /// Number of the combination of inputs of the bar that opens at a time.
    fn combination(self, time: Timestamp) -> u8 {
        let seconds = time.as_second();
        let weekday = (seconds.div_euclid(SECONDS_PER_DAY) + FIRST_WEEKDAY).rem_euclid(7);
        let hour = seconds.rem_euclid(SECONDS_PER_DAY) / SECONDS_PER_HOUR;
        let combination = match self {
            Self::None => 0,
            Self::Weekdays => weekday,
            Self::Hours if weekday >= 5 => 24 + hour,
            Self::Hours => hour,
        };
        u8::try_from(combination).unwrap_or(0)
    }

    /// Inputs of each combination.
    fn inputs(self) -> Vec<Vec<f64>> {
        let centred = |is_set: bool, share: f64| if is_set { 1.0 - share } else { -share };
        let one_of = |count: usize, set: usize| (0..count).map(move |other| centred(other == set, 1.0 / as_f64(count)));
        match self {
            Self::None => vec![Vec::new()],
            Self::Weekdays => (0..7).map(|day| one_of(7, day).collect()).collect(),
            Self::Hours => (0..MAX_CALENDARS)
                .map(|index| one_of(24, index % 24).chain([centred(index >= 24, 2.0 / 7.0)]).collect())
                .collect(),
        }
    }
}

/// Mean of the last log ranges over each of ascending numbers of bars, up to each of `BARS` consecutive bars. Each average
/// continues the sum of the shorter one, from the newest bar backwards. `ranges` begin with the oldest that the first bar needs.
fn mean_ranges<const BARS: usize>(ranges: &[f64], windows: &[usize; RANGE_WINDOWS]) -> [[f64; RANGE_WINDOWS]; BARS] {
    let longest = windows[RANGE_WINDOWS - 1];
    let mut means = [[0.0; RANGE_WINDOWS]; BARS];
    let (mut sums, mut summed) = ([0.0; BARS], 0);
    for (index, window) in windows.iter().enumerate() {
        for ranges in ranges[longest - window..longest - summed + BARS - 1].windows(BARS).rev() {
            sums.iter_mut().zip(ranges).for_each(|(sum, range)| *sum += range);
        }
        summed = *window;
        means.iter_mut().zip(&sums).for_each(|(means, sum)| means[index] = sum / as_f64(*window));
    }
    means
}

/// The same for every bar with enough ranges up to it.
fn all_mean_ranges(ranges: &[f64], windows: &[usize; RANGE_WINDOWS]) -> Vec<[f64; RANGE_WINDOWS]> {
    let before = windows[RANGE_WINDOWS - 1] - 1;
    let count = ranges.len().saturating_sub(before);
    let mut means = Vec::with_capacity(count);
    while means.len() + LANES <= count {
        let first = means.len();
        means.extend(mean_ranges::<LANES>(&ranges[first..first + before + LANES], windows));
    }
    while means.len() < count {
        let first = means.len();
        means.extend(mean_ranges::<1>(&ranges[first..=first + before], windows));
    }
    means
}

/// Names of the inputs of a series, in the order of [`InputTable::row`].
#[must_use]
pub fn input_names(series: &Series) -> Vec<String> {
    let mut names: Vec<String> = range_windows(series.interval).iter().map(|bars| format!("range_{bars}")).collect();
    names.extend(["rise", "fall"].map(str::to_owned));
    match Calendar::new(series) {
        Calendar::None => {}
        Calendar::Weekdays => names.extend(WEEKDAYS.map(str::to_owned)),
        Calendar::Hours => {
            names.extend((0..24).map(|hour| format!("hour_{hour:02}")));
            names.push("weekend".to_owned());
        }
    }
    names
}

/// Inputs and log returns of consecutive bars.
#[derive(Debug, Clone)]
pub struct InputTable {
    first: usize,
    /// Ranges, rise and fall of each row.
    varying: Vec<[f64; VARYING_INPUTS]>,
    /// Combination of calendar inputs of each row.
    calendars: Vec<u8>,
    /// Inputs of each combination.
    calendar_inputs: Vec<Vec<f64>>,
    /// Log return of each bar from `first_return` on. A return across a gap counts as that of one bar.
    returns: Vec<f64>,
    first_return: usize,
}

impl InputTable {
    /// Inputs of the bars from index `first` on. Those of a bar depend on the bars of the longest average up to it, its returns on
    /// [`GARCH_BARS`] more; a bar with too few before it has no row.
    #[must_use]
    pub fn new(series: &Series, bars: &[Bar], first: usize) -> Self {
        let windows = range_windows(series.interval);
        let calendar = Calendar::new(series);
        let longest = windows[RANGE_WINDOWS - 1];
        let first = first.max(longest - 1).min(bars.len());
        let start = first.saturating_sub(longest - 1);
        let ranges: Vec<f64> = bars[start..].iter().map(|bar| (bar.high / bar.low).ln().max(0.0)).collect();
        let mut varying = Vec::with_capacity(bars.len() - first);
        let mut calendars = Vec::with_capacity(bars.len() - first);
        let (moved, unit) = leverage_windows(series.interval);
        let unit = windows.iter().position(|window| *window == unit).unwrap_or(RANGE_WINDOWS - 1);
        for ((index, bar), means) in bars.iter().enumerate().skip(first).zip(all_mean_ranges(&ranges, windows)) {
            let longest = means[RANGE_WINDOWS - 1].max(MIN_RANGE);
            let limited = |mean: f64| mean.max(MIN_RANGE_SHARE * longest);
            let log_return = (bar.close / bars[index - moved].close).ln();
            let last_move = log_return / (as_f64(moved).sqrt() * limited(means[unit]));
            let [a, b, c, d] = means.map(|mean| limited(mean).ln());
            let [rise, fall] = [last_move, -last_move].map(|value| value.clamp(0.0, MAX_LATEST_RETURN));
            varying.push([a, b, c, d, rise, fall]);
            calendars.push(calendar.combination(series.interval.step(bar.time, 1)));
        }
        let first_return = first.saturating_sub(GARCH_BARS).max(1);
        let pairs = bars.get(first_return - 1..).unwrap_or_default().windows(2);
        let returns = pairs.map(|pair| (pair[1].close / pair[0].close).ln()).collect();
        Self { first, varying, calendars, calendar_inputs: calendar.inputs(), returns, first_return }
    }

    /// Log returns of the last `count` bars up to a bar, oldest first; `None` with fewer.
    #[must_use]
    pub fn returns(&self, bar: usize, count: usize) -> Option<&[f64]> {
        let end = (bar + 1).checked_sub(self.first_return)?;
        self.returns.get(end.checked_sub(count)?..end)
    }

    /// Ranges, rise and fall of a bar, the first inputs of its row; `None` for a bar without a row.
    #[must_use]
    pub fn varying(&self, bar: usize) -> Option<&[f64; VARYING_INPUTS]> {
        self.varying.get(bar.checked_sub(self.first)?)
    }

    /// Number of the combination of calendar inputs of a bar, below [`MAX_CALENDARS`]; `None` for a bar without a row.
    #[must_use]
    pub fn calendar(&self, bar: usize) -> Option<u8> {
        self.calendars.get(bar.checked_sub(self.first)?).copied()
    }

    /// Calendar inputs of each combination, the last inputs of a row.
    #[must_use]
    pub fn calendar_inputs(&self) -> &[Vec<f64>] {
        &self.calendar_inputs
    }

    /// Number of inputs of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        VARYING_INPUTS + self.calendar_inputs.first().map_or(0, Vec::len)
    }

    /// Inputs of a bar; `None` for a bar before the table or with too few bars before it.
    #[must_use]
    pub fn row(&self, bar: usize) -> Option<Vec<f64>> {
        Some([self.varying(bar)?.as_slice(), &self.calendar_inputs[usize::from(self.calendar(bar)?)]].concat())
    }
}
