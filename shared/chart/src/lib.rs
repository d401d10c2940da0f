//! Small charts as inline SVG, and the look of the pages around them: self-contained, no script, for a phone as for a
//! wide screen, light and dark.

mod bar;
mod drawing;
mod gauge;
mod head;
mod plot;
mod reliability;
mod scale;
#[cfg(test)]
mod style;
mod thin;
mod ticks;
mod time;

pub use bar::Bar;
pub use drawing::{Band, Drawing, steps};
pub use gauge::Gauge;
pub use head::{Head, POLICY};
pub use plot::{Chart, Column, Label, Line, Mark};
pub use reliability::{Group, reliability};
pub use scale::{Place, Scale, Unit};
pub use time::{date, minute, span};

/// The style sheet of a page: colours, sections, tables, and the classes of what charts show. Lines have `price`,
/// `forecast`, `other`, `baseline` or `whisker`; bands `forecast` or `baseline`; marks `up`, `down`, `abstain` or
/// `forecast`; bars `fine`, `beyond` or `severe`.
pub const STYLE: &str = include_str!("../templates/style.css");
