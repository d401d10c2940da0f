//! S3, DynamoDB and EventBridge clients of the real SDK whose answers come from memory, and that can be cut off at any
//! write: what a killed function leaves behind.

use aws::{Bus, Locks, Storage};
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
use domain::event::{BarsIngested, IngestRequest};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// What the cloud remembers.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Lock name to its end, in seconds.
    pub(crate) locks: BTreeMap<String, i64>,
    pub(crate) events: Vec<BarsIngested>,
    /// Further calls that were asked for.
    pub(crate) requests: Vec<IngestRequest>,
    /// How many objects and events were written.
    pub(crate) writes: usize,
    /// How many invocations there were.
    calls: usize,
    /// After so many writes nothing is written any more, locks are not released either.
    pub(crate) dies_after: Option<usize>,
}

impl Memory {
    /// Counts a call.
    pub(crate) fn calls(&mut self) -> usize {
        self.calls += 1;
        self.calls
    }

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
    pub(crate) fn storage(&self) -> Storage {
        use aws_sdk_s3::Client;
        let memory = Arc::clone(&self.memory);
        let get = mock!(Client::get_object).then_compute_response(move |input| {
            match memory.lock().unwrap().objects.get(input.key().unwrap_or_default()) {
                Some(bytes) => {
                    MockResponse::Output(GetObjectOutput::builder().body(ByteStream::from(bytes.clone())).build())
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
            let body = input.body().bytes().unwrap().to_vec();
            memory.objects.insert(input.key().unwrap().to_owned(), body);
            MockResponse::Output(PutObjectOutput::builder().build())
        });
        let memory = Arc::clone(&self.memory);
        let list = mock!(Client::list_objects_v2).then_compute_output(move |input| {
            let memory = memory.lock().unwrap();
            let keys = memory.objects.keys().filter(|key| key.starts_with(input.prefix().unwrap()));
            let objects = keys.map(|key| Object::builder().key(key).build()).collect();
            ListObjectsV2Output::builder().set_contents(Some(objects)).is_truncated(false).build()
        });
        Storage::new(client!(aws_sdk_s3, [get, put, list]), "bucket")
    }

    pub(crate) fn locks(&self) -> Locks {
        use aws_sdk_dynamodb::Client;
        let memory = Arc::clone(&self.memory);
        let put = mock!(Client::put_item).then_compute_response(move |input| {
            let number = |value: Option<&AttributeValue>| value.unwrap().as_n().unwrap().parse::<i64>().unwrap();
            let item = input.item().unwrap();
            let name = item["pk"].as_s().unwrap().clone();
            let now = number(input.expression_attribute_values().unwrap().get(":now"));
            let mut memory = memory.lock().unwrap();
            if memory.locks.get(&name).is_some_and(|end| *end > now) {
                let code = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
                let refused = ConditionalCheckFailedException::builder().meta(code).build();
                return MockResponse::Error(PutItemError::ConditionalCheckFailedException(refused));
            }
            memory.locks.insert(name, number(item.get("expires_at")));
            MockResponse::Output(PutItemOutput::builder().build())
        });
        let memory = Arc::clone(&self.memory);
        let delete = mock!(Client::delete_item).then_compute_response(move |input| {
            let mut memory = memory.lock().unwrap();
            if memory.dead() {
                return MockResponse::Error(DeleteItemError::unhandled("killed"));
            }
            memory.locks.remove(input.key().unwrap()["pk"].as_s().unwrap());
            MockResponse::Output(DeleteItemOutput::builder().build())
        });
        Locks::new(client!(aws_sdk_dynamodb, [put, delete]), "locks")
    }

    pub(crate) fn bus(&self) -> Bus {
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
        Bus::new(client!(aws_sdk_eventbridge, [put]), "weathervane")
    }
}
