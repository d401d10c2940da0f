//! S3, DynamoDB and EventBridge clients of the real SDK whose answers come from memory, and that can be cut off at any
//! write: what a killed function leaves behind.

use aws::{EventBus, LockTable, ObjectStore};
use aws_sdk_dynamodb::{
    error::ErrorMetadata,
    operation::{
        delete_item::{DeleteItemError, DeleteItemOutput},
        put_item::{PutItemError, PutItemOutput},
    },
    types::{AttributeValue, error::ConditionalCheckFailedException},
};
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use aws_sdk_s3::{
    config::Credentials,
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        list_objects_v2::ListObjectsV2Output,
        put_object::{PutObjectError, PutObjectOutput},
    },
    primitives::ByteStream,
    types::{Object, error::NoSuchKey},
};
use aws_smithy_mocks::{MockResponse, MockResponseInterceptor, RuleMode, create_mock_http_client, mock};
use contracts::events::{BarsIngested, IngestRequest};
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
};

/// A lock that somebody holds.
pub(crate) struct Lease {
    pub(crate) token: String,
    /// End of the lease, in Unix seconds.
    pub(crate) end: i64,
}

/// An entity tag, as S3 makes one: the same for the same content.
fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

fn seconds(value: &AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

/// State of the simulated cloud.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    pub(crate) locks: BTreeMap<String, Lease>,
    pub(crate) events: Vec<BarsIngested>,
    /// Further calls that were asked for.
    pub(crate) requests: Vec<IngestRequest>,
    /// Number of objects and events that were written.
    pub(crate) writes: usize,
    /// After so many writes nothing is written any more, locks are not released either.
    pub(crate) dies_after: Option<usize>,
}

impl Memory {
    fn dead(&self) -> bool {
        self.dies_after.is_some_and(|limit| self.writes >= limit)
    }

    /// Counts a write, or says that it does not happen.
    fn write(&mut self) -> bool {
        let alive = !self.dead();
        self.writes += usize::from(alive);
        alive
    }
}

/// The clients and their memory.
#[derive(Clone, Default)]
pub(crate) struct Cloud {
    pub(crate) memory: Arc<Mutex<Memory>>,
}

/// A client of this SDK crate whose answers come from `rules`.
macro_rules! client {
    ($sdk:ident, $rules:expr) => {{
        let interceptor = $rules
            .iter()
            .fold(MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny), |all, rule| all.with_rule(rule));
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version_latest()
                .region($sdk::config::Region::new("eu-central-1"))
                .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
                .retry_config($sdk::config::retry::RetryConfig::disabled())
                .http_client(create_mock_http_client())
                .interceptor(interceptor)
                .build(),
        )
    }};
}

impl Cloud {
    pub(crate) fn storage(&self) -> ObjectStore {
        use aws_sdk_s3::Client;
        let memory = Arc::clone(&self.memory);
        let get = mock!(Client::get_object).then_compute_response(move |input| {
            match memory.lock().unwrap().objects.get(input.key().unwrap_or_default()) {
                Some(bytes) => {
                    let body = ByteStream::from(bytes.clone());
                    MockResponse::Output(GetObjectOutput::builder().body(body).e_tag(tag(bytes)).build())
                }
                None => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
            }
        });
        let memory = Arc::clone(&self.memory);
        let put = mock!(Client::put_object).then_compute_response(move |input| {
            let mut memory = memory.lock().unwrap();
            if !memory.write() {
                return MockResponse::Error(PutObjectError::unhandled("killed"));
            }
            let key = input.key().unwrap();
            let stored = memory.objects.get(key).map(|bytes| tag(bytes));
            let expected = match (input.if_match(), input.if_none_match()) {
                (None, None) => true,
                (Some(expected), None) => stored.as_deref() == Some(expected),
                // `*` is the only value that S3 knows here.
                (None, Some(_)) => stored.is_none(),
                (Some(_), Some(_)) => false,
            };
            if !expected {
                let code = ErrorMetadata::builder().code("PreconditionFailed").build();
                return MockResponse::Error(PutObjectError::generic(code));
            }
            let body = input.body().bytes().unwrap().to_vec();
            let written = PutObjectOutput::builder().e_tag(tag(&body)).build();
            memory.objects.insert(key.to_owned(), body);
            MockResponse::Output(written)
        });
        let memory = Arc::clone(&self.memory);
        let list = mock!(Client::list_objects_v2).then_compute_output(move |input| {
            let memory = memory.lock().unwrap();
            let keys = memory.objects.keys().filter(|key| key.starts_with(input.prefix().unwrap()));
            let objects = keys.map(|key| Object::builder().key(key).build()).collect();
            ListObjectsV2Output::builder().set_contents(Some(objects)).is_truncated(false).build()
        });
        ObjectStore::new(client!(aws_sdk_s3, [get, put, list]), "bucket")
    }

