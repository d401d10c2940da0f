//! Left sides of comparisons, and the values that entities have for them.

/// Attribute of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of MLflow's attributes")]
pub enum Attribute {
    RunId,
    RunName,
    UserId,
    Status,
    ArtifactUri,
    StartTime,
    EndTime,
    Name,
    ExperimentId,
    CreationTime,
    LastUpdateTime,
    CreationTimestamp,
    LastUpdatedTimestamp,
    VersionNumber,
    SourcePath,
    ModelId,
    ModelType,
    SourceRunId,
}

impl Attribute {
    /// True if its values are numbers.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(
            self,
            Self::StartTime
                | Self::EndTime
                | Self::CreationTime
                | Self::LastUpdateTime
                | Self::CreationTimestamp
                | Self::LastUpdatedTimestamp
                | Self::VersionNumber
        )
    }
}

/// Field of the datasets of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatasetField {
    /// Name.
    Name,
    /// Digest.
    Digest,
    /// Use, such as `train`.
    Context,
}

/// Left side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An attribute.
    Attribute(Attribute),
    /// Latest value of a metric.
    Metric(String),
    /// A param.
    Param(String),
    /// A tag.
    Tag(String),
    /// A field of any dataset.
    Dataset(DatasetField),
}

/// Value of an entity.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A text that the entity does not hold as such.
    Owned(String),
    /// A time or a version number.
    Integer(i64),
    /// Value of a metric.
    Number(f64),
}

/// Entity that a filter is evaluated on.
pub trait Searchable {
    /// Value of an attribute.
    fn attribute(&self, attribute: Attribute) -> Option<Value<'_>>;

    /// Value of a tag.
    fn tag(&self, key: &str) -> Option<&str>;

    /// Value of a param.
    fn param(&self, _key: &str) -> Option<&str> {
        None
    }

    /// Latest value of a metric.
    fn metric(&self, _key: &str) -> Option<f64> {
        None
    }

    /// Values of a field of all datasets.
    fn dataset_values(&self, _field: DatasetField) -> Vec<&str> {
        Vec::new()
    }
}

impl Subject {
    /// Value of the subject; `None` if the entity has none. A dataset's field has the value of the first dataset.
    pub(super) fn value<'a>(&self, entity: &'a impl Searchable) -> Option<Value<'a>> {
        match self {
            Self::Attribute(attribute) => entity.attribute(*attribute),
            Self::Metric(key) => entity.metric(key).map(Value::Number),
            Self::Param(key) => entity.param(key).map(Value::Text),
            Self::Tag(key) => entity.tag(key).map(Value::Text),
            Self::Dataset(field) => entity.dataset_values(*field).first().copied().map(Value::Text),
        }
    }
}

impl<T: Searchable> Searchable for std::sync::Arc<T> {
    fn attribute(&self, attribute: Attribute) -> Option<Value<'_>> {
        self.as_ref().attribute(attribute)
    }

    fn tag(&self, key: &str) -> Option<&str> {
        self.as_ref().tag(key)
    }

    fn param(&self, key: &str) -> Option<&str> {
        self.as_ref().param(key)
    }

    fn metric(&self, key: &str) -> Option<f64> {
        self.as_ref().metric(key)
    }

    fn dataset_values(&self, field: DatasetField) -> Vec<&str> {
        self.as_ref().dataset_values(field)
    }
}
