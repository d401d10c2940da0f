//! Operations on forecasts. Attributes need limits as literals; a test compares them with those of the code.

#![expect(dead_code, unused_qualifications, reason = "the document is generated from the attributes")]

use super::{
    examples,
    inputs::{Slug, Time},
};
use crate::{forecast::ForecastResponse, history::ForecastHistory};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct Explain {
    /// Adds the contributions of the features.
    #[param(default = false)]
    explain: Option<bool>,
}

/// Closed bar. Prices are in the quote currency, the volume in the base currency.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bar {
    /// Open time, on the grid of the interval. `timestamp` is accepted as well.
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

/// Bars of the caller.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bars {
    /// Consecutive closed bars in ascending order, on the UTC grid of the interval. A warning names when they are too few for
    /// recursive indicators to converge.
    #[schema(min_items = 121, max_items = 5000)]
    bars: Vec<Bar>,
}

/// Optional bars of the caller.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OptionalBars {
    /// Bars as for `POST /v1/series/{series}/forecast`. Without bars, the answer is the current forecast.
    #[schema(value_type = Vec<Bar>, required = false, min_items = 121, max_items = 5000)]
    bars: Option<Vec<Bar>>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryParams {
    /// First decision time. Default: 365 intervals before `to`; without `from` and `to`, the answer has the newest forecasts.
    /// Not allowed with `cursor`.
    #[param(example = "2026-10-01")]
    from: Option<Time>,
    /// Last decision time. Default with `from`: now. Not allowed with `cursor`.
    #[param(example = "2026-11-02T00:00:00Z")]
    to: Option<Time>,
    /// Maximum number of forecasts in one answer. Not allowed with `cursor`.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// Rest of a query, from `next`. Any other parameter with it is a 400 that names the parameter.
    #[param(pattern = "^[0-9a-f]{36}$")]
    cursor: Option<String>,
}

/// Current forecast
///
/// Forecasts from the latest stored bars with the champion of the series.
#[utoipa::path(
    get, path = "/v1/series/{series}/forecast", tag = "forecasts", operation_id = "currentForecast",
    params(Slug),
    responses((status = 200, description = "Forecast.", body = ForecastResponse, example = json!(examples::forecast())))
)]
pub(super) fn current_forecast() {}

/// Current forecast with explanation
///
/// Adds the contributions of the features.
#[utoipa::path(
    get, path = "/v1/series/{series}/explanation", tag = "forecasts", operation_id = "explainedForecast",
    params(Slug),
    responses((status = 200, description = "Forecast with its explanation.", body = ForecastResponse))
)]
pub(super) fn explained_forecast() {}

/// Forecast from the caller's bars
///
/// Forecasts from bars of the caller with the champion of the series. The bars have the interval of the series.
#[utoipa::path(
    post, path = "/v1/series/{series}/forecast", tag = "forecasts", operation_id = "forecastFromBars",
    params(Slug, Explain),
    request_body(content = Bars, description = "Bars in JSON.", example = json!(examples::bars())),
    responses((status = 200, description = "Forecast.", body = ForecastResponse, example = json!(examples::forecast_from_bars())))
)]
pub(super) fn forecast_from_bars() {}

/// Past forecasts with their outcomes
///
/// Lists forecasts in ascending order of decision time. Without bounds, these are the newest ones. `next` is the address of the
/// next page.
#[utoipa::path(
    get, path = "/v1/series/{series}/forecasts", tag = "forecasts", operation_id = "pastForecasts",
    params(Slug, HistoryParams),
    responses((status = 200, description = "Page of forecasts.", body = ForecastHistory, example = json!(examples::history())))
)]
pub(super) fn past_forecasts() {}

/// Forecast of the default series
///
/// Forecasts from the caller's bars if there are any, else from the latest stored bars.
#[utoipa::path(
    post, path = "/predict", tag = "forecasts", operation_id = "predict",
    params(Explain),
    request_body(content = Option<OptionalBars>, description = "Optional bars in JSON.", example = json!({})),
    responses((status = 200, description = "Forecast.", body = ForecastResponse, example = json!(examples::forecast())))
)]
pub(super) fn predict() {}
