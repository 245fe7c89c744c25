//! `stat`.

use bringup_shell::{Call, Host, Status, Stop};
use bringup_tree::{Kind, Node};

use crate::accounts::{group_name, user_name};
use crate::common::{complain, missing_operand, quote};
use crate::mode::letters;
use crate::options::{parse, unsupported};
use crate::time::Moment;

/// Shows what the tree knows of files, by a format.
pub(crate) fn stat(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let long = &[("dereference", 'L'), ("format", 'c'), ("printf", '#')];
    let parsed = parse(call, "Lc:#:", long)?;
    let Some(option) = parsed.last_of("c#") else { return Err(unsupported(call, "no format")) };
    let format = parsed.value(option).unwrap_or_default().to_owned();
    if parsed.operands.is_empty() {
        return Ok(missing_operand(call));
    }
    let mut status = 0;
    for path in &parsed.operands {
        let follow = parsed.has('L');
        let node = if follow { call.world.stat(path) } else { call.world.lstat(path) };
        let Some(node) = node.cloned() else {
            let failure = call.world.absence(path);
            complain(call, &format!("cannot statx {}: {}", quote(path), failure.text()));
            status = 1;
            continue;
        };
        let mut text = expand(call, &format, path, &node, follow, option == '#')?;
        if option == 'c' {
            text.push('\n');
        }
        call.output.extend_from_slice(text.as_bytes());
    }
    Ok(status)
}

/// How many names or folders refer to a node, as `st_nlink`.
pub(crate) fn links(call: &Call<'_>, path: &str, follow: bool, node: &Node) -> usize {
    let at = if follow { call.world.followed(path) } else { call.world.named(path) };
    let Ok(at) = at else { return 0 };
    if node.kind.is_directory() {
        return 2 + call.world.tree.children(&at).filter(|(_, node)| node.kind.is_directory()).count();
    }
    call.world.tree.names(&at)
}

/// Length in bytes as `st_size`; that of a folder is one block of ext4.
pub(crate) fn size(node: &Node) -> u64 {
    match &node.kind {
        Kind::File(content) => content.len(),
        Kind::Symlink(target) => target.len() as u64,
        Kind::Directory => 4096,
        _ => 0,
    }
}

/// The first letter of a long listing.
pub(crate) fn type_letter(node: &Node) -> char {
    match node.kind {
        Kind::Directory => 'd',
        Kind::File(_) => '-',
        Kind::Symlink(_) => 'l',
        Kind::CharDevice(_) => 'c',
        Kind::BlockDevice(_) => 'b',
        Kind::Fifo => 'p',
        Kind::Socket => 's',
    }
}

/// The type's bits of `st_mode` (inode(7)).
pub(crate) fn type_bits(node: &Node) -> u32 {
    match node.kind {
        Kind::Directory => 0o040_000,
        Kind::File(_) => 0o100_000,
        Kind::Symlink(_) => 0o120_000,
        Kind::CharDevice(_) => 0o020_000,
        Kind::BlockDevice(_) => 0o060_000,
        Kind::Fifo => 0o010_000,
        Kind::Socket => 0o140_000,
    }
}

fn type_name(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Directory => "directory",
        Kind::File(content) if content.is_empty() => "regular empty file",
        Kind::File(_) => "regular file",
        Kind::Symlink(_) => "symbolic link",
        Kind::CharDevice(_) => "character special file",
        Kind::BlockDevice(_) => "block special file",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
    }
}

fn expand(
    call: &Call<'_>,
    format: &str,
    path: &str,
    node: &Node,
    follow: bool,
    escapes: bool,
) -> Result<String, Stop> {
    let mut out = String::new();
    let mut chars = format.chars();
    let mode = type_bits(node) | node.meta.mode;
    while let Some(letter) = chars.next() {
        if letter == '\\' && escapes {
            match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('\\') => out.push('\\'),
                Some('0') => out.push('\0'),
                _ => return Err(unsupported(call, "an escape of `--printf`")),
            }
            continue;
        }
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let unknown = |name: Option<String>| name.unwrap_or_else(|| "UNKNOWN".to_owned());
        let directive = chars.next();
        out += &match directive {
            Some('%') => "%".to_owned(),
            Some('a') => format!("{:o}", node.meta.mode),
            Some('A') => format!("{}{}", type_letter(node), letters(node.meta.mode)),
            Some('b') => (size(node).div_ceil(4096) * 8).to_string(),
            Some('B') => "512".to_owned(),
            // One file system, whatever its number.
            Some('d') => "1".to_owned(),
            Some('D') => "1".to_owned(),
            Some('f') => format!("{mode:x}"),
            Some('F') => type_name(node).to_owned(),
            Some('g') => node.meta.gid.to_string(),
            Some('G') => unknown(group_name(call.world, node.meta.gid)),
            Some('h') => links(call, path, follow, node).to_string(),
            Some('i') => call.world.id(path, follow).map_or(0, bringup_tree::NodeId::number).to_string(),
            Some('n') => path.to_owned(),
            Some('N') => match &node.kind {
                Kind::Symlink(target) => {
                    format!("{} -> {}", quote(path), quote(&String::from_utf8_lossy(target)))
                }
                _ => quote(path),
            },
            Some('o') => "4096".to_owned(),
            Some('s') => size(node).to_string(),
            Some('u') => node.meta.uid.to_string(),
            Some('U') => unknown(user_name(call.world, node.meta.uid)),
            Some('X' | 'Y' | 'Z') => node.meta.mtime.to_string(),
            Some('x' | 'y' | 'z') => {
                let moment = Moment::of(node.meta.mtime);
                moment.format("%Y-%m-%d %H:%M:%S.000000000 +0000", node.meta.mtime).unwrap_or_default()
            }
            Some('t' | 'T') => match node.kind {
                Kind::CharDevice(device) | Kind::BlockDevice(device) => {
                    format!("{:x}", if directive == Some('t') { device.major } else { device.minor })
                }
                _ => "0".to_owned(),
            },
            _ => return Err(unsupported(call, &format!("the format `{format}`"))),
        };
    }
    Ok(out)
}
