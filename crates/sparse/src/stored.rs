//! What the host says.

use std::fs::File;
use std::io;
use std::ops::Range;

use rustix::fs::SeekFrom;
use rustix::io::Errno;

/// Size of a file or of a block device, in bytes.
///
/// The file's position is left at its end: read by offset.
///
/// # Errors
/// The file has no end that can be sought: it is a pipe, say.
pub fn len(file: &File) -> io::Result<u64> {
    Ok(rustix::fs::seek(file, SeekFrom::End(0))?)
}

/// The parts of `range` that the host stores, ascending and apart; what lies between them is a
/// hole and reads as zeros. All of it, where the host cannot tell.
///
/// A stored part may well be zeros; a hole never is anything else. The host's unit is a block of
/// its file system, so parts may be larger than what was written. The file's position is moved:
/// read by offset.
///
/// Source: lseek(2), "Seeking file data and holes".
pub fn stored(file: &File, range: Range<u64>) -> Vec<Range<u64>> {
    let mut parts = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let start = match rustix::fs::seek(file, SeekFrom::Data(at)) {
            Ok(start) if start < range.end => start,
            // Nothing but a hole up to the end, of the range or of the file.
            Ok(_) | Err(Errno::NXIO) => break,
            Err(_) => at,
        };
        let end = match rustix::fs::seek(file, SeekFrom::Hole(start)) {
            Ok(end) if end > start => end.min(range.end),
            Ok(_) | Err(_) => range.end,
        };
        parts.push(start..end);
        at = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    const MIB: u64 = 1 << 20;

    /// 8 MiB with a little data at 1 MiB and at 5 MiB, on a file system that stores holes.
    fn two_islands() -> File {
        let file = tempfile::tempfile().unwrap();
        file.set_len(8 * MIB).unwrap();
        file.write_all_at(b"first", MIB).unwrap();
        file.write_all_at(b"second", 5 * MIB).unwrap();
        file
    }

    fn pairs(file: &File, range: Range<u64>) -> Vec<(u64, u64)> {
        stored(file, range).into_iter().map(|part| (part.start, part.end)).collect()
    }

    #[test]
    fn what_was_written_is_stored_and_most_of_the_rest_is_not() {
        let file = two_islands();
        assert_eq!(len(&file).unwrap(), 8 * MIB);
        let parts = stored(&file, 0..8 * MIB);
        assert!(parts.iter().any(|part| part.contains(&MIB)), "{parts:?}");
        assert!(parts.iter().any(|part| part.contains(&(5 * MIB + 5))), "{parts:?}");
        assert!(parts.iter().map(|part| part.end - part.start).sum::<u64>() < MIB, "{parts:?}");
    }

    #[test]
    fn parts_are_cut_to_the_range() {
        let file = two_islands();
        assert_eq!(pairs(&file, MIB + 1..MIB + 3), [(MIB + 1, MIB + 3)]);
        assert_eq!(stored(&file, 2 * MIB..4 * MIB), []);
        assert_eq!(stored(&file, 6 * MIB..9 * MIB), []);
        assert_eq!(stored(&file, 3..3), []);
    }

    #[test]
    fn where_the_host_cannot_tell_all_is_stored() {
        let (pipe, _writer) = std::io::pipe().unwrap();
        let pipe = File::from(std::os::fd::OwnedFd::from(pipe));
        assert_eq!(pairs(&pipe, 5..9), [(5, 9)]);
        assert!(len(&pipe).is_err());
    }
}
