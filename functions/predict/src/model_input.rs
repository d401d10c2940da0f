//! Model input of the stored bars.

use contracts::distribution::Quantiles;
use features::FeatureRow;
use market_data::window::BarWindow;
use model::Artifact;
use std::sync::{Arc, OnceLock};

/// Results that depend on nothing but a bar window and an artifact. The first forecast computes them, and later ones of the same
/// window and artifact reuse them.
#[derive(Debug, Default)]
pub struct ModelInput {
    /// Feature row of the last bar.
    pub(crate) row: OnceLock<Option<FeatureRow>>,
    /// Quantiles of the distribution model at the last bar.
    pub(crate) quantiles: OnceLock<Option<Quantiles>>,
}

/// Model input with the objects that it was computed from.
#[derive(Debug, Clone)]
pub(crate) struct CachedInput {
    artifact: Option<Arc<Artifact>>,
    window: Option<Arc<BarWindow>>,
    pub(crate) input: Arc<ModelInput>,
}

impl CachedInput {
    /// Empty model input of these objects.
    pub(crate) fn new(artifact: Option<Arc<Artifact>>, window: Option<Arc<BarWindow>>) -> Self {
        Self { artifact, window, input: Arc::default() }
    }

    /// True if it belongs to exactly these objects in memory, not to equal ones.
    pub(crate) fn is_of(&self, artifact: Option<&Arc<Artifact>>, window: Option<&Arc<BarWindow>>) -> bool {
        is_same(self.artifact.as_ref(), artifact) && is_same(self.window.as_ref(), window)
    }
}

fn is_same<T>(a: Option<&Arc<T>>, b: Option<&Arc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}
