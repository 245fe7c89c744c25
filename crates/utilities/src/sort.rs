//! `sort`, `comm`.

use std::cmp::Ordering;

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::{complain, inputs, lines, read};
use crate::options::{Parsed, parse, unsupported};

/// How a key is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Order {
    numeric: bool,
    human: bool,
    version: bool,
    fold: bool,
    blanks: bool,
    dictionary: bool,
    reverse: bool,
}

/// `-k`: fields and bytes from 1; an end byte of 0 is the field's end.
#[derive(Clone, Debug)]
struct Key {
    start: (usize, usize),
    end: Option<(usize, usize)>,
    order: Order,
    own: bool,
}

/// Sorts lines, byte by byte as in the C locale.
pub(crate) fn sort(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("check", 'c'),
        ("dictionary-order", 'd'),
        ("field-separator", 't'),
        ("ignore-case", 'f'),
        ("ignore-leading-blanks", 'b'),
        ("key", 'k'),
        ("merge", 'm'),
        ("numeric-sort", 'n'),
        ("output", 'o'),
        ("reverse", 'r'),
        ("stable", 's'),
        ("unique", 'u'),
        ("version-sort", 'V'),
        ("zero-terminated", 'z'),
    ];
    let parsed = parse(call, "bcCdfk:mno:rst:uVz", LONG)?;
    let end = if parsed.has('z') { 0 } else { b'\n' };
    let separator = match parsed.value('t') {
        None => None,
        Some("\\0") => Some(0),
        Some(text) if text.len() == 1 => Some(text.as_bytes()[0]),
        Some(text) => return Err(unsupported(call, &format!("`-t {text}`"))),
    };
    let global = order(parsed.options.iter().map(|(option, _)| *option)).unwrap_or_default();
    let mut keys = Vec::new();
    for (_, text) in parsed.options.iter().filter(|(option, _)| *option == 'k') {
        let mut key = key(text).ok_or_else(|| unsupported(call, &format!("`-k {text}`")))?;
        if !key.own {
            key.order = global;
        }
        keys.push(key);
    }
    if keys.is_empty() {
        keys.push(Key { start: (1, 1), end: None, order: global, own: false });
    }
    let mut all = Vec::new();
    for operand in inputs(&parsed.operands) {
        match read(call, &operand) {
            Ok(bytes) => all.extend(lines(&bytes, end).map(<[u8]>::to_vec)),
            Err(bringup_shell::Failure::IsDirectory) => {
                complain(call, &format!("read failed: {operand}: Is a directory"));
                return Ok(2);
            }
            Err(failure) => {
                complain(call, &format!("cannot read: {operand}: {}", failure.text()));
                return Ok(2);
            }
        }
    }
    let by_keys = |one: &[u8], other: &[u8]| {
        let each = keys.iter().map(|key| {
            let ordering = compare(part(one, key, separator), part(other, key, separator), key.order);
            if key.order.reverse { ordering.reverse() } else { ordering }
        });
        each.into_iter().find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    };
    let plain = !parsed.has('s') && !parsed.has('u');
    let by_all = |one: &[u8], other: &[u8]| {
        let last = || if global.reverse { other.cmp(one) } else { one.cmp(other) };
        by_keys(one, other).then_with(|| if plain { last() } else { Ordering::Equal })
    };
    if parsed.has('c') || parsed.has('C') {
        return Ok(checked(call, &parsed, &all, by_all, by_keys));
    }
    all.sort_by(|one, other| by_all(one, other));
    if parsed.has('u') {
        all.dedup_by(|later, earlier| by_keys(earlier, later).is_eq());
    }
    let mut out = Vec::new();
    for line in all {
        out.extend_from_slice(&line);
        out.push(end);
    }
    match parsed.value('o').map(str::to_owned) {
        None => call.output.extend_from_slice(&out),
        Some(path) => {
            if let Err(failure) = call.world.write(&path, out) {
                complain(call, &format!("open failed: {path}: {}", failure.text()));
                return Ok(2);
            }
        }
    }
    Ok(0)
}

