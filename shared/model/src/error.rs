//! Why an artifact is refused, or cannot forecast.

/// Why bytes are not an artifact that may serve.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Not the file that was registered.
    #[error("SHA-256 is {actual}, but {expected} was registered")]
    Hash {
        /// What the registry says.
        expected: String,
        /// What the bytes have.
        actual: String,
    },
    /// Not an artifact at all.
    #[error("not a model artifact: it does not start with WVMA")]
    Magic,
    /// Written by a version of the code that this one cannot read.
    #[error("artifact format {found}, but this code reads format {expected}")]
    FormatVersion {
        /// What the file says.
        found: u32,
        /// What this code reads.
        expected: u32,
    },
    /// Made from another version of the feature set.
    #[error("artifact has feature set `{found}`, but this code computes `{expected}`: train the series again")]
    FeatureSet {
        /// Version in the file, shortened and in printable characters.
        found: String,
        /// Version that this code computes.
        expected: &'static str,
    },
    /// Another number of features than its version of the set has.
    #[error(
        "artifact has {found} features, but feature set `{set}` has {expected}: the file was not written by this code"
    )]
    FeatureCount {
        /// Number in the file.
        found: usize,
        /// Number of the set.
        expected: usize,
        /// Version of the set.
        set: &'static str,
    },
    /// Another name, or another order of names, than its version of the set has.
    #[error(
        "feature {place} of the artifact is `{found}`, but `{expected}` in feature set `{set}`: other names, or another order"
    )]
    FeatureName {
        /// Place of the first feature that differs, from 0.
        place: usize,
        /// Name in the file, shortened and in printable characters.
        found: String,
        /// Name in the set.
        expected: &'static str,
        /// Version of the set.
        set: &'static str,
    },
    /// More of something than an artifact may have, by which memory and time of an answer are bounded.
    #[error("artifact has {found} {part}, at most {limit} are allowed")]
    TooMany {
        /// Name of the part.
        part: &'static str,
        /// Number in the file.
        found: usize,
        /// Largest number allowed.
        limit: usize,
    },
    /// Larger than any artifact this code writes.
    #[error("artifact of {bytes} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Ends early, or goes on after its end.
    #[error("artifact holds {found} {part}, expected {expected}")]
    Length {
        /// Of what.
        part: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The header is not what this code writes.
    #[error("malformed artifact header")]
    Header {
        /// Why.
        #[from]
        source: serde_json::Error,
    },
    /// A number makes no sense.
    #[error("artifact's {name} is {value}, expected {expected}")]
    Value {
        /// Which.
        name: &'static str,
        /// What it was.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// A calibration that is not one.
    #[error("calibration: {problem}")]
    Calibration {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A member is not of the kind it says.
    #[error("member {member}: {problem}")]
    Member {
        /// Which member.
        member: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A tree could not be walked.
    #[error("node {node} of a forest: {problem}")]
    Tree {
        /// Which node.
        node: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Why there is no forecast for a feature row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PredictError {
    /// Too few or too many values.
    #[error("{found} feature values, but the model takes {expected}")]
    Width {
        /// How many were given.
        found: usize,
        /// How many it takes.
        expected: usize,
    },
    /// A value is NaN or infinite.
    #[error("feature `{name}` is {value}, expected a finite number")]
    NotFinite {
        /// Which feature.
        name: String,
        /// What it was.
        value: f64,
    },
}
