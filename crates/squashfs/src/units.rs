//! What is compressed together: blocks of large files, and fragment blocks of many small ones.

use bringup_tree::Content;

/// Bytes of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) content: &'a Content,
    pub(crate) at: u64,
    pub(crate) len: usize,
}

/// What becomes one block.
#[derive(Debug)]
pub(crate) enum Unit<'a> {
    /// The next block of the content with this index.
    Block(usize, Piece<'a>),
    /// The next fragment block: the ends of files, one behind the other.
    Fragment(Vec<Piece<'a>>),
}

/// Where the end of a file is, if it is in a fragment block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    /// Number of the fragment block.
    pub(crate) number: u32,
    /// Where in it, once that is decompressed.
    pub(crate) offset: u32,
}

/// All blocks in the order of writing; the blocks of one file stand together.
#[derive(Debug)]
pub(crate) struct Units<'a> {
    pub(crate) units: Vec<Unit<'a>>,
    /// For each content.
    pub(crate) fragments: Vec<Option<Fragment>>,
}

/// Cuts contents into blocks. Those of which an earlier one has the same bytes (`first`) get none.
pub(crate) fn cut<'a>(
    contents: &[&'a Content],
    first: &[usize],
    block_size: usize,
    tail_ends: bool,
) -> Units<'a> {
    let mut units = Vec::new();
    let mut fragments = vec![None; contents.len()];
    let mut open: Vec<Piece<'_>> = Vec::new();
    let mut used = 0;
    let mut number = 0;
    for (index, &content) in contents.iter().enumerate() {
        if first[index] != index {
            continue;
        }
        let whole = content.len() / block_size as u64;
        for block in 0..whole {
            let piece = Piece { content, at: block * block_size as u64, len: block_size };
            units.push(Unit::Block(index, piece));
        }
        let at = whole * block_size as u64;
        let end = Piece { content, at, len: (content.len() - at) as usize };
        if end.len == 0 {
            continue;
        }
        if whole > 0 && !tail_ends {
            units.push(Unit::Block(index, end));
            continue;
        }
        if used + end.len > block_size {
            units.push(Unit::Fragment(std::mem::take(&mut open)));
            number += 1;
            used = 0;
        }
        fragments[index] = Some(Fragment { number, offset: used as u32 });
        open.push(end);
        used += end.len;
    }
    if !open.is_empty() {
        units.push(Unit::Fragment(open));
    }
    Units { units, fragments }
}
