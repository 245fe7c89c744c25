//! Times as RFC 3339 writes them, in UTC.

use crate::Error;

/// 9999-12-31T23:59:59Z.
const MOST: i64 = 253_402_300_799;

/// `2024-05-17T09:30:00Z` for seconds since 1970.
///
/// # Errors
/// A year outside 1970 to 9999.
pub(crate) fn rfc3339(seconds: i64) -> Result<String, Error> {
    if !(0..=MOST).contains(&seconds) {
        return Err(Error::BadTime { seconds });
    }
    let (mut days, of_day) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    while days >= length(year) {
        days -= length(year);
        year += 1;
    }
    let mut month = 1;
    for len in [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < len {
            break;
        }
        days -= len;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    Ok(format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", days + 1))
}

fn length(year: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    365 + i64::from(leap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(rfc3339(0).unwrap(), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_827_696).unwrap(), "2000-02-29T12:34:56Z");
        assert_eq!(rfc3339(4_107_542_400).unwrap(), "2100-03-01T00:00:00Z");
        assert_eq!(rfc3339(MOST).unwrap(), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339(-1).unwrap_err().to_string(), "the time -1 is not in the years 1970 to 9999");
        assert!(rfc3339(MOST + 1).is_err());
    }
}
