//! The scoring protocol: MLflow's tables, which the function reads without types of its own.
#![expect(dead_code, unused_qualifications, reason = "the contract is made from the attributes")]

use super::{examples, inputs::Time};
use crate::scoring::{MAX_ROWS, Predictions};
use features::feature_descriptions;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        schema::{AnyOf, ArrayBuilder, ObjectBuilder, OneOfBuilder, Type},
    },
};

/// Exactly one table of MLflow's scoring protocol, in one of four shapes. Other fields are not used.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum ScoringRequest {
    Split(SplitRequest),
    Records(RecordsRequest),
    Instances(InstancesRequest),
    Inputs(InputsRequest),
}

/// A table as pandas writes it with `orient="split"`.
#[derive(Serialize, ToSchema)]
struct SplitRequest {
    /// The table.
    dataframe_split: SplitTable,
    /// Not used: the model takes no parameters.
    #[schema(value_type = Option<Object>)]
    params: Option<()>,
}

/// A table as pandas writes it with `orient="records"`.
#[derive(Serialize, ToSchema)]
struct RecordsRequest {
    /// The table.
    #[schema(min_items = 1, max_items = 5000)]
    dataframe_records: Vec<Record>,
    /// Not used: the model takes no parameters.
    #[schema(value_type = Option<Object>)]
    params: Option<()>,
}

/// A table as TensorFlow Serving's row format.
#[derive(Serialize, ToSchema)]
struct InstancesRequest {
    /// The table.
    instances: Table,
    /// Not used: the model takes no parameters.
    #[schema(value_type = Option<Object>)]
    params: Option<()>,
}

/// A table as TensorFlow Serving's column format.
#[derive(Serialize, ToSchema)]
struct InputsRequest {
    /// The table.
    inputs: Table,
    /// Not used: the model takes no parameters.
    #[schema(value_type = Option<Object>)]
    params: Option<()>,
}

/// Columns by name, and rows of cells.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SplitTable {
    /// Names, each once: all features, or time (or timestamp), open, high, low, close and volume. Others are left out.
    #[schema(min_items = 6)]
    columns: Vec<String>,
    /// One cell per column in each row.
    #[schema(min_items = 1, max_items = 5000)]
    data: Vec<Vec<Option<Cell>>>,
    /// Names of the rows, one each; not used.
    index: Option<Vec<Option<Cell>>>,
}

/// A table of records or of columns.
#[derive(Serialize)]
struct Table;

impl PartialSchema for Table {
    fn schema() -> RefOr<Schema> {
        let rows = |item: RefOr<Schema>| ArrayBuilder::new().items(item).min_items(Some(1)).max_items(Some(MAX_ROWS));
        let cell =
            OneOfBuilder::new().item(Ref::from_schema_name("Cell")).item(ObjectBuilder::new().schema_type(Type::Null));
        let columns = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("Columns by name; as many cells in each."))
            .additional_properties(Some(rows(Schema::OneOf(cell.build()).into())));
        let table = OneOfBuilder::new().item(rows(Ref::from_schema_name("Record").into())).item(columns);
        Schema::OneOf(table.description(Some("Records, or columns by name.")).build()).into()
    }
}

impl ToSchema for Table {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Record::name().into_owned(), Record::schema()));
        schemas.push((Cell::name().into_owned(), Cell::schema()));
        Record::schemas(schemas);
    }
}

/// A value of a column that is left out may be of any kind; the others are numbers and, in the column of times, texts.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Cell {
    Number(f64),
    Text(String),
    Flag(bool),
}

/// A bar as a record. Fields beside these are left out; `timestamp` is read as `time`.
#[derive(Serialize, ToSchema)]
struct BarRecord {
    /// Open time, on the interval's grid.
    time: Time,
    /// First price.
    #[schema(exclusive_minimum = 0)]
    open: f64,
    /// Highest price.
    #[schema(exclusive_minimum = 0)]
    high: f64,
    /// Lowest price.
    #[schema(exclusive_minimum = 0)]
    low: f64,
    /// Last price.
    #[schema(exclusive_minimum = 0)]
    close: f64,
    /// Base currency traded.
    #[schema(minimum = 0)]
    volume: f64,
}

