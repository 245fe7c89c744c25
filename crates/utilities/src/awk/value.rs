//! Values: numbers, texts, and texts of the input that look like numbers.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A variable that was never set: both 0 and empty.
    None,
    Number(f64),
    Text(String),
    /// From the input: a number if it looks like one.
    Input(String),
}

impl Value {
    pub(super) fn truth(value: bool) -> Self {
        Self::Number(f64::from(u8::from(value)))
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Number(number) => *number,
            Self::Text(text) | Self::Input(text) => leading(text).0,
        }
    }

    /// As it is printed; integers plainly, others as `%.6g`.
    pub(super) fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Number(number) => show(*number),
            Self::Text(text) | Self::Input(text) => text.clone(),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Input(text) => self.numeric().map_or(!text.is_empty(), |number| number != 0.0),
        }
    }

    /// Its number, if it counts as one in comparisons.
    pub(super) fn numeric(&self) -> Option<f64> {
        match self {
            Self::None => Some(0.0),
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
            Self::Input(text) => {
                let trimmed = text.trim_matches([' ', '\t', '\n']);
                let (number, len) = leading(trimmed);
                (len > 0 && len == trimmed.len()).then_some(number)
            }
        }
    }

    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self.numeric(), other.numeric()) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => self.text().as_bytes().cmp(other.text().as_bytes()),
        }
    }
}

/// The number that a text starts with, behind blanks, and where it ends.
fn leading(text: &str) -> (f64, usize) {
    let body = text.trim_start_matches([' ', '\t', '\n']);
    let start = text.len() - body.len();
    let bytes = body.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return (0.0, 0);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at + 1 + sign <= bytes.len() { digits(at + 1 + sign) } else { 0 };
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    (body[..at].parse().unwrap_or(0.0), start + at)
}

/// A number as text.
pub(super) fn show(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e16 {
        // No negative zero.
        return format!("{}", number as i64);
    }
    general(number, 6)
}

/// `%.Ng`
pub(super) fn general(number: f64, precision: usize) -> String {
    let precision = precision.max(1);
    if number == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{number:.*e}", precision - 1);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let strip = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if exponent < -4 || exponent >= precision as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", strip(digits), exponent.abs());
    }
    strip(&format!("{number:.*}", (precision as i32 - 1 - exponent).max(0) as usize))
}
