//! Artifact to bytes.

use super::{BYTES_PER_NODE, FORMAT, Header, LEAF, MAGIC, MAX_BYTES, PREFIX};
use crate::{Artifact, ArtifactError, Forest, Logistic, Model, Node};

impl Artifact {
    /// The file: the same bytes for the same artifact, on every machine.
    ///
    /// # Errors
    /// [`ArtifactError`] when the artifact is one that [`Artifact::from_bytes`] would refuse.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        self.check()?;
        let (trees, nodes) = match &self.model {
            Model::RandomForest(forest) => (size(forest.roots.len())?, size(forest.nodes.len())?),
            Model::Climatology | Model::Logistic(_) => (0, 0),
        };
        let header = serde_json::to_vec(&Header {
            series: self.series.clone(),
            run: self.run.clone(),
            family: self.family(),
            feature_set: self.feature_set.clone(),
            feature_names: self.feature_names.clone(),
            trained_at: self.trained_at,
            trained_through: self.trained_through,
            base_rate: self.base_rate,
            edge: self.edge,
            band_half_width: self.band_half_width,
            calibration: self.calibration,
            shrinkage: self.shrinkage,
            trees,
            nodes,
        })?;
        let mut bytes = Vec::with_capacity(PREFIX + header.len());
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(size(header.len())?.to_le_bytes());
        bytes.extend(header);
        match &self.model {
            Model::Climatology => {}
            Model::Logistic(model) => encode_logistic(model, &mut bytes),
            Model::RandomForest(model) => encode_forest(model, &mut bytes),
        }
        if bytes.len() > MAX_BYTES {
            return Err(ArtifactError::TooLarge { bytes: bytes.len(), limit: MAX_BYTES });
        }
        Ok(bytes)
    }
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
            Node::Split { feature, left, threshold } => (feature, left, threshold),
            Node::Leaf { value } => (LEAF, 0, value),
        })
    };
    bytes.extend(nodes().flat_map(|(feature, _, _)| feature.to_le_bytes()));
    bytes.extend(nodes().flat_map(|(_, left, _)| left.to_le_bytes()));
    bytes.extend(nodes().flat_map(|(_, _, value)| value.to_le_bytes()));
}

fn size(n: usize) -> Result<u32, ArtifactError> {
    u32::try_from(n).map_err(|_| ArtifactError::TooLarge { bytes: n, limit: MAX_BYTES })
}
