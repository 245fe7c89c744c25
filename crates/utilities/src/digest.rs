//! `md5sum` and its relatives, `base64`.

use bringup_shell::{Call, Host, Status, Stop};
use sha2::Digest;

use crate::common::{complain, inputs, print, read};
use crate::options::{Parsed, parse, unsupported};

/// Digests of files, shown or compared.
pub(crate) fn digest(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("binary", 'b'),
        ("check", 'c'),
        ("ignore-missing", '#'),
        ("quiet", '%'),
        ("status", '='),
        ("strict", '@'),
        ("text", 't'),
        ("warn", 'w'),
        ("zero", 'z'),
    ];
    let parsed = parse(call, "bctwz#%=@", LONG)?;
    if parsed.has('c') {
        return check(call, &parsed);
    }
    let mut status = 0;
    for operand in inputs(&parsed.operands) {
        if operand.contains(['\\', '\n', '\r']) {
            return Err(unsupported(call, "such a file name"));
        }
        match read(call, &operand) {
            Ok(bytes) => {
                let sign = if parsed.last_of("bt") == Some('b') { '*' } else { ' ' };
                let end = if parsed.has('z') { '\0' } else { '\n' };
                let text = format!("{} {sign}{operand}{end}", of(call.name, &bytes));
                print(call, &text);
            }
            Err(failure) => {
                complain(call, &format!("{operand}: {}", failure.text()));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// The digest that a program makes, in hexadecimal.
fn of(program: &str, bytes: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match program {
        "md5sum" => hex(&md5::Md5::digest(bytes)),
        "sha1sum" => hex(&sha1::Sha1::digest(bytes)),
        "sha224sum" => hex(&sha2::Sha224::digest(bytes)),
        "sha256sum" => hex(&sha2::Sha256::digest(bytes)),
        "sha384sum" => hex(&sha2::Sha384::digest(bytes)),
        _ => hex(&sha2::Sha512::digest(bytes)),
    }
}

fn check(call: &mut Call<'_>, parsed: &Parsed) -> Result<Status, Stop> {
    let quiet = parsed.has('=');
    let width = of(call.name, b"").len();
    let mut status = 0;
    for list in inputs(&parsed.operands) {
        let text = match read(call, &list) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| Stop::NotText { what: list.clone() })?,
            Err(failure) => {
                complain(call, &format!("{list}: {}", failure.text()));
                status = 1;
                continue;
            }
        };
        let (mut wrong, mut missing, mut good) = (0, 0, 0);
        for line in text.lines() {
            let pair = line.split_once(' ').filter(|(digest, _)| digest.len() == width);
            let Some((digest, name)) = pair else { return Err(unsupported(call, "such a list")) };
            let name = name.strip_prefix([' ', '*']).unwrap_or(name);
            match read(call, name) {
                Ok(bytes) if of(call.name, &bytes).eq_ignore_ascii_case(digest) => {
                    good += 1;
                    if !quiet && !parsed.has('%') {
                        print(call, &format!("{name}: OK\n"));
                    }
                }
                Ok(_) => {
                    wrong += 1;
                    if !quiet {
                        print(call, &format!("{name}: FAILED\n"));
                    }
                }
                Err(bringup_shell::Failure::Missing) if parsed.has('#') => {}
                Err(failure) => {
                    missing += 1;
                    complain(call, &format!("{name}: {}", failure.text()));
                    if !quiet {
                        print(call, &format!("{name}: FAILED open or read\n"));
                    }
                }
            }
        }
        let plural =
            |number: u32, one: &str, more: &str| if number == 1 { one.to_owned() } else { more.to_owned() };
        if missing > 0 && !quiet {
            let what = plural(missing, "listed file could not be read", "listed files could not be read");
            complain(call, &format!("WARNING: {missing} {what}"));
        }
        if wrong > 0 && !quiet {
            let what = plural(wrong, "computed checksum did NOT match", "computed checksums did NOT match");
            complain(call, &format!("WARNING: {wrong} {what}"));
        }
        if good == 0 && wrong == 0 && missing == 0 {
            if parsed.has('#') && !text.is_empty() {
                complain(call, &format!("{list}: no file was verified"));
            } else {
                complain(call, &format!("{list}: no properly formatted checksum lines found"));
            }
            status = 1;
        }
        if wrong + missing > 0 {
            status = 1;
        }
    }
    Ok(status)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 of RFC 4648, both ways.
pub(crate) fn base64(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "diw:", &[("decode", 'd'), ("ignore-garbage", 'i'), ("wrap", 'w')])?;
    let operand = parsed.operands.first().map_or("-", String::as_str).to_owned();
    let bytes = match read(call, &operand) {
        Ok(bytes) => bytes,
        Err(failure) => {
            complain(call, &format!("{operand}: {}", failure.text()));
            return Ok(1);
        }
    };
    if parsed.has('d') {
        return Ok(decode(call, &bytes));
    }
    let wrap: usize = match parsed.value('w').map(str::parse) {
        None => 76,
        Some(Ok(wrap)) => wrap,
        Some(Err(_)) => return Err(unsupported(call, "this `-w`")),
    };
    let mut text = Vec::new();
    for part in bytes.chunks(3) {
        let word =
            part.iter().enumerate().fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let sign = ALPHABET[(word >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= part.len() { sign } else { b'=' });
        }
    }
    if wrap == 0 {
        call.output.extend_from_slice(&text);
    } else {
        for line in text.chunks(wrap) {
            call.output.extend_from_slice(line);
            call.output.push(b'\n');
        }
    }
    Ok(0)
}

fn decode(call: &mut Call<'_>, bytes: &[u8]) -> Status {
    let (mut word, mut bits) = (0_u32, 0);
    let mut padding = 0;
    let mut count = 0;
    for byte in bytes.iter().filter(|byte| **byte != b'\n') {
        count += 1;
        let value = ALPHABET.iter().position(|sign| sign == byte);
        match value {
            Some(value) if padding == 0 => {
                word = word << 6 | value as u32;
                bits += 6;
                if bits >= 8 {
                    bits -= 8;
                    call.output.push((word >> bits) as u8);
                }
            }
            None if *byte == b'=' => padding += 1,
            _ => {
                complain(call, "invalid input");
                return 1;
            }
        }
    }
    if count % 4 != 0 {
        complain(call, "invalid input");
        return 1;
    }
    0
}
