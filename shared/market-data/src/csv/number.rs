//! Prices and volumes.

/// Notation of numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// Notation of programs: `1234.5`.
    Plain,
    /// Notation for people: `1,234.50`, and `12.3K`, `4.5M` or `6B` for volumes.
    Grouped,
}

/// Reads a number.
///
/// # Errors
/// Likely cause, to be appended to a message; empty if unknown.
pub(super) fn parse_number(text: &str, notation: Notation) -> Result<f64, &'static str> {
    let text = text.trim();
    if notation == Notation::Grouped {
        return parse_grouped(text).ok_or("");
    }
    text.parse().map_err(|_| match text {
        "" => ", the cell is empty",
        _ if text.contains(',') && text.contains('.') => "; write it without separators of thousands",
        _ if text.contains(',') => "; write a point for the decimal comma",
        _ => "",
    })
}

fn parse_grouped(text: &str) -> Option<f64> {
    let (digits, factor) = match text.as_bytes().last()? {
        b'K' => (&text[..text.len() - 1], 1e3),
        b'M' => (&text[..text.len() - 1], 1e6),
        b'B' => (&text[..text.len() - 1], 1e9),
        _ => (text, 1.0),
    };
    let integer = digits.split('.').next()?;
    let mut groups = integer.split(',');
    let first = groups.next()?;
    let well_grouped = groups.all(|group| group.len() == 3) && (integer == first || (1..=3).contains(&first.len()));
    let number: f64 = well_grouped.then(|| digits.replace(',', "").parse().ok())??;
    Some(number * factor)
}
