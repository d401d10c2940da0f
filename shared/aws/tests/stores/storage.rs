//! Objects that are there, missing, denied or not JSON.

use aws::{Error, ErrorKind, ObjectStore, OptimisticStorage, keys};
use aws_sdk_s3::{
    Client,
    error::ErrorMetadata,
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        list_objects_v2::ListObjectsV2Output,
        put_object::{PutObjectError, PutObjectOutput},
    },
    primitives::ByteStream,
    types::{Object, error::NoSuchKey},
};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use std::sync::{Arc, Mutex};

fn storage(rules: &[&Rule]) -> ObjectStore {
    ObjectStore::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, rules), "bucket")
}

fn object(body: &'static [u8]) -> Rule {
    mock!(Client::get_object)
        .match_requests(|request| request.bucket() == Some("bucket") && request.key() == Some("window/x.json"))
        .then_output(move || GetObjectOutput::builder().body(ByteStream::from_static(body)).build())
}

#[tokio::test]
async fn there_missing_and_denied_are_three_answers() {
    let there = object(b"[1]");
    assert_eq!(storage(&[&there]).get("window/x.json").await.unwrap().unwrap(), b"[1]");
    let missing = mock!(Client::get_object).then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
    assert_eq!(storage(&[&missing]).get("window/x.json").await.unwrap(), None);
    let denied = mock!(Client::get_object).then_error(|| {
        GetObjectError::generic(ErrorMetadata::builder().code("AccessDenied").message("no ListBucket").build())
    });
    let error = storage(&[&denied]).get("window/x.json").await.unwrap_err();
    assert_eq!(error.error_kind(), Some(ErrorKind::Denied));
    assert_eq!(error.to_string(), "s3:GetObject on s3://bucket/window/x.json was denied (AccessDenied: no ListBucket)");
}

#[tokio::test]
async fn an_object_without_json_is_named_in_the_error() {
    let html = object(b"<html>");
    let error = storage(&[&html]).get_json::<Vec<u32>>("window/x.json").await.unwrap_err();
    assert!(matches!(&error, Error::Json { target, .. } if target == "s3://bucket/window/x.json"), "{error}");
}

/// Reading ends at the limit of the kind, whether S3 states the length or not.
#[tokio::test]
async fn an_object_beyond_its_limit_is_refused() {
    let limit = keys::max_bytes("window/x.json");
    for stated in [None, Some(1), Some(i64::try_from(limit).unwrap() + 1)] {
        let long = mock!(Client::get_object).then_output(move || {
            let body = ByteStream::from(vec![b' '; limit + 1]);
            GetObjectOutput::builder().set_content_length(stated).body(body).build()
        });
        let error = storage(&[&long]).get("window/x.json").await.unwrap_err();
        assert!(matches!(&error, Error::TooLarge { limit: at_most, .. } if *at_most == limit), "{error}");
        assert!(error.to_string().starts_with("s3://bucket/window/x.json holds 1048577 bytes or more"), "{error}");
    }
    let full = mock!(Client::get_object)
        .then_output(move || GetObjectOutput::builder().body(ByteStream::from(vec![b' '; limit])).build());
    assert_eq!(storage(&[&full]).get("window/x.json").await.unwrap().map(|bytes| bytes.len()), Some(limit));
}

/// An object that could not be read again is not written.
#[tokio::test]
async fn an_object_beyond_its_limit_is_not_put() {
    let put = mock!(Client::put_object).then_output(|| PutObjectOutput::builder().build());
    let bytes = vec![0; keys::max_bytes("window/x.json") + 1];
    let error = storage(&[&put]).put("window/x.json", bytes, "application/json").await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    assert_eq!(put.num_calls(), 0);
}

#[tokio::test]
async fn an_object_is_put_whole_with_its_type() {
    let put = mock!(Client::put_object)
        .match_requests(|request| {
            request.key() == Some("reports/r.html")
                && request.content_type() == Some("text/html")
                && request.body().bytes() == Some(b"<p>")
        })
        .then_output(|| PutObjectOutput::builder().build());
    storage(&[&put]).put("reports/r.html", b"<p>".to_vec(), "text/html").await.unwrap();
    assert_eq!(put.num_calls(), 1);
}

