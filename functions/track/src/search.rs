//! Searches: filter, order and page of a request.

use mlflow_protocol::{ApiError, Filter, OrderBy, PageToken, Result, Schema, Searchable, filter::Attribute};
use serde_json::{Value, json};

/// A parsed search.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    filter: Filter,
    order: OrderBy,
    start: PageToken,
}

impl Query {
    /// Parses a search; `scope` has the other parameters that its result depends on.
    pub(crate) fn parse(
        schema: Schema,
        filter: Option<&str>,
        order_by: &[String],
        token: Option<&str>,
        scope: &[&str],
    ) -> Result<Self> {
        let filter = filter.unwrap_or_default();
        let schema_name = format!("{schema:?}");
        let mut identity = vec![schema_name.as_str(), filter];
        identity.extend(scope);
        identity.extend(order_by.iter().map(String::as_str));
        Ok(Self {
            filter: Filter::parse(filter, schema)?,
            order: OrderBy::parse(order_by, schema)?,
            start: PageToken::resume(&identity, token)?,
        })
    }

    /// Page of the entities that match, in order, and the token of the next page.
    pub(crate) fn page<T: Searchable>(&self, entities: Vec<T>, limit: usize) -> (Vec<T>, Option<String>) {
        let mut found: Vec<_> = entities
            .into_iter()
            .filter(|entity| self.filter.matches(entity))
            .map(|entity| (self.order.key(&entity), entity))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        self.start.page(found.into_iter().map(|(_, entity)| entity).collect(), limit)
    }

    /// Text that a tag must be equal to.
    pub(crate) fn required_tag(&self, key: &str) -> Option<&str> {
        self.filter.required_tag(key)
    }

    /// Text that an attribute must be equal to.
    pub(crate) fn required(&self, attribute: Attribute) -> Option<&str> {
        self.filter.required(attribute)
    }
}

/// Number of entries of a page: that of the request, or the default.
pub(crate) fn limit(requested: Option<i64>, default: usize, most: i64) -> Result<usize> {
    match requested {
        None | Some(0) => Ok(default),
        Some(number) => usize::try_from(number).ok().filter(|_| number <= most).ok_or_else(|| {
            ApiError::invalid(format!(
                "Invalid value {number} for parameter 'max_results': it must be from 1 to {most}"
            ))
        }),
    }
}

/// The fields of a response, with the token of the next page if there is one.
pub(crate) fn with_next(mut fields: Value, next: Option<String>) -> Value {
    if let (Some(fields), Some(token)) = (fields.as_object_mut(), next) {
        fields.insert("next_page_token".to_owned(), json!(token));
    }
    fields
}
