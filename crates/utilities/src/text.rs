//! `cat`, `tac`, `tee`, `head`, `tail`, `wc`, `cut`, `tr`, `paste`, `uniq`.

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::{complain, inputs, lines, quote, read, read_all};
use crate::options::{parse, parse_words, unsupported};

/// Joins files.
pub(crate) fn cat(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[("number", 'n'), ("squeeze-blank", 's')];
    let parsed = parse(call, "nsu", LONG)?;
    let (all, status) = read_all(call, &parsed.operands);
    if !parsed.has('n') && !parsed.has('s') {
        call.output.extend_from_slice(&all);
        return Ok(status);
    }
    let mut number = 0;
    let mut blank = false;
    for line in all.split_inclusive(|byte| *byte == b'\n') {
        let empty = line == b"\n";
        if parsed.has('s') && empty && blank {
            continue;
        }
        blank = empty;
        if parsed.has('n') {
            number += 1;
            call.output.extend_from_slice(format!("{number:6}\t").as_bytes());
        }
        call.output.extend_from_slice(line);
    }
    Ok(status)
}

/// The lines of each file, backwards.
pub(crate) fn tac(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "", &[])?;
    let mut status = 0;
    for operand in inputs(&parsed.operands) {
        match read(call, &operand) {
            Ok(bytes) => {
                let parts: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                parts.iter().rev().for_each(|line| call.output.extend_from_slice(line));
            }
            Err(failure) => {
                complain(
                    call,
                    &format!("failed to open {} for reading: {}", quote(&operand), failure.text()),
                );
                status = 1;
            }
        }
    }
    Ok(status)
}

/// Standard input to files and on.
pub(crate) fn tee(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "ai", &[("append", 'a'), ("ignore-interrupts", 'i')])?;
    let input = call.take_input();
    call.output.extend_from_slice(input);
    let mut status = 0;
    for operand in &parsed.operands {
        let result = match operand.as_str() {
            "/dev/stderr" => {
                call.errors.extend_from_slice(input);
                Ok(())
            }
            "/dev/stdout" | "-" => {
                call.output.extend_from_slice(input);
                Ok(())
            }
            path if parsed.has('a') => call.world.append(path, input),
            path => call.world.write(path, input),
        };
        if let Err(failure) = result {
            complain(call, &format!("{operand}: {}", failure.text()));
            status = 1;
        }
    }
    Ok(status)
}

/// A count with its unit; the sign is the caller's.
fn count(call: &Call<'_>, text: &str) -> Result<usize, Stop> {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" => Some(1),
        "b" => Some(512),
        "k" | "K" | "KiB" => Some(1 << 10),
        "kB" | "KB" => Some(1000),
        "M" | "MiB" => Some(1 << 20),
        "MB" => Some(1_000_000),
        "G" | "GiB" => Some(1 << 30),
        _ => None,
    };
    let number = digits.parse::<usize>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    number.ok_or_else(|| unsupported(call, &format!("the number `{text}`")))
}

/// `-5` as `-n 5`.
fn old_style(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    if let Some(first) = words.first_mut()
        && let Some(digits) = first.strip_prefix('-')
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        *first = format!("-n{digits}");
    }
    words
}

const ENDS: &[(&str, char)] = &[
    ("bytes", 'c'),
    ("lines", 'n'),
    ("quiet", 'q'),
    ("silent", 'q'),
    ("verbose", 'v'),
    ("zero-terminated", 'z'),
];

/// The start of each file.
pub(crate) fn head(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse_words(call, &old_style(call.arguments), "c:n:qvz", ENDS)?;
    let bytes = parsed.last_of("cn") == Some('c');
    let text = parsed.value(if bytes { 'c' } else { 'n' }).unwrap_or("10").to_owned();
    let (all_but, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    let wanted = count(call, digits)?;
    each(call, &parsed, |all, end| {
        let units: Vec<usize> = ends(all, bytes, end);
        let take = if all_but { units.len().saturating_sub(wanted) } else { wanted.min(units.len()) };
        &all[..take.checked_sub(1).map_or(0, |at| units[at])]
    })
}

/// The end of each file.
pub(crate) fn tail(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse_words(call, &old_style(call.arguments), "c:n:qvz", ENDS)?;
    let bytes = parsed.last_of("cn") == Some('c');
    let text = parsed.value(if bytes { 'c' } else { 'n' }).unwrap_or("10").to_owned();
    let (from, digits) = match text.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('-').unwrap_or(&text)),
    };
    let wanted = count(call, digits)?;
    each(call, &parsed, |all, end| {
        let units: Vec<usize> = ends(all, bytes, end);
        let skip =
            if from { wanted.saturating_sub(1).min(units.len()) } else { units.len().saturating_sub(wanted) };
        &all[skip.checked_sub(1).map_or(0, |at| units[at])..]
    })
}