#[tokio::test]
async fn every_page_of_a_listing_is_read() {
    let page = |key: &'static str, token: Option<&'static str>| {
        move || {
            ListObjectsV2Output::builder()
                .contents(Object::builder().key(key).build())
                .set_next_continuation_token(token.map(str::to_owned))
                .is_truncated(token.is_some())
                .build()
        }
    };
    let list = mock!(Client::list_objects_v2)
        .match_requests(|request| request.prefix() == Some("bars/"))
        .sequence()
        .output(page("bars/2022", Some("t")))
        .output(page("bars/2023", None))
        .build();
    assert_eq!(storage(&[&list]).list("bars/").await.unwrap(), ["bars/2022", "bars/2023"]);
}

/// A bucket with one object, which evaluates conditions as S3 does.
fn bucket(object: &Arc<Mutex<Option<Vec<u8>>>>) -> ObjectStore {
    let tag = |bytes: &[u8]| format!("\"{}\"", String::from_utf8_lossy(bytes));
    let (read, written) = (Arc::clone(object), Arc::clone(object));
    let get = mock!(Client::get_object).then_compute_response(move |_| match &*read.lock().unwrap() {
        Some(bytes) => {
            let body = ByteStream::from(bytes.clone());
            MockResponse::Output(GetObjectOutput::builder().body(body).e_tag(tag(bytes)).build())
        }
        None => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
    });
    let put = mock!(Client::put_object).then_compute_response(move |request| {
        let mut object = written.lock().unwrap();
        let stored = object.as_deref().map(tag);
        let code = match (request.if_match(), request.if_none_match(), &stored) {
            (None, Some("*"), None) => None,
            (Some(expected), None, Some(stored)) if expected == stored => None,
            (Some(_), None, None) => Some("NoSuchKey"),
            _ => Some("PreconditionFailed"),
        };
        if let Some(code) = code {
            return MockResponse::Error(PutObjectError::generic(ErrorMetadata::builder().code(code).build()));
        }
        let body = request.body().bytes().unwrap().to_vec();
        let answer = PutObjectOutput::builder().e_tag(tag(&body)).build();
        *object = Some(body);
        MockResponse::Output(answer)
    });
    storage(&[&get, &put])
}

#[tokio::test]
async fn an_object_changed_since_it_was_read_is_not_overwritten() {
    for (before, meanwhile) in [
        (None, Some("theirs")),
        (Some("old"), Some("theirs")),
        // Nobody removes what is read and written back, but a rule of the bucket may.
        (Some("old"), None),
    ] {
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        let object = Arc::new(Mutex::new(bytes(before)));
        let storage = bucket(&object);
        let ours = OptimisticStorage::new(&storage);
        assert_eq!(ours.get("k").await.unwrap(), bytes(before));
        *object.lock().unwrap() = bytes(meanwhile);
        let error = ours.put("k", b"ours".to_vec(), "text/plain").await.unwrap_err();
        assert!(matches!(&error, Error::Changed { target } if target == "s3://bucket/k"), "{error}");
        assert_eq!(*object.lock().unwrap(), bytes(meanwhile));
        // Who reads again may write.
        ours.get("k").await.unwrap();
        ours.put("k", b"ours".to_vec(), "text/plain").await.unwrap();
        ours.put("k", b"ours again".to_vec(), "text/plain").await.unwrap();
        assert_eq!(*object.lock().unwrap(), bytes(Some("ours again")));
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_counts_as_done() {
    let object = Arc::new(Mutex::new(Some(b"old".to_vec())));
    let storage = bucket(&object);
    let ours = OptimisticStorage::new(&storage);
    ours.get("k").await.unwrap();
    *object.lock().unwrap() = Some(b"ours".to_vec());
    ours.put("k", b"ours".to_vec(), "text/plain").await.unwrap();
    ours.put("k", b"next".to_vec(), "text/plain").await.unwrap();
}

#[tokio::test]
async fn an_object_that_was_never_read_is_not_overwritten() {
    let object = Arc::new(Mutex::new(Some(b"theirs".to_vec())));
    let storage = bucket(&object);
    let put = OptimisticStorage::new(&storage).put("k", b"ours".to_vec(), "text/plain").await;
    assert!(matches!(put, Err(Error::Changed { .. })));
}
