//! How good the stored bars are, by the ledger that ingest keeps.

use jiff::Timestamp;
use market_data::{
    Interval, Symbol,
    gaps::{GapState, QualityReport, TrackedGap},
    quality::QualityFinding,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How many gaps are shown.
pub const GAPS_SHOWN: usize = 5;
/// How many findings are shown.
pub const FLAGS_SHOWN: usize = 10;

/// Why a ledger object may not be used.
#[derive(Debug, thiserror::Error)]
pub enum QualityReportError {
    /// It is not JSON of the right shape.
    #[error("the ledger is not readable")]
    Json(#[from] serde_json::Error),
    /// It is about other bars.
    #[error("the ledger is about {found} bars")]
    Other {
        /// About which.
        found: String,
    },
}

/// The ledger in `bytes`, if it is the one of `symbol` and `interval`.
///
/// # Errors
/// Otherwise.
pub fn read(bytes: &[u8], symbol: &Symbol, interval: Interval) -> Result<QualityReport, QualityReportError> {
    let ledger: QualityReport = serde_json::from_slice(bytes)?;
    if ledger.symbol != *symbol || ledger.interval != interval {
        return Err(QualityReportError::Other { found: format!("{} {}", ledger.symbol, ledger.interval) });
    }
    Ok(ledger)
}

/// What a reader is told of a ledger.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DataQuality {
    /// When ingest wrote the ledger.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// How many gaps are still looked for.
    pub open_gaps: usize,
    /// How many bars are missing in those.
    pub open_gap_bars: i64,
    /// How many gaps no source could fill.
    pub outages: usize,
    /// How many bars are missing in those.
    pub outage_bars: i64,
    /// At most five: open ones, then outages, each newest first.
    pub latest_gaps: Vec<GapStatus>,
    /// At most ten, newest first.
    pub flags: Vec<QualityFinding>,
}

/// Missing bars in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GapStatus {
    /// Open time of the first missing bar.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Open time of the last missing bar.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// How many are missing.
    pub bars: i64,
    /// Whether they are still looked for.
    pub state: GapState,
}

impl From<&QualityReport> for DataQuality {
    fn from(ledger: &QualityReport) -> Self {
        let (open_gaps, open_gap_bars) = count(&ledger.gaps, GapState::Open);
        let (outages, outage_bars) = count(&ledger.gaps, GapState::Outage);
        Self {
            updated_at: ledger.updated_at,
            open_gaps,
            open_gap_bars,
            outages,
            outage_bars,
            latest_gaps: latest(&ledger.gaps).take(GAPS_SHOWN).map(GapStatus::from).collect(),
            flags: ledger.findings.iter().rev().take(FLAGS_SHOWN).cloned().collect(),
        }
    }
}

impl From<&TrackedGap> for GapStatus {
    fn from(gap: &TrackedGap) -> Self {
        Self { from: gap.from, to: gap.to, bars: gap.bars, state: gap.state }
    }
}

/// Those that are still looked for before outages, the newest first; a ledger is ascending.
fn latest(gaps: &[TrackedGap]) -> impl Iterator<Item = &TrackedGap> {
    let of = |state| gaps.iter().rev().filter(move |gap| gap.state == state);
    of(GapState::Open).chain(of(GapState::Outage))
}

/// How many gaps are in `state`, and how many bars are missing in them.
fn count(gaps: &[TrackedGap], state: GapState) -> (usize, i64) {
    gaps.iter()
        .filter(|gap| gap.state == state)
        .fold((0, 0), |(gaps, bars), gap| (gaps + 1, gap.bars.saturating_add(bars)))
}
