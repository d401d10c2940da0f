//! Text of a caller, short enough for a message or a log line.

use std::borrow::Cow;

/// Length limit of a name in a message: a path, parameter, header or method.
pub(crate) const MAX_NAME_CHARS: usize = 120;
/// Length limit of a value of a body in a message.
pub(crate) const MAX_VALUE_CHARS: usize = 40;

/// First `max_chars` characters of `text`, followed by `...` where it is longer.
pub(crate) fn truncate(text: &str, max_chars: usize) -> Cow<'_, str> {
    text.char_indices()
        .nth(max_chars)
        .map_or(Cow::Borrowed(text), |(end, _)| Cow::Owned(format!("{}...", &text[..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_longer_text_is_cut_and_marked() {
        for (text, expected) in
            [("", ""), ("abc", "abc"), ("abcd", "abc..."), ("\u{e4}\u{f6}\u{fc}\u{df}", "\u{e4}\u{f6}\u{fc}...")]
        {
            assert_eq!(truncate(text, 3), expected);
        }
    }
}
