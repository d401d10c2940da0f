//! S3, DynamoDB and SNS clients of the SDK whose responses come from memory.

use aws::{
    AlertLog, AlertTopic, ForecastStore, LockTable, ModelRegistry, NewVersion, ObjectStore, OptimisticStorage,
    StoredEvaluation, keys,
};
use aws_sdk_dynamodb::{
    error::ErrorMetadata,
    operation::{
        delete_item::DeleteItemOutput,
        get_item::GetItemOutput,
        put_item::{PutItemError, PutItemOutput},
        query::QueryOutput,
        update_item::UpdateItemOutput,
    },
    types::{AttributeValue, error::ConditionalCheckFailedException},
};
use aws_sdk_s3::{
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        list_objects_v2::ListObjectsV2Output,
        put_object::{PutObjectError, PutObjectOutput},
    },
    primitives::ByteStream,
    types::{Object, error::NoSuchKey},
};
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use bar_store::BarPartitions;
use contracts::{costs::Costs, distribution::OddsConfig};
use jiff::Timestamp;
use market_data::{
    Bar, Series,
    observation::{Observation, ResolutionPolicy, Tolerance},
    origin::Origin,
};
use model::Artifact;
use score::{Notifier, ScoreService};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
};

type Item = HashMap<String, AttributeValue>;

/// Contents of the cloud.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contents {
    /// Objects of the bucket by key.
    objects: BTreeMap<String, Vec<u8>>,
    /// Items of all tables by `pk` and `sk`.
    items: BTreeMap<(String, String), Item>,
    /// Subjects of the published messages.
    subjects: Vec<String>,
}

/// Clients and the contents that they share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cloud {
    contents: Arc<Mutex<Contents>>,
}

/// Entity tag, equal for equal content.
fn entity_tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// `pk` and `sk` of an item or key; locks have no `sk`.
fn item_key(item: &Item) -> (String, String) {
    let text = |name: &str| item.get(name).map_or_else(String::new, |value| value.as_s().unwrap().clone());
    (text("pk"), text("sk"))
}

impl Cloud {
    pub(crate) fn service(&self, series: Vec<Series>) -> ScoreService {
        let dynamodb = self.dynamodb();
        ScoreService {
            storage: self.storage(),
            registry: ModelRegistry::new(dynamodb.clone(), "registry"),
            forecasts: ForecastStore::new(dynamodb.clone(), "forecasts"),
            notifier: Notifier {
                locks: LockTable::new(dynamodb.clone(), "locks"),
                alerts: AlertTopic::new(self.sns(), "arn:topic"),
                log: AlertLog::new(dynamodb, "forecasts"),
            },
            api_url: None,
            series,
            odds: OddsConfig::default(),
            monitoring_overrides: None,
            costs: Costs::default(),
        }
    }

    pub(crate) fn contents(&self) -> Contents {
        self.contents.lock().unwrap().clone()
    }

    pub(crate) fn object(&self, key: &str) -> Vec<u8> {
        self.contents.lock().unwrap().objects[key].clone()
    }

    pub(crate) fn put_object(&self, key: &str, bytes: &[u8]) {
        self.contents.lock().unwrap().objects.insert(key.to_owned(), bytes.to_vec());
    }

    /// Items of one partition whose sort key begins with `prefix`, ascending.
    pub(crate) fn items(&self, pk: &str, prefix: &str) -> Vec<Item> {
        let contents = self.contents.lock().unwrap();
        let matching = contents.items.iter().filter(|(key, _)| key.0 == pk && key.1.starts_with(prefix));
        matching.map(|(_, item)| item.clone()).collect()
    }

    /// Subjects of the published messages.
    pub(crate) fn published(&self) -> Vec<String> {
        self.contents.lock().unwrap().subjects.clone()
    }