/// Where each byte or line ends.
fn ends(all: &[u8], bytes: bool, end: u8) -> Vec<usize> {
    if bytes {
        return (1..=all.len()).collect();
    }
    let mut at = 0;
    let line = |line: &[u8]| {
        at += line.len();
        at
    };
    all.split_inclusive(|byte| *byte == end).map(line).collect()
}

/// Prints a part of each input, with headings if there is more than one.
fn each(
    call: &mut Call<'_>,
    parsed: &crate::options::Parsed,
    part: impl for<'b> Fn(&'b [u8], u8) -> &'b [u8],
) -> Result<Status, Stop> {
    let end = if parsed.has('z') { 0 } else { b'\n' };
    let operands = inputs(&parsed.operands);
    let headings = match parsed.last_of("qv") {
        Some(option) => option == 'v',
        None => operands.len() > 1,
    };
    let mut status = 0;
    let mut first = true;
    for operand in &operands {
        match read(call, operand) {
            Ok(all) => {
                if headings {
                    let name = if operand == "-" { "standard input" } else { operand };
                    let gap = if first { "" } else { "\n" };
                    call.output.extend_from_slice(format!("{gap}==> {name} <==\n").as_bytes());
                }
                first = false;
                call.output.extend_from_slice(part(&all, end));
            }
            Err(bringup_shell::Failure::IsDirectory) => {
                complain(call, &format!("error reading {}: Is a directory", quote(operand)));
                status = 1;
            }
            Err(failure) => {
                complain(call, &format!("cannot open {} for reading: {}", quote(operand), failure.text()));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// Counts lines, words, bytes.
pub(crate) fn wc(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[("bytes", 'c'), ("chars", 'm'), ("lines", 'l'), ("words", 'w')];
    let parsed = parse(call, "clmw", LONG)?;
    let asked: Vec<char> = "lwmc".chars().filter(|letter| parsed.has(*letter)).collect();
    let asked = if asked.is_empty() { vec!['l', 'w', 'c'] } else { asked };
    let operands = inputs(&parsed.operands);
    let mut rows: Vec<(Vec<usize>, String)> = Vec::new();
    let mut status = 0;
    let mut largest = 0;
    for operand in &operands {
        let all = match read(call, operand) {
            Ok(all) => all,
            Err(failure) => {
                complain(call, &format!("{operand}: {}", failure.text()));
                status = 1;
                continue;
            }
        };
        largest += all.len();
        let count = |letter: &char| match letter {
            'l' => all.iter().filter(|byte| **byte == b'\n').count(),
            'w' => all.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count(),
            _ => all.len(),
        };
        rows.push((asked.iter().map(count).collect(), operand.clone()));
    }
    if operands.len() > 1 {
        let total = |at: usize| rows.iter().map(|(counts, _)| counts[at]).sum();
        rows.push(((0..asked.len()).map(total).collect(), "total".to_owned()));
    }
    // As wide as the sizes of all files need; 7 for standard input, whose size is not known.
    let single = asked.len() == 1 && operands.len() == 1;
    let unknown = operands.iter().any(|operand| operand == "-");
    let width = if single {
        1
    } else if unknown {
        7
    } else {
        largest.to_string().len()
    };
    for (counts, name) in rows {
        let texts: Vec<String> = counts.iter().map(|count| format!("{count:width$}")).collect();
        let name = if parsed.operands.is_empty() { String::new() } else { format!(" {name}") };
        call.output.extend_from_slice(format!("{}{name}\n", texts.join(" ")).as_bytes());
    }
    Ok(status)
}

/// `1`, `2-4`, `3-`, `-5` of a list, as (first, last), from 1.
fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let one = |part: &str| {
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
        match part.split_once('-') {
            None => number(part).map(|at| (at, at)),
            Some(("", "")) => None,
            Some((low, "")) => Some((number(low)?, usize::MAX)),
            Some(("", high)) => Some((1, number(high)?)),
            Some((low, high)) => Some((number(low)?, number(high)?)).filter(|(low, high)| low <= high),
        }
    };
    text.split([',', ' ']).map(one).collect()
}

/// Parts of each line.
pub(crate) fn cut(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("bytes", 'b'),
        ("characters", 'c'),
        ("complement", '#'),
        ("delimiter", 'd'),
        ("fields", 'f'),
        ("only-delimited", 's'),
        ("output-delimiter", '@'),
        ("zero-terminated", 'z'),
    ];
    let parsed = parse(call, "b:c:d:f:nsz#@:", LONG)?;
    let kind = parsed.last_of("bcf").ok_or_else(|| unsupported(call, "no list"))?;
    let text = parsed.value(kind).unwrap_or_default().to_owned();
    let ranges = ranges(&text).ok_or_else(|| unsupported(call, &format!("the list `{text}`")))?;
    let wanted = |at: usize| ranges.iter().any(|(low, high)| (*low..=*high).contains(&at)) != parsed.has('#');
    let delimiter = match parsed.value('d') {
        None => b'\t',
        Some("") => 0,
        Some(text) if text.len() == 1 => text.as_bytes()[0],
        Some(_) => {
            complain(call, "the delimiter must be a single character");
            return Ok(crate::common::try_help(call));
        }
    };
    let between = parsed.value('@').map_or(vec![delimiter], |text| text.as_bytes().to_vec());
    let end = if parsed.has('z') { 0 } else { b'\n' };
    let mut status = 0;
    for operand in inputs(&parsed.operands) {
        let all = match read(call, &operand) {
            Ok(all) => all,
            Err(failure) => {
                complain(call, &format!("{operand}: {}", failure.text()));
                status = 1;
                continue;
            }
        };
        for line in lines(&all, end) {
            if kind != 'f' {
                let bytes = line.iter().enumerate().filter(|(at, _)| wanted(at + 1)).map(|(_, byte)| *byte);
                call.output.extend(bytes);
            } else if !line.contains(&delimiter) {
                if parsed.has('s') {
                    continue;
                }
                call.output.extend_from_slice(line);
            } else {
                let fields = line.split(|byte| *byte == delimiter).enumerate();
                let fields: Vec<&[u8]> =
                    fields.filter(|(at, _)| wanted(at + 1)).map(|(_, field)| field).collect();
                call.output.extend_from_slice(&fields.join(between.as_slice()));
            }
            call.output.push(end);
        }
    }
    Ok(status)
}

/// Maps, squeezes or deletes bytes.
pub(crate) fn tr(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] =
        &[("complement", 'c'), ("delete", 'd'), ("squeeze-repeats", 's'), ("truncate-set1", 't')];
    let parsed = parse(call, "+cCdst", LONG)?;
    let complement = parsed.has('c') || parsed.has('C');
    let mut sets = Vec::new();
    for text in &parsed.operands {
        sets.push(set(text).ok_or_else(|| unsupported(call, &format!("the set `{text}`")))?);
    }
    let (delete, squeeze) = (parsed.has('d'), parsed.has('s'));
    let wanted = if delete == squeeze { 2..=2 } else { 1..=2 };
    if !wanted.contains(&sets.len()) || delete && !squeeze && sets.len() > 1 {
        return Err(unsupported(call, "this number of sets"));
    }
    let first: Vec<u8> =
        if complement { (0..=255).filter(|byte| !sets[0].contains(byte)).collect() } else { sets[0].clone() };
    let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
    if !delete && let Some(second) = sets.get(1) {
        let last = *second.last().ok_or_else(|| unsupported(call, "an empty set"))?;
        for (at, byte) in first.iter().enumerate() {
            if let Some(to) = second.get(at) {
                table[usize::from(*byte)] = *to;
            } else if !parsed.has('t') {
                table[usize::from(*byte)] = last;
            }
        }
    }
    let squeezed: &[u8] = if squeeze { sets.get(1).unwrap_or(&first) } else { &[] };
    let mut before = None;
    for byte in call.take_input() {
        if delete && first.contains(byte) {
            continue;
        }
        let byte = table[usize::from(*byte)];
        if before == Some(byte) && squeezed.contains(&byte) {
            continue;
        }
        call.output.push(byte);
        before = Some(byte);
    }
    Ok(0)
}

/// The bytes of a set in order; none if it is not understood.
fn set(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix("[:"))
            && let Some(end) = rest.find(":]")
        {
            let holds: fn(&u8) -> bool = match &rest[..end] {
                "alnum" => u8::is_ascii_alphanumeric,
                "alpha" => u8::is_ascii_alphabetic,
                "blank" => |byte| matches!(byte, b' ' | b'\t'),
                "cntrl" => u8::is_ascii_control,
                "digit" => u8::is_ascii_digit,
                "graph" => u8::is_ascii_graphic,
                "lower" => u8::is_ascii_lowercase,
                "print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
                "punct" => u8::is_ascii_punctuation,
                "space" => |byte| byte.is_ascii_whitespace() || *byte == 11,
                "upper" => u8::is_ascii_uppercase,
                "xdigit" => u8::is_ascii_hexdigit,
                _ => return None,
            };
            out.extend((0..=255).filter(holds));
            at += end + 4;
            continue;
        }
        if bytes[at] == b'[' && text[at..].len() > 3 && matches!(bytes[at + 1], b'=')
            || text[at..].starts_with("[*")
        {
            return None;
        }
        let (byte, len) = one(&bytes[at..])?;
        at += len;
        if bytes.get(at) == Some(&b'-') && at + 1 < bytes.len() {
            let (high, len) = one(&bytes[at + 1..])?;
            if high < byte {
                return None;
            }
            out.extend(byte..=high);
            at += 1 + len;
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

/// A byte of a set, with its escapes, and how long it is there.
fn one(bytes: &[u8]) -> Option<(u8, usize)> {
    if bytes[0] != b'\\' || bytes.len() == 1 {
        return Some((bytes[0], 1));
    }
    Some(match bytes[1] {
        b'n' => (b'\n', 2),
        b't' => (b'\t', 2),
        b'r' => (b'\r', 2),
        b'a' => (7, 2),
        b'b' => (8, 2),
        b'f' => (12, 2),
        b'v' => (11, 2),
        b'0'..=b'7' => {
            let digits = bytes[1..].iter().take(3).take_while(|byte| (b'0'..=b'7').contains(*byte)).count();
            let value = bytes[1..=digits].iter().fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
            (u8::try_from(value).ok()?, 1 + digits)
        }
        other => (other, 2),
    })
}

/// Lines side by side.
pub(crate) fn paste(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "d:sz", &[("delimiters", 'd'), ("serial", 's'), ("zero-terminated", 'z')])?;
    let end = if parsed.has('z') { 0 } else { b'\n' };
    let delimiters = match parsed.value('d') {
        None => vec![vec![b'\t']],
        Some("" | "\\0") => vec![Vec::new()],
        Some("\\n") => vec![vec![b'\n']],
        Some("\\t") => vec![vec![b'\t']],
        Some(text) if text.contains('\\') => return Err(unsupported(call, "an escape in `-d`")),
        Some(text) => text.bytes().map(|byte| vec![byte]).collect(),
    };
    let mut files: Vec<Vec<Vec<u8>>> = Vec::new();
    for operand in inputs(&parsed.operands) {
        match read(call, &operand) {
            Ok(all) => files.push(lines(&all, end).map(<[u8]>::to_vec).collect()),
            Err(failure) => {
                complain(call, &format!("{operand}: {}", failure.text()));
                return Ok(1);
            }
        }
    }
    if !parsed.has('s') {
        let most = files.iter().map(Vec::len).max().unwrap_or(0);
        let row = |at: usize| files.iter().map(|file| file.get(at).cloned().unwrap_or_default()).collect();
        files = (0..most).map(row).collect();
    }
    for row in files {
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                call.output.extend_from_slice(&delimiters[(at - 1) % delimiters.len()]);
            }
            call.output.extend_from_slice(cell);
        }
        call.output.push(end);
    }
    Ok(0)
}

