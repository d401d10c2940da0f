//! Serving model while versions are promoted, rejected and unreadable, and the time until a change takes effect.

use crate::support::{artifact, now, record, series, window};
use aws::{Alias, ForecastStore, ModelRegistry, ObjectStore, VersionRecord, keys};
use aws_sdk_dynamodb::{
    operation::get_item::{GetItemError, GetItemOutput},
    types::{AttributeValue, error::ResourceNotFoundException},
};
use aws_sdk_s3::{
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::ByteStream,
    types::error::{InvalidObjectState, NoSuchKey},
};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use contracts::Warning;
use features::WINDOW_BARS;
use jiff::{SignedDuration, Timestamp};
use market_data::Interval;
use model::Artifact;
use predict::{
    champion::ServingStatus,
    explanation::Detail,
    forecast::forecast,
    load::{CACHE_TTL, Loader, REJECTED_TTL, STORE_TIMEOUT},
    problem::ProblemKind,
    serving_context::ServingContext,
};
use std::{
    collections::{BTreeMap, HashMap},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// Registry and bucket in memory, which can fail.
#[derive(Default)]
struct FakeStores {
    alias: Option<Alias>,
    versions: BTreeMap<u32, VersionRecord>,
    objects: BTreeMap<String, Vec<u8>>,
    registry_is_down: bool,
    bucket_is_down: bool,
    /// Number of calls of either.
    calls: usize,
}

/// Loader with stores that the test changes.
struct LoaderFixture {
    stores: Arc<Mutex<FakeStores>>,
    loader: Loader,
    now: Timestamp,
}

impl LoaderFixture {
    fn new() -> Self {
        let window = serde_json::to_vec(&*window(WINDOW_BARS, "coinbase")).unwrap();
        let objects = BTreeMap::from([(keys::bar_window(&series()[0].symbol, Interval::Day), window)]);
        Self::over(Arc::new(Mutex::new(FakeStores { objects, ..FakeStores::default() })))
    }

    fn over(stores: Arc<Mutex<FakeStores>>) -> Self {
        let loader = Loader::new(registry(Arc::clone(&stores)), bucket(Arc::clone(&stores)), no_forecasts());
        Self { stores, loader, now: now() }
    }

    /// Another instance with the same stores.
    fn new_instance(&self) -> Self {
        Self::over(Arc::clone(&self.stores))
    }

    fn change(&self, change: impl FnOnce(&mut FakeStores)) {
        change(&mut self.stores.lock().unwrap());
    }

    /// Registers a version and stores its artifact.
    fn add(&self, version: u32) {
        let artifact = Artifact { run: format!("run-{version}"), ..artifact() };
        let record = record(version, &artifact);
        self.change(|stores| {
            stores.objects.insert(record.artifact_key.clone(), artifact.to_bytes().unwrap());
            stores.versions.insert(version, record);
        });
    }

    fn promote(&self, version: u32) {
        self.change(|stores| {
            let previous = stores.alias.as_ref().map(|alias| alias.version);
            let revision = stores.alias.as_ref().map_or(0, |alias| alias.revision) + 1;
            stores.alias = Some(Alias { version, previous, revision, since: now() });
        });
    }

    fn corrupt(&self, version: u32) {
        self.change(|stores| {
            let key = stores.versions[&version].artifact_key.clone();
            stores.objects.insert(key, b"not an artifact".to_vec());
        });
    }

    /// Context that is loaded `later` than the last one.
    async fn after(&mut self, later: SignedDuration) -> ServingContext {
        self.now = self.now.checked_add(later).unwrap();
        self.loader.serving_context(&series()[0], self.now).await
    }

    /// Version that serves, with the warnings.
    async fn served_after(&mut self, later: SignedDuration) -> (Option<u32>, Vec<Warning>) {
        let context = self.after(later).await;
        let status_warning = context.champion.as_ref().and_then(|champion| champion.status.warning());
        let version = context.champion.map(|champion| champion.record.version);
        (version, status_warning.into_iter().chain(context.warnings).collect())
    }

    fn calls(&self) -> usize {
        self.stores.lock().unwrap().calls
    }
}

fn item(key: &str, stores: &FakeStores) -> Option<BTreeMap<String, serde_json::Value>> {
    let record = match key {
        "ALIAS#champion" => serde_json::to_value(stores.alias.as_ref()?),
        version => {
            serde_json::to_value(stores.versions.get(&version.strip_prefix("VERSION#").unwrap().parse().unwrap())?)
        }
    };
    Some(serde_json::from_value(record.unwrap()).unwrap())
}

fn registry(stores: Arc<Mutex<FakeStores>>) -> ModelRegistry {
    use aws_sdk_dynamodb::Client;
    let get = mock!(Client::get_item).then_compute_response(move |input| {
        let mut stores = stores.lock().unwrap();
        stores.calls += 1;
        if stores.registry_is_down {
            let down = ResourceNotFoundException::builder().build();
            return MockResponse::Error(GetItemError::ResourceNotFoundException(down));
        }
        let key = input.key().unwrap()["sk"].as_s().unwrap().clone();
        let item: Option<HashMap<String, AttributeValue>> =
            item(&key, &stores).map(|item| serde_dynamo::to_item(item).unwrap());
        MockResponse::Output(GetItemOutput::builder().set_item(item).build())
    });
    ModelRegistry::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&get]), "registry")
}

