//! Cache of values with the time at which they were loaded.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// Cache with one entry per key. The reader decides how old an entry may be.
#[derive(Debug)]
pub(crate) struct TtlCache<K, V>(Mutex<HashMap<K, CacheEntry<V>>>);

/// Cached value. Its time is clock time, because the monotonic clock stops while Lambda freezes the process.
#[derive(Debug, Clone)]
pub(crate) struct CacheEntry<V> {
    pub(crate) value: V,
    loaded_at: Timestamp,
}

impl<V> CacheEntry<V> {
    pub(crate) fn is_younger_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        self.loaded_at.duration_until(now) < age
    }
}

impl<K, V> Default for TtlCache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> TtlCache<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<CacheEntry<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn insert(&self, key: K, value: V, loaded_at: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, CacheEntry { value, loaded_at });
    }
}
