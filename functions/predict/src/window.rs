//! Reading of the bar window.

use market_data::{BarError, Interval, Symbol, bar::validate_bars, window::BarWindow};

/// Error of a bar window that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The object is not JSON of the expected shape.
    #[error("the window is not readable")]
    Json(#[from] serde_json::Error),
    /// The window has other bars.
    #[error("the window holds {found} bars")]
    Other {
        /// Symbol and interval of the window.
        found: String,
    },
    /// The window has no bars.
    #[error("the window is empty")]
    Empty,
    /// A bar of the window is invalid.
    #[error("the window is not valid")]
    Bars(#[from] BarError),
}

/// Reads the bar window of `symbol` and `interval`.
///
/// # Errors
/// The bytes are no such window, or one of its bars is invalid.
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
