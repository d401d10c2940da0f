//! Small charts as inline SVG, and the look of the pages around them: self-contained, no script, for a phone as for a
//! wide screen, light and dark.

mod drawing;
mod plot;
mod thin;
mod time;

pub use drawing::{Drawing, Place, Scale};
pub use plot::{Chart, Line, Mark};
pub use time::{date, minute};

/// The style sheet of a page: colours, sections, tables, and the classes of what charts show. Lines have `price`,
/// `forecast`, `other`, `baseline` or `whisker`; marks `up`, `down`, `abstain` or `forecast`.
pub const STYLE: &str = include_str!("../templates/style.css");
