//! Configuration from the environment that Terraform sets. Read once, before the runtime loop.

use contracts::{
    costs::{COST_RANGE, Costs, is_cost},
    distribution::OddsConfig,
};
use market_data::{Series, series::ParseSeriesError};
use std::{collections::BTreeMap, str::FromStr};

/// Error in the configuration: a variable is missing or invalid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable this function needs is not set.
    #[error("environment variable {variable} is not set")]
    Missing {
        /// Its name.
        variable: &'static str,
    },
    /// A series slug does not parse.
    #[error("environment variable {variable} is invalid")]
    Series {
        /// Its name.
        variable: &'static str,
        /// Cause.
        source: ParseSeriesError,
    },
    /// A variable is not valid JSON.
    #[error("environment variable {variable} is not JSON")]
    Json {
        /// Its name.
        variable: &'static str,
        /// Cause.
        source: serde_json::Error,
    },
    /// A variable has a value that is not one of the known ones.
    #[error("environment variable {variable} is `{value}`, expected {expected}")]
    Value {
        /// Its name.
        variable: &'static str,
        /// Value of the variable.
        value: String,
        /// Values that it may have.
        expected: &'static str,
    },
    /// `AWS_CA_BUNDLE` names a file that cannot be used.
    #[error("environment variable AWS_CA_BUNDLE is invalid: failed to use {path}")]
    Bundle {
        /// Path of the file.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
    /// The TLS settings are invalid.
    #[error("invalid TLS settings")]
    Tls {
        /// Cause.
        source: aws_smithy_http_client::HttpClientError,
    },
}

/// Addressing of S3 buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum S3Addressing {
    /// `bucket.host/key`, what AWS wants.
    #[default]
    Virtual,
    /// `host/bucket/key`, what hosts without wildcard names want.
    Path,
}

/// Configuration of a function. Variables that not every function has are optional, with an accessor that names the
/// variable if it is missing.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `WEATHERVANE_BUCKET`
    pub bucket: Option<String>,
    /// `WEATHERVANE_RUNS_TABLE`
    pub runs_table: Option<String>,
    /// `WEATHERVANE_REGISTRY_TABLE`
    pub registry_table: Option<String>,
    /// `WEATHERVANE_FORECASTS_TABLE`
    pub forecasts_table: Option<String>,
    /// `WEATHERVANE_LOCKS_TABLE`
    pub locks_table: Option<String>,
    /// `WEATHERVANE_TRACKING_TABLE`
    pub tracking_table: Option<String>,
    /// `WEATHERVANE_TRACKING_TOKENS`: name of the secret with the tokens of callers; absent if callers sign.
    pub tracking_tokens: Option<String>,
    /// `WEATHERVANE_BUS`
    pub bus: Option<String>,
    /// `WEATHERVANE_ALERT_TOPIC_ARN`
    pub alert_topic_arn: Option<String>,
    /// `WEATHERVANE_SERIES`, the first is the default one.
    pub series: Vec<Series>,
    /// `WEATHERVANE_SOURCES`: names of the sources in priority order.
    pub sources: Vec<String>,
    /// `MARKET_BASE_URL_{SOURCE}` by source, for those in `sources` that have one.
    pub market_base_urls: BTreeMap<String, String>,
    /// `WEATHERVANE_CROSS_CHECKS`: number of further sources that check the first one, 0 to 2.
    pub cross_checks: Option<usize>,
    /// `WEATHERVANE_TOLERANCE`: share of the price by which two sources' closes may differ, above 0 and at most 0.5.
    pub tolerance: Option<f64>,
    /// `WEATHERVANE_EXTREME_TOLERANCE`: share of the price by which two sources' highs or lows may differ, above 0 and at
    /// most 0.5.
    pub extreme_tolerance: Option<f64>,
    /// `WEATHERVANE_PROXY_BARS`: `true` if a bar quoted in a stablecoin counts where no source in dollars has one,
    /// `false` if it is missing then.
    pub proxy_bars: Option<bool>,
    /// `WEATHERVANE_S3_ADDRESSING`
    pub s3_addressing: S3Addressing,
    /// `WEATHERVANE_TRAINING`: fields of the training configuration to override.
    pub training: Option<serde_json::Value>,
    /// `WEATHERVANE_DRIFT`: fields of the monitoring configuration to override.
    pub drift: Option<serde_json::Value>,
    /// `WEATHERVANE_API_URL`: base URL of the API for links, without a slash at the end.
    pub api_url: Option<String>,
    /// `WEATHERVANE_TRAIN_SCHEDULES`: a JSON object of slug and the schedule's text, to show.
    pub train_schedules: BTreeMap<String, String>,
    /// `WEATHERVANE_ODDS`: a JSON object of slug and the sizes of moves in the odds, shares of the price above 0 and at most 1.
    pub odds: OddsConfig,
    /// `WEATHERVANE_FEE` and `WEATHERVANE_SLIPPAGE`: costs of a trade, each a share of the traded value from 0 to 0.05.
    pub costs: Costs,
}

