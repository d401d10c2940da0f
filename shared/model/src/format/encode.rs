//! Encoding of an artifact.

use super::{
    BYTES_PER_NODE, FORMAT_VERSION, Header, LEAF, MAGIC, MAX_BYTES, MAX_HEADER_BYTES, MemberHeader, PREFIX_BYTES,
};
use crate::{Artifact, ArtifactError, Forest, Logistic, Member, Model, Node, error::check_limit};

impl Artifact {
    /// Encodes the artifact. The bytes are the same on every machine.
    ///
    /// # Errors
    /// Returns an error if [`Artifact::from_bytes`] would reject the artifact.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        self.validate()?;
        let header = serde_json::to_vec(&Header {
            series: self.series.clone(),
            run: self.run.clone(),
            feature_set: self.feature_set.clone(),
            feature_names: self.feature_names.clone(),
            trained_at: self.trained_at,
            trained_through: self.trained_through,
            base_rate: self.base_rate,
            edge: self.edge,
            band_half_width: self.band_half_width,
            calibration: self.calibration.clone(),
            shrinkage: self.shrinkage,
            members: self.members.iter().map(member_header).collect::<Result<_, _>>()?,
            trained_range: self.trained_range.clone(),
            distribution: self.distribution.clone(),
        })?;
        check_limit("bytes of header", header.len(), MAX_HEADER_BYTES)?;
        let mut bytes = Vec::with_capacity(PREFIX_BYTES + header.len());
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend(size(header.len())?.to_le_bytes());
        bytes.extend(header);
        for member in &self.members {
            match &member.model {
                Model::Logistic(model) => encode_logistic(model, &mut bytes),
                Model::Forest(model) => encode_forest(model, &mut bytes),
                Model::Boosted(model) => {
                    bytes.extend(model.base.to_le_bytes());
                    encode_forest(&model.trees, &mut bytes);
                }
            }
        }
        if bytes.len() > MAX_BYTES {
            return Err(ArtifactError::TooLarge { bytes: bytes.len(), limit: MAX_BYTES });
        }
        Ok(bytes)
    }
}

fn member_header(member: &Member) -> Result<MemberHeader, ArtifactError> {
    let (trees, nodes) = match member.model.forest() {
        None => (0, 0),
        Some(forest) => (size(forest.roots.len())?, size(forest.nodes.len())?),
    };
    Ok(MemberHeader { family: member.family, weight: member.weight, trees, nodes })
}

fn encode_logistic(model: &Logistic, bytes: &mut Vec<u8>) {
    bytes.extend(model.intercept.to_le_bytes());
    for values in [&model.means, &model.scales, &model.weights] {
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
}

fn encode_forest(forest: &Forest, bytes: &mut Vec<u8>) {
    bytes.reserve(forest.roots.len() * 4 + forest.nodes.len() * BYTES_PER_NODE);
    bytes.extend(forest.roots.iter().flat_map(|root| root.to_le_bytes()));
    let nodes = || {
        forest.nodes.iter().map(|node| match *node {
            Node::Split { feature, left, threshold, cover } => (feature, left, threshold, cover),
            Node::Leaf { value, cover } => (LEAF, 0, value, cover),
        })
    };
    bytes.extend(nodes().flat_map(|(feature, _, _, _)| feature.to_le_bytes()));
    bytes.extend(nodes().flat_map(|(_, left, _, _)| left.to_le_bytes()));
    bytes.extend(nodes().flat_map(|(_, _, value, _)| value.to_le_bytes()));
    bytes.extend(nodes().flat_map(|(_, _, _, cover)| cover.to_le_bytes()));
}

fn size(n: usize) -> Result<u32, ArtifactError> {
    u32::try_from(n).map_err(|_| ArtifactError::TooLarge { bytes: n, limit: MAX_BYTES })
}
