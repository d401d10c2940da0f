//! Building blocks of the HTML pages: charts as inline SVG, page head and style sheet, table rows, wording and number formats.
//!
//! Pages are self-contained and have no scripts. They suit phones and wide screens, in light and dark.

mod coverage;
mod distribution_rows;
mod dotplot;
mod downsample;
mod drawing;
mod fan;
pub mod format;
mod gauge;
mod head;
mod meter_bar;
mod pit_histogram;
mod plot;
mod reliability;
mod rows;
mod scale;
#[cfg(test)]
mod style;
mod ticks;
mod time;
pub mod wording;

pub use coverage::{coverage_over_time, crps_skill_over_time};
pub use distribution_rows::{DistributionRow, format_skill};
pub use dotplot::{DOTS, Dotplot};
pub use drawing::{Band, ChartSpec, step_line};
pub use fan::{FanOutcomes, FanPoint, fan};
pub use format::{format_date, format_minute, format_percent, format_signed, humanize_duration};
pub use gauge::Gauge;
pub use head::{PAGE_SECURITY_POLICY, PageHead};
pub use meter_bar::MeterBar;
pub use pit_histogram::{pit_histogram, pit_range};
pub use plot::{Chart, CountBar, Label, Line, Mark};
pub use reliability::{ReliabilityPoint, reliability};
pub use rows::{AlertRow, PerformanceRow};
pub use scale::{AxisValue, Scale, ValueUnit};

/// Style sheet of a page: colours, sections, tables and the classes of chart elements.
///
/// - lines: `price`, `forecast`, `other`, `baseline`, `whisker`
/// - bands: `forecast`, `baseline`; of a fan `outer`, `middle`, `inner`; of a histogram `tenth`, `chance`
/// - marks: `up`, `down`, `abstain`, `forecast`; of a fan `outcome`, `above`, `below`
/// - meter bars: `fine`, `beyond`, `severe`
pub const STYLE: &str = include_str!("../templates/style.css");
