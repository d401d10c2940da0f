//! What is remembered between calls, with the time at which it was learnt.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// A value per key.
#[derive(Debug)]
pub(crate) struct Memory<K, V>(Mutex<HashMap<K, Remembered<V>>>);

/// A value and when it was learnt. Clock time, because a frozen function's monotonic clock stands still.
#[derive(Debug, Clone)]
pub(crate) struct Remembered<V> {
    pub(crate) value: V,
    at: Timestamp,
}

impl<V> Remembered<V> {
    pub(crate) fn is_younger_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        self.at.duration_until(now) < age
    }
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    pub(crate) fn recall(&self, key: &K) -> Option<Remembered<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn remember(&self, key: K, value: V, at: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Remembered { value, at });
    }
}
