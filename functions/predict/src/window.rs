//! The latest window as predict trusts it.

use market_data::{BarError, Interval, Symbol, bar::validate_bars, window::BarWindow};

/// Why a window object may not be used.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// It is not JSON of the right shape.
    #[error("the window is not readable")]
    Json(#[from] serde_json::Error),
    /// It holds the bars of something else.
    #[error("the window holds {found} bars")]
    Other {
        /// Of what.
        found: String,
    },
    /// It holds no bars.
    #[error("the window is empty")]
    Empty,
    /// A bar in it breaks a rule.
    #[error("the window is not valid")]
    Bars(#[from] BarError),
}

/// The window in `bytes`, if it is one of `symbol` and `interval` and every bar is valid.
///
/// # Errors
/// Otherwise.
pub fn read(bytes: &[u8], symbol: &Symbol, interval: Interval) -> Result<BarWindow, WindowError> {
    let window: BarWindow = serde_json::from_slice(bytes)?;
    if window.symbol != *symbol || window.interval != interval {
        return Err(WindowError::Other { found: format!("{} {}", window.symbol, window.interval) });
    }
    if window.bars.is_empty() {
        return Err(WindowError::Empty);
    }
    validate_bars(&window.bars, interval)?;
    Ok(window)
}
