//! How well one colour is read on another (WCAG 2.2).

/// The contrast that text needs (success criterion 1.4.3).
pub const SMALL_TEXT: f64 = 4.5;
/// The contrast that large text needs, which is of 24 pixels (18 points) or more (success criterion 1.4.3).
pub const LARGE_TEXT: f64 = 3.0;

/// The contrast ratio of two colours, each like `#1f3d36`: from 1 to 21.
pub fn ratio(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: &str) -> f64 {
    let channel = |from: usize| {
        let value = colour.get(from..from + 2).and_then(|d| u8::from_str_radix(d, 16).ok()).unwrap_or_default();
        let share = f64::from(value) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_on_white_has_the_highest_contrast() {
        assert!((ratio("#000000", "#ffffff") - 21.0).abs() < 0.01);
        assert!(ratio("#777777", "#ffffff") < SMALL_TEXT);
        assert!(ratio("#757575", "#ffffff") > SMALL_TEXT);
    }
}
