//! Alerts on the SNS topic.

use crate::{Error, Result};
use aws_sdk_sns::{Client, types::MessageAttributeValue};
use contracts::events::Alert;

/// SNS refuses longer subjects.
const MAX_SUBJECT: usize = 100;

/// The alert topic.
#[derive(Debug, Clone)]
pub struct AlertTopic {
    client: Client,
    topic_arn: String,
}

impl AlertTopic {
    /// A view of the topic.
    #[must_use]
    pub fn new(client: Client, topic_arn: impl Into<String>) -> Self {
        Self { client, topic_arn: topic_arn.into() }
    }

    /// Publishes `alert`: people get its text by mail, subscribed functions and queues get its JSON. The attributes
    /// `kind`, `action`, `severity` and `series` are there for filter policies; `action` is `retrain` or `none`, which is
    /// all that a subscriber can do.
    ///
    /// # Errors
    /// The call failed.
    pub async fn publish(&self, subject: &str, alert: &Alert) -> Result<()> {
        let json = |source| Error::Json { target: "alert".to_owned(), source };
        let machine = serde_json::to_string(alert).map_err(json)?;
        let message = serde_json::to_string(&serde_json::json!({
            "default": machine,
            "lambda": machine,
            "email": alert.text,
        }))
        .map_err(json)?;
        let mut request = self
            .client
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(subject_line(subject))
            .message_structure("json")
            .message(message);
        let series = alert.series.slug();
        let attributes = [
            ("kind", alert.kind.as_str()),
            ("action", if alert.action.requests_training() { "retrain" } else { "none" }),
            ("severity", alert.severity.as_str()),
            ("series", &series),
        ];
        for (name, value) in attributes {
            let attribute =
                MessageAttributeValue::builder().data_type("String").string_value(value).build().map_err(|source| {
                    Error::Request { operation: "sns:Publish", target: self.topic_arn.clone(), source }
                })?;
            request = request.message_attributes(name, attribute);
        }
        request.send().await.map_err(|error| Error::call("sns:Publish", &self.topic_arn, error))?;
        Ok(())
    }
}

/// Subject that SNS accepts: ASCII without control characters, at most [`MAX_SUBJECT`] of them.
fn subject_line(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_graphic() => c,
            c if c.is_whitespace() || c.is_control() => ' ',
            _ => '?',
        })
        .take(MAX_SUBJECT)
        .collect::<String>()
        .trim()
        .to_owned()
}
