//! Decoding of untrusted bytes. Sizes are compared with the file and with the limits before any allocation.

use super::{
    BYTES_PER_NODE, FORMAT_VERSION, Header, LEAF, MAGIC, MAX_BYTES, MAX_HEADER_BYTES, MemberHeader,
    OLDEST_FORMAT_VERSION,
};
use crate::{
    Artifact, ArtifactError, Boosted, Family, Forest, Logistic, MAX_MEMBERS, Member, Model, Node, error::check_limit,
};
use contracts::costs::CallReturns;

const PARAMETERS: &str = "bytes of model parameters";

impl Artifact {
    /// Decodes a file with this registered hash.
    ///
    /// # Errors
    /// Returns an error for another hash, format version or feature set, and for invalid content.
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

    /// Decodes a file without comparing its hash.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let mut reader = Reader { rest: bytes };
        if reader.take(MAGIC.len(), "bytes of magic number").ok() != Some(MAGIC) {
            return Err(ArtifactError::Magic);
        }
        let found = reader.u32("bytes of format version")?;
        if !(OLDEST_FORMAT_VERSION..=FORMAT_VERSION).contains(&found) {
            return Err(ArtifactError::FormatVersion { found, expected: FORMAT_VERSION });
        }
        let length = reader.u32("bytes of header length")? as usize;
        check_limit("bytes of header", length, MAX_HEADER_BYTES)?;
        let header: Header = serde_json::from_slice(reader.take(length, "bytes of header")?)?;
        let members = reader.members(&header)?;
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
            members,
            trained_range: header.trained_range,
            distribution: header.distribution,
        };
        let later_parts = [
            ("a distribution", 3, artifact.distribution.is_some()),
            ("a trained range", 4, artifact.trained_range.is_some()),
            ("returns after costs", 4, artifact.edge.after_costs != CallReturns::UNKNOWN),
        ];
        if let Some((part, first, _)) = later_parts.into_iter().find(|(_, first, has)| found < *first && *has) {
            // Rejected, because a second encoding of the same artifact would have a second hash.
            return Err(ArtifactError::PartInOlderFormat { part, found, first });
        }
        artifact.validate()?;
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

    /// Decodes the members' arrays. They must be exactly the rest of the file.
    fn members(&mut self, header: &Header) -> Result<Vec<Member>, ArtifactError> {
        let features = header.feature_names.len();
        check_limit("members", header.members.len(), MAX_MEMBERS)?;
        let mut expected = Some(0_usize);
        for (member, entry) in header.members.iter().enumerate() {
            let bytes = entry.bytes(features).map_err(|problem| ArtifactError::Member { member, problem })?;
            expected = expected.zip(bytes).and_then(|(sum, bytes)| sum.checked_add(bytes));
        }
        let (part, found) = (PARAMETERS, self.rest.len());
        if expected != Some(found) {
            return Err(ArtifactError::Length { part, found, expected: expected.unwrap_or(usize::MAX) });
        }
        header.members.iter().map(|entry| self.member(entry, features)).collect()
    }

    fn member(&mut self, entry: &MemberHeader, features: usize) -> Result<Member, ArtifactError> {
        let model = match entry.family {
            Family::Boosting => Model::Boosted(Boosted { base: self.f64()?, trees: self.forest(entry)? }),
            Family::RandomForest | Family::ExtraTrees => Model::Forest(self.forest(entry)?),
            // The last two were already rejected with the size of the member.
            Family::Logistic | Family::Climatology | Family::Ensemble => Model::Logistic(Logistic {
                intercept: self.f64()?,
                means: self.f64s(features)?,
                scales: self.f64s(features)?,
                weights: self.f64s(features)?,
            }),
        };
        Ok(Member { family: entry.family, weight: entry.weight, model })
    }

    fn f64(&mut self) -> Result<f64, ArtifactError> {
        Ok(numbers(self.take(8, PARAMETERS)?, f64::from_le_bytes).next().unwrap_or(f64::NAN))
    }

    fn f64s(&mut self, n: usize) -> Result<Vec<f64>, ArtifactError> {
        Ok(numbers(self.take(n * 8, PARAMETERS)?, f64::from_le_bytes).collect())
    }

    fn forest(&mut self, entry: &MemberHeader) -> Result<Forest, ArtifactError> {
        let (trees, nodes) = (entry.trees as usize, entry.nodes as usize);
        let roots = numbers(self.take(trees * 4, PARAMETERS)?, u32::from_le_bytes).collect();
        let feature = numbers(self.take(nodes * 2, PARAMETERS)?, u16::from_le_bytes);
        let left = numbers(self.take(nodes * 4, PARAMETERS)?, u32::from_le_bytes);
        let value = numbers(self.take(nodes * 8, PARAMETERS)?, f64::from_le_bytes);
        let cover = numbers(self.take(nodes * 4, PARAMETERS)?, f32::from_le_bytes);
        let nodes = feature.zip(left).zip(value).zip(cover).enumerate();
        let nodes = nodes.map(|(node, (((feature, left), value), cover))| match (feature, left) {
            (LEAF, 0) => Ok(Node::Leaf { value, cover }),
            // Rejected, because a second encoding of the same forest would have a second hash.
            (LEAF, _) => Err(ArtifactError::Tree { node, problem: "a leaf has a left child" }),
            _ => Ok(Node::Split { feature, left, threshold: value, cover }),
        });
        Ok(Forest { roots, nodes: nodes.collect::<Result<_, _>>()? })
    }
}

impl MemberHeader {
    /// Size of its arrays in bytes, or `None` on overflow. Returns an error for an impossible member.
    fn bytes(&self, features: usize) -> Result<Option<usize>, &'static str> {
        let (trees, nodes) = (self.trees as usize, self.nodes as usize);
        let forest = || nodes.checked_mul(BYTES_PER_NODE).and_then(|n| trees.checked_mul(4)?.checked_add(n));
        match self.family {
            Family::Logistic if trees == 0 && nodes == 0 => {
                Ok(features.checked_mul(3 * 8).and_then(|n| n.checked_add(8)))
            }
            Family::Logistic => Err("a logistic regression has no trees"),
            Family::RandomForest | Family::ExtraTrees => Ok(forest()),
            Family::Boosting => Ok(forest().and_then(|n| n.checked_add(8))),
            Family::Climatology | Family::Ensemble => Err("a member cannot have this family"),
        }
    }
}

/// Numbers of `N` bytes each in `bytes`; an incomplete last one is ignored.
fn numbers<'a, T, const N: usize>(bytes: &'a [u8], read: fn([u8; N]) -> T) -> impl Iterator<Item = T> + 'a
where
    T: 'a,
{
    bytes.as_chunks::<N>().0.iter().map(move |&chunk| read(chunk))
}
