//! Values as they are written in a board's record.

/// Wider lines are broken, as `rustfmt.toml` has it.
const MAX_WIDTH: usize = 110;

/// A string literal.
pub(crate) fn string(text: &str) -> String {
    format!("{text:?}")
}

/// A number with a low line between each three digits.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// `Bytes`, in the largest unit that gives a whole number.
pub(crate) fn bytes(len: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "gib"), (20, "mib"), (10, "kib")];
    let whole = |shift: u32| len != 0 && u64::is_multiple_of(len, 1 << shift);
    match UNITS.into_iter().find(|(shift, _)| whole(*shift)) {
        Some((shift, unit)) => format!("Bytes::{unit}({})", len >> shift),
        None => format!("Bytes({len:#X})").replace("0X", "0x"),
    }
}

/// A reference to an array, for a field: on one line if `name: value,` fits.
pub(crate) fn array(field: &str, items: &[String]) -> String {
    let one_line = format!("&[{}]", items.join(", "));
    if 4 + field.len() + 2 + one_line.len() < MAX_WIDTH {
        return one_line;
    }
    let lines: String = items.iter().map(|item| format!("        {item},\n")).collect();
    format!("&[\n{lines}    ]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_from_five_digits_on() {
        assert_eq!(
            [9600, 115_200, 1_500_000].map(number),
            ["9600".to_owned(), "115_200".to_owned(), "1_500_000".to_owned()]
        );
    }

    #[test]
    fn sizes_take_the_largest_whole_unit() {
        assert_eq!(bytes(1 << 31), "Bytes::gib(2)");
        assert_eq!(bytes(0x2000_0000), "Bytes::mib(512)");
        assert_eq!(bytes(0x4_0000), "Bytes::kib(256)");
        assert_eq!(bytes(0x3F_8200), "Bytes(0x3F8200)");
        assert_eq!(bytes(0), "Bytes(0x0)");
    }

    #[test]
    fn long_arrays_are_broken() {
        assert_eq!(array("x", &["a".to_owned(), "b".to_owned()]), "&[a, b]");
        let long = "a".repeat(60);
        assert_eq!(
            array("x", &[long.clone(), long.clone()]),
            format!("&[\n        {long},\n        {long},\n    ]")
        );
    }
}
