//! Small charts as inline SVG, and the look of the pages around them: self-contained, no script, for a phone as for a
//! wide screen, light and dark.

mod bar;
mod downsample;
mod drawing;
mod gauge;
mod head;
mod plot;
mod reliability;
mod scale;
#[cfg(test)]
mod style;
mod ticks;
mod time;
pub mod wording;

pub use bar::MeterBar;
pub use drawing::{Band, ChartSpec, step_line};
pub use gauge::Gauge;
pub use head::{PAGE_SECURITY_POLICY, PageHead};
pub use plot::{Chart, CountBar, Label, Line, Mark};
pub use reliability::{ReliabilityPoint, reliability};
pub use scale::{AxisValue, Scale, ValueUnit};
pub use time::{format_date, format_minute, humanize_duration};

/// The style sheet of a page: colours, sections, tables, and the classes of what charts show. Lines have `price`,
/// `forecast`, `other`, `baseline` or `whisker`; bands `forecast` or `baseline`; marks `up`, `down`, `abstain` or
/// `forecast`; bars `fine`, `beyond` or `severe`.
pub const STYLE: &str = include_str!("../templates/style.css");
