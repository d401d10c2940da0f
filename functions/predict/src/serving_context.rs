//! Everything that was loaded for a forecast of one series.

use crate::{
    baseline::{Baseline, StoredExperts},
    champion::{ServingModel, ServingStatus},
    model_input::ModelInput,
    problem::{Problem, ProblemKind},
};
use contracts::{Warning, distribution::OddsSizes};
use jiff::Timestamp;
use market_data::{Series, window::BarWindow};
use std::{borrow::Cow, sync::Arc};

/// Model, bars and baseline of a series, with warnings about loading them.
#[derive(Debug, Clone, Default)]
pub struct ServingContext {
    /// Model that serves; absent without a usable one.
    pub champion: Option<ServingModel>,
    /// Latest bars; absent before the first ingest, or when they could not be read.
    pub window: Option<Arc<BarWindow>>,
    /// Climatology of the newest stored forecast.
    pub baseline: Baseline,
    /// Experts of the newest stored forecast; absent without one.
    pub experts: Option<Arc<StoredExperts>>,
    /// Sizes of moves in the odds; absent for the default of the series.
    pub odds_sizes: Option<OddsSizes>,
    /// Model input of the window, computed once for the same window and champion.
    pub model_input: Arc<ModelInput>,
    /// Warnings about loading.
    pub warnings: Vec<Warning>,
}

impl ServingContext {
    /// True if the champion itself serves, there are bars, and nothing failed to load.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let champion = self.champion.as_ref().is_some_and(|champion| champion.status == ServingStatus::Champion);
        champion && self.window.is_some() && self.baseline != Baseline::Unread && self.warnings.is_empty()
    }

    /// Time that counts as now for the bars: `clock`, or for replayed history the time that the replay has reached.
    #[must_use]
    pub fn now(&self, clock: Timestamp) -> Timestamp {
        self.window.as_ref().map_or(clock, |window| window.now(clock))
    }

    /// Warning that the bars are replayed history.
    #[must_use]
    pub fn replay_warning(&self) -> Option<Warning> {
        self.window.as_ref().and_then(|window| window.replayed_to()).map(Warning::replayed_data)
    }

    /// Sizes of moves in the odds of `series`.
    pub(crate) fn odds_sizes(&self, series: &Series) -> Cow<'_, OddsSizes> {
        self.odds_sizes.as_ref().map_or_else(|| Cow::Owned(OddsSizes::for_series(series)), Cow::Borrowed)
    }

    /// Problem of a series that has neither a model nor bars: [`ProblemKind::NoData`], or [`ProblemKind::Unavailable`] when
    /// a store could not be read.
    pub(crate) fn no_data_problem(&self, series: &Series) -> Problem {
        match &self.warnings[..] {
            [] => Problem::new(ProblemKind::NoData, format!("there is neither a model nor a bar for {series} yet")),
            warnings => {
                let reasons: Vec<&str> = warnings.iter().map(|warning| warning.message.as_str()).collect();
                let detail = format!("{series} cannot be forecast now: {}", reasons.join("; "));
                Problem::new(ProblemKind::Unavailable, detail)
            }
        }
    }
}
