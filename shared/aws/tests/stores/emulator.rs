//! The expressions against a DynamoDB that evaluates them. Runs when `WEATHERVANE_TEST_ENDPOINT` names an emulator.

use crate::support::{at, series};
use aws::{
    ForecastRecord, ForecastStore, LockError, LockTable, MAX_SHADOW_VERSIONS, ModelRegistry, NewVersion, Outcome,
    Promotion, Settlement, Shadow, StoredEvaluation, StoredVerdict, VersionStatus, locks::LEASE_DURATION,
};
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use contracts::{
    distribution::{
        DistributionBasis, DistributionEvidence, DistributionScores, LEVELS, Quantiles, StoredDistribution,
    },
    forecast::{DataRef, Direction, Edge, Forecast, ForecastStatus, ModelRef},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::time::Duration;

fn client() -> Option<Client> {
    let endpoint = std::env::var("WEATHERVANE_TEST_ENDPOINT").ok()?;
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Some(Client::from_conf(config))
}

async fn table(client: &Client, kind: &str, keys: &[(&str, KeyType)]) -> String {
    let name = format!("{kind}-{}", Timestamp::now().as_nanosecond());
    let mut request = client.create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
    for (key, role) in keys {
        let element = KeySchemaElement::builder().attribute_name(*key).key_type(role.clone()).build().unwrap();
        let attribute =
            AttributeDefinition::builder().attribute_name(*key).attribute_type(ScalarAttributeType::S).build().unwrap();
        request = request.key_schema(element).attribute_definitions(attribute);
    }
    request.send().await.unwrap();
    name
}

const PAIR: [(&str, KeyType); 2] = [("pk", KeyType::Hash), ("sk", KeyType::Range)];

fn version(number: u32, run: &str) -> NewVersion {
    NewVersion {
        series: series(),
        version: number,
        run: run.to_owned(),
        family: "climatology".to_owned(),
        artifact_key: format!("models/eth-usd-1d-h1/{number}/model.wvm"),
        drift_key: None,
        sha256: "ab".repeat(32),
        format: 1,
        trained_at: at("2023-11-05T00:00:00Z"),
        registered_at: at("2023-11-05T00:01:00Z"),
        edge: Edge::from_skill(0.01, [-0.01, 0.03], 365),
        base_rate: 0.5173,
        evaluation: StoredEvaluation::new(&json!({"log_loss": 0.6921, "n": 365, "none": null, "curve": [0.1, 2.5]}))
            .unwrap(),
        verdict: Some(StoredVerdict::new(&json!({"promoted": true, "reasons": ["a", "b"]})).unwrap()),
        judged_against: None,
        stored_at: at("2023-11-05T00:02:00Z"),
    }
}

/// Two trainings admit versions at once; the shadow is full when a fifth comes.
#[tokio::test]
async fn the_shadow_admits_each_candidate_once_and_stays_bounded() {
    let Some(client) = client() else { return };
    let registry = ModelRegistry::new(client.clone(), table(&client, "shadow", &PAIR).await);
    let eth = series();
    for number in 1..=6 {
        registry.register(&version(number, &format!("run-{number}"))).await.unwrap();
    }
    let alpha = |number: u32| 0.5 / f64::from(number);
    let seen = registry.shadow(&eth).await.unwrap();
    assert_eq!(seen, Shadow::default());
    let (one, two) = tokio::join!(
        registry.admit(&eth, &seen, 1, &[], 2023, alpha),
        registry.admit(&eth, &seen, 2, &[], 2023, alpha)
    );
    assert!(one.unwrap() ^ two.unwrap(), "of two at once one wins");
    let first = registry.shadow(&eth).await.unwrap().versions[0];
    let rest: Vec<u32> = (1..=4).filter(|version| *version != first).collect();
    for version in &rest {
        let seen = registry.shadow(&eth).await.unwrap();
        assert!(registry.admit(&eth, &seen, *version, &[], 2023, alpha).await.unwrap());
        assert!(
            !registry.admit(&eth, &registry.shadow(&eth).await.unwrap(), *version, &[], 2023, alpha).await.unwrap()
        );
    }
    let seen = registry.shadow(&eth).await.unwrap();
    assert_eq!((seen.versions.len(), seen.admitted), (MAX_SHADOW_VERSIONS, 4));
    assert!(registry.admit(&eth, &seen, 5, &[first], 2024, alpha).await.unwrap());
    let next = registry.shadow(&eth).await.unwrap();
    assert_eq!((next.versions.len(), next.admitted, next.year), (MAX_SHADOW_VERSIONS, 1, 2024));
    assert_eq!(registry.version(&eth, first).await.unwrap().unwrap().status, VersionStatus::Retired);
    let shadow = registry.shadow_versions(&eth).await.unwrap();
    assert_eq!(shadow.len(), MAX_SHADOW_VERSIONS);
    assert_eq!(shadow.last().unwrap().live_alpha, Some(0.5), "the first of a year");

    // A promoted challenger stays in the list until it is replaced, but is no challenger any more.
    let promotion =
        registry.promote(&eth, 5, VersionStatus::Shadow, None, "proven", at("2023-11-06T00:00:00Z")).await.unwrap();
    assert_eq!(promotion, Promotion::Promoted);
    assert!(registry.shadow_versions(&eth).await.unwrap().iter().all(|record| record.version != 5));
    let seen = registry.shadow(&eth).await.unwrap();
    assert!(registry.admit(&eth, &seen, 6, &[5], 2024, alpha).await.unwrap());
    assert_eq!(registry.version(&eth, 5).await.unwrap().unwrap().status, VersionStatus::Champion);
}

#[tokio::test]
async fn the_registry_allocates_promotes_and_rolls_back() {
    let Some(client) = client() else { return };
    let registry = ModelRegistry::new(client.clone(), table(&client, "registry", &PAIR).await);
    let (eth, day) = (series(), |n: u32| at(&format!("2023-11-{n:02}T00:00:00Z")));

    // Racing runs get different numbers, the same run the same one.
    let (a, b, again) = tokio::join!(
        registry.allocate_version(&eth, "a"),
        registry.allocate_version(&eth, "b"),
        registry.allocate_version(&eth, "a")
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a, a.max(b), a.min(b)), (again.unwrap(), 2, 1));

    let first = registry.register(&version(1, "x")).await.unwrap();
    assert_eq!(registry.register(&version(1, "x")).await.unwrap(), first);
    assert_eq!(registry.version(&eth, 1).await.unwrap(), Some(first));
    assert!(registry.register(&version(1, "y")).await.is_err());
    registry.register(&version(2, "y")).await.unwrap();

    assert_eq!(registry.champion(&eth).await.unwrap(), None);
    assert_eq!(
        registry.promote(&eth, 1, VersionStatus::Candidate, None, "first", day(1)).await.unwrap(),
        Promotion::Promoted
    );
    let late = registry.promote(&eth, 2, VersionStatus::Candidate, None, "late", day(2)).await.unwrap();
    assert_eq!(late, Promotion::Conflict { current: Some(1) });
    let (one, two) = tokio::join!(
        registry.promote(&eth, 2, VersionStatus::Candidate, Some(1), "p", day(3)),
        registry.promote(&eth, 2, VersionStatus::Candidate, Some(1), "q", day(3))
    );
    let done = [one.unwrap(), two.unwrap()].iter().filter(|one| **one == Promotion::Promoted).count();
    assert_eq!(done, 1, "of two at once one wins");
    let champion = registry.champion(&eth).await.unwrap().unwrap();
    assert_eq!((champion.version, champion.status), (2, VersionStatus::Champion));
    assert_eq!(registry.rollback(&eth, 2, "worse", day(4)).await.unwrap(), Promotion::Promoted);
    let again = registry.rollback(&eth, 2, "worse", day(4)).await.unwrap();
    assert_eq!(again, Promotion::Conflict { current: Some(1) }, "a rollback that comes twice is one");

    let revived =
        registry.promote(&eth, 2, VersionStatus::Candidate, Some(1), "a retry of the promotion", day(5)).await.unwrap();
    assert_eq!(revived, Promotion::Conflict { current: Some(1) }, "what was taken back stays so");

    let history = registry.history(&eth, 10).await.unwrap();
    assert_eq!(history.iter().map(|row| row.version).collect::<Vec<_>>(), [1, 2, 1]);
    for (n, expected) in [(1, 1), (3, 2), (9, 1)] {
        assert_eq!(registry.champion_at(&eth, day(n)).await.unwrap().unwrap().version, expected);
    }
    assert_eq!(registry.champion_at(&eth, at("2023-10-01T00:00:00Z")).await.unwrap(), None);
    let statuses: Vec<_> =
        registry.versions(&eth, 10).await.unwrap().into_iter().map(|v| (v.version, v.status)).collect();
    assert_eq!(statuses, [(2, VersionStatus::Retired), (1, VersionStatus::Champion)]);
    assert!(!registry.reject(&eth, 1).await.unwrap(), "a champion is no candidate");
}

