//! The columns of the objects of the lake.

use polars_arrow::datatypes::ArrowDataType;

/// A column of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Natural,
    Float,
    Text,
}

impl Kind {
    /// For messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Integer => "64-bit integer",
            Self::Natural => "32-bit unsigned integer",
            Self::Float => "64-bit float",
            Self::Text => "string",
        }
    }

    pub(crate) fn data_type(self) -> ArrowDataType {
        match self {
            Self::Integer => ArrowDataType::Int64,
            Self::Natural => ArrowDataType::UInt32,
            Self::Float => ArrowDataType::Float64,
            Self::Text => ArrowDataType::Utf8View,
        }
    }
}

/// Unix seconds of the open time.
pub(crate) const TIME: Column = Column { name: "time", kind: Kind::Integer };
/// The label of the origin.
pub(crate) const SOURCE: Column = Column { name: "source", kind: Kind::Text };
/// How often the bar that counts has changed.
pub(crate) const REVISION: Column = Column { name: "revision", kind: Kind::Natural };
/// The rules that hit the bar, as bits.
pub(crate) const FLAGS: Column = Column { name: "flags", kind: Kind::Natural };
/// Unix nanoseconds of the first delivery.
pub(crate) const FIRST_SEEN: Column = Column { name: "first_seen", kind: Kind::Integer };
/// Unix nanoseconds of the last one.
pub(crate) const LAST_SEEN: Column = Column { name: "last_seen", kind: Kind::Integer };

const fn float(name: &'static str) -> Column {
    Column { name, kind: Kind::Float }
}

/// Prices and volume, in the order in which they are stored.
pub(crate) const VALUES: [Column; 5] = [float("open"), float("high"), float("low"), float("close"), float("volume")];
