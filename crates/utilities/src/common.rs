//! What many programs share: messages, quoting, inputs, other programs.

use bringup_shell::{Call, Failure, Host, Io, Status, Stop, execute};
use bringup_tree::{Content, Kind, Meta, Node};

/// Puts `NAME: TEXT` on standard error.
pub(crate) fn complain(call: &mut Call<'_>, text: &str) {
    let line = format!("{}: {text}\n", call.name);
    call.errors.extend_from_slice(line.as_bytes());
}

/// Complains that an operand is missing.
pub(crate) fn missing_operand(call: &mut Call<'_>) -> Status {
    complain(call, "missing operand");
    try_help(call)
}

/// Complains that an operand is missing behind another.
pub(crate) fn missing_after(call: &mut Call<'_>, what: &str, operand: &str) -> Status {
    complain(call, &format!("missing {what} after {}", quote(operand)));
    try_help(call)
}

/// Complains that there is an operand too many.
pub(crate) fn extra_operand(call: &mut Call<'_>, operand: &str) -> Status {
    complain(call, &format!("extra operand {}", quote(operand)));
    try_help(call)
}

/// Where to look for help; always status 1.
pub(crate) fn try_help(call: &mut Call<'_>) -> Status {
    let line = format!("Try '{} --help' for more information.\n", call.name);
    call.errors.extend_from_slice(line.as_bytes());
    1
}

/// In quotes, as coreutils does in the C locale.
pub(crate) fn quote(name: &str) -> String {
    if name.contains('\'') && !name.contains(['"', '$', '`', '\\', '\n']) {
        format!("\"{name}\"")
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

/// Prints text.
pub(crate) fn print(call: &mut Call<'_>, text: &str) {
    call.output.extend_from_slice(text.as_bytes());
}

/// All bytes of a file operand; `-` and `/dev/stdin` are standard input.
pub(crate) fn read(call: &mut Call<'_>, operand: &str) -> Result<Vec<u8>, Failure> {
    if operand == "-" || operand == "/dev/stdin" {
        return Ok(call.take_input().to_vec());
    }
    call.world.read(operand)
}

/// The operands that a filter reads: standard input if there is none.
pub(crate) fn inputs(operands: &[String]) -> Vec<String> {
    if operands.is_empty() { vec!["-".to_owned()] } else { operands.to_vec() }
}

/// Everything the operands hold, one after another; what cannot be read is complained about, and
/// the status is then 1.
pub(crate) fn read_all(call: &mut Call<'_>, operands: &[String]) -> (Vec<u8>, Status) {
    let mut all = Vec::new();
    let mut status = 0;
    for operand in inputs(operands) {
        match read(call, &operand) {
            Ok(bytes) => all.extend_from_slice(&bytes),
            Err(failure) => {
                complain(call, &format!("{operand}: {}", failure.text()));
                status = 1;
            }
        }
    }
    (all, status)
}

/// The lines of a text without their ends; a last line without an end counts.
pub(crate) fn lines(bytes: &[u8], end: u8) -> impl Iterator<Item = &[u8]> {
    let body = bytes.strip_suffix(&[end]).unwrap_or(bytes);
    let mut rest = (!bytes.is_empty()).then_some(body);
    std::iter::from_fn(move || {
        let all = rest?;
        let cut = all.iter().position(|byte| *byte == end);
        rest = cut.map(|cut| &all[cut + 1..]);
        Some(&all[..cut.unwrap_or(all.len())])
    })
}

/// What stat(2) finds at a source of a copy; `/dev/null` is an empty file, whether the tree has one or not.
pub(crate) fn source(call: &Call<'_>, path: &str, follow: bool) -> Option<Node> {
    if call.world.followed(path).is_ok_and(|at| at == b"dev/null") {
        return Some(Node {
            meta: Meta::root(0o666, call.world.epoch),
            kind: Kind::File(Content::bytes("")),
        });
    }
    if follow { call.world.stat(path) } else { call.world.lstat(path) }.cloned()
}

/// `folder/name` with one slash between.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.ends_with('/') { format!("{folder}{name}") } else { format!("{folder}/{name}") }
}

/// The last component, trailing slashes aside; `/` for the root.
pub(crate) fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && !path.is_empty() {
        return "/";
    }
    trimmed.rsplit_once('/').map_or(trimmed, |(_, name)| name)
}

/// Everything before the last component, as dirname(1) prints it.
pub(crate) fn folder(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit_once('/') {
        Some((up, _)) if up.trim_end_matches('/').is_empty() => "/",
        Some((up, _)) => up.trim_end_matches('/'),
        None if trimmed.is_empty() && !path.is_empty() => "/",
        None => ".",
    }
}

/// Where programs of the host are, by path.
const FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Runs another program, as execvp(3) would: one of the host's, or a script of the tree. It reads the rest of the
/// call's own input, or `input`. The status is 127 if there is no such program.
///
/// # Errors
/// The program is one of the target, or it stops.
pub(crate) fn run(
    call: &mut Call<'_>,
    host: &mut dyn Host,
    words: &[String],
    input: Option<&[u8]>,
) -> Result<Status, Stop> {
    let Some((program, arguments)) = words.split_first() else { return Ok(0) };
    let named = program.rsplit_once('/').is_none_or(|(folder, _)| FOLDERS.contains(&folder));
    if named {
        let mut inner = Call {
            name: base(program),
            arguments,
            input: input.unwrap_or(call.input),
            output: &mut *call.output,
            errors: &mut *call.errors,
            world: &mut *call.world,
        };
        let status = host.run(&mut inner)?;
        let left = inner.input.len();
        if let Some(status) = status {
            if input.is_none() {
                call.input = &call.input[call.input.len() - left..];
            }
            return Ok(status);
        }
    }
    let all = input.unwrap_or(call.input);
    let mut io = Io { input: all, output: &mut *call.output, errors: &mut *call.errors };
    let status = execute(words, call.world, host, &mut io)?;
    if input.is_none() {
        call.take_input();
    }
    Ok(status)
}
