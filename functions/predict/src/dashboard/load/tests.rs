use super::*;
use crate::dashboard::html;
use aws::{AlertLog, ForecastStore, ModelRegistry, ObjectStore, RunStore};
use aws_sdk_dynamodb::{
    error::ErrorMetadata,
    operation::{
        get_item::{GetItemError, GetItemOutput},
        query::{QueryError, QueryOutput},
    },
};
use aws_sdk_s3::{
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::ByteStream,
    types::error::NoSuchKey,
};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use std::{collections::BTreeMap, sync::Mutex};

fn down() -> ErrorMetadata {
    ErrorMetadata::builder().code("InternalServerError").message("down").build()
}

fn series() -> Vec<Series> {
    ["eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h24"].iter().map(|slug| slug.parse().unwrap()).collect()
}

/// Empty tables. A table whose name `fails` accepts does not answer queries. Records the limit of each query.
fn tables(fails: fn(&str) -> bool, limits: Arc<Mutex<Vec<i32>>>) -> aws_sdk_dynamodb::Client {
    use aws_sdk_dynamodb::Client;
    let get = mock!(Client::get_item).then_compute_response(move |input| {
        if fails(input.table_name().unwrap_or_default()) {
            return MockResponse::Error(GetItemError::generic(down()));
        }
        MockResponse::Output(GetItemOutput::builder().build())
    });
    let query = mock!(Client::query).then_compute_response(move |input| {
        limits.lock().unwrap().push(input.limit().unwrap_or(i32::MAX));
        if fails(input.table_name().unwrap_or_default()) {
            return MockResponse::Error(QueryError::generic(down()));
        }
        MockResponse::Output(QueryOutput::builder().set_items(Some(Vec::new())).build())
    });
    mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&get, &query])
}

/// Bucket with this newest report of every series and no other object.
fn bucket(report: Option<&'static str>) -> ObjectStore {
    use aws_sdk_s3::Client;
    let get = mock!(Client::get_object).then_compute_response(move |input| match report {
        Some(report) if input.key().unwrap_or_default().starts_with("reports/") => {
            let body = ByteStream::from(report.as_bytes().to_vec());
            MockResponse::Output(GetObjectOutput::builder().body(body).build())
        }
        _ => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
    });
    ObjectStore::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get]), "bucket")
}

fn stores(tables: aws_sdk_dynamodb::Client, storage: ObjectStore) -> Stores {
    Stores {
        registry: ModelRegistry::new(tables.clone(), "registry"),
        storage,
        runs: RunStore::new(tables.clone(), "runs"),
        alerts: AlertLog::new(tables.clone(), "forecasts"),
        forecasts: ForecastStore::new(tables, "forecasts"),
    }
}

async fn loaded(tables: aws_sdk_dynamodb::Client, storage: ObjectStore) -> Vec<SeriesPage> {
    let stores = stores(tables, storage.clone());
    let loader = Arc::new(Loader::new(stores.registry.clone(), storage, stores.forecasts.clone()));
    Arc::new(Pages::new(stores)).load(&loader, &series(), &BTreeMap::new(), now()).await
}

fn now() -> Timestamp {
    "2023-11-05T01:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn series_keep_their_order_and_queries_are_limited() {
    let limits = Arc::default();
    let pages =
        loaded(tables(|_| false, Arc::clone(&limits)), bucket(Some(r#"{"as_of":"2023-11-05T00:05:00Z"}"#))).await;
    assert_eq!(pages.iter().map(|page| page.status.series.clone()).collect::<Vec<_>>(), series());
    for page in &pages {
        assert!(page.report.as_ref().is_ok_and(Option::is_some) && page.forecast.is_err());
        assert_eq!((&page.history, &page.runs, &page.alerts), (&Ok(vec![]), &Ok(vec![]), &Ok(vec![])));
    }
    let limits = limits.lock().unwrap();
    assert_eq!(limits.len(), 12);
    assert!(limits.iter().all(|limit| *limit <= 5), "{limits:?}");
}

#[tokio::test]
async fn a_failed_store_affects_no_other_part() {
    let pages = loaded(tables(|table| table == "runs", Arc::default()), bucket(Some("<html>"))).await;
    for page in &pages {
        assert_eq!(
            (&page.runs, &page.report),
            (&Err(StoreUnavailable), &Err(StoreUnavailable)),
            "a report that is no JSON is not read either"
        );
        assert_eq!((&page.history, &page.alerts), (&Ok(vec![]), &Ok(vec![])));
    }
}

#[tokio::test]
async fn without_any_store_the_page_names_the_unread_parts() {
    let pages = loaded(tables(|_| true, Arc::default()), bucket(None)).await;
    let html = html(&pages, "2023-11-05T01:00:00Z".parse().unwrap(), "0.1.0").unwrap();
    assert_eq!(html.matches("These could not be read").count(), 12);
    assert!(html.contains("the registry did not answer"), "{html}");
}

#[tokio::test]
async fn a_repeated_request_reads_no_table() {
    let limits: Arc<Mutex<Vec<i32>>> = Arc::default();
    let storage = bucket(None);
    let stores = stores(tables(|_| false, Arc::clone(&limits)), storage.clone());
    let loader = Arc::new(Loader::new(stores.registry.clone(), storage, stores.forecasts.clone()));
    let pages = Arc::new(Pages::new(stores));
    let later = |milliseconds| now().checked_add(jiff::SignedDuration::from_millis(milliseconds)).unwrap();
    for (milliseconds, queries) in [(0, 12), (4_000, 12), (6_000, 24)] {
        pages.load(&loader, &series(), &BTreeMap::new(), later(milliseconds)).await;
        assert_eq!(limits.lock().unwrap().len(), queries, "after {milliseconds} ms");
    }
}