    /// Stores and registers a climatology model as version 1, and makes it champion.
    pub(crate) async fn register_champion(&self, series: &Series, trained_at: Timestamp) {
        let artifact = Artifact::climatology(series.clone(), 0.5, trained_at, trained_at, "run-1");
        let bytes = artifact.to_bytes().unwrap();
        let artifact_key = keys::model(series, 1);
        self.put_object(&artifact_key, &bytes);
        let version = NewVersion {
            series: series.clone(),
            version: 1,
            run: "run-1".to_owned(),
            family: "climatology".to_owned(),
            artifact_key,
            drift_key: None,
            sha256: Artifact::sha256(&bytes),
            format: 1,
            trained_at,
            registered_at: trained_at,
            edge: artifact.edge,
            base_rate: 0.5,
            evaluation: StoredEvaluation::default(),
            verdict: None,
            judged_against: None,
            stored_at: trained_at,
        };
        ModelRegistry::new(self.dynamodb(), "registry").register(&version).await.unwrap();
        self.set_champion_alias(series, 1);
    }

    /// Makes a version champion, whether it is registered or not.
    pub(crate) fn set_champion_alias(&self, series: &Series, version: u32) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: u32| AttributeValue::N(number.to_string());
        let item = Item::from([
            ("pk".to_owned(), text(&format!("SERIES#{series}"))),
            ("sk".to_owned(), text("ALIAS#champion")),
            ("version".to_owned(), number(version)),
            ("revision".to_owned(), number(1)),
            ("since".to_owned(), text("2022-01-01T00:00:00Z")),
        ]);
        self.contents.lock().unwrap().items.insert(item_key(&item), item);
    }

    /// Stores the bars in the lake, as ingest does.
    pub(crate) async fn store_bars(&self, series: &Series, bars: &[Bar]) {
        let storage = self.storage();
        let objects = OptimisticStorage::new(&storage);
        let policy = ResolutionPolicy {
            priority: vec!["coinbase".to_owned()],
            proxies: Vec::new(),
            proxy_bars: true,
            tolerance: Tolerance::default(),
        };
        let mut lake = BarPartitions::open(&objects, &policy, &series.symbol, series.interval).await.unwrap();
        let year = |bar: &Bar| bar.time.to_string()[..4].parse::<i16>().unwrap();
        for bars in bars.chunk_by(|a, b| year(a) == year(b)) {
            let observe = |bar: &Bar| {
                let closed_at = series.interval.step(bar.time, 1);
                let origin = Origin::from("coinbase (simulated)");
                Observation { bar: *bar, origin, first_seen: closed_at, last_seen: closed_at }
            };
            let observations: Vec<Observation> = bars.iter().map(observe).collect();
            let update = lake.prepare_update(year(&bars[0]), &observations).await.unwrap();
            lake.store(update).await.unwrap();
        }
    }

    fn storage(&self) -> ObjectStore {
        use aws_sdk_s3::Client;
        let contents = Arc::clone(&self.contents);
        let get = mock!(Client::get_object).then_compute_response(move |input| {
            match contents.lock().unwrap().objects.get(input.key().unwrap()) {
                Some(bytes) => {
                    let body = ByteStream::from(bytes.clone());
                    MockResponse::Output(GetObjectOutput::builder().body(body).e_tag(entity_tag(bytes)).build())
                }
                None => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
            }
        });
        let contents = Arc::clone(&self.contents);
        let put = mock!(Client::put_object).then_compute_response(move |input| {
            let objects = &mut contents.lock().unwrap().objects;
            let key = input.key().unwrap();
            let stored = objects.get(key).map(|bytes| entity_tag(bytes));
            let holds = match (input.if_match(), input.if_none_match()) {
                (Some(tag), _) => stored.as_deref() == Some(tag),
                (None, Some(_)) => stored.is_none(),
                (None, None) => true,
            };
            if !holds {
                let code = ErrorMetadata::builder().code("PreconditionFailed").build();
                return MockResponse::Error(PutObjectError::generic(code));
            }
            let bytes = input.body().bytes().unwrap().to_vec();
            let output = PutObjectOutput::builder().e_tag(entity_tag(&bytes)).build();
            objects.insert(key.to_owned(), bytes);
            MockResponse::Output(output)
        });
        let contents = Arc::clone(&self.contents);
        let list = mock!(Client::list_objects_v2).then_compute_output(move |input| {
            let contents = contents.lock().unwrap();
            let keys = contents.objects.keys().filter(|key| key.starts_with(input.prefix().unwrap()));
            let objects = keys.map(|key| Object::builder().key(key).build()).collect();
            ListObjectsV2Output::builder().set_contents(Some(objects)).is_truncated(false).build()
        });
        ObjectStore::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get, &put, &list]), "bucket")
    }

    fn sns(&self) -> aws_sdk_sns::Client {
        let contents = Arc::clone(&self.contents);
        let publish = mock!(aws_sdk_sns::Client::publish).then_compute_output(move |input| {
            contents.lock().unwrap().subjects.push(input.subject().unwrap().to_owned());
            PublishOutput::builder().message_id("1").build()
        });
        mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&publish])
    }

    /// One client for all tables, whose keys do not overlap. Each conditional put is one of "is absent".
    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        use aws_sdk_dynamodb::Client;
        let contents = Arc::clone(&self.contents);
        let get = mock!(Client::get_item).then_compute_output(move |input| {
            let item = contents.lock().unwrap().items.get(&item_key(input.key().unwrap())).cloned();
            GetItemOutput::builder().set_item(item).build()
        });
        let contents = Arc::clone(&self.contents);
        let put = mock!(Client::put_item).then_compute_response(move |input| {
            let item = input.item().unwrap();
            let items = &mut contents.lock().unwrap().items;
            if items.contains_key(&item_key(item)) {
                let code = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
                let failed = ConditionalCheckFailedException::builder().meta(code).build();
                return MockResponse::Error(PutItemError::ConditionalCheckFailedException(failed));
            }
            items.insert(item_key(item), item.clone());
            MockResponse::Output(PutItemOutput::builder().build())
        });
        let contents = Arc::clone(&self.contents);
        let query = mock!(Client::query).then_compute_output(move |input| {
            let values = input.expression_attribute_values().unwrap();
            let text = |name: &str| values.get(name).map(|value| value.as_s().unwrap().clone());
            let (pk, from, to) = (text(":pk").unwrap(), text(":from").unwrap(), text(":to"));
            let contents = contents.lock().unwrap();
            let in_range = |sk: &String| *sk >= from && to.as_ref().is_none_or(|to| sk <= to);
            let matching = contents.items.iter().filter(|(key, _)| key.0 == pk && in_range(&key.1));
            let mut items: Vec<Item> = matching.map(|(_, item)| item.clone()).collect();
            if input.scan_index_forward() == Some(false) {
                items.reverse();
            }
            QueryOutput::builder().set_items(Some(items)).build()
        });
        let contents = Arc::clone(&self.contents);
        // The only update settles a forecast, whose attributes have the names of the expression.
        let update = mock!(Client::update_item).then_compute_output(move |input| {
            let mut contents = contents.lock().unwrap();
            let item = contents.items.get_mut(&item_key(input.key().unwrap())).unwrap();
            let values = input.expression_attribute_values().unwrap();
            for assignment in input.update_expression().unwrap().trim_start_matches("SET ").split(", ") {
                let (attribute, value) = assignment.split_once(" = ").unwrap();
                assert!(item.insert(attribute.to_owned(), values[value].clone()).is_none(), "settled twice");
            }
            UpdateItemOutput::builder().build()
        });
        let contents = Arc::clone(&self.contents);
        let delete = mock!(Client::delete_item).then_compute_output(move |input| {
            contents.lock().unwrap().items.remove(&item_key(input.key().unwrap()));
            DeleteItemOutput::builder().build()
        });
        mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&get, &put, &query, &update, &delete])
    }
}