impl Config {
    /// Reads the process environment.
    ///
    /// # Errors
    /// A variable that is set and malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads variables through `lookup`; an empty value counts as unset.
    ///
    /// # Errors
    /// A variable that is set and malformed.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let list = |name: &str| -> Vec<String> {
            let text = get(name).unwrap_or_default();
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let json = |variable: &'static str| {
            get(variable)
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|source| ConfigError::Json { variable, source })
        };
        let cost = |variable| parse_in_range(get(variable), variable, COST_RANGE, |share: &f64| is_cost(*share));
        let Costs { fee, slippage } = Costs::default();
        let sources = list("WEATHERVANE_SOURCES");
        Ok(Self {
            bucket: get("WEATHERVANE_BUCKET"),
            runs_table: get("WEATHERVANE_RUNS_TABLE"),
            registry_table: get("WEATHERVANE_REGISTRY_TABLE"),
            forecasts_table: get("WEATHERVANE_FORECASTS_TABLE"),
            locks_table: get("WEATHERVANE_LOCKS_TABLE"),
            tracking_table: get("WEATHERVANE_TRACKING_TABLE"),
            tracking_tokens: get("WEATHERVANE_TRACKING_TOKENS"),
            bus: get("WEATHERVANE_BUS"),
            alert_topic_arn: get("WEATHERVANE_ALERT_TOPIC_ARN"),
            series: list("WEATHERVANE_SERIES")
                .iter()
                .map(|slug| slug.parse())
                .collect::<Result<_, _>>()
                .map_err(|source| ConfigError::Series { variable: "WEATHERVANE_SERIES", source })?,
            market_base_urls: sources
                .iter()
                .filter_map(|source| {
                    get(&format!("MARKET_BASE_URL_{}", source.to_ascii_uppercase())).map(|url| (source.clone(), url))
                })
                .collect(),
            sources,
            cross_checks: parse_in_range(
                get("WEATHERVANE_CROSS_CHECKS"),
                "WEATHERVANE_CROSS_CHECKS",
                "a whole number from 0 to 2",
                |count: &usize| *count <= 2,
            )?,
            tolerance: parse_in_range(
                get("WEATHERVANE_TOLERANCE"),
                "WEATHERVANE_TOLERANCE",
                "a number above 0 and at most 0.5",
                |share: &f64| *share > 0.0 && *share <= 0.5,
            )?,
            extreme_tolerance: parse_in_range(
                get("WEATHERVANE_EXTREME_TOLERANCE"),
                "WEATHERVANE_EXTREME_TOLERANCE",
                "a number above 0 and at most 0.5",
                |share: &f64| *share > 0.0 && *share <= 0.5,
            )?,
            proxy_bars: parse_in_range(
                get("WEATHERVANE_PROXY_BARS"),
                "WEATHERVANE_PROXY_BARS",
                "`true` or `false`",
                |_: &bool| true,
            )?,
            s3_addressing: match get("WEATHERVANE_S3_ADDRESSING").as_deref() {
                None | Some("virtual") => S3Addressing::Virtual,
                Some("path") => S3Addressing::Path,
                Some(other) => {
                    return Err(ConfigError::Value {
                        variable: "WEATHERVANE_S3_ADDRESSING",
                        value: other.to_owned(),
                        expected: "`virtual` or `path`",
                    });
                }
            },
            training: json("WEATHERVANE_TRAINING")?,
            drift: json("WEATHERVANE_DRIFT")?,
            api_url: get("WEATHERVANE_API_URL").map(|url| url.trim_end_matches('/').to_owned()),
            train_schedules: get("WEATHERVANE_TRAIN_SCHEDULES")
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|source| ConfigError::Json { variable: "WEATHERVANE_TRAIN_SCHEDULES", source })?
                .unwrap_or_default(),
            odds: get("WEATHERVANE_ODDS").map_or(Ok(OddsConfig::default()), |value| {
                serde_json::from_str(&value).map_err(|_| ConfigError::Value {
                    variable: "WEATHERVANE_ODDS",
                    value,
                    expected: "a JSON object of series and lists of sizes above 0 and at most 1",
                })
            })?,
            costs: Costs {
                fee: cost("WEATHERVANE_FEE")?.unwrap_or(fee),
                slippage: cost("WEATHERVANE_SLIPPAGE")?.unwrap_or(slippage),
            },
        })
    }

    /// Default series: the first of `WEATHERVANE_SERIES`.
    ///
    /// # Errors
    /// `WEATHERVANE_SERIES` is not set.
    pub fn default_series(&self) -> Result<&Series, ConfigError> {
        self.series.first().ok_or(ConfigError::Missing { variable: "WEATHERVANE_SERIES" })
    }

    /// Base URL that replaces the source's own; `None` if none is configured.
    #[must_use]
    pub fn market_base_url(&self, source: &str) -> Option<&str> {
        self.market_base_urls.get(source).map(String::as_str)
    }
}

