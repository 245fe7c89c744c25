//! `date`, `touch`, `sleep`: times are UTC, and now is the world's.

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::{complain, print, quote, try_help};
use crate::ln::is_link;
use crate::options::{parse, unsupported};

/// A moment as a calendar shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: u32,
    /// From 1.
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    /// From Sunday as 0.
    weekday: usize,
    /// From 1.
    year_day: u32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: i64, month: u32, day: u32) -> i64 {
    // Years from March, so that the leap day is the last; 719,468 days lie between that era and 1970.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl Moment {
    /// Seconds since 1970 as a calendar shows them.
    pub(crate) fn of(epoch: i64) -> Self {
        let (day_number, rest) = (epoch.div_euclid(86_400), epoch.rem_euclid(86_400));
        let mut year = 1970 + day_number.div_euclid(366);
        while days(year + 1, 1, 1) <= day_number {
            year += 1;
        }
        let mut month = 1;
        while month < 12 && days(year, month + 1, 1) <= day_number {
            month += 1;
        }
        Self {
            year,
            month,
            day: (day_number - days(year, month, 1) + 1) as u32,
            hour: (rest / 3600) as u32,
            minute: (rest / 60 % 60) as u32,
            second: (rest % 60) as u32,
            weekday: (day_number + 4).rem_euclid(7) as usize,
            year_day: (day_number - days(year, 1, 1) + 1) as u32,
        }
    }

    /// By a format of date(1); none if it asks for more than is known here.
    pub(crate) fn format(&self, format: &str, epoch: i64) -> Option<String> {
        let mut out = String::new();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                out.push(letter);
                continue;
            }
            let again = |format: &str| self.format(format, epoch);
            out += &match letters.next()? {
                '%' => "%".to_owned(),
                'Y' => self.year.to_string(),
                'y' => format!("{:02}", self.year.rem_euclid(100)),
                'C' => format!("{:02}", self.year.div_euclid(100)),
                'm' => format!("{:02}", self.month),
                'd' => format!("{:02}", self.day),
                'e' => format!("{:2}", self.day),
                'H' => format!("{:02}", self.hour),
                'I' => format!("{:02}", (self.hour + 11) % 12 + 1),
                'M' => format!("{:02}", self.minute),
                'S' => format!("{:02}", self.second),
                's' => epoch.to_string(),
                'N' => "000000000".to_owned(),
                'j' => format!("{:03}", self.year_day),
                'p' => (if self.hour < 12 { "AM" } else { "PM" }).to_owned(),
                'a' => DAYS[self.weekday][..3].to_owned(),
                'A' => DAYS[self.weekday].to_owned(),
                'b' | 'h' => MONTHS[self.month as usize - 1][..3].to_owned(),
                'B' => MONTHS[self.month as usize - 1].to_owned(),
                'u' => (if self.weekday == 0 { 7 } else { self.weekday }).to_string(),
                'w' => self.weekday.to_string(),
                'F' => again("%Y-%m-%d")?,
                'T' => again("%H:%M:%S")?,
                'R' => again("%H:%M")?,
                'D' | 'x' => again("%m/%d/%y")?,
                'X' => again("%H:%M:%S")?,
                'c' => again("%a %b %e %H:%M:%S %Y")?,
                'Z' => "UTC".to_owned(),
                'z' => "+0000".to_owned(),
                'n' => "\n".to_owned(),
                't' => "\t".to_owned(),
                _ => return None,
            };
        }
        Some(out)
    }
}

/// `@SECONDS`, `now`, `YYYY-MM-DD[ HH:MM[:SS]][ UTC]`, and what date(1) itself prints.
pub(crate) fn parse_time(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().ok();
    }
    if text == "now" || text.is_empty() {
        return (!text.is_empty()).then_some(now);
    }
    let text = text
        .strip_suffix('Z')
        .or_else(|| text.strip_suffix(" UTC"))
        .or_else(|| text.strip_suffix(" +0000"))
        .unwrap_or(text);
    let text = if text.contains(' ') { text.to_owned() } else { text.replace('T', " ") };
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let (date, time) = match words.as_slice() {
        [date] => (*date, "00:00"),
        [date, time] => (*date, *time),
        [_, month, day, time, "UTC", year] | [_, month, day, time, year] => {
            let month = MONTHS.iter().position(|name| name[..3] == **month)? as u32 + 1;
            let date = days(year.parse().ok()?, month, day.parse().ok()?);
            return Some(date * 86_400 + seconds(time)?);
        }
        _ => return None,
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days(year, month, day) * 86_400 + seconds(time)?)
}

fn seconds(time: &str) -> Option<i64> {
    let numbers: Option<Vec<i64>> = time.split(':').map(|part| part.parse().ok()).collect();
    match numbers?.as_slice() {
        [hour, minute] if *hour < 24 && *minute < 60 => Some(hour * 3600 + minute * 60),
        [hour, minute, second] if *hour < 24 && *minute < 60 && *second < 61 => {
            Some(hour * 3600 + minute * 60 + second)
        }
        _ => None,
    }
}

