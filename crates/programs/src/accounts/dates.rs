//! Dates in the shadow file: days since 1970.

/// `YYYY-MM-DD` or a number as days since 1970; -1 and nothing are nothing; none if it is neither.
pub(crate) fn days(text: &str) -> Option<String> {
    if text.is_empty() || text == "-1" {
        return Some(String::new());
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year @ 0..=9999, month @ 1..=12, day @ 1..=31] = parts[..] else { return None };
    Some(from_civil(year, month, day).to_string())
}

/// Days since 1970 of a date of the Gregorian calendar: years counted from March, so that the day that
/// leap years add is the last one.
fn from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    // 719,468 days from 0000-03-01 to 1970-01-01; 146,097 days in 400 years.
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970, `YYYY-MM-DD`.
pub(crate) fn date(day: i64) -> String {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        for (text, day) in
            [("1970-01-01", 0), ("2020-01-01", 18_262), ("2030-01-01", 21_915), ("2024-02-29", 19_782)]
        {
            assert_eq!(days(text).unwrap(), day.to_string());
            assert_eq!(date(day), text);
        }
        assert_eq!(days("-1").unwrap(), "");
        assert_eq!(days("soon"), None);
    }
}
