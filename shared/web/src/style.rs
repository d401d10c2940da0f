//! Tests of the colour contrast in both schemes, by WCAG 2.2 AA.

use crate::STYLE;
use std::collections::BTreeMap;

/// Colours of text.
const TEXT: [&str; 6] = ["text", "muted", "forecast", "up", "down", "note"];
/// Colours of lines and areas that carry meaning.
const GRAPHICS: [&str; 6] = ["price", "forecast", "up", "down", "note", "muted"];

/// Variables of the n-th `:root` block.
fn scheme(n: usize) -> BTreeMap<&'static str, &'static str> {
    let block = STYLE.split(":root {").nth(n + 1).unwrap().split('}').next().unwrap();
    let pairs = block.split(';').filter_map(|line| line.trim().strip_prefix("--")?.split_once(": "));
    pairs.collect()
}

/// Relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_and_graphics_have_enough_contrast_in_both_schemes() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    for (n, name) in [(0, "light"), (1, "dark")] {
        let colours = scheme(n);
        assert!(colours.len() >= 11, "{colours:?}");
        for back in ["back", "card"] {
            for text in TEXT {
                let ratio = contrast(colours[text], colours[back]);
                assert!(ratio >= 4.5, "{name}: {text} on {back} {ratio:.2}");
            }
        }
        for graphic in GRAPHICS {
            for back in ["card", "track"] {
                let ratio = contrast(colours[graphic], colours[back]);
                assert!(ratio >= 3.0, "{name}: {graphic} on {back} {ratio:.2}");
            }
        }
    }
}