/// A row of all features, or a bar; of both when it has the fields of both, and then the features count.
#[derive(Serialize)]
struct Record;

impl PartialSchema for Record {
    fn schema() -> RefOr<Schema> {
        let mut record = AnyOf::new();
        record.description =
            Some("A row of all features, or a bar. With the fields of both the features count.".to_owned());
        record.items = ["Features", "BarRecord"].map(|name| Ref::from_schema_name(name).into()).into();
        Schema::AnyOf(record).into()
    }
}

impl ToSchema for Record {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Features::name().into_owned(), Features::schema()));
        schemas.push((BarRecord::name().into_owned(), BarRecord::schema()));
        schemas.push((Time::name().into_owned(), Time::schema()));
    }
}

/// A row of features.
struct Features;

impl PartialSchema for Features {
    fn schema() -> RefOr<Schema> {
        let row = "A row of features: all of them, finite. `c`, `o`, `h`, `l` and `v` are the bar's close, open, high, low and \
                   volume; `r_n` is the log return over n bars and `vol_n` the realised volatility of n returns. Ranges are \
                   those of real bars; any finite number is taken.";
        let mut object = ObjectBuilder::new().schema_type(Type::Object).description(Some(row));
        for feature in feature_descriptions() {
            let text = format!(
                "{}. Unit: {}. Range: {}. First known after {} bars.",
                feature.meaning, feature.unit, feature.range, feature.warm_up
            );
            let number = ObjectBuilder::new().schema_type(Type::Number).description(Some(text));
            object = object.property(feature.name, number).required(feature.name);
        }
        object.build().into()
    }
}

impl ToSchema for Features {}

/// Predictions by MLflow's scoring protocol
///
/// Predicts 1 to 5000 rows with the champion of the default series, in the protocol of MLflow's model servers. A row is a row of
/// all 60 features, finite numbers, or a bar. Columns are found by name, in any order; others are left out. A body has at most
/// 4 MiB: that holds 5000 bars in any form, and of rows of all features at full precision 2500 as `dataframe_split`, as columns
/// or as CSV and 1500 as records.
#[utoipa::path(
    post, path = "/invocations", operation_id = "invoke", tag = "scoring",
    request_body(
        content(
            (ScoringRequest = "application/json", examples(
                ("bars" = (summary = "Bars, as MLflow's client writes a data frame", value = json!(examples::split()))),
                ("records" = (summary = "Bars as records", value = json!(examples::records()))),
                ("columns" = (summary = "Bars as columns; times in Unix seconds", value = json!(examples::columns()))),
            )),
            (String = "text/csv", example = json!(examples::CSV)),
        ),
        description = "Rows in JSON, or as CSV by RFC 4180 with the names of the columns in the first line.",
    ),
    responses((status = 200, description = "One prediction per row, in the order of the rows.", body = Predictions,
        example = json!(examples::predictions())))
)]
pub(super) fn invoke() {}

/// Predictions of a series by MLflow's scoring protocol
///
/// As `POST /invocations`, with the champion of this series.
#[utoipa::path(
    post, path = "/v1/series/{series}/invocations", operation_id = "invokeSeries", tag = "scoring",
    params(super::inputs::Slug),
    request_body(
        content(
            (ScoringRequest = "application/json", example = json!(examples::split())),
            (String = "text/csv", example = json!(examples::CSV)),
        ),
        description = "Rows in JSON, or as CSV by RFC 4180 with the names of the columns in the first line.",
    ),
    responses((status = 200, description = "One prediction per row, in the order of the rows.", body = Predictions,
        example = json!(examples::predictions())))
)]
pub(super) fn invoke_series() {}

/// Readiness to predict
///
/// Answers as MLflow's clients and SageMaker's expect: 200 without a body.
#[utoipa::path(get, path = "/ping", operation_id = "ping", tag = "scoring", responses((status = 200, description = "Rows can be predicted.")))]
pub(super) fn ping() {}

/// Readiness to predict rows of a series
///
/// Answers as MLflow's clients and SageMaker's expect: 200 without a body.
#[utoipa::path(
    get, path = "/v1/series/{series}/ping", operation_id = "pingSeries", tag = "scoring",
    params(super::inputs::Slug),
    responses((status = 200, description = "Rows can be predicted."))
)]
pub(super) fn ping_series() {}
