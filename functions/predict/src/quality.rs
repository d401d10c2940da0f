//! Quality of the stored bars, from the quality report of `ingest`.

use jiff::Timestamp;
use market_data::{
    Interval, Symbol,
    gaps::{GapState, QualityReport, TrackedGap},
    quality::QualityFinding,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Maximum number of gaps in an answer.
pub const MAX_GAPS: usize = 5;
/// Maximum number of findings in an answer.
pub const MAX_FLAGS: usize = 10;

/// Error of a quality report that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QualityReportError {
    /// The object is not JSON of the expected shape.
    #[error("the quality report is not readable")]
    Json(#[from] serde_json::Error),
    /// The report is about other bars.
    #[error("the quality report is about {found} bars")]
    Other {
        /// Symbol and interval of the report.
        found: String,
    },
}

/// Reads the quality report of `symbol` and `interval`.
///
/// # Errors
/// The bytes are no such report.
pub fn read(bytes: &[u8], symbol: &Symbol, interval: Interval) -> Result<QualityReport, QualityReportError> {
    let report: QualityReport = serde_json::from_slice(bytes)?;
    if report.symbol != *symbol || report.interval != interval {
        return Err(QualityReportError::Other { found: format!("{} {}", report.symbol, report.interval) });
    }
    Ok(report)
}

/// Quality of the stored bars.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DataQuality {
    /// Time at which `ingest` wrote the quality report.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Number of gaps that are still searched for.
    pub open_gaps: usize,
    /// Number of missing bars in open gaps.
    pub open_gap_bars: i64,
    /// Number of gaps that no source could fill.
    pub outages: usize,
    /// Number of missing bars in outages.
    pub outage_bars: i64,
    /// At most five gaps: open ones, then outages, each newest first.
    pub latest_gaps: Vec<GapStatus>,
    /// At most ten quality findings, newest first.
    #[schema(value_type = Vec<crate::schema::QualityFinding>)]
    pub flags: Vec<QualityFinding>,
}

/// Consecutive missing bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GapStatus {
    /// Open time of the first missing bar.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Open time of the last missing bar.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Number of missing bars.
    pub bars: i64,
    /// State of the search for this gap.
    #[schema(value_type = crate::schema::GapState)]
    pub state: GapState,
}

impl From<&QualityReport> for DataQuality {
    fn from(report: &QualityReport) -> Self {
        let (open_gaps, open_gap_bars) = count_gaps(&report.gaps, GapState::Open);
        let (outages, outage_bars) = count_gaps(&report.gaps, GapState::Outage);
        Self {
            updated_at: report.updated_at,
            open_gaps,
            open_gap_bars,
            outages,
            outage_bars,
            latest_gaps: latest_gaps(&report.gaps).take(MAX_GAPS).map(GapStatus::from).collect(),
            flags: report.findings.iter().rev().take(MAX_FLAGS).cloned().collect(),
        }
    }
}

impl From<&TrackedGap> for GapStatus {
    fn from(gap: &TrackedGap) -> Self {
        Self { from: gap.from, to: gap.to, bars: gap.bars, state: gap.state }
    }
}

/// Open gaps, then outages, each newest first. A quality report lists them in ascending order.
fn latest_gaps(gaps: &[TrackedGap]) -> impl Iterator<Item = &TrackedGap> {
    let in_state = |state| gaps.iter().rev().filter(move |gap| gap.state == state);
    in_state(GapState::Open).chain(in_state(GapState::Outage))
}

/// Number of gaps in `state`, and of missing bars in them.
fn count_gaps(gaps: &[TrackedGap], state: GapState) -> (usize, i64) {
    gaps.iter()
        .filter(|gap| gap.state == state)
        .fold((0, 0), |(gaps, bars), gap| (gaps + 1, gap.bars.saturating_add(bars)))
}