fn checked(
    call: &mut Call<'_>,
    parsed: &Parsed,
    all: &[Vec<u8>],
    by_all: impl Fn(&[u8], &[u8]) -> Ordering,
    by_keys: impl Fn(&[u8], &[u8]) -> Ordering,
) -> Status {
    for (at, pair) in all.windows(2).enumerate() {
        let wrong =
            by_all(&pair[0], &pair[1]).is_gt() || parsed.has('u') && by_keys(&pair[0], &pair[1]).is_eq();
        if wrong {
            if parsed.has('c') {
                let name = parsed.operands.first().map_or("-", String::as_str).to_owned();
                let line = String::from_utf8_lossy(&pair[1]).into_owned();
                complain(call, &format!("{name}:{}: disorder: {line}", at + 2));
            }
            return 1;
        }
    }
    0
}

fn order(letters: impl Iterator<Item = char>) -> Option<Order> {
    let mut order = Order::default();
    let mut any = false;
    for letter in letters {
        match letter {
            'n' => order.numeric = true,
            'h' => order.human = true,
            'V' => order.version = true,
            'f' => order.fold = true,
            'b' => order.blanks = true,
            'd' => order.dictionary = true,
            'r' => order.reverse = true,
            _ => continue,
        }
        any = true;
    }
    any.then_some(order)
}

fn key(text: &str) -> Option<Key> {
    let mut letters = String::new();
    let mut position = |text: &str| {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        letters += &text[digits.len()..];
        let (field, byte) = digits.split_once('.').unwrap_or((digits, ""));
        let byte = if byte.is_empty() { Some(None) } else { byte.parse::<usize>().ok().map(Some) };
        Some((field.parse::<usize>().ok().filter(|field| *field > 0)?, byte?))
    };
    let (start, end) = match text.split_once(',') {
        None => (position(text)?, None),
        Some((start, end)) => (position(start)?, Some(position(end)?)),
    };
    if !letters.chars().all(|letter| "nhVfbdr".contains(letter)) || letters.contains('h') {
        return None;
    }
    let own = order(letters.chars());
    Some(Key {
        start: (start.0, start.1.unwrap_or(1)),
        end: end.map(|(field, byte)| (field, byte.unwrap_or(0))),
        order: own.unwrap_or_default(),
        own: own.is_some(),
    })
}

/// The part of a line that a key means.
fn part<'a>(line: &'a [u8], key: &Key, separator: Option<u8>) -> &'a [u8] {
    let (starts, ends) = fields(line, separator);
    let skip = |from: usize| {
        let blanks = line[from..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if key.order.blanks { from + blanks } else { from }
    };
    let Some(&start) = starts.get(key.start.0 - 1) else { return &[] };
    let start = (skip(start) + key.start.1 - 1).min(line.len());
    let end = match key.end {
        None => line.len(),
        Some((field, 0)) => ends.get(field - 1).copied().unwrap_or(line.len()),
        Some((field, byte)) => {
            starts.get(field - 1).map_or(line.len(), |start| (skip(*start) + byte).min(line.len()))
        }
    };
    &line[start..end.max(start)]
}

/// Where fields start and end: without a separator, blanks belong to the field behind them.
fn fields(line: &[u8], separator: Option<u8>) -> (Vec<usize>, Vec<usize>) {
    let (mut starts, mut ends) = (vec![0], Vec::new());
    let blank = |byte: u8| matches!(byte, b' ' | b'\t');
    for (at, byte) in line.iter().enumerate() {
        match separator {
            Some(separator) if *byte == separator => {
                ends.push(at);
                starts.push(at + 1);
            }
            None if blank(*byte) && at > 0 && !blank(line[at - 1]) => {
                ends.push(at);
                starts.push(at);
            }
            _ => {}
        }
    }
    ends.push(line.len());
    (starts, ends)
}

fn compare(one: &[u8], other: &[u8], order: Order) -> Ordering {
    if order.numeric {
        return number(one).total_cmp(&number(other));
    }
    if order.version {
        return version(one, other);
    }
    let trim = |text: &[u8]| -> Vec<u8> {
        let blanks = text.iter().take_while(|byte| order.blanks && matches!(byte, b' ' | b'\t')).count();
        let kept =
            |byte: &&u8| !order.dictionary || byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\t');
        let folded = |byte: &u8| if order.fold { byte.to_ascii_uppercase() } else { *byte };
        text[blanks..].iter().filter(kept).map(folded).collect()
    };
    trim(one).cmp(&trim(other))
}

