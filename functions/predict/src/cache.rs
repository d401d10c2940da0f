//! What is remembered between calls, with the time at which it was learnt.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// A value per key.
#[derive(Debug)]
pub(crate) struct TtlCache<K, V>(Mutex<HashMap<K, CacheEntry<V>>>);

/// A value and when it was learnt. Clock time, because a frozen function's monotonic clock stands still.
#[derive(Debug, Clone)]
pub(crate) struct CacheEntry<V> {
    pub(crate) value: V,
    at: Timestamp,
}

impl<V> CacheEntry<V> {
    pub(crate) fn is_younger_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        self.at.duration_until(now) < age
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

    pub(crate) fn insert(&self, key: K, value: V, at: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, CacheEntry { value, at });
    }
}
