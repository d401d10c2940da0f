//! Locks that expire by themselves.

use crate::{
    Result,
    table::{Item, Key, Table, Write, n, outcome, s},
};
use aws_sdk_dynamodb::Client;
use jiff::{SignedDuration, Timestamp};
use std::hash::{BuildHasher, Hasher, RandomState};

/// The locks table.
#[derive(Debug, Clone)]
pub struct Locks {
    table: Table,
}

/// A lock that is held. It is free again after [`Locks::release`], or when its time is over.
#[derive(Debug)]
#[must_use = "a lock blocks others until it is released or expires"]
pub struct Lock {
    name: String,
    token: String,
}

impl Lock {
    /// What is locked.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Locks {
    /// A view of the locks table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Takes the lock `name` for `ttl`; `None` when somebody holds it. `now` has to be the clock's time: locks are
    /// about processes, not about the data's time. A `request` that is named gets a lock that it has already: a retry is
    /// not locked out by the try that died.
    ///
    /// # Errors
    /// The call failed.
    pub async fn acquire(
        &self,
        name: &str,
        request: Option<&str>,
        ttl: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Lock>> {
        let key = Key::hash(format!("LOCK#{name}"));
        let target = self.table.target(&key);
        let token = token(now);
        let mut item = key.into_item();
        item.insert("token".to_owned(), s(&token));
        let request = request.unwrap_or(&token);
        item.insert("request_id".to_owned(), s(request));
        item.insert("acquired_at".to_owned(), s(now.to_string()));
        item.insert("expires_at".to_owned(), n(now.as_second() + ttl.as_secs().max(1)));
        let condition = "attribute_not_exists(pk) OR expires_at <= :now OR request_id = :request";
        let values = Item::from([(":now".to_owned(), n(now.as_second())), (":request".to_owned(), s(request))]);
        let write = self.table.put_if(&target, item, condition, values).await?;
        Ok((write == Write::Done).then(|| Lock { name: name.to_owned(), token }))
    }

    /// Gives the lock back. A lock that expired and was taken by somebody else stays theirs.
    ///
    /// # Errors
    /// The call failed.
    pub async fn release(&self, lock: Lock) -> Result<()> {
        let key = Key::hash(format!("LOCK#{}", lock.name));
        let target = self.table.target(&key);
        let answer = self
            .table
            .client
            .delete_item()
            .table_name(&self.table.name)
            .set_key(Some(key.into_item()))
            .condition_expression("#token = :token")
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", s(&lock.token))
            .send()
            .await;
        if outcome(answer, "dynamodb:DeleteItem", &target)? == Write::Refused {
            tracing::warn!(lock = lock.name, "lock had expired before it was released");
        }
        Ok(())
    }
}

/// Unique to one acquisition: each `RandomState` has fresh keys.
fn token(now: Timestamp) -> String {
    let draw = || RandomState::new().build_hasher().finish();
    format!("{}-{:016x}{:016x}", now.as_nanosecond(), draw(), draw())
}
