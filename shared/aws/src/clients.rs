//! The AWS clients, made once per process. Each store is made by its own accessor, so a function links and pays for
//! only the services it uses.

use crate::{
    AlertLog, AlertTopic, ArtifactStore, Config, ConfigError, EventBus, ForecastStore, LockTable, ModelRegistry,
    ObjectStore, RunStore, Secret, TrackingTable,
    config::{S3Addressing, required},
    trust,
};
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use std::{sync::OnceLock, time::Duration};

/// Retry and time-out profile of the calls to AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallProfile {
    /// A caller waits for the response: 3 attempts of 2 s, 5 s in all.
    Interactive,
    /// No caller waits: 5 attempts of 20 s, 60 s in all.
    Batch,
}

impl CallProfile {
    fn retry_config(self) -> RetryConfig {
        match self {
            Self::Interactive => RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_millis(100))
                .with_max_backoff(Duration::from_secs(1)),
            Self::Batch => RetryConfig::standard()
                .with_max_attempts(5)
                .with_initial_backoff(Duration::from_millis(500))
                .with_max_backoff(Duration::from_secs(10)),
        }
    }

    fn timeout_config(self) -> TimeoutConfig {
        let (attempt, operation) = match self {
            Self::Interactive => (2, 5),
            Self::Batch => (20, 60),
        };
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(attempt))
            .operation_timeout(Duration::from_secs(operation))
            .build()
    }
}

/// HTTP client for all services, which share certificates and connections. Invalid certificates cause a panic
/// at its first use.
pub(crate) fn http_client(trusted: TrustStore) -> Result<SharedHttpClient, ConfigError> {
    let tls = TlsContext::builder().with_trust_store(trusted).build();
    let tls = tls.map_err(|source| ConfigError::Tls { source })?;
    Ok(Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https())
}

/// Makes the stores from one SDK configuration.
#[derive(Debug)]
pub struct AwsClients {
    sdk: SdkConfig,
    config: Config,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
}

impl AwsClients {
    /// Reads the SDK's configuration (credentials, region, `AWS_ENDPOINT_URL`, `AWS_CA_BUNDLE`) from the environment.
    ///
    /// # Errors
    /// The bundle cannot be used.
    pub async fn load(config: &Config, profile: CallProfile) -> Result<Self, ConfigError> {
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client(trust::trust_store()?)?)
            .retry_config(profile.retry_config())
            .timeout_config(profile.timeout_config())
            .load()
            .await;
        Ok(Self { sdk, config: config.clone(), dynamodb: OnceLock::new() })
    }

    /// The configuration they were made from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The bucket.
    ///
    /// # Errors
    /// `WEATHERVANE_BUCKET` is not set.
    pub fn storage(&self) -> Result<ObjectStore, ConfigError> {
        let bucket = required(self.config.bucket.as_ref(), "WEATHERVANE_BUCKET")?;
        Ok(ObjectStore::new(self.s3(), bucket))
    }

    /// Files of runs and models, in the bucket.
    ///
    /// # Errors
    /// `WEATHERVANE_BUCKET` is not set.
    pub fn artifacts(&self) -> Result<ArtifactStore, ConfigError> {
        Ok(ArtifactStore::new(&self.s3(), required(self.config.bucket.as_ref(), "WEATHERVANE_BUCKET")?))
    }

    /// Experiments, runs and registered models of people.
    ///
    /// # Errors
    /// `WEATHERVANE_TRACKING_TABLE` is not set.
    pub fn tracking(&self) -> Result<TrackingTable, ConfigError> {
        let table = required(self.config.tracking_table.as_ref(), "WEATHERVANE_TRACKING_TABLE")?;
        Ok(TrackingTable::new(self.dynamodb(), table))
    }

    /// Secret with the tokens of callers; `None` if callers sign their requests.
    #[must_use]
    pub fn tracking_tokens(&self) -> Option<Secret> {
        let id = self.config.tracking_tokens.as_ref()?;
        Some(Secret::new(aws_sdk_secretsmanager::Client::new(&self.sdk), id))
    }

    /// The model registry.
    ///
    /// # Errors
    /// `WEATHERVANE_REGISTRY_TABLE` is not set.
    pub fn registry(&self) -> Result<ModelRegistry, ConfigError> {
        let table = required(self.config.registry_table.as_ref(), "WEATHERVANE_REGISTRY_TABLE")?;
        Ok(ModelRegistry::new(self.dynamodb(), table))
    }

    /// Training runs and trials.
    ///
    /// # Errors
    /// `WEATHERVANE_RUNS_TABLE` is not set.
    pub fn runs(&self) -> Result<RunStore, ConfigError> {
        Ok(RunStore::new(self.dynamodb(), required(self.config.runs_table.as_ref(), "WEATHERVANE_RUNS_TABLE")?))
    }

    /// Stored forecasts.
    ///
    /// # Errors
    /// `WEATHERVANE_FORECASTS_TABLE` is not set.
    pub fn forecasts(&self) -> Result<ForecastStore, ConfigError> {
        let table = required(self.config.forecasts_table.as_ref(), "WEATHERVANE_FORECASTS_TABLE")?;
        Ok(ForecastStore::new(self.dynamodb(), table))
    }

    /// Log of alerts, in the table of the forecasts.
    ///
    /// # Errors
    /// `WEATHERVANE_FORECASTS_TABLE` is not set.
    pub fn alert_log(&self) -> Result<AlertLog, ConfigError> {
        let table = required(self.config.forecasts_table.as_ref(), "WEATHERVANE_FORECASTS_TABLE")?;
        Ok(AlertLog::new(self.dynamodb(), table))
    }

    /// Locks.
    ///
    /// # Errors
    /// `WEATHERVANE_LOCKS_TABLE` is not set.
    pub fn locks(&self) -> Result<LockTable, ConfigError> {
        Ok(LockTable::new(self.dynamodb(), required(self.config.locks_table.as_ref(), "WEATHERVANE_LOCKS_TABLE")?))
    }

    /// The event bus.
    ///
    /// # Errors
    /// `WEATHERVANE_BUS` is not set.
    pub fn bus(&self) -> Result<EventBus, ConfigError> {
        let bus = required(self.config.bus.as_ref(), "WEATHERVANE_BUS")?;
        Ok(EventBus::new(aws_sdk_eventbridge::Client::new(&self.sdk), bus))
    }

    /// The alert topic.
    ///
    /// # Errors
    /// `WEATHERVANE_ALERT_TOPIC_ARN` is not set.
    pub fn alerts(&self) -> Result<AlertTopic, ConfigError> {
        let topic = required(self.config.alert_topic_arn.as_ref(), "WEATHERVANE_ALERT_TOPIC_ARN")?;
        Ok(AlertTopic::new(aws_sdk_sns::Client::new(&self.sdk), topic))
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk)
            .force_path_style(self.config.s3_addressing == S3Addressing::Path)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// One client for all tables: one connection pool.
    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| aws_sdk_dynamodb::Client::new(&self.sdk)).clone()
    }
}