fn no_forecasts() -> ForecastStore {
    use aws_sdk_dynamodb::{Client, operation::query::QueryOutput};
    let query = mock!(Client::query)
        .then_compute_response(|_| MockResponse::Output(QueryOutput::builder().set_items(Some(Vec::new())).build()));
    ForecastStore::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&query]), "forecasts")
}

fn bucket(stores: Arc<Mutex<FakeStores>>) -> ObjectStore {
    use aws_sdk_s3::Client;
    let get = mock!(Client::get_object).then_compute_response(move |input| {
        let mut stores = stores.lock().unwrap();
        stores.calls += 1;
        if stores.bucket_is_down {
            return MockResponse::Error(GetObjectError::InvalidObjectState(InvalidObjectState::builder().build()));
        }
        match stores.objects.get(input.key().unwrap_or_default()) {
            Some(bytes) => {
                MockResponse::Output(GetObjectOutput::builder().body(ByteStream::from(bytes.clone())).build())
            }
            None => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
        }
    });
    ObjectStore::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get]), "bucket")
}

const AT_ONCE: SignedDuration = SignedDuration::ZERO;

#[tokio::test]
async fn a_promotion_and_a_rollback_are_served_within_five_seconds() {
    let mut fixture = LoaderFixture::new();
    fixture.add(1);
    fixture.add(2);
    fixture.promote(1);
    assert_eq!(fixture.served_after(AT_ONCE).await, (Some(1), vec![]));
    for version in [2, 1] {
        fixture.promote(version);
        let before = fixture.served_after(CACHE_TTL - SignedDuration::from_millis(1)).await;
        assert_eq!(before, (Some(3 - version), vec![]), "nothing is read before the cache expires");
        assert_eq!(fixture.served_after(SignedDuration::from_millis(1)).await, (Some(version), vec![]));
    }
}

#[tokio::test]
async fn a_corrupt_model_has_a_fallback_until_it_is_repaired() {
    let mut fixture = LoaderFixture::new();
    fixture.add(1);
    fixture.promote(1);
    fixture.after(AT_ONCE).await;
    fixture.add(2);
    fixture.corrupt(2);
    fixture.promote(2);
    let (version, warnings) = fixture.served_after(CACHE_TTL).await;
    assert_eq!(version, Some(1));
    assert!(
        warnings[0].message.contains("version 2 ") && warnings[0].message.ends_with("version 1 serves instead"),
        "{warnings:?}"
    );

    // A new instance has no cached model. It reads the previous version, or without one uses the base rate.
    let mut fresh = fixture.new_instance();
    let (version, warnings) = fresh.served_after(AT_ONCE).await;
    assert_eq!((version, warnings.len()), (Some(1), 1), "{warnings:?}");
    fixture.change(|stores| stores.alias.as_mut().unwrap().previous = None);
    let mut alone = fixture.new_instance();
    let context = alone.after(AT_ONCE).await;
    let status = context.champion.unwrap().status;
    assert!(matches!(&status, ServingStatus::BaseRate(why) if why.contains("base rate")), "{status:?}");

    fixture.add(2);
    assert_eq!(fixture.served_after(CACHE_TTL).await.0, Some(1), "the rejection is cached");
    assert_eq!(fixture.served_after(REJECTED_TTL).await, (Some(2), vec![]));
}

