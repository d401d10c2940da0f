//! Errors of artifacts and of forecasts.

/// Error of a file that is not a valid artifact.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The file is not the registered one.
    #[error("artifact has SHA-256 {actual}, but {expected} was registered")]
    Hash {
        /// Hash in the registry.
        expected: String,
        /// Hash of the bytes.
        actual: String,
    },
    /// The file is not an artifact.
    #[error("file is not a model artifact: it does not start with WVMA")]
    Magic,
    /// The file has another format version.
    #[error("artifact has format {found}, but this code reads format {expected}: train the series again")]
    FormatVersion {
        /// Version in the file.
        found: u32,
        /// Version that this code reads.
        expected: u32,
    },
    /// A file of an older format version has a part of a later one.
    #[error("artifact has {part}, which format {found} does not have: the first is format {first}")]
    PartInOlderFormat {
        /// Name of the part.
        part: &'static str,
        /// Version in the file.
        found: u32,
        /// First version with the part.
        first: u32,
    },
    /// The artifact has another version of the feature set.
    #[error("artifact has feature set `{found}`, but this code computes `{expected}`: train the series again")]
    FeatureSet {
        /// Version in the file, shortened and in printable characters.
        found: String,
        /// Version that this code computes.
        expected: &'static str,
    },
    /// The artifact has another number of features than its feature set.
    #[error(
        "artifact has {found} features, but feature set `{set}` has {expected}: the file was not written by this code"
    )]
    FeatureCount {
        /// Number in the file.
        found: usize,
        /// Number in the feature set.
        expected: usize,
        /// Version of the feature set.
        set: &'static str,
    },
    /// The artifact has other feature names than its feature set, or another order.
    #[error("feature {index} of the artifact is `{found}`, but `{expected}` in feature set `{set}`")]
    FeatureName {
        /// Index of the first feature that differs.
        index: usize,
        /// Name in the file, shortened and in printable characters.
        found: String,
        /// Name in the feature set.
        expected: &'static str,
        /// Version of the feature set.
        set: &'static str,
    },
    /// The artifact exceeds a limit on memory or time.
    #[error("artifact has {found} {part}, at most {limit} are allowed")]
    TooMany {
        /// Name of the limited part.
        part: &'static str,
        /// Number in the file.
        found: usize,
        /// Maximum number.
        limit: usize,
    },
    /// The file is larger than any valid artifact.
    #[error("artifact has {bytes} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Size of the file.
        bytes: usize,
        /// Maximum size.
        limit: usize,
    },
    /// The file is too short or too long.
    #[error("artifact has {found} {part}, expected {expected}")]
    Length {
        /// Name of the part.
        part: &'static str,
        /// Actual length.
        found: usize,
        /// Expected length.
        expected: usize,
    },
    /// The header is invalid.
    #[error("failed to parse artifact header")]
    Header {
        /// Error of the JSON parser.
        #[from]
        source: serde_json::Error,
    },
    /// A number is out of its range.
    #[error("artifact has {name} {value}, expected {expected}")]
    Value {
        /// Name of the number.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Permitted values.
        expected: &'static str,
    },
    /// The calibration is invalid.
    #[error("artifact has an invalid calibration: {problem}")]
    Calibration {
        /// Description of the problem.
        problem: &'static str,
    },
    /// A member does not match its family.
    #[error("artifact has an invalid member {member}: {problem}")]
    Member {
        /// Index of the member.
        member: usize,
        /// Description of the problem.
        problem: &'static str,
    },
    /// A tree is invalid.
    #[error("artifact has an invalid forest node {node}: {problem}")]
    Tree {
        /// Index of the node in the forest.
        node: usize,
        /// Description of the problem.
        problem: &'static str,
    },
}

/// Error of a forecast for a feature row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PredictError {
    /// The row has the wrong number of values.
    #[error("feature row has {found} values, expected {expected}")]
    Width {
        /// Number of values.
        found: usize,
        /// Number of features of the model.
        expected: usize,
    },
    /// A value is NaN or infinite.
    #[error("feature `{name}` is {value}, expected a finite number")]
    NotFinite {
        /// Name of the feature.
        name: String,
        /// Its value.
        value: f64,
    },
}

/// Rejects more of a part than an artifact may have.
pub(crate) fn check_limit(part: &'static str, found: usize, limit: usize) -> Result<(), ArtifactError> {
    if found > limit { Err(ArtifactError::TooMany { part, found, limit }) } else { Ok(()) }
}
