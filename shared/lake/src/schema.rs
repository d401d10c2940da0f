//! The columns of the objects of the lake.

/// Unix seconds of the open time.
pub(crate) const TIME: &str = "time";
/// The label of the origin.
pub(crate) const SOURCE: &str = "source";
/// How often the bar that counts has changed.
pub(crate) const REVISION: &str = "revision";
/// The rules that hit the bar, as bits.
pub(crate) const FLAGS: &str = "flags";
/// Unix nanoseconds of the first delivery.
pub(crate) const FIRST_SEEN: &str = "first_seen";
/// Unix nanoseconds of the last one.
pub(crate) const LAST_SEEN: &str = "last_seen";

/// Prices and volume, in the order in which they are stored.
pub(crate) const VALUES: [&str; 5] = ["open", "high", "low", "close", "volume"];
