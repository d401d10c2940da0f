//! Evaluation of filters.

use super::{Comparison, Filter, Relation, Searchable, Subject, Test, Value};

/// Tag by which the client asks for models that are no prompts. A model without it is none.
const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

impl Filter {
    /// True if every comparison holds. A comparison with a value that the entity does not have is false.
    #[must_use]
    pub fn matches(&self, entity: &impl Searchable) -> bool {
        self.comparisons.iter().all(|comparison| comparison.holds(entity))
    }
}

impl Comparison {
    fn holds(&self, entity: &impl Searchable) -> bool {
        if let Subject::Dataset(field) = &self.subject {
            return entity.dataset_values(*field).into_iter().any(|value| self.test.accepts(&Value::Text(value)));
        }
        match (self.subject.value(entity), &self.test) {
            (found, Test::IsNull) => found.is_none(),
            (found, Test::IsNotNull) => found.is_some(),
            (Some(value), test) => test.accepts(&value),
            (None, test) => is_no_prompt(&self.subject, test),
        }
    }
}

fn is_no_prompt(subject: &Subject, test: &Test) -> bool {
    let Subject::Tag(key) = subject else { return false };
    key == PROMPT_TAG
        && match test {
            Test::Equal(value) => value == "false",
            Test::NotEqual(value) => value == "true",
            _ => false,
        }
}

impl Test {
    fn accepts(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Text(text) => self.accepts_text(text),
            Value::Owned(text) => self.accepts_text(text),
            // Times in milliseconds are far below 2⁵³.
            Value::Integer(number) => self.accepts_number(*number as f64),
            Value::Number(number) => self.accepts_number(*number),
        }
    }

    fn accepts_text(&self, text: &str) -> bool {
        match self {
            Self::Equal(expected) => text == expected,
            Self::NotEqual(expected) => text != expected,
            Self::Like(pattern) => pattern.matches(text),
            Self::In(texts) => texts.iter().any(|expected| expected == text),
            Self::NotIn(texts) => texts.iter().all(|expected| expected != text),
            Self::Number(..) | Self::IsNull | Self::IsNotNull => false,
        }
    }

    #[expect(clippy::float_cmp, reason = "the caller asks for equality")]
    fn accepts_number(&self, number: f64) -> bool {
        let Self::Number(relation, expected) = self else { return false };
        match relation {
            Relation::Less => number < *expected,
            Relation::LessOrEqual => number <= *expected,
            Relation::Equal => number == *expected,
            Relation::NotEqual => number != *expected,
            Relation::GreaterOrEqual => number >= *expected,
            Relation::Greater => number > *expected,
        }
    }
}
