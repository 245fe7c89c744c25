//! Byte ranges: of what the host stores, of whole blocks.

use std::fs::File;
use std::ops::Range;

use super::BLOCK_BYTES;
use crate::Error;
use crate::image::Image;

/// What has to be written of a sparse image: all that the host stores, and `must_be_zero`.
///
/// A hole is zeros in the image and anything on a card that was used before. Boot areas, partition
/// tables and a file system's metadata are read even where they are zeros, and whoever laid them
/// out knows where they are; what nobody reads may keep what the card has.
///
/// Ascending, apart from each other.
///
/// # Errors
/// A range leaves the image, or the image's end cannot be found.
pub fn mapped(image: &File, must_be_zero: &[Range<u64>]) -> Result<Vec<Range<u64>>, Error> {
    let len = Image::new(image)?.len;
    let mut all = bringup_sparse::stored(image, 0..len);
    all.extend_from_slice(must_be_zero);
    blocks(&all, len)
}

/// The whole blocks that have a byte of `ranges`, ascending and merged; the last one may be cut off
/// by the image's end.
pub(super) fn blocks(ranges: &[Range<u64>], image_len: u64) -> Result<Vec<Range<u64>>, Error> {
    if let Some(outside) = ranges.iter().find(|range| range.end > image_len) {
        return Err(Error::Outside { start: outside.start, end: outside.end, len: image_len });
    }
    let mut sorted: Vec<Range<u64>> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut blocks: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        let start = range.start / BLOCK_BYTES * BLOCK_BYTES;
        let end = image_len.min(range.end.next_multiple_of(BLOCK_BYTES));
        match blocks.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => blocks.push(start..end),
        }
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ranges: &[(u64, u64)], len: u64) -> Vec<(u64, u64)> {
        let ranges: Vec<_> = ranges.iter().map(|&(start, end)| start..end).collect();
        blocks(&ranges, len).unwrap().into_iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn a_range_takes_all_of_its_blocks() {
        assert_eq!(of(&[(5000, 5001)], 1 << 20), [(4096, 8192)]);
        assert_eq!(of(&[(4095, 4097)], 1 << 20), [(0, 8192)]);
    }

    #[test]
    fn ranges_are_put_in_order_and_merged() {
        assert_eq!(
            of(&[(40_960, 45_000), (0, 1), (4096, 5000), (7, 9)], 1 << 20),
            [(0, 8192), (40_960, 45_056)]
        );
        assert_eq!(of(&[(0, 20_000), (4096, 5000)], 1 << 20), [(0, 20_480)]);
    }

    #[test]
    fn the_last_block_ends_with_the_image() {
        assert_eq!(of(&[(4096, 4608)], 4608), [(4096, 4608)]);
    }

    #[test]
    fn nothing_takes_no_block() {
        assert_eq!(of(&[(9, 9)], 1 << 20), []);
    }

    #[test]
    fn a_range_may_not_leave_the_image() {
        let error = blocks(&[0..9, 4096..4097], 4096).unwrap_err();
        assert!(matches!(error, Error::Outside { start: 4096, end: 4097, len: 4096 }), "{error}");
    }
}
