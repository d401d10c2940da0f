//! Operations of the scoring protocol, with schemas of MLflow's tables. The function parses these without such types.
#![expect(dead_code, unused_qualifications, reason = "the document is generated from the attributes")]

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

/// Table of MLflow's scoring protocol in one of four forms. Other fields are not used.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum ScoringRequest {
    Split(SplitRequest),
    Records(RecordsRequest),
    Instances(InstancesRequest),
    Inputs(InputsRequest),
}

/// Table in the form of pandas' `orient="split"`.
#[derive(Serialize, ToSchema)]
struct SplitRequest {
    /// Table of rows.
    dataframe_split: SplitTable,
    /// Kind of the predictions; the probability of up without it.
    params: Option<Params>,
}

/// Table in the form of pandas' `orient="records"`.
#[derive(Serialize, ToSchema)]
struct RecordsRequest {
    /// Table of rows.
    #[schema(min_items = 1, max_items = 5000)]
    dataframe_records: Vec<Record>,
    /// Kind of the predictions; the probability of up without it.
    params: Option<Params>,
}

/// Table in the row format of TensorFlow Serving.
#[derive(Serialize, ToSchema)]
struct InstancesRequest {
    /// Table of rows.
    instances: Table,
    /// Kind of the predictions; the probability of up without it.
    params: Option<Params>,
}

/// Table in the column format of TensorFlow Serving.
#[derive(Serialize, ToSchema)]
struct InputsRequest {
    /// Table of rows.
    inputs: Table,
    /// Kind of the predictions; the probability of up without it.
    params: Option<Params>,
}

/// Kind of the predictions.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Kind of each prediction. Quantiles and odds need bars; a table of feature rows with them is a 400.
    #[schema(required = false)]
    output: OutputName,
    /// Levels of the quantiles, each above 0 and below 1. Default: the levels of a forecast. Only for quantiles.
    #[schema(required = false, min_items = 1, max_items = 99)]
    levels: Vec<f64>,
    /// Sizes of moves in the odds, each above 0 and at most 1. Default: those of the series. Only for odds.
    #[schema(required = false, min_items = 1, max_items = 99)]
    sizes: Vec<f64>,
}

/// Kind of a prediction: probability of up (default), quantiles of the log return or odds of large moves.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OutputName {
    ProbabilityUp,
    Quantiles,
    Odds,
}

/// Names of the columns and rows of cells.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SplitTable {
    /// Unique names: all features, or time (or timestamp), open, high, low, close and volume. Others are left out.
    #[schema(min_items = 6)]
    columns: Vec<String>,
    /// Rows with one cell per column.
    #[schema(min_items = 1, max_items = 5000)]
    data: Vec<Vec<Option<Cell>>>,
    /// Unused names of the rows, one per row.
    index: Option<Vec<Option<Cell>>>,
}

/// Table of records or of columns.
#[derive(Serialize)]
struct Table;

impl PartialSchema for Table {
    fn schema() -> RefOr<Schema> {
        let rows = |item: RefOr<Schema>| ArrayBuilder::new().items(item).min_items(Some(1)).max_items(Some(MAX_ROWS));
        let cell =
            OneOfBuilder::new().item(Ref::from_schema_name("Cell")).item(ObjectBuilder::new().schema_type(Type::Null));
        let columns = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("Columns by name, of equal length."))
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

/// Value of a cell: a number, or a time in the column of times. In other columns, any value is accepted.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Cell {
    Number(f64),
    Text(String),
    Flag(bool),
}

/// Bar as a record. Other fields are left out; `timestamp` is accepted as `time`.
#[derive(Serialize, ToSchema)]
struct BarRecord {
    /// Open time, on the grid of the interval.
    time: Time,
    /// Price of the first trade.
    #[schema(exclusive_minimum = 0)]
    open: f64,
    /// Highest price of the bar.
    #[schema(exclusive_minimum = 0)]
    high: f64,
    /// Lowest price of the bar.
    #[schema(exclusive_minimum = 0)]
    low: f64,
    /// Price of the last trade.
    #[schema(exclusive_minimum = 0)]
    close: f64,
    /// Traded amount.
    #[schema(minimum = 0)]
    volume: f64,
}