#[tokio::test]
async fn a_model_object_over_its_size_limit_is_rejected() {
    let mut fixture = LoaderFixture::new();
    fixture.add(1);
    fixture.promote(1);
    fixture.after(AT_ONCE).await;
    fixture.add(2);
    fixture.change(|stores| {
        let key = stores.versions[&2].artifact_key.clone();
        let too_long = vec![0; keys::max_bytes(&key) + 1];
        stores.objects.insert(key, too_long);
    });
    fixture.promote(2);
    let (version, warnings) = fixture.served_after(CACHE_TTL).await;
    assert_eq!(version, Some(1));
    let message = &warnings[0].message;
    assert!(message.contains("version 2 ") && message.contains("at most 4194304 expected"), "{warnings:?}");
}

#[test]
fn the_largest_model_fits_its_object_limit() {
    assert!(model::MAX_BYTES <= keys::max_bytes(&keys::model(&series()[0], 1)));
}

#[tokio::test]
async fn failed_stores_are_called_once_in_five_seconds() {
    let mut fixture = LoaderFixture::new();
    fixture.add(1);
    fixture.promote(1);
    fixture.after(AT_ONCE).await;
    fixture.change(|stores| (stores.registry_is_down, stores.bucket_is_down) = (true, true));

    let (version, warnings) = fixture.served_after(CACHE_TTL).await;
    assert_eq!((version, warnings.len()), (Some(1), 2), "{warnings:?}");
    let calls = fixture.calls();
    let again = fixture.served_after(CACHE_TTL - SignedDuration::from_millis(1)).await;
    assert_eq!((again, fixture.calls()), ((version, warnings), calls), "a failed store is not called again");

    fixture.change(|stores| (stores.registry_is_down, stores.bucket_is_down) = (false, false));
    // A failure counts from its detection.
    assert_eq!(fixture.served_after(SignedDuration::from_secs(1)).await, (Some(1), vec![]));
}

/// Stores that accept a connection and never answer, as in an outage. The paused clock advances while all tasks wait.
#[tokio::test(start_paused = true)]
async fn hanging_stores_delay_only_one_request() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let http = aws_smithy_http_client::Builder::new().build_http();
    let dynamodb = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_dynamodb::config::Region::from_static("us-east-1"))
        .with_test_defaults()
        .endpoint_url(&endpoint)
        .http_client(http.clone())
        .build();
    let s3 = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_s3::config::Region::from_static("us-east-1"))
        .with_test_defaults()
        .endpoint_url(&endpoint)
        .http_client(http)
        .build();
    let registry = ModelRegistry::new(aws_sdk_dynamodb::Client::from_conf(dynamodb.clone()), "registry");
    let storage = ObjectStore::new(aws_sdk_s3::Client::from_conf(s3), "bucket");
    let forecasts = ForecastStore::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), "forecasts");
    let loader = Loader::new(registry, storage, forecasts);

    let started = Instant::now();
    let context = loader.serving_context(&series()[0], now()).await;
    let waited = started.elapsed();
    assert!(waited >= STORE_TIMEOUT && waited < STORE_TIMEOUT + Duration::from_millis(500), "{waited:?}");
    assert_eq!((context.champion.is_none(), context.warnings.len()), (true, 2), "{:?}", context.warnings);

    let later = now().checked_add(waited).unwrap();
    let again = loader.serving_context(&series()[0], later).await;
    assert_eq!((again.warnings, started.elapsed()), (context.warnings, waited));
    let result = forecast(&series()[0], &loader.serving_context(&series()[0], later).await, None, Detail::Plain, later);
    assert_eq!(result.unwrap_err().kind, ProblemKind::Unavailable, "not NoData");
}

#[tokio::test]
async fn an_unreadable_version_serves_once_it_is_readable() {
    let mut fixture = LoaderFixture::new();
    fixture.add(1);
    fixture.promote(1);
    fixture.after(AT_ONCE).await;
    fixture.add(2);
    fixture.promote(2);
    fixture.change(|stores| stores.bucket_is_down = true);
    let (version, warnings) = fixture.served_after(CACHE_TTL).await;
    assert_eq!(version, Some(1));
    assert!(warnings.iter().any(|warning| warning.message.contains("version 1 serves instead")), "{warnings:?}");
    fixture.change(|stores| stores.bucket_is_down = false);
    assert_eq!(fixture.served_after(CACHE_TTL + SignedDuration::from_secs(1)).await, (Some(2), vec![]));
}
