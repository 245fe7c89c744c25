//! Which blocks of an image are read and written, in which order.

use std::ops::Range;

use crate::buffer::ALIGN;
use bringup_compress::BlockMap;

/// How much is read, written and compared at a time. Cards and sticks are slow with less than their
/// erase blocks, which are 4 MiB at the most usually.
pub(crate) const CHUNK: u64 = 4 << 20;

/// How many bytes at the front of a device are written last: partition table, boot programs in
/// front of the first partition, and whatever else makes a disk look as if it could boot.
pub const HEAD: u64 = CHUNK;

/// What of an image to read, in order: all of its head, and what is mapped, each in whole units of
/// [`ALIGN`] but at the image's end. Without a map, everything.
pub(crate) fn runs(map: Option<&BlockMap>, len: Option<u64>) -> Vec<Range<u64>> {
    let Some(map) = map else { return vec![0..len.unwrap_or(u64::MAX)] };
    let align = ALIGN as u64;
    let mut runs = vec![0..HEAD.min(map.image_len)];
    for range in &map.ranges {
        let start = range.bytes.start / align * align;
        let end = range.bytes.end.next_multiple_of(align).min(map.image_len);
        match runs.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => runs.push(start..end),
        }
    }
    runs
}

/// The pieces of runs that lie in one chunk each.
pub(crate) fn chunks(runs: Vec<Range<u64>>) -> impl Iterator<Item = Range<u64>> {
    runs.into_iter().flat_map(|run| {
        let mut at = run.start;
        std::iter::from_fn(move || {
            let start = at;
            at = (start / CHUNK * CHUNK).saturating_add(CHUNK).min(run.end);
            (start < run.end).then_some(start..at)
        })
    })
}

#[cfg(test)]
mod tests {
    use bringup_compress::Mapped;

    use super::*;

    fn of(image_len: u64, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        let mapped = |bytes: &Range<u64>| Mapped { bytes: bytes.clone(), sha256: [0; 32] };
        let map = BlockMap { image_len, block_len: 512, ranges: ranges.iter().map(mapped).collect() };
        chunks(runs(Some(&map), None)).collect()
    }

    #[test]
    fn the_head_is_whole_and_the_rest_is_what_is_mapped() {
        let mib = 1 << 20;
        assert_eq!(
            of(20 * mib, &[0..512, 5 * mib..13 * mib, 19 * mib..20 * mib]),
            [0..4 * mib, 5 * mib..8 * mib, 8 * mib..12 * mib, 12 * mib..13 * mib, 19 * mib..20 * mib]
        );
    }

    #[test]
    fn runs_are_widened_to_what_direct_io_takes() {
        let head = HEAD;
        let (a, b) = (2 * head + 512, 2 * head + 5000);
        assert_eq!(of(4 * head, &[a..b]), [0..head, 2 * head..2 * head + 8192]);
        // Two that touch then are one, and none is longer than the image.
        assert_eq!(of(2 * head + 9000, &[a..b, b..2 * head + 9000]), [0..head, 2 * head..2 * head + 9000]);
        assert_eq!(of(1000, &[0..1000]), [0..1000]);
    }

    #[test]
    fn without_a_map_everything_is_read_even_if_nobody_knows_how_much() {
        assert_eq!(chunks(runs(None, Some(HEAD + 1))).collect::<Vec<_>>(), [0..HEAD, HEAD..HEAD + 1]);
        assert_eq!(chunks(runs(None, None)).nth(3), Some(3 * HEAD..4 * HEAD));
    }
}