    pub(crate) fn locks(&self) -> LockTable {
        use aws_sdk_dynamodb::Client;
        let memory = Arc::clone(&self.memory);
        let put = mock!(Client::put_item).then_compute_response(move |input| {
            let item = input.item().unwrap();
            let name = item["pk"].as_s().unwrap();
            let values = input.expression_attribute_values().unwrap();
            let mut memory = memory.lock().unwrap();
            let held = memory.locks.get(name);
            let mine = held.is_some_and(|held| held.token == *values[":token"].as_s().unwrap());
            // Without a present time it is a renewal.
            let free = values.get(":now").is_some_and(|now| held.is_none_or(|held| held.end <= seconds(now)));
            if !(free || mine) {
                let code = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
                let refused = ConditionalCheckFailedException::builder().meta(code).build();
                return MockResponse::Error(PutItemError::ConditionalCheckFailedException(refused));
            }
            let lease = Lease { token: item["token"].as_s().unwrap().clone(), end: seconds(&item["expires_at"]) };
            memory.locks.insert(name.clone(), lease);
            MockResponse::Output(PutItemOutput::builder().build())
        });
        let memory = Arc::clone(&self.memory);
        let delete = mock!(Client::delete_item).then_compute_response(move |input| {
            let mut memory = memory.lock().unwrap();
            if memory.dead() {
                return MockResponse::Error(DeleteItemError::unhandled("killed"));
            }
            let (name, token) = (&input.key().unwrap()["pk"], &input.expression_attribute_values().unwrap()[":token"]);
            let (name, token) = (name.as_s().unwrap(), token.as_s().unwrap());
            if memory.locks.get(name).is_none_or(|held| held.token != *token) {
                let code = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
                let refused = ConditionalCheckFailedException::builder().meta(code).build();
                return MockResponse::Error(DeleteItemError::ConditionalCheckFailedException(refused));
            }
            memory.locks.remove(name);
            MockResponse::Output(DeleteItemOutput::builder().build())
        });
        LockTable::new(client!(aws_sdk_dynamodb, [put, delete]), "locks")
    }

    pub(crate) fn bus(&self) -> EventBus {
        use aws_sdk_eventbridge::Client;
        let memory = Arc::clone(&self.memory);
        let put = mock!(Client::put_events).then_compute_response(move |input| {
            let mut memory = memory.lock().unwrap();
            if !memory.write() {
                return MockResponse::Error(PutEventsError::unhandled("killed"));
            }
            for entry in input.entries() {
                assert_eq!(entry.source(), Some("weathervane"));
                let detail = entry.detail().unwrap();
                if entry.detail_type() == Some("BarsIngested") {
                    memory.events.push(serde_json::from_str(detail).unwrap());
                } else {
                    assert_eq!(entry.detail_type(), Some("IngestRequested"));
                    memory.requests.push(serde_json::from_str(detail).unwrap());
                }
            }
            MockResponse::Output(PutEventsOutput::builder().failed_entry_count(0).build())
        });
        EventBus::new(client!(aws_sdk_eventbridge, [put]), "weathervane")
    }
}
