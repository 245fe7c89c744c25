//! Points in time, and the form they have in a Release file.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub u64);

impl From<SystemTime> for UnixTime {
    /// Times before 1970 become 1970.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

const DAY: u64 = 24 * 60 * 60;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl UnixTime {
    /// `duration` later; the latest time there is, if that is too late.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// Reads `Sat, 12 Sep 2026 07:55:41 UTC`, the form of a Release file's `Date`.
    ///
    /// The weekday is not checked. The zone must be UTC, as the repository format demands.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let mut word = words.next()?;
        if word.ends_with(',') {
            word = words.next()?;
        }
        let day = number(word, 1, 31)?;
        let month = words.next()?;
        let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? as u64 + 1;
        let year = number(words.next()?, 1970, 9999)?;
        let mut clock = words.next()?.split(':');
        let (hour, minute) = (number(clock.next()?, 0, 23)?, number(clock.next()?, 0, 59)?);
        // 60 is a leap second.
        let second = number(clock.next()?, 0, 60)?;
        let zone = words.next()?;
        if clock.next().is_some() || words.next().is_some() || !matches!(zone, "UTC" | "GMT" | "Z" | "+0000")
        {
            return None;
        }
        let date = days_before_month(year, month) + day - 1;
        if date >= days_before_month(year, month + 1) {
            return None;
        }
        Some(Self(date * DAY + hour * 3600 + minute * 60 + second))
    }
}

fn number(text: &str, least: u64, most: u64) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && (least..=most).contains(number))
}

/// Days from 1970-01-01 to the first of `month` (1 to 13) of `year`, in the Gregorian calendar.
fn days_before_month(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let february = if leap { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = year - 1;
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leap_days(before) - leap_days(1969);
    years + lengths.iter().take(month as usize - 1).sum::<u64>()
}

impl fmt::Display for UnixTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0 / DAY, self.0 % DAY);
        // No year is longer than 366 days, so this is the year or an earlier one.
        let mut year = 1970 + days / 366;
        while days_before_month(year, 13) <= days {
            year += 1;
        }
        let month = (1..=12).rfind(|&month| days_before_month(year, month) <= days).unwrap_or(1);
        let day = days - days_before_month(year, month) + 1;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(formatter, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_shown() {
        for (text, seconds, shown) in [
            ("Thu, 01 Jan 1970 00:00:00 UTC", 0, "1970-01-01 00:00:00 UTC"),
            ("Tue, 29 Feb 2000 23:59:59 UTC", 951_868_799, "2000-02-29 23:59:59 UTC"),
            ("Sat, 12 Sep 2026 07:55:41 UTC", 1_789_199_741, "2026-09-12 07:55:41 UTC"),
            ("31 dec 2026 00:00:00 +0000", 1_798_675_200, "2026-12-31 00:00:00 UTC"),
            ("Mon,  1 Mar 2100 00:00:00 GMT", 4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(UnixTime::parse(text), Some(UnixTime(seconds)), "{text}");
            assert_eq!(UnixTime(seconds).to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "Sat, 12 Sep 2026",
            "Sat, 12 Sep 2026 07:55:41",
            "Sat, 12 Sep 2026 07:55:41 CEST",
            "Sat, 12 Sep 2026 07:55:41 UTC x",
            "Sat, 12 Sep 2026 07:55 UTC",
            "Sat, 12 Sep 2026 24:00:00 UTC",
            "Sat, 29 Feb 2026 00:00:00 UTC",
            "Sat, 00 Sep 2026 00:00:00 UTC",
            "Sat, +1 Sep 2026 00:00:00 UTC",
            "Sat, 12 Foo 2026 00:00:00 UTC",
            "Sat, 12 Sep 1969 00:00:00 UTC",
        ] {
            assert_eq!(UnixTime::parse(text), None, "{text}");
        }
    }
}
