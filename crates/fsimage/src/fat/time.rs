//! FAT's dates and times (fatgen103, "Date and Time Formats").

/// 1980-01-01, the first day there is, in days since 1970.
const FIRST_DAY: i64 = 3652;
/// 2107-12-31, the last one.
const LAST_DAY: i64 = 50_402;
const DAY: i64 = 86_400;

/// A date and a time as FAT stores them, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Year from 1980 in bits 15..9, month from 1 in 8..5, day from 1 in 4..0.
    pub(super) date: u16,
    /// Hours in bits 15..11, minutes in 10..5, half seconds in 4..0.
    pub(super) time: u16,
}

impl Stamp {
    /// The nearest one possible at or before `epoch`, in seconds since 1970.
    pub(super) fn new(epoch: i64) -> Self {
        let epoch = epoch.clamp(FIRST_DAY * DAY, (LAST_DAY + 1) * DAY - 1);
        let (mut day, second) = (epoch / DAY - FIRST_DAY, epoch % DAY);
        let mut year = 1980;
        while day >= year_days(year) {
            day -= year_days(year);
            year += 1;
        }
        let mut month = 1;
        while day >= month_days(year, month) {
            day -= month_days(year, month);
            month += 1;
        }
        let date = (year - 1980) << 9 | month << 5 | (day + 1);
        let time = ((second / 3600) << 11) | ((second / 60 % 60) << 5) | (second % 60 / 2);
        Self { date: date as u16, time: time as u16 }
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn year_days(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(epoch: i64) -> (u16, u16, u16, u16, u16, u16) {
        let Stamp { date, time } = Stamp::new(epoch);
        (1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
    }

    #[test]
    fn times_are_utc_in_steps_of_two_seconds() {
        // `date -u -d @1709210097`.
        assert_eq!(parts(1_709_210_097), (2024, 2, 29, 12, 34, 56));
        assert_eq!(parts(4_107_542_400), (2100, 3, 1, 0, 0, 0));
    }

    #[test]
    fn times_outside_are_the_nearest_inside() {
        assert_eq!(parts(0), (1980, 1, 1, 0, 0, 0));
        assert_eq!(parts(i64::MIN), (1980, 1, 1, 0, 0, 0));
        assert_eq!(parts(i64::MAX), (2107, 12, 31, 23, 59, 58));
    }
}
