//! Patterns of LIKE and ILIKE: `%` stands for any text, `_` for one character.

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    characters: Vec<char>,
    ignores_case: bool,
}

impl Pattern {
    pub(super) fn new(text: &str, ignores_case: bool) -> Self {
        let characters = if ignores_case { text.to_lowercase().chars().collect() } else { text.chars().collect() };
        Self { characters, ignores_case }
    }

    /// True if the whole text matches. A text of n characters takes at most n times the pattern's length steps.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> =
            if self.ignores_case { text.to_lowercase().chars().collect() } else { text.chars().collect() };
        let pattern = &self.characters;
        let (mut at, mut position) = (0, 0);
        // After the last `%`, and the text that it stands for ends at the second number.
        let mut resume: Option<(usize, usize)> = None;
        while let Some(character) = text.get(position) {
            match pattern.get(at) {
                Some('%') => {
                    resume = Some((at + 1, position));
                    at += 1;
                }
                Some(expected) if *expected == '_' || expected == character => {
                    at += 1;
                    position += 1;
                }
                _ => {
                    let Some((after, end)) = resume else { return false };
                    resume = Some((after, end + 1));
                    (at, position) = (after, end + 1);
                }
            }
        }
        pattern.iter().skip(at).all(|rest| *rest == '%')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards_stand_for_texts_and_characters() {
        for (pattern, text, matches) in [
            ("", "", true),
            ("%", "", true),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%b%", "abc", true),
            ("a_c", "abc", true),
            ("a_c", "ac", false),
            ("%ab", "aab", true),
            ("%ab%cd", "xabyabzcd", true),
            ("a%", "b", false),
            ("a.c", "abc", false),
            ("A%", "abc", false),
            ("é_", "éa", true),
            ("a%\n", "ab\n", true),
        ] {
            assert_eq!(Pattern::new(pattern, false).matches(text), matches, "{pattern} {text}");
        }
        assert!(Pattern::new("A%É", true).matches("abé"));
    }

    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['%', rest @ ..], _) => {
                slow(rest, text) || text.split_first().is_some_and(|(_, tail)| slow(pattern, tail))
            }
            ([first, rest @ ..], [character, tail @ ..]) => (*first == '_' || first == character) && slow(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "[ab%_]{0,8}", text in "[ab]{0,8}") {
            let characters: (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(Pattern::new(&pattern, false).matches(&text), slow(&characters.0, &characters.1));
        }
    }
}