/// Leading blanks, a sign, digits with a point; 0 if there are none.
fn number(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start_matches([' ', '\t']);
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |digits| (-1.0, digits));
    let mut point = false;
    let end = digits.find(|letter: char| {
        let dot = letter == '.' && !point;
        point |= dot;
        !letter.is_ascii_digit() && !dot
    });
    let value: f64 = digits[..end.unwrap_or(digits.len())].parse().unwrap_or(0.0);
    // No negative zero: it is equal to zero.
    if value == 0.0 { 0.0 } else { sign * value }
}

/// filevercmp of gnulib: versions in file names, their suffixes counting last.
pub(crate) fn version(one: &[u8], other: &[u8]) -> Ordering {
    if one == other {
        return Ordering::Equal;
    }
    let dots = |text: &[u8]| match text {
        b"" => 0,
        b"." => 1,
        b".." => 2,
        _ if text.starts_with(b".") => 3,
        _ => 4,
    };
    let ordering = dots(one).cmp(&dots(other));
    if ordering.is_ne() || dots(one) < 3 {
        return ordering;
    }
    let stem = |text: &[u8]| text.len() - suffix(text);
    let (one_stem, other_stem) = (&one[..stem(one)], &other[..stem(other)]);
    digits_and_rest(one_stem, other_stem).then_with(|| digits_and_rest(one, other))
}

/// How long the suffixes at the end are: a dot, a letter or tilde, letters, digits, tildes.
fn suffix(text: &[u8]) -> usize {
    let mut end = text.len();
    loop {
        let body = text[..end]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'~')
            .count();
        let start = end - body;
        let first = text.get(start).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'~');
        if body == 0 || !first || start < 2 || text[start - 1] != b'.' {
            return text.len() - end;
        }
        end = start - 1;
    }
}

/// As dpkg compares a part of a version: a tilde before the end before letters before the rest.
fn digits_and_rest(mut one: &[u8], mut other: &[u8]) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(b'~') => -1,
        Some(byte) => i32::from(*byte) + 256,
    };
    while !one.is_empty() || !other.is_empty() {
        let rest = |text: &[u8]| text.first().is_some_and(|byte| !byte.is_ascii_digit());
        while rest(one) || rest(other) {
            let ordering = weight(one.first()).cmp(&weight(other.first()));
            if ordering.is_ne() {
                return ordering;
            }
            (one, other) = (one.get(1..).unwrap_or_default(), other.get(1..).unwrap_or_default());
        }
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (one_digits, one_rest) = one.split_at(digits(one));
        let (other_digits, other_rest) = other.split_at(digits(other));
        let bare = |text: &[u8]| text[text.iter().take_while(|byte| **byte == b'0').count()..].to_vec();
        let (left, right) = (bare(one_digits), bare(other_digits));
        let ordering = left.len().cmp(&right.len()).then_with(|| left.cmp(&right));
        if ordering.is_ne() {
            return ordering;
        }
        (one, other) = (one_rest, other_rest);
    }
    Ordering::Equal
}

/// Lines of two sorted files: only in the first, only in the second, in both.
pub(crate) fn comm(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "123z", &[("zero-terminated", 'z')])?;
    let end = if parsed.has('z') { 0 } else { b'\n' };
    let [one, other] = parsed.operands.as_slice() else { return Ok(crate::common::missing_operand(call)) };
    let mut texts = Vec::new();
    for operand in [one, other] {
        match read(call, operand) {
            Ok(bytes) => texts.push(lines(&bytes, end).map(<[u8]>::to_vec).collect::<Vec<_>>()),
            Err(failure) => {
                complain(call, &format!("{operand}: {}", failure.text()));
                return Ok(1);
            }
        }
    }
    if texts.iter().any(|lines| !lines.is_sorted()) {
        return Err(unsupported(call, "input that is not sorted"));
    }
    let (mut left, mut right) = (texts[0].iter().peekable(), texts[1].iter().peekable());
    loop {
        let (column, line) = match (left.peek(), right.peek()) {
            (None, None) => return Ok(0),
            (Some(one), Some(other)) if one == other => {
                right.next();
                ('3', left.next())
            }
            (Some(one), Some(other)) if one > other => ('2', right.next()),
            (None, Some(_)) => ('2', right.next()),
            _ => ('1', left.next()),
        };
        if parsed.has(column) {
            continue;
        }
        for before in "12".chars().filter(|before| *before < column) {
            if !parsed.has(before) {
                call.output.push(b'\t');
            }
        }
        call.output.extend_from_slice(line.map_or(&[], Vec::as_slice));
        call.output.push(end);
    }
}
