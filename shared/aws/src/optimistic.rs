//! Objects that are read, changed and written back, where another invocation may do the same.

use crate::{Error, ObjectStore, Result, storage::Precondition};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// View of the bucket for one invocation. It records each object as last read or written through it, and overwrites only
/// that: a write that would overwrite another invocation's is rejected. An object that was not read is expected
/// to be absent.
#[derive(Debug)]
pub struct OptimisticStorage<'a> {
    storage: &'a ObjectStore,
    seen: Mutex<BTreeMap<String, Precondition>>,
}

impl<'a> OptimisticStorage<'a> {
    /// A view in which nothing was read yet.
    #[must_use]
    pub const fn new(storage: &'a ObjectStore) -> Self {
        Self { storage, seen: Mutex::new(BTreeMap::new()) }
    }

    /// The object's bytes; `None` when there is no such object.
    ///
    /// # Errors
    /// As [`ObjectStore::get_for_update`].
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let (bytes, precondition) = self.storage.get_for_update(key).await?;
        self.remember(key, precondition);
        Ok(bytes)
    }

    /// The object as JSON; `None` when there is no such object. One that is no `T` may still be overwritten.
    ///
    /// # Errors
    /// As [`OptimisticStorage::get`], and when the object is not a `T` in JSON.
    pub async fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(bytes) = self.get(key).await? else { return Ok(None) };
        let json = |source| Error::Json { target: self.storage.target(key), source };
        serde_json::from_slice(&bytes).map(Some).map_err(json)
    }

    /// Stores `bytes` under `key`, unless the object is not what was seen of it.
    ///
    /// # Errors
    /// As [`ObjectStore::put_if`].
    pub async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<()> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let expected = seen.unwrap_or(Precondition::Absent);
        let written = self.storage.put_if(key, bytes, content_type, &expected).await?;
        self.remember(key, written);
        Ok(())
    }

    /// Stores `value` as JSON.
    ///
    /// # Errors
    /// As [`OptimisticStorage::put`], and when `value` has no JSON.
    pub async fn put_json<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        let json = |source| Error::Json { target: self.storage.target(key), source };
        let bytes = serde_json::to_vec(value).map_err(json)?;
        self.put(key, bytes, "application/json").await
    }

    /// Every key that begins with `prefix`, ascending.
    ///
    /// # Errors
    /// As [`ObjectStore::list`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.storage.list(prefix).await
    }

    fn remember(&self, key: &str, precondition: Precondition) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), precondition);
    }
}
