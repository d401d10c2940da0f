//! Bytes to artifact, trusting nothing: sizes are compared with the file's before anything is allocated.

use super::{BYTES_PER_NODE, FORMAT, Header, LEAF, MAGIC, MAX_BYTES};
use crate::{Artifact, ArtifactError, Family, Forest, Logistic, Model, Node};

impl Artifact {
    /// Reads a file whose hash the registry vouches for.
    ///
    /// # Errors
    /// [`ArtifactError`] for another hash, format version or feature set, and for any content that could not serve.
    pub fn from_bytes(bytes: &[u8], expected_sha256: &str) -> Result<Self, ArtifactError> {
        if bytes.len() > MAX_BYTES {
            return Err(ArtifactError::TooLarge { bytes: bytes.len(), limit: MAX_BYTES });
        }
        let actual = Self::sha256(bytes);
        if !actual.eq_ignore_ascii_case(expected_sha256) {
            return Err(ArtifactError::Hash { expected: expected_sha256.to_owned(), actual });
        }
        Self::parse(bytes)
    }

    /// Reads a file without comparing its hash.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let mut reader = Reader { rest: bytes };
        if reader.take(MAGIC.len(), "magic number").ok() != Some(MAGIC) {
            return Err(ArtifactError::Magic);
        }
        let found = reader.u32("format version")?;
        if found != FORMAT {
            return Err(ArtifactError::FormatVersion { found, expected: FORMAT });
        }
        let length = reader.u32("header length")? as usize;
        let header: Header = serde_json::from_slice(reader.take(length, "header")?)?;
        let model = reader.model(&header)?;
        let artifact = Self {
            series: header.series,
            run: header.run,
            feature_set: header.feature_set,
            feature_names: header.feature_names,
            trained_at: header.trained_at,
            trained_through: header.trained_through,
            base_rate: header.base_rate,
            edge: header.edge,
            band_half_width: header.band_half_width,
            calibration: header.calibration,
            shrinkage: header.shrinkage,
            model,
        };
        artifact.check()?;
        Ok(artifact)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize, part: &'static str) -> Result<&'a [u8], ArtifactError> {
        let error = ArtifactError::Length { part, found: self.rest.len(), expected: n };
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(error)?;
        self.rest = rest;
        Ok(taken)
    }

    fn u32(&mut self, part: &'static str) -> Result<u32, ArtifactError> {
        let bytes = self.take(4, part)?;
        Ok(numbers(bytes, u32::from_le_bytes).next().unwrap_or_default())
    }

    /// Whatever is left must be the arrays of the header's family, to the byte.
    fn model(&mut self, header: &Header) -> Result<Model, ArtifactError> {
        let (trees, nodes) = (header.trees as usize, header.nodes as usize);
        let features = header.feature_names.len();
        let expected = match header.family {
            Family::Climatology => Some(0),
            Family::Logistic => features.checked_mul(3 * 8).and_then(|n| n.checked_add(8)),
            Family::RandomForest => {
                nodes.checked_mul(BYTES_PER_NODE).and_then(|n| trees.checked_mul(4)?.checked_add(n))
            }
        };
        let (part, found) = ("model parameters", self.rest.len());
        if expected != Some(found) {
            return Err(ArtifactError::Length { part, found, expected: expected.unwrap_or(usize::MAX) });
        }
        Ok(match header.family {
            Family::Climatology => Model::Climatology,
            Family::Logistic => {
                let mut values = numbers(self.take(found, part)?, f64::from_le_bytes);
                let intercept = values.next().unwrap_or(f64::NAN);
                let mut array = || values.by_ref().take(features).collect();
                Model::Logistic(Logistic { intercept, means: array(), scales: array(), weights: array() })
            }
            Family::RandomForest => {
                let roots = numbers(self.take(trees * 4, part)?, u32::from_le_bytes).collect();
                let feature = numbers(self.take(nodes * 2, part)?, u16::from_le_bytes);
                let left = numbers(self.take(nodes * 4, part)?, u32::from_le_bytes);
                let value = numbers(self.take(nodes * 8, part)?, f64::from_le_bytes);
                let nodes = feature.zip(left).zip(value).enumerate().map(node).collect::<Result<_, _>>()?;
                Model::RandomForest(Forest { roots, nodes })
            }
        })
    }
}

fn node((node, ((feature, left), value)): (usize, ((u16, u32), f64))) -> Result<Node, ArtifactError> {
    match (feature, left) {
        (LEAF, 0) => Ok(Node::Leaf { value }),
        // A second encoding of the same forest would have a second hash.
        (LEAF, _) => Err(ArtifactError::Tree { node, problem: "a leaf with children" }),
        _ => Ok(Node::Split { feature, left, threshold: value }),
    }
}

/// The numbers of `N` bytes each in `bytes`; a rest is left out.
fn numbers<'a, T, const N: usize>(bytes: &'a [u8], read: fn([u8; N]) -> T) -> impl Iterator<Item = T> + 'a
where
    T: 'a,
{
    bytes.as_chunks::<N>().0.iter().map(move |&chunk| read(chunk))
}
