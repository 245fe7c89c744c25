//! The common `ar` format, as far as dpkg uses it.
//!
//! deb(5) and FreeBSD's ar(5): `!<arch>\n`, then for each member a header of 60 bytes in ASCII and
//! the data, padded to an even offset by a newline.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::DebError;

const MAGIC: &[u8; 8] = b"!<arch>\n";
const HEADER_LEN: u64 = 60;
/// Field `ar_name` is bytes 0..16, `ar_size` in decimal bytes 48..58, `ar_fmag` bytes 58..60.
const NAME: std::ops::Range<usize> = 0..16;
const SIZE: std::ops::Range<usize> = 48..58;
const END: std::ops::Range<usize> = 58..60;
const END_MARK: &[u8; 2] = b"`\n";
/// A package has three members, plus what others may add.
const MAX_MEMBERS: usize = 64;

/// A member, by its header.
#[derive(Debug)]
pub(super) struct RawMember {
    pub(super) name: String,
    pub(super) offset: u64,
    pub(super) len: u64,
}

/// Every member, in order; only headers are read.
pub(super) fn members(file: &File, path: &Path) -> Result<Vec<RawMember>, DebError> {
    let total = file.metadata().map_err(DebError::io("read", path))?.len();
    let read = |buffer: &mut [u8], at: u64, what: &'static str| {
        let end = at + buffer.len() as u64;
        if end > total {
            return Err(DebError::Truncated {
                path: path.to_owned(),
                what: what.to_owned(),
                end,
                len: total,
            });
        }
        file.read_exact_at(buffer, at).map_err(DebError::io("read", path))
    };
    let mut magic = [0; MAGIC.len()];
    read(&mut magic, 0, "the archive's magic number")?;
    if &magic != MAGIC {
        return Err(DebError::NotADeb { path: path.to_owned(), problem: "it is no `ar` archive" });
    }
    let mut members = Vec::new();
    let mut at = MAGIC.len() as u64;
    while at < total {
        let mut header = [0; HEADER_LEN as usize];
        read(&mut header, at, "a member's header")?;
        let bad = |problem| DebError::BadHeader { path: path.to_owned(), offset: at, problem };
        if &header[END] != END_MARK {
            return Err(bad("its end mark is missing"));
        }
        if members.len() == MAX_MEMBERS {
            return Err(bad("a package has no more than 64 members"));
        }
        let name = std::str::from_utf8(&header[NAME]).ok().filter(|name| name.is_ascii());
        let name = name.ok_or_else(|| bad("the name is not ASCII"))?.trim_end_matches(' ');
        // GNU ar ends names with a slash; dpkg accepts that.
        let name = name.strip_suffix('/').unwrap_or(name).to_owned();
        let digits = std::str::from_utf8(&header[SIZE]).unwrap_or_default().trim_end_matches(' ');
        let len = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        let len: u64 = len.ok_or_else(|| bad("the size is not a decimal number"))?;
        let offset = at + HEADER_LEN;
        // At most ten digits, so nothing overflows here.
        let end = offset + len;
        if end > total {
            let what = format!("member `{name}`");
            return Err(DebError::Truncated { path: path.to_owned(), what, end, len: total });
        }
        members.push(RawMember { name, offset, len });
        at = end.next_multiple_of(2);
    }
    Ok(members)
}