/// Shows a time.
pub(crate) fn date(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("date", 'd'),
        ("iso-8601", 'I'),
        ("reference", 'r'),
        ("rfc-email", 'R'),
        ("universal", 'u'),
        ("utc", 'u'),
    ];
    let parsed = parse(call, "d:I::r:Ru", LONG)?;
    let zone = call.world.environment.get("TZ").map_or("", String::as_str);
    if !parsed.has('u') && !matches!(zone, "" | "UTC" | "UTC0" | "Etc/UTC" | ":UTC") {
        return Err(unsupported(call, &format!("the time zone `{zone}`")));
    }
    let mut epoch = call.world.epoch;
    if let Some(path) = parsed.value('r') {
        let Some(node) = call.world.stat(path) else {
            let failure = call.world.absence(path);
            complain(call, &format!("{path}: {}", failure.text()));
            return Ok(1);
        };
        epoch = node.meta.mtime;
    }
    if let Some(text) = parsed.value('d') {
        epoch = parse_time(text, epoch).ok_or_else(|| unsupported(call, &format!("the date `{text}`")))?;
    }
    let format = match (parsed.operands.as_slice(), parsed.value('I')) {
        ([format], None) if format.starts_with('+') => format[1..].to_owned(),
        ([], None) if parsed.has('R') => "%a, %d %b %Y %H:%M:%S +0000".to_owned(),
        ([], None) => "%a %b %e %H:%M:%S UTC %Y".to_owned(),
        ([], Some("" | "date")) => "%Y-%m-%d".to_owned(),
        ([], Some("seconds")) => "%Y-%m-%dT%H:%M:%S+00:00".to_owned(),
        _ => return Err(unsupported(call, "to set the clock")),
    };
    let text = Moment::of(epoch).format(&format, epoch);
    let text = text.ok_or_else(|| unsupported(call, &format!("the format `{format}`")))?;
    print(call, &format!("{text}\n"));
    Ok(0)
}

/// Makes files, and sets their times.
pub(crate) fn touch(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] =
        &[("date", 'd'), ("no-create", 'c'), ("no-dereference", 'h'), ("reference", 'r'), ("time", '#')];
    let parsed = parse(call, "acd:fhmr:t:#:", LONG)?;
    let now = call.world.epoch;
    let mut time = now;
    if let Some(path) = parsed.value('r') {
        let node = if parsed.has('h') { call.world.lstat(path) } else { call.world.stat(path) };
        let Some(node) = node else {
            let failure = call.world.absence(path);
            complain(call, &format!("failed to get attributes of {}: {}", quote(path), failure.text()));
            return Ok(1);
        };
        time = node.meta.mtime;
    }
    if let Some(text) = parsed.value('d') {
        time = parse_time(text, time).ok_or_else(|| unsupported(call, &format!("the date `{text}`")))?;
    }
    if let Some(text) = parsed.value('t') {
        time = stamp(text, now).ok_or_else(|| unsupported(call, &format!("the time `{text}`")))?;
    }
    if parsed.operands.is_empty() {
        complain(call, "missing file operand");
        return Ok(try_help(call));
    }
    // Only the time of reading, which a tree does not hold.
    let only_access = parsed.has('a') && !parsed.has('m');
    let mut status = 0;
    for path in &parsed.operands {
        let follow = !parsed.has('h');
        let there = if follow { call.world.stat(path) } else { call.world.lstat(path) }.is_some();
        let result = if there {
            if only_access { Ok(()) } else { call.world.set_time(path, time, follow) }
        } else if parsed.has('c') || parsed.has('h') {
            if parsed.has('h') && !parsed.has('c') && !is_link(call, path) {
                let failure = call.world.absence(path);
                complain(call, &format!("setting times of {}: {}", quote(path), failure.text()));
                status = 1;
            }
            continue;
        } else {
            call.world.write(path, Vec::new()).and_then(|()| call.world.set_time(path, time, true))
        };
        if let Err(failure) = result {
            complain(call, &format!("cannot touch {}: {}", quote(path), failure.text()));
            status = 1;
        }
    }
    Ok(status)
}

/// `[[CC]YY]MMDDhhmm[.ss]`
fn stamp(text: &str, now: i64) -> Option<i64> {
    let (text, second) = text.split_once('.').unwrap_or((text, "00"));
    if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.len() < 8 {
        return None;
    }
    let (year, rest) = match text.len() {
        8 => (Moment::of(now).year, text),
        10 => {
            let short: i64 = text[..2].parse().ok()?;
            (if short < 69 { 2000 + short } else { 1900 + short }, &text[2..])
        }
        12 => (text[..4].parse().ok()?, &text[4..]),
        _ => return None,
    };
    let date = format!("{year:04}-{}-{} {}:{}:{second}", &rest[..2], &rest[2..4], &rest[4..6], &rest[6..]);
    parse_time(&date, now)
}

/// Does not wait.
pub(crate) fn sleep(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    if call.arguments.is_empty() { Ok(crate::common::missing_operand(call)) } else { Ok(0) }
}
