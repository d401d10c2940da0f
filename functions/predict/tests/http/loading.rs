//! Which model answers while versions come, go and cannot be read, and how long it takes to be noticed.

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
    command::Detail,
    forecast::{ServingContext, forecast},
    load::{CACHE_TTL, Loader, REJECTED_TTL, STORE_TIMEOUT},
    problem::ProblemKind,
};
use std::{
    collections::{BTreeMap, HashMap},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// Registry and bucket in memory, which may be down.
#[derive(Default)]
struct World {
    alias: Option<Alias>,
    versions: BTreeMap<u32, VersionRecord>,
    objects: BTreeMap<String, Vec<u8>>,
    registry_is_down: bool,
    bucket_is_down: bool,
    /// How often either was asked.
    calls: usize,
}

/// A loader over a world that the test changes under it.
struct Stage {
    world: Arc<Mutex<World>>,
    loader: Loader,
    now: Timestamp,
}

impl Stage {
    fn new() -> Self {
        let window = serde_json::to_vec(&*window(WINDOW_BARS, "coinbase")).unwrap();
        let objects = BTreeMap::from([(keys::bar_window(&series()[0].symbol, Interval::Day), window)]);
        Self::over(Arc::new(Mutex::new(World { objects, ..World::default() })))
    }

    fn over(world: Arc<Mutex<World>>) -> Self {
        let loader = Loader::new(registry(Arc::clone(&world)), bucket(Arc::clone(&world)), no_forecasts());
        Self { world, loader, now: now() }
    }

    /// Another instance in the same world.
    fn anew(&self) -> Self {
        Self::over(Arc::clone(&self.world))
    }

    fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    /// Registers a version and stores its artifact.
    fn add(&self, version: u32) {
        let artifact = Artifact { run: format!("run-{version}"), ..artifact() };
        let record = record(version, &artifact);
        self.change(|world| {
            world.objects.insert(record.artifact_key.clone(), artifact.to_bytes().unwrap());
            world.versions.insert(version, record);
        });
    }

    fn promote(&self, version: u32) {
        self.change(|world| {
            let previous = world.alias.as_ref().map(|alias| alias.version);
            let revision = world.alias.as_ref().map_or(0, |alias| alias.revision) + 1;
            world.alias = Some(Alias { version, previous, revision, since: now() });
        });
    }

    fn spoil(&self, version: u32) {
        self.change(|world| {
            let key = world.versions[&version].artifact_key.clone();
            world.objects.insert(key, b"not an artifact".to_vec());
        });
    }

    /// What is loaded `later` than the last time.
    async fn after(&mut self, later: SignedDuration) -> ServingContext {
        self.now = self.now.checked_add(later).unwrap();
        self.loader.serving_context(&series()[0], self.now).await
    }

    /// The version that answers, and the warnings.
    async fn served_after(&mut self, later: SignedDuration) -> (Option<u32>, Vec<Warning>) {
        let situation = self.after(later).await;
        let standing = situation.champion.as_ref().and_then(|champion| champion.standing.warning());
        let version = situation.champion.map(|champion| champion.record.version);
        (version, standing.into_iter().chain(situation.warnings).collect())
    }

    fn calls(&self) -> usize {
        self.world.lock().unwrap().calls
    }
}

fn item(key: &str, world: &World) -> Option<BTreeMap<String, serde_json::Value>> {
    let record = match key {
        "ALIAS#champion" => serde_json::to_value(world.alias.as_ref()?),
        version => {
            serde_json::to_value(world.versions.get(&version.strip_prefix("VERSION#").unwrap().parse().unwrap())?)
        }
    };
    Some(serde_json::from_value(record.unwrap()).unwrap())
}

fn registry(world: Arc<Mutex<World>>) -> ModelRegistry {
    use aws_sdk_dynamodb::Client;
    let get = mock!(Client::get_item).then_compute_response(move |input| {
        let mut world = world.lock().unwrap();
        world.calls += 1;
        if world.registry_is_down {
            let down = ResourceNotFoundException::builder().build();
            return MockResponse::Error(GetItemError::ResourceNotFoundException(down));
        }
        let key = input.key().unwrap()["sk"].as_s().unwrap().clone();
        let item: Option<HashMap<String, AttributeValue>> =
            item(&key, &world).map(|item| serde_dynamo::to_item(item).unwrap());
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

fn bucket(world: Arc<Mutex<World>>) -> ObjectStore {
    use aws_sdk_s3::Client;
    let get = mock!(Client::get_object).then_compute_response(move |input| {
        let mut world = world.lock().unwrap();
        world.calls += 1;
        if world.bucket_is_down {
            return MockResponse::Error(GetObjectError::InvalidObjectState(InvalidObjectState::builder().build()));
        }
        match world.objects.get(input.key().unwrap_or_default()) {
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
    let mut stage = Stage::new();
    stage.add(1);
    stage.add(2);
    stage.promote(1);
    assert_eq!(stage.served_after(AT_ONCE).await, (Some(1), vec![]));
    for version in [2, 1] {
        stage.promote(version);
        let before = stage.served_after(CACHE_TTL - SignedDuration::from_millis(1)).await;
        assert_eq!(before, (Some(3 - version), vec![]), "until then nothing is read");
        assert_eq!(stage.served_after(SignedDuration::from_millis(1)).await, (Some(version), vec![]));
    }
}

#[tokio::test]
async fn a_spoilt_model_is_stood_in_for_until_it_is_mended() {
    let mut stage = Stage::new();
    stage.add(1);
    stage.promote(1);
    stage.after(AT_ONCE).await;
    stage.add(2);
    stage.spoil(2);
    stage.promote(2);
    let (version, warnings) = stage.served_after(CACHE_TTL).await;
    assert_eq!(version, Some(1));
    assert!(
        warnings[0].message.contains("version 2 ") && warnings[0].message.ends_with("version 1 serves instead"),
        "{warnings:?}"
    );

    // A new instance has nobody at hand: the version before it is read; without one, its base rate answers.
    let mut fresh = stage.anew();
    let (version, warnings) = fresh.served_after(AT_ONCE).await;
    assert_eq!((version, warnings.len()), (Some(1), 1), "{warnings:?}");
    stage.change(|world| world.alias.as_mut().unwrap().previous = None);
    let mut alone = stage.anew();
    let situation = alone.after(AT_ONCE).await;
    let standing = situation.champion.unwrap().standing;
    assert!(matches!(&standing, ServingStatus::BaseRate(why) if why.contains("base rate")), "{standing:?}");

    stage.add(2);
    assert_eq!(stage.served_after(CACHE_TTL).await.0, Some(1), "the refusal is remembered");
    assert_eq!(stage.served_after(REJECTED_TTL).await, (Some(2), vec![]));
}

/// No more of it than a model may have is read.
#[tokio::test]
async fn a_model_object_beyond_its_limit_is_refused() {
    let mut stage = Stage::new();
    stage.add(1);
    stage.promote(1);
    stage.after(AT_ONCE).await;
    stage.add(2);
    stage.change(|world| {
        let key = world.versions[&2].artifact_key.clone();
        let too_long = vec![0; keys::max_bytes(&key) + 1];
        world.objects.insert(key, too_long);
    });
    stage.promote(2);
    let (version, warnings) = stage.served_after(CACHE_TTL).await;
    assert_eq!(version, Some(1));
    let message = &warnings[0].message;
    assert!(message.contains("version 2 ") && message.contains("at most 4194304 expected"), "{warnings:?}");
}

#[test]
fn every_model_that_is_written_fits_its_object() {
    assert!(model::MAX_BYTES <= keys::max_bytes(&keys::model(&series()[0], 1)));
}

#[tokio::test]
async fn stores_that_do_not_answer_cost_the_newest_and_one_call_in_five_seconds() {
    let mut stage = Stage::new();
    stage.add(1);
    stage.promote(1);
    stage.after(AT_ONCE).await;
    stage.change(|world| (world.registry_is_down, world.bucket_is_down) = (true, true));

    let (version, warnings) = stage.served_after(CACHE_TTL).await;
    assert_eq!((version, warnings.len()), (Some(1), 2), "{warnings:?}");
    let asked = stage.calls();
    let again = stage.served_after(CACHE_TTL - SignedDuration::from_millis(1)).await;
    assert_eq!((again, stage.calls()), ((version, warnings), asked), "nobody waits for what has just failed");

    stage.change(|world| (world.registry_is_down, world.bucket_is_down) = (false, false));
    // What failed counts from when it was noticed.
    assert_eq!(stage.served_after(SignedDuration::from_secs(1)).await, (Some(1), vec![]));
}

/// Stores that take a connection and never answer, as in an outage. The clock of the test runs ahead while all wait.
#[tokio::test(start_paused = true)]
async fn stores_that_hang_are_waited_for_once_and_not_by_every_request() {
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

    let began = Instant::now();
    let situation = loader.serving_context(&series()[0], now()).await;
    let waited = began.elapsed();
    assert!(waited >= STORE_TIMEOUT && waited < STORE_TIMEOUT + Duration::from_millis(500), "{waited:?}");
    assert_eq!((situation.champion.is_none(), situation.warnings.len()), (true, 2), "{:?}", situation.warnings);

    let by_now = now().checked_add(waited).unwrap();
    let again = loader.serving_context(&series()[0], by_now).await;
    assert_eq!((again.warnings, began.elapsed()), (situation.warnings, waited));
    let refused =
        forecast(&series()[0], &loader.serving_context(&series()[0], by_now).await, None, Detail::Plain, by_now);
    assert_eq!(refused.unwrap_err().kind, ProblemKind::Unavailable, "not that there is nothing yet");
}

#[tokio::test]
async fn a_version_that_cannot_be_read_now_is_served_as_soon_as_it_can() {
    let mut stage = Stage::new();
    stage.add(1);
    stage.promote(1);
    stage.after(AT_ONCE).await;
    stage.add(2);
    stage.promote(2);
    stage.change(|world| world.bucket_is_down = true);
    let (version, warnings) = stage.served_after(CACHE_TTL).await;
    assert_eq!(version, Some(1));
    assert!(warnings.iter().any(|warning| warning.message.contains("version 1 serves instead")), "{warnings:?}");
    stage.change(|world| world.bucket_is_down = false);
    assert_eq!(stage.served_after(CACHE_TTL + SignedDuration::from_secs(1)).await, (Some(2), vec![]));
}
