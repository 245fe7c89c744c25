//! A file cut into blocks, its holes left in one piece.

use std::ops::Range;

/// A part of a file that begins at a multiple of the block size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// One block, of which the host stores something; a shorter one at the file's end.
    Data(Range<u64>),
    /// Any number of blocks, of which the host stores nothing: zeros.
    Hole(Range<u64>),
}

/// Cuts `len` bytes of a file into pieces, in order and without gaps, by blocks of `block` bytes.
///
/// `stored` is what [`stored`](crate::stored) says about all of the file.
///
/// ```
/// use bringup_sparse::{Piece, cut};
///
/// let pieces: Vec<Piece> = cut(30, 10, vec![12..14]).collect();
/// assert_eq!(pieces, [Piece::Hole(0..10), Piece::Data(10..20), Piece::Hole(20..30)]);
/// ```
///
/// # Panics
/// If `block` is 0.
pub fn cut(len: u64, block: u64, stored: Vec<Range<u64>>) -> impl Iterator<Item = Piece> {
    let mut parts = stored.into_iter().peekable();
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= len {
            return None;
        }
        while parts.next_if(|part| part.end <= at).is_some() {}
        let data = parts.peek().map_or(len, |part| part.start / block * block);
        let start = at;
        if start < data {
            at = data.min(len);
            return Some(Piece::Hole(start..at));
        }
        at = len.min(start.saturating_add(block));
        Some(Piece::Data(start..at))
    })
}

#[cfg(test)]
mod tests {
    use super::Piece::{Data, Hole};
    use super::*;

    fn pieces(len: u64, stored: &[(u64, u64)]) -> Vec<Piece> {
        cut(len, 10, stored.iter().map(|&(start, end)| start..end).collect()).collect()
    }

    #[test]
    fn a_file_that_is_stored_is_cut_at_every_block() {
        assert_eq!(pieces(25, &[(0, 25)]), [Data(0..10), Data(10..20), Data(20..25)]);
    }

    #[test]
    fn a_hole_stays_in_one_piece() {
        assert_eq!(pieces(95, &[]), [Hole(0..95)]);
        assert_eq!(pieces(95, &[(31, 32)]), [Hole(0..30), Data(30..40), Hole(40..95)]);
    }

    #[test]
    fn parts_within_one_block_are_one_piece() {
        assert_eq!(pieces(30, &[(1, 2), (4, 5), (9, 12)]), [Data(0..10), Data(10..20), Hole(20..30)]);
    }

    #[test]
    fn nothing_has_no_pieces() {
        assert_eq!(pieces(0, &[]), []);
    }
}