/// Drops repeated lines.
pub(crate) fn uniq(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] =
        &[("count", 'c'), ("ignore-case", 'i'), ("repeated", 'd'), ("unique", 'u'), ("zero-terminated", 'z')];
    let parsed = parse(call, "cdiuz", LONG)?;
    let end = if parsed.has('z') { 0 } else { b'\n' };
    let (input, output) = match parsed.operands.as_slice() {
        [] => ("-", None),
        [input] => (input.as_str(), None),
        [input, output] => (input.as_str(), Some(output)),
        [_, _, more, ..] => return Ok(crate::common::extra_operand(call, more)),
    };
    let all = match read(call, input) {
        Ok(all) => all,
        Err(failure) => {
            complain(call, &format!("{input}: {}", failure.text()));
            return Ok(1);
        }
    };
    let same = |one: &[u8], other: &[u8]| {
        if parsed.has('i') { one.eq_ignore_ascii_case(other) } else { one == other }
    };
    let mut groups: Vec<(&[u8], usize)> = Vec::new();
    for line in lines(&all, end) {
        match groups.last_mut() {
            Some((first, count)) if same(first, line) => *count += 1,
            _ => groups.push((line, 1)),
        }
    }
    let mut out = Vec::new();
    for (line, count) in groups {
        if parsed.has('d') && count == 1 || parsed.has('u') && count > 1 {
            continue;
        }
        if parsed.has('c') {
            out.extend_from_slice(format!("{count:7} ").as_bytes());
        }
        out.extend_from_slice(line);
        out.push(end);
    }
    match output {
        None => call.output.extend_from_slice(&out),
        Some(path) => {
            if let Err(failure) = call.world.write(path, out) {
                complain(call, &format!("{path}: {}", failure.text()));
                return Ok(1);
            }
        }
    }
    Ok(0)
}