/// The text of `variable` as a value that `allowed` accepts.
fn parse_in_range<T: FromStr>(
    text: Option<String>,
    variable: &'static str,
    expected: &'static str,
    allowed: impl Fn(&T) -> bool,
) -> Result<Option<T>, ConfigError> {
    text.map(|value| value.parse().ok().filter(allowed).ok_or(ConfigError::Value { variable, value, expected }))
        .transpose()
}

pub(crate) fn required<'a>(value: Option<&'a String>, variable: &'static str) -> Result<&'a str, ConfigError> {
    value.map(String::as_str).ok_or(ConfigError::Missing { variable })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn lists_keep_their_order_and_sources_find_their_hosts() {
        let config = config(&[
            ("WEATHERVANE_SERIES", "eth-usd-1d-h1, eth-usd-1h-h24"),
            ("WEATHERVANE_SOURCES", "coinbase,yahoo"),
            ("MARKET_BASE_URL_COINBASE", "http://127.0.0.1:8900"),
            ("WEATHERVANE_CROSS_CHECKS", " 2 "),
            ("WEATHERVANE_TOLERANCE", "0.025"),
            ("WEATHERVANE_EXTREME_TOLERANCE", "0.05"),
            ("WEATHERVANE_PROXY_BARS", "false"),
            ("WEATHERVANE_S3_ADDRESSING", "path"),
            ("WEATHERVANE_TRAINING", r#"{"seed":7}"#),
            ("WEATHERVANE_API_URL", "https://api.example.com/"),
            ("WEATHERVANE_BUS", ""),
            ("WEATHERVANE_TRAIN_SCHEDULES", r#"{"eth-usd-1d-h1":"rate(7 days)"}"#),
            ("WEATHERVANE_ODDS", r#"{"eth-usd-1h-h24":[0.1,0.02]}"#),
            ("WEATHERVANE_FEE", "0.0006"),
        ])
        .unwrap();
        assert_eq!(config.default_series().unwrap().slug(), "eth-usd-1d-h1");
        assert_eq!(config.sources, ["coinbase", "yahoo"]);
        assert_eq!(config.market_base_url("coinbase"), Some("http://127.0.0.1:8900"));
        assert_eq!(config.market_base_url("yahoo"), None);
        assert_eq!(config.cross_checks, Some(2));
        assert!(config.tolerance.is_some_and(|share| (share - 0.025).abs() < 1e-15), "{:?}", config.tolerance);
        assert!(config.extreme_tolerance.is_some_and(|share| (share - 0.05).abs() < 1e-15));
        assert_eq!(config.proxy_bars, Some(false));
        assert_eq!(config.s3_addressing, S3Addressing::Path);
        assert_eq!(config.training.as_ref().unwrap()["seed"], 7);
        assert_eq!(config.api_url.as_deref(), Some("https://api.example.com"));
        assert_eq!(config.bus, None);
        assert_eq!(config.train_schedules["eth-usd-1d-h1"], "rate(7 days)");
        assert_eq!(config.costs, Costs { fee: 0.0006, ..Costs::default() });
        assert_eq!(config.odds.sizes(&config.series[1]).as_slice(), [0.02, 0.1]);
        assert_eq!(config.odds.sizes(&config.series[0]), OddsConfig::default().sizes(&config.series[0]));
    }

    #[test]
    fn what_is_not_set_is_left_to_the_function() {
        let config = config(&[("WEATHERVANE_CROSS_CHECKS", ""), ("WEATHERVANE_TOLERANCE", " ")]).unwrap();
        assert_eq!((config.cross_checks, config.tolerance), (None, None));
    }

    #[test]
    fn the_ends_of_a_range_belong_to_it() {
        for cross_checks in ["0", "2"] {
            assert!(config(&[("WEATHERVANE_CROSS_CHECKS", cross_checks)]).is_ok(), "{cross_checks}");
        }
        assert!(config(&[("WEATHERVANE_TOLERANCE", "0.5")]).is_ok());
    }

    #[test]
    fn malformed_values_are_refused_by_name() {
        for (name, value) in [
            ("WEATHERVANE_SERIES", "ETH"),
            ("WEATHERVANE_S3_ADDRESSING", "paths"),
            ("WEATHERVANE_CROSS_CHECKS", "3"),
            ("WEATHERVANE_CROSS_CHECKS", "-1"),
            ("WEATHERVANE_CROSS_CHECKS", "one"),
            ("WEATHERVANE_TOLERANCE", "0"),
            ("WEATHERVANE_TOLERANCE", "0.51"),
            ("WEATHERVANE_TOLERANCE", "NaN"),
            ("WEATHERVANE_TOLERANCE", "1 %"),
            ("WEATHERVANE_EXTREME_TOLERANCE", "0"),
            ("WEATHERVANE_EXTREME_TOLERANCE", "0.6"),
            ("WEATHERVANE_PROXY_BARS", "yes"),
            ("WEATHERVANE_FEE", "0.1"),
            ("WEATHERVANE_SLIPPAGE", "-0.0005"),
            ("WEATHERVANE_TRAINING", "{"),
            ("WEATHERVANE_DRIFT", "nope"),
            ("WEATHERVANE_TRAIN_SCHEDULES", "rate(7 days)"),
            ("WEATHERVANE_ODDS", "[0.05]"),
            ("WEATHERVANE_ODDS", r#"{"ethereum":[0.05]}"#),
            ("WEATHERVANE_ODDS", r#"{"eth-usd-1d-h1":[0.05,0]}"#),
            ("WEATHERVANE_ODDS", r#"{"eth-usd-1d-h1":[-0.05]}"#),
            ("WEATHERVANE_ODDS", r#"{"eth-usd-1d-h1":[1.01]}"#),
        ] {
            let error = config(&[(name, value)]).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