#[tokio::test]
async fn forecasts_are_stored_and_settled_once() {
    let Some(client) = client() else { return };
    let forecasts = ForecastStore::new(client.clone(), table(&client, "forecasts", &PAIR).await);
    let decision_time = at("2023-11-05T00:00:00Z");
    let forecast = Forecast {
        series: series(),
        decision_time,
        target_time: at("2023-11-06T00:00:00Z"),
        expires_at: at("2023-11-06T00:00:00Z"),
        probability_up: 0.1 + 0.2,
        status: ForecastStatus::Ok,
        direction: Direction::Abstain,
        interval: [0.25, 0.35],
        edge: Edge::NONE,
        baseline_probability: 0.5,
        experts: vec![],
        distribution: None,
        novelty: None,
        model: ModelRef { version: 3, trained_at: decision_time, sha256: Some("ab".to_owned()) },
        data: DataRef { last_bar: decision_time, age_seconds: 300, source: "coinbase".to_owned() },
        warnings: Vec::new(),
    };
    let stored = Some(distribution());
    let record = ForecastRecord { distribution: stored, ..ForecastRecord::open(forecast, at("2023-11-05T00:05:00Z")) };
    assert!(forecasts.create(&record).await.unwrap());
    assert!(!forecasts.create(&record).await.unwrap());
    assert_eq!(forecasts.latest(&series(), 5).await.unwrap(), std::slice::from_ref(&record));
    // DynamoDB refuses numbers as small as this share; they are stored as zero.
    let scores = DistributionScores { pit: 1e-200, ..distribution().score((1799.25_f64 / 1800.5).ln()) };
    let settlement = Settlement {
        outcome: Outcome::Down,
        settled_at: at("2023-11-06T00:05:00Z"),
        close_at_decision: 1800.5,
        close_at_target: 1799.25,
        distribution_scores: Some(scores),
    };
    assert!(forecasts.settle(&series(), decision_time, &settlement).await.unwrap());
    assert!(!forecasts.settle(&series(), decision_time, &settlement).await.unwrap());
    assert!(!forecasts.settle(&series(), at("2023-01-01T00:00:00Z"), &settlement).await.unwrap());
    let settled = forecasts.range(&series(), decision_time, decision_time, 5).await.unwrap();
    assert_eq!((settled[0].outcome, settled[0].close_at_target), (Some(Outcome::Down), Some(1799.25)));
    assert_eq!(settled[0].forecast, record.forecast);
    assert_eq!(settled[0].distribution, record.distribution);
    assert_eq!(settled[0].distribution_scores, Some(DistributionScores { pit: 0.0, ..scores }));
}

