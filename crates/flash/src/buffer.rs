//! Memory that direct I/O takes.

/// Direct I/O wants memory, offsets and lengths in multiples of the logical sector (open(2),
/// O_DIRECT), which is 512 or 4,096 bytes.
pub(crate) const ALIGN: usize = 4096;

/// A stretch of memory that starts at a multiple of [`ALIGN`].
#[derive(Debug)]
pub(crate) struct Buffer {
    memory: Vec<u8>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// `len` zeros.
    pub(crate) fn new(len: usize) -> Self {
        // The vector never grows, so its memory stays where it is.
        let memory = vec![0; len + ALIGN];
        let start = memory.as_ptr().align_offset(ALIGN);
        Self { memory, start, len }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.memory[self.start..][..self.len]
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_starts_where_direct_io_wants_it() {
        for len in [1, 512, 4096, 1 << 20] {
            let buffer = Buffer::new(len);
            assert_eq!(buffer.bytes().as_ptr() as usize % ALIGN, 0);
            assert_eq!(buffer.bytes(), vec![0; len]);
        }
    }
}
