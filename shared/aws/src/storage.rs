//! The bucket.

use crate::{Error, Result, keys};
use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{get_object::GetObjectError, put_object::PutObjectError},
    primitives::ByteStream,
};
use serde::{Serialize, de::DeserializeOwned};

/// Codes of a conditional write that did not happen: another state, a write at the same time, and an object that has gone.
const CHANGED: [&str; 3] = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];

/// Expectation that a conditional write has of an object: its content as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// There is no such object.
    Absent,
    /// The object has this entity tag.
    Tag(String),
}

/// Objects by key; the keys come from [`keys`](crate::keys).
#[derive(Debug, Clone)]
pub struct ObjectStore {
    client: Client,
    bucket: String,
}

impl ObjectStore {
    /// A view of `bucket`.
    #[must_use]
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }

    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The object's bytes; `None` when there is no such object. S3 tells "missing" from "denied" only to a role that
    /// may list the bucket.
    ///
    /// # Errors
    /// The call failed, the body broke off, or [`Error::TooLarge`]: the object is larger than [`keys::max_bytes`], of
    /// which no more than that is read.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.get_tagged(key).await?.map(|(bytes, _)| bytes))
    }

    /// The object's bytes and its entity tag; `None` when there is no such object.
    async fn get_tagged(&self, key: &str) -> Result<Option<(Vec<u8>, Option<String>)>> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        match answer {
            Ok(object) => {
                let bytes = self.body(key, object.content_length, object.body).await?;
                Ok(Some((bytes, object.e_tag)))
            }
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(Error::call("s3:GetObject", self.target(key), error)),
        }
    }

    /// Bytes of the object, `None` if there is no such object, and the precondition for [`ObjectStore::put_if`].
    ///
    /// # Errors
    /// As [`ObjectStore::get`]; also if S3 returns no entity tag.
    pub async fn get_for_update(&self, key: &str) -> Result<(Option<Vec<u8>>, Precondition)> {
        let Some((bytes, tag)) = self.get_tagged(key).await? else { return Ok((None, Precondition::Absent)) };
        Ok((Some(bytes), self.precondition(key, tag)?))
    }

    fn precondition(&self, key: &str, tag: Option<String>) -> Result<Precondition> {
        let missing = || Error::Missing { target: format!("the ETag of {}", self.target(key)) };
        tag.map(Precondition::Tag).ok_or_else(missing)
    }

    /// The object as JSON; `None` when there is no such object.
    ///
    /// # Errors
    /// As [`ObjectStore::get`], and when the object is not a `T` in JSON.
    pub async fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(bytes) = self.get(key).await? else { return Ok(None) };
        let value =
            serde_json::from_slice(&bytes).map_err(|source| Error::Json { target: self.target(key), source })?;
        Ok(Some(value))
    }

    /// Reads a body whose stated length fits; one that states none, or states less than it has, is cut off.
    async fn body(&self, key: &str, stated: Option<i64>, mut body: ByteStream) -> Result<Vec<u8>> {
        let stated = stated.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default();
        self.check_size(key, stated)?;
        let mut bytes = Vec::with_capacity(stated);
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|source| Error::Body { key: key.to_owned(), source })?;
            self.check_size(key, bytes.len() + chunk.len())?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Refuses an object that is larger than its kind may be.
    fn check_size(&self, key: &str, bytes: usize) -> Result<()> {
        let limit = keys::max_bytes(key);
        if bytes > limit { Err(Error::TooLarge { target: self.target(key), bytes, limit }) } else { Ok(()) }
    }

    /// Stores `bytes` under `key`, whole or not at all.
    ///
    /// # Errors
    /// The call failed, or [`Error::TooLarge`] for an object that [`ObjectStore::get`] would reject.
    pub async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<()> {
        self.check_size(key, bytes.len())?;
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| Error::call("s3:PutObject", self.target(key), error))?;
        Ok(())
    }

    /// Stores `bytes` under `key` if the object is what `expected` says; what the next write has to expect. An object that
    /// has these very bytes already is as good: the SDK may have sent a request again whose answer was lost.
    ///
    /// # Errors
    /// [`Error::Changed`] if another invocation wrote the object; then nothing is written. Otherwise as [`ObjectStore::put`].
    pub async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        content_type: &str,
        expected: &Precondition,
    ) -> Result<Precondition> {
        self.check_size(key, bytes.len())?;
        let request = self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        let request = match expected {
            Precondition::Absent => request.if_none_match("*"),
            Precondition::Tag(tag) => request.if_match(tag),
        };
        match request.body(ByteStream::from(bytes.clone())).send().await {
            Ok(written) => self.precondition(key, written.e_tag),
            Err(error) if is_changed(&error) => match self.get_for_update(key).await? {
                (Some(stored), tag) if stored == bytes => Ok(tag),
                _ => Err(Error::Changed { target: self.target(key) }),
            },
            Err(error) => Err(Error::call("s3:PutObject", self.target(key), error)),
        }
    }

    /// Stores `value` as JSON.
    ///
    /// # Errors
    /// As [`ObjectStore::put`], and when `value` has no JSON.
    pub async fn put_json<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(|source| Error::Json { target: self.target(key), source })?;
        self.put(key, bytes, "application/json").await
    }

    /// Every key that begins with `prefix`, ascending.
    ///
    /// # Errors
    /// The call failed.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let mut pages = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::call("s3:ListBucket", self.target(prefix), error))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        Ok(keys)
    }

    /// Bucket and key, for messages.
    pub(crate) fn target(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }
}

fn is_changed<R>(error: &SdkError<PutObjectError, R>) -> bool {
    error.code().is_some_and(|code| CHANGED.contains(&code))
}
