//! Times, always in UTC.

use crate::Error;

/// The seconds that seven bytes can say: 1900-01-01 to 2155-12-31 (ECMA-119, 9.1.5).
const SHORT: (i64, i64) = (-2_208_988_800, 5_869_583_999);

/// The seconds that the volume's dates are taken for: years of four digits, from 1970 on.
const LONG: (i64, i64) = (0, 253_402_300_799);

/// A moment of the Gregorian calendar.
struct Moment {
    year: i64,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Moment {
    fn new(seconds: i64) -> Self {
        let of_day = seconds.rem_euclid(86_400);
        // Days since 0000-03-01: with a year that begins in March the leap day is its last, and
        // the lengths of its months repeat every five (153 days).
        let days = seconds.div_euclid(86_400) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month: month as u8,
            day: (of_year - (153 * from_march + 2) / 5 + 1) as u8,
            hour: (of_day / 3_600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
        }
    }
}

/// The seven bytes of a directory record (ECMA-119, 9.1.5).
///
/// # Errors
/// A year outside 1900 to 2155.
pub(crate) fn short(path: &[u8], seconds: i64) -> Result<[u8; 7], Error> {
    check(path, seconds, SHORT)?;
    let Moment { year, month, day, hour, minute, second } = Moment::new(seconds);
    Ok([(year - 1900) as u8, month, day, hour, minute, second, 0])
}

/// The seventeen bytes of a volume descriptor: sixteen digits, offset from UTC (ECMA-119, 8.4.26.1).
///
/// # Errors
/// A year outside 1970 to 9999.
pub(crate) fn long(hundredths: i64) -> Result<[u8; 17], Error> {
    let seconds = hundredths.div_euclid(100);
    check(b"", seconds, LONG)?;
    let Moment { year, month, day, hour, minute, second } = Moment::new(seconds);
    let rest = hundredths.rem_euclid(100);
    let digits = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{rest:02}");
    let mut bytes = [0; 17];
    bytes[..16].copy_from_slice(digits.as_bytes());
    Ok(bytes)
}

fn check(path: &[u8], value: i64, (least, most): (i64, i64)) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let what = if path.is_empty() { "a time of the volume" } else { "its time" };
    Err(Error::OutOfRange { path: crate::error::lossy(path), what, value, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        let day = |seconds| short(b"x", seconds).unwrap();
        assert_eq!(day(0), [70, 1, 1, 0, 0, 0, 0]);
        assert_eq!(day(951_827_696), [100, 2, 29, 12, 34, 56, 0]);
        assert_eq!(day(4_107_542_400), [200, 3, 1, 0, 0, 0, 0]);
        assert_eq!(day(SHORT.0), [0, 1, 1, 0, 0, 0, 0]);
        assert_eq!(day(SHORT.1), [255, 12, 31, 23, 59, 59, 0]);
        assert_eq!(&long(95_182_769_678).unwrap(), b"2000022912345678\0");
        assert_eq!(&long(LONG.1 * 100 + 99).unwrap(), b"9999123123595999\0");
    }

    #[test]
    fn other_years_are_refused() {
        assert_eq!(
            short(b"a/b", SHORT.1 + 1).unwrap_err().to_string(),
            "`a/b`: its time is 5869584000, but ISO 9660 holds -2208988800 to 5869583999"
        );
        assert!(short(b"a", SHORT.0 - 1).is_err());
        assert!(long(-1).is_err());
        assert!(long((LONG.1 + 1) * 100).is_err());
    }
}
