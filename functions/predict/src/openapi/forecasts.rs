//! The operations on forecasts. A test compares the limits, which an attribute wants as digits, with those of the code.

#![expect(dead_code, unused_qualifications, reason = "the contract is made from the attributes")]

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
    /// Adds which features moved the forecast.
    #[param(default = false)]
    explain: Option<bool>,
}

/// A closed candle. Prices in the quote currency, volume in the base currency.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bar {
    /// Open time, on the interval's grid. `timestamp` is read as `time`.
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

/// Bars of the caller.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bars {
    /// Closed bars in a row, ascending, on the interval's UTC grid. A warning says when they are too few for the
    /// indicators to forget where the history starts.
    #[schema(min_items = 121, max_items = 5000)]
    bars: Vec<Bar>,
}

/// Bars of the caller, or nothing.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OptionalBars {
    /// As for `POST /v1/series/{series}/forecast`; without them the forecast is the current one.
    #[schema(value_type = Vec<Bar>, required = false, min_items = 121, max_items = 5000)]
    bars: Option<Vec<Bar>>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryParams {
    /// First decision time. Without `from` and `to` the newest forecasts are answered; with `to` alone, those from 365
    /// intervals before it. Not beside `cursor`.
    #[param(example = "2026-10-01")]
    from: Option<Time>,
    /// Last decision time. With `from` alone: now. Not beside `cursor`.
    #[param(example = "2026-11-02T00:00:00Z")]
    to: Option<Time>,
    /// The most forecasts in one answer; `next` leads on. Not beside `cursor`.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The rest of a query, from `next`. No other parameter can be given beside it, and it is refused with a 400 that names it.
    #[param(pattern = "^[0-9a-f]{36}$")]
    cursor: Option<String>,
}

/// The current forecast
///
/// Forecasts from the latest stored bars with the champion of the series.
#[utoipa::path(
    get, path = "/v1/series/{series}/forecast", tag = "forecasts", operation_id = "currentForecast",
    params(Slug),
    responses((status = 200, description = "The forecast.", body = ForecastResponse, example = json!(examples::forecast())))
)]
pub(super) fn current_forecast() {}

/// The current forecast, with the features that moved it
///
/// Adds which features moved it and how far.
#[utoipa::path(
    get, path = "/v1/series/{series}/explanation", tag = "forecasts", operation_id = "explainedForecast",
    params(Slug),
    responses((status = 200, description = "The forecast and its explanation.", body = ForecastResponse))
)]
pub(super) fn explained_forecast() {}

/// The forecast for the caller's bars
///
/// Forecasts from bars of the caller with the champion of the series. Bars are daily or hourly as the series is.
#[utoipa::path(
    post, path = "/v1/series/{series}/forecast", tag = "forecasts", operation_id = "forecastFromBars",
    params(Slug, Explain),
    request_body(content = Bars, description = "Bars in JSON.", example = json!(examples::bars())),
    responses((status = 200, description = "The forecast.", body = ForecastResponse, example = json!(examples::forecast_from_bars())))
)]
pub(super) fn forecast_from_bars() {}

/// Past forecasts with their outcomes
///
/// Lists forecasts by decision time, oldest first, and the newest ones when no bound is given; `next` leads to the next page.
#[utoipa::path(
    get, path = "/v1/series/{series}/forecasts", tag = "forecasts", operation_id = "pastForecasts",
    params(Slug, HistoryParams),
    responses((status = 200, description = "The forecasts.", body = ForecastHistory, example = json!(examples::history())))
)]
pub(super) fn past_forecasts() {}

/// The forecast of the default series
///
/// Short form of the other two: from the caller's bars if there are any, else the current one.
#[utoipa::path(
    post, path = "/predict", tag = "forecasts", operation_id = "predict",
    params(Explain),
    request_body(content = Option<OptionalBars>, description = "May be left out.", example = json!({})),
    responses((status = 200, description = "The forecast.", body = ForecastResponse, example = json!(examples::forecast())))
)]
pub(super) fn predict() {}
