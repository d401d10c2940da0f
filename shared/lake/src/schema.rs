//! Columns of the objects.

use polars_arrow::datatypes::ArrowDataType;

/// Column of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: ColumnType,
}

/// Type of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Int64,
    UInt32,
    Float64,
    Utf8,
}

impl ColumnType {
    /// Description for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int64 => "64-bit integer",
            Self::UInt32 => "32-bit unsigned integer",
            Self::Float64 => "64-bit float",
            Self::Utf8 => "string",
        }
    }

    pub(crate) fn data_type(self) -> ArrowDataType {
        match self {
            Self::Int64 => ArrowDataType::Int64,
            Self::UInt32 => ArrowDataType::UInt32,
            Self::Float64 => ArrowDataType::Float64,
            Self::Utf8 => ArrowDataType::Utf8View,
        }
    }
}

/// Open time in Unix seconds.
pub(crate) const TIME: Column = Column { name: "time", kind: ColumnType::Int64 };
/// Label of the origin.
pub(crate) const SOURCE: Column = Column { name: "source", kind: ColumnType::Utf8 };
/// Number of changes of the resolved bar.
pub(crate) const REVISION: Column = Column { name: "revision", kind: ColumnType::UInt32 };
/// Bits of the quality rules that flag the bar.
pub(crate) const FLAGS: Column = Column { name: "flags", kind: ColumnType::UInt32 };
/// Time of the first observation in Unix nanoseconds.
pub(crate) const FIRST_SEEN: Column = Column { name: "first_seen", kind: ColumnType::Int64 };
/// Time of the last observation in Unix nanoseconds.
pub(crate) const LAST_SEEN: Column = Column { name: "last_seen", kind: ColumnType::Int64 };

const fn float(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Float64 }
}

/// Prices and volume, in the order in which they are stored.
pub(crate) const VALUES: [Column; 5] = [float("open"), float("high"), float("low"), float("close"), float("volume")];
