//! Locks that expire by themselves: short leases, renewed while their work goes on.
//!
//! A lock belongs to one attempt, not to a request: two deliveries with one request id may run at once, and a retry of an
//! attempt that died has the same id. A live holder renews its lease every `RENEWAL_INTERVAL`. A holder that was killed
//! stops renewing, and its lock is free after `LEASE_DURATION`.

use crate::{
    Error, Result,
    table::{ConditionalWrite, Item, Key, Table, conditional_result, number_value, string_value},
};
use aws_sdk_dynamodb::Client;
use jiff::{SignedDuration, Timestamp};
use observability::error_chain;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Life of a lease that is not renewed.
pub const LEASE_DURATION: Duration = Duration::from_secs(15);

/// Time from one renewal to the next.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(4);

/// Time that one call to renew may take: three of them have room before the lease counts as lost.
const RENEWAL_LIMIT: Duration = Duration::from_secs(2);

/// Time before its end from which a lease counts as lost to its holder: clocks differ.
const EXPIRY_MARGIN: Duration = Duration::from_secs(3);

/// Time from one request for a lock that is held to the next.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Work under a lock did not begin, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another attempt holds the lock and renews it.
    #[error(
        "the lock `{name}` is held by another invocation, which was waited for {waited_seconds} s; try again later"
    )]
    Held {
        /// Name of the lock.
        name: String,
        /// Time waited for the lock, in seconds.
        waited_seconds: u64,
    },
    /// The lease could not be renewed in time: another attempt may hold the lock by now.
    #[error("the lock `{name}` was lost while its work went on; the work was stopped, try again")]
    Lost {
        /// Name of the lock.
        name: String,
    },
    /// A call failed.
    #[error("cannot take the lock `{name}`")]
    Aws {
        /// Name of the lock.
        name: String,
        /// Cause.
        source: Box<Error>,
    },
}

impl LockError {
    /// Name of the cause for callers, dead letters and logs: `Busy`, `LockLost`, or that of the call.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Held { .. } => "Busy",
            Self::Lost { .. } => "LockLost",
            Self::Aws { source, .. } => source.kind(),
        }
    }
}

/// The locks table.
#[derive(Debug, Clone)]
pub struct LockTable {
    table: Table,
}

/// A lock that is held, by one attempt.
#[derive(Debug)]
struct Lock {
    name: String,
    /// Unique to this acquisition.
    token: String,
    /// The clock's time at `since`.
    taken_at: Timestamp,
    since: Instant,
}

impl Lock {
    fn now(&self) -> Timestamp {
        later(self.taken_at, self.since.elapsed())
    }

    fn key(&self) -> Key {
        Key::hash(format!("LOCK#{}", self.name))
    }

    /// The item of a lease that begins now.
    fn item(&self) -> Item {
        let now = self.now();
        let mut item = self.key().into_item();
        item.insert("token".to_owned(), string_value(&self.token));
        item.insert("acquired_at".to_owned(), string_value(self.taken_at.to_string()));
        // Whole seconds, rounded up: the table's time to live reads them too.
        item.insert("expires_at".to_owned(), number_value(later(now, LEASE_DURATION).as_second() + 1));
        item
    }
}

impl LockTable {
    /// A view of the locks table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Runs `work` under the lock `name`, after a wait of at most `patience`, and releases it. `clock` is the
    /// clock's present time, not the data's. `work` has to yield to the runtime at least every few seconds, or its lease
    /// runs out.
    ///
    /// # Errors
    /// What `work` fails with; [`LockError`] when another attempt holds the lock all the time, or when the lease was lost:
    /// `work` is then dropped where it stands.
    pub async fn hold<T, E: From<LockError>>(
        &self,
        name: &str,
        clock: Timestamp,
        patience: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let lock = self.wait(name, clock, patience).await?;
        let result = tokio::select! {
            biased;
            result = work => result,
            lost = self.renew_until_lost(&lock) => Err(lost.into()),
        };
        if let Err(error) = self.release(&lock).await {
            tracing::warn!(lock = name, error = error_chain(&error), "failed to release lock; it expires by itself");
        }
        result
    }

