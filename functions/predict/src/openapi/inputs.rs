//! Parameters and values of requests.
#![expect(dead_code, reason = "the document is generated from the attributes")]

use market_data::time::EARLIEST_PLAUSIBLE;
use serde::Serialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        KnownFormat, RefOr, Schema, SchemaFormat,
        schema::{AnyOfBuilder, ObjectBuilder, Type},
    },
};

/// Time in a request.
#[derive(Serialize)]
pub(super) struct Time;

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let text =
            |format| ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
        let unix = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(EARLIEST_PLAUSIBLE.as_second()));
        let forms = AnyOfBuilder::new().item(text(KnownFormat::DateTime)).item(text(KnownFormat::Date)).item(unix);
        let description = "Time in RFC 3339, date, which means 00:00 UTC, or Unix time in s, ms, us or ns by its size. Date and time \
                           without an offset, `YYYYMMDD` and `YYYYMMDD HHMMSS` are read as UTC.";
        Schema::AnyOf(forms.description(Some(description)).build()).into()
    }
}

impl ToSchema for Time {}

/// Series in a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Slug {
    /// Slug of the series.
    #[param(example = "eth-usd-1d-h1", pattern = r"^[a-z0-9]{2,10}-[a-z0-9]{2,10}-1[dh]-h[1-9][0-9]{0,3}$")]
    series: String,
}
