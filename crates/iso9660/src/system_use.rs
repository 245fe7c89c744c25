//! System Use fields (SUSP) behind a directory record, and where those that do not fit go on.

use crate::BLOCK;
use crate::field::{both32, put};

/// Bytes of a `CE` field: block, offset and length of what continues (SUSP 1.12, 5.1).
pub(crate) const CONTINUATION: usize = 28;

/// The fields of one directory that do not fit behind their records.
///
/// Linux (fs/isofs/rock.c, `rock_continue`) reads a continuation from one block, so none crosses
/// into the next.
#[derive(Default)]
pub(crate) struct Area {
    pub(crate) bytes: Vec<u8>,
    /// Where in `bytes` are `CE` fields.
    jumps: Vec<usize>,
}

/// What goes behind one record.
pub(crate) struct Behind {
    pub(crate) bytes: Vec<u8>,
    /// Where in `bytes` is the `CE` field, if there is one: its block counts from the area's first.
    pub(crate) jump: Option<usize>,
}

impl Area {
    /// Splits `fields`, each of at most 255 bytes, in two: what goes into the `room` behind a
    /// record, and the rest into this area.
    pub(crate) fn place(&mut self, fields: &[Vec<u8>], room: usize) -> Behind {
        let (here, rest) = split(fields, room);
        let mut behind = Behind { bytes: here.concat(), jump: None };
        if !rest.is_empty() {
            behind.jump = Some(behind.bytes.len());
            let jump = self.append(rest);
            behind.bytes.extend(jump);
        }
        behind
    }

    /// Appends `fields` and gives the `CE` field that leads to them.
    fn append(&mut self, mut fields: &[Vec<u8>]) -> Vec<u8> {
        let block = BLOCK as usize;
        let total: usize = fields.iter().map(Vec::len).sum();
        if self.bytes.len() % block + total > block {
            self.bytes.resize(self.bytes.len().next_multiple_of(block), 0);
        }
        let start = self.bytes.len();
        let mut first = None;
        let mut from = start;
        while !fields.is_empty() {
            let (here, rest) = split(fields, block - from % block);
            self.bytes.extend(here.concat());
            let mut end = self.bytes.len();
            if !rest.is_empty() {
                // More than a block: the next part begins with the next one.
                end += CONTINUATION;
                self.jumps.push(self.bytes.len());
                self.bytes.resize(end.next_multiple_of(block), 0);
            }
            match first {
                None => first = Some(continuation(from, end - from)),
                Some(_) => {
                    let at = self.jumps[self.jumps.len() - 1 - usize::from(!rest.is_empty())];
                    put(&mut self.bytes, at, &continuation(from, end - from));
                }
            }
            from = self.bytes.len();
            fields = rest;
        }
        first.unwrap_or_default()
    }

    /// The area's bytes in whole blocks, for a place whose first block is `block`.
    pub(crate) fn finish(mut self, block: u32) -> Vec<u8> {
        for at in std::mem::take(&mut self.jumps) {
            relocate(&mut self.bytes, at, block);
        }
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK as usize), 0);
        self.bytes
    }
}

/// As many of `fields` as fit into `room`, a `CE` field included where some are left.
fn split(fields: &[Vec<u8>], room: usize) -> (&[Vec<u8>], &[Vec<u8>]) {
    if fields.iter().map(Vec::len).sum::<usize>() <= room {
        return (fields, &[]);
    }
    let mut used = CONTINUATION;
    let mut count = 0;
    for field in fields {
        used += field.len();
        if used > room {
            break;
        }
        count += 1;
    }
    fields.split_at(count)
}

fn continuation(offset: usize, len: usize) -> Vec<u8> {
    let block = BLOCK as usize;
    let mut field = vec![b'C', b'E', CONTINUATION as u8, 1];
    for number in [offset / block, offset % block, len] {
        field.extend(both32(number as u32));
    }
    field
}

/// Adds `block` to the block number of the `CE` field at `at`.
pub(crate) fn relocate(bytes: &mut [u8], at: usize, block: u32) {
    let number = u32::from_le_bytes([bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]]);
    put(bytes, at + 4, &both32(number + block));
}
