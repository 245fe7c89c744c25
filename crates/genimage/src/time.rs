//! Times as debugfs takes them.

/// Seconds since 1970: `@seconds`, or `YYYYMMDD` with hours, minutes and seconds behind it, in UTC
/// (debugfs(8), `set_current_time`; e2fsprogs, debugfs/util.c, `string_to_time`).
pub(crate) fn parse(text: &str) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().ok();
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(text.len(), 8 | 10 | 12 | 14) {
        return None;
    }
    let field = |from: usize, len: usize| {
        text.get(from..from + len).map_or(Some(0), |digits| digits.parse::<i64>().ok())
    };
    let (year, month, day) = (field(0, 4)?, field(4, 2)?, field(6, 2)?);
    let (hour, minute, second) = (field(8, 2)?, field(10, 2)?, field(12, 2)?);
    let fits =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    fits.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01 in the Gregorian calendar, whose years begin with March here, so that the
/// odd day of a leap year is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // Months alternate between 31 and 30 days, but for July and August: 153 days in five of them.
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_seconds_since_1970() {
        for (text, seconds) in [
            ("@12", 12),
            ("19700101", 0),
            ("20000229000000", 951_782_400),
            ("20201231235959", 1_609_459_199),
            ("2024030112", 1_709_294_400),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in ["", "@", "2020", "20201301", "2020010125", "202001x1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