fn distribution() -> StoredDistribution {
    let quantiles = Quantiles::new(LEVELS.map(|level| (level - 0.5) / 7.0)).unwrap();
    StoredDistribution {
        basis: DistributionBasis::Model,
        close: 1800.5,
        quantiles,
        baseline: quantiles,
        evidence: DistributionEvidence::NONE,
    }
}

#[tokio::test]
async fn a_lock_is_for_one_attempt_at_a_time() {
    let Some(client) = client() else { return };
    let name = table(&client, "locks", &PAIR[..1]).await;
    let locks = LockTable::new(client.clone(), &name);
    let (now, patience) = (at("2023-11-05T00:00:00Z"), Duration::from_millis(100));
    let tried = async || locks.hold("x", now, patience, async { Ok::<_, LockError>(()) }).await;
    locks
        .hold("x", now, patience, async {
            assert!(matches!(tried().await, Err(LockError::Held { .. })));
            // Long enough for a renewal.
            tokio::time::sleep(Duration::from_secs(6)).await;
            assert!(matches!(tried().await, Err(LockError::Held { .. })));
            Ok::<_, LockError>(())
        })
        .await
        .unwrap();
    tried().await.unwrap();

    let killed = tokio::time::timeout(patience, locks.hold("x", now, patience, std::future::pending()));
    let _: Result<Result<(), LockError>, _> = killed.await;
    assert!(matches!(tried().await, Err(LockError::Held { .. })));
    let later = now + SignedDuration::try_from(LEASE_DURATION).unwrap() + SignedDuration::from_secs(1);
    locks.hold("x", later, patience, async { Ok::<_, LockError>(()) }).await.unwrap();
}
