//! `read`

use crate::Stop;
use crate::shell::{Outcome, Shell};

/// A character of a line, and whether a backslash stood before it.
type Quoted = (char, bool);

pub(super) fn read(shell: &mut Shell<'_>, fields: &[String]) -> Outcome {
    let (mut raw, mut at) = (false, 1);
    while let Some(option) = fields.get(at).filter(|option| option.starts_with('-')) {
        at += 1;
        match option.as_str() {
            "-r" => raw = true,
            // A prompt is for terminals.
            "-p" => at += 1,
            "-rp" => (raw, at) = (true, at + 1),
            "--" => break,
            _ => return Err(shell.unsupported("read", format!("`{option}`"))),
        }
    }
    let reply = ["REPLY".to_owned()];
    let names = match fields.get(at..).unwrap_or_default() {
        [] if shell.state.options.bash => &reply[..],
        [] => return Err(shell.fatal("read: arg count")),
        names => names,
    };
    let (data, start) = shell.state.descriptors.readable(0).unwrap_or_default();
    let (mut end, mut line, mut whole) = (start, Vec::new(), false);
    while let Some(byte) = data.get(end).copied() {
        end += 1;
        match byte {
            b'\n' => {
                whole = true;
                break;
            }
            b'\\' if !raw => {
                if let Some(next) = data.get(end).copied() {
                    end += 1;
                    if next != b'\n' {
                        line.push((next, true));
                    }
                }
            }
            0 => {}
            byte => line.push((byte, false)),
        }
    }
    shell.state.descriptors.seek(0, end);
    let line = characters(&line)?;
    let separators = shell.get("IFS").unwrap_or(" \t\n").to_owned();
    let values = assigned(&line, &separators, names.len());
    for (name, value) in names.iter().zip(values) {
        shell.set(name, value)?;
    }
    Ok(u8::from(!whole))
}

fn characters(line: &[(u8, bool)]) -> Result<Vec<Quoted>, Stop> {
    let bytes: Vec<u8> = line.iter().map(|(byte, _)| *byte).collect();
    let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: "a line".to_owned() })?;
    Ok(text.char_indices().map(|(at, character)| (character, line[at].1)).collect())
}

/// The line as so many values: the last has all that is left, without the white space around it.
fn assigned(line: &[Quoted], separators: &str, count: usize) -> Vec<String> {
    let separates = |(c, quoted): &Quoted| !quoted && separators.contains(*c);
    let space = |item: &Quoted| separates(item) && matches!(item.0, ' ' | '\t' | '\n');
    let skip = |at: usize| at + line[at..].iter().take_while(|item| space(item)).count();
    let text = |items: &[Quoted]| items.iter().map(|(c, _)| c).collect::<String>();
    let mut values = Vec::with_capacity(count);
    let mut at = skip(0);
    for _ in 1..count {
        let end = at + line[at..].iter().take_while(|item| !separates(item)).count();
        values.push(text(&line[at..end]));
        at = skip(end);
        // White space around another separator belongs to it.
        if at < line.len() && separates(&line[at]) {
            at = skip(at + 1);
        }
    }
    let mut rest = &line[at..];
    let trimmed = rest.iter().rposition(|item| !space(item)).map_or(0, |last| last + 1);
    rest = &rest[..trimmed];
    // A single field that one separator ends is without it.
    if let Some((last, before)) = rest.split_last()
        && separates(last)
        && !before.iter().any(separates)
    {
        rest = before;
    }
    values.push(text(rest));
    values
}