    async fn wait(&self, name: &str, clock: Timestamp, patience: Duration) -> Result<Lock, LockError> {
        let began = Instant::now();
        let mut waiting = false;
        loop {
            let taken = self.acquire(name, later(clock, began.elapsed())).await;
            let taken = taken.map_err(|source| LockError::Aws { name: name.to_owned(), source: Box::new(source) })?;
            if let Some(lock) = taken {
                return Ok(lock);
            }
            if began.elapsed() >= patience {
                return Err(LockError::Held { name: name.to_owned(), waited_seconds: began.elapsed().as_secs() });
            }
            if !waiting {
                waiting = true;
                tracing::info!(lock = name, "waiting for lock of another invocation");
            }
            sleep(RETRY_DELAY).await;
        }
    }

    /// Takes a lock that is free or has run out; `None` when it is held.
    async fn acquire(&self, name: &str, now: Timestamp) -> Result<Option<Lock>> {
        let lock = Lock { name: name.to_owned(), token: token(now), taken_at: now, since: Instant::now() };
        // A call whose answer was lost is sent again by the SDK, and finds the lock held by its own token.
        let condition = "attribute_not_exists(pk) OR expires_at <= :now OR #token = :token";
        let write =
            self.put(&lock, condition, Item::from([(":now".to_owned(), number_value(now.as_second()))])).await?;
        Ok((write == ConditionalWrite::Applied).then_some(lock))
    }

    /// Renews the lease until another attempt has the lock, or may have it soon.
    async fn renew_until_lost(&self, lock: &Lock) -> LockError {
        let mut renewed = lock.since;
        while let Ok(Some(at)) = timeout_at(renewed + (LEASE_DURATION - EXPIRY_MARGIN), self.renew(lock)).await {
            renewed = at;
        }
        LockError::Lost { name: lock.name.clone() }
    }

    /// Renews the lease after one interval, with retries; returns the time, or `None` if another attempt holds the lock.
    async fn renew(&self, lock: &Lock) -> Option<Instant> {
        sleep(RENEWAL_INTERVAL).await;
        loop {
            let began = Instant::now();
            match timeout(RENEWAL_LIMIT, self.put(lock, "#token = :token", Item::new())).await {
                Ok(Ok(ConditionalWrite::Applied)) => return Some(began),
                Ok(Ok(ConditionalWrite::ConditionFailed)) => return None,
                Ok(Err(error)) => {
                    tracing::warn!(lock = lock.name, error = error_chain(&error), "failed to renew lease");
                }
                Err(_) => tracing::warn!(lock = lock.name, "failed to renew lease in time"),
            }
            sleep(RETRY_DELAY).await;
        }
    }

    async fn put(&self, lock: &Lock, condition: &str, mut values: Item) -> Result<ConditionalWrite> {
        values.insert(":token".to_owned(), string_value(&lock.token));
        let answer = self
            .table
            .client
            .put_item()
            .table_name(&self.table.name)
            .set_item(Some(lock.item()))
            .condition_expression(condition)
            .expression_attribute_names("#token", "token")
            .set_expression_attribute_values(Some(values))
            .send()
            .await;
        conditional_result(answer, "dynamodb:PutItem", &self.table.target(&lock.key()))
    }

    /// Releases the lock. A lock that expired and was acquired by another attempt stays held.
    async fn release(&self, lock: &Lock) -> Result<()> {
        let answer = self
            .table
            .client
            .delete_item()
            .table_name(&self.table.name)
            .set_key(Some(lock.key().into_item()))
            .condition_expression("#token = :token")
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", string_value(&lock.token))
            .send()
            .await;
        if conditional_result(answer, "dynamodb:DeleteItem", &self.table.target(&lock.key()))?
            == ConditionalWrite::ConditionFailed
        {
            tracing::warn!(lock = lock.name, "lock had run out before it was released");
        }
        Ok(())
    }
}

/// `time` plus `passed`; `time` itself if the sum is out of range.
#[must_use]
pub fn later(time: Timestamp, passed: Duration) -> Timestamp {
    SignedDuration::try_from(passed).ok().and_then(|passed| time.checked_add(passed).ok()).unwrap_or(time)
}

/// Unique to one acquisition: each `RandomState` has fresh keys.
fn token(now: Timestamp) -> String {
    let draw = || RandomState::new().build_hasher().finish();
    format!("{}-{:016x}{:016x}", now.as_nanosecond(), draw(), draw())
}