/// Row of all features, or bar. With the fields of both, it is a row of features.
#[derive(Serialize)]
struct Record;

impl PartialSchema for Record {
    fn schema() -> RefOr<Schema> {
        let mut record = AnyOf::new();
        record.description =
            Some("Row of all features, or bar. With the fields of both, it is a row of features.".to_owned());
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

/// Row of features.
struct Features;

impl PartialSchema for Features {
    fn schema() -> RefOr<Schema> {
        let row = "Row of features: all of them, as finite numbers. `c`, `o`, `h`, `l` and `v` are the bar's close, open, high, low and \
                   volume; `r_n` is the log return over n bars and `vol_n` the realised volatility of n returns. Ranges are \
                   those of real bars; any finite number is accepted.";
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

/// Predictions in MLflow's scoring protocol
///
/// Predicts 1 to 5000 rows with the champion of the default series, in the protocol of MLflow's model servers. A row has all
/// 60 features as finite numbers, or it is a bar. Columns are found by name in any order; others are left out. A body has at
/// most 4 MiB. That is enough for 5000 bars in any form. At full precision, it is enough for 2500 rows of features as
/// `dataframe_split`, as columns or as CSV, and for 1500 as records.
#[utoipa::path(
    post, path = "/invocations", operation_id = "invoke", tag = "scoring",
    request_body(
        content(
            (ScoringRequest = "application/json", examples(
                ("bars" = (summary = "Bars, in the form of MLflow's client", value = json!(examples::split()))),
                ("records" = (summary = "Bars, as records", value = json!(examples::records()))),
                ("columns" = (summary = "Bars, as columns with Unix seconds", value = json!(examples::columns()))),
                ("quantiles" = (summary = "Quantiles of the move", value = json!(examples::quantiles_request()))),
            )),
            (String = "text/csv", example = json!(examples::CSV)),
        ),
        description = "Rows in JSON, or as CSV by RFC 4180 with the names of the columns in the first line.",
    ),
    responses((status = 200, description = "One prediction per row, in the order of the rows.", body = Predictions,
        examples(
            ("probability_up" = (summary = "Probabilities of up", value = json!(examples::predictions()))),
            ("quantiles" = (summary = "Quantiles of the move", value = json!(examples::quantiles()))),
            ("odds" = (summary = "Odds of large moves", value = json!(examples::odds()))),
        )))
)]
pub(super) fn invoke() {}

/// Predictions of a series in MLflow's scoring protocol
///
/// Predicts as `POST /invocations`, with the champion of this series.
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
        examples(
            ("probability_up" = (summary = "Probabilities of up", value = json!(examples::predictions()))),
            ("quantiles" = (summary = "Quantiles of the move", value = json!(examples::quantiles()))),
            ("odds" = (summary = "Odds of large moves", value = json!(examples::odds()))),
        )))
)]
pub(super) fn invoke_series() {}

/// Readiness to predict
///
/// Returns 200 without a body, as the clients of MLflow and SageMaker expect.
#[utoipa::path(get, path = "/ping", operation_id = "ping", tag = "scoring", responses((status = 200, description = "Rows can be predicted.")))]
pub(super) fn ping() {}

/// Readiness to predict rows of a series
///
/// Returns 200 without a body, as the clients of MLflow and SageMaker expect.
#[utoipa::path(
    get, path = "/v1/series/{series}/ping", operation_id = "pingSeries", tag = "scoring",
    params(super::inputs::Slug),
    responses((status = 200, description = "Rows can be predicted."))
)]
pub(super) fn ping_series() {}
