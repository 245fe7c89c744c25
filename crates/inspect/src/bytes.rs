//! Checked decoding by offset.

use crate::Error;

/// The bytes of a blob of a given format. Offsets are from its first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    /// The format, for errors.
    pub(crate) what: &'static str,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, bytes }
    }

    pub(crate) fn get(self, offset: u64, len: u64) -> Result<&'a [u8], Error> {
        let range = || {
            let start = usize::try_from(offset).ok()?;
            let end = start.checked_add(usize::try_from(len).ok()?)?;
            self.bytes.get(start..end)
        };
        range().ok_or(Error::Truncated { what: self.what, offset, needed: len, len: self.bytes.len() as u64 })
    }

    pub(crate) fn magic(self, offset: u64, expected: &'static [u8]) -> Result<(), Error> {
        let found = self.get(offset, expected.len() as u64)?;
        if found == expected {
            return Ok(());
        }
        Err(Error::BadMagic { what: self.what, offset, found: found.to_vec(), expected })
    }

    pub(crate) fn u8(self, offset: u64) -> Result<u8, Error> {
        self.array::<1>(offset).map(|[byte]| byte)
    }

    pub(crate) fn u16_le(self, offset: u64) -> Result<u16, Error> {
        self.array(offset).map(u16::from_le_bytes)
    }

    pub(crate) fn u32_le(self, offset: u64) -> Result<u32, Error> {
        self.array(offset).map(u32::from_le_bytes)
    }

    pub(crate) fn u64_le(self, offset: u64) -> Result<u64, Error> {
        self.array(offset).map(u64::from_le_bytes)
    }

    pub(crate) fn u16_be(self, offset: u64) -> Result<u16, Error> {
        self.array(offset).map(u16::from_be_bytes)
    }

    pub(crate) fn u64_be(self, offset: u64) -> Result<u64, Error> {
        self.array(offset).map(u64::from_be_bytes)
    }

    pub(crate) fn u32_be(self, offset: u64) -> Result<u32, Error> {
        self.array(offset).map(u32::from_be_bytes)
    }

    /// The string at `offset` up to its NUL.
    pub(crate) fn string(self, field: &'static str, offset: u64) -> Result<&'a str, Error> {
        let not_text = Error::NotText { what: self.what, field, offset };
        let rest = usize::try_from(offset).ok().and_then(|start| self.bytes.get(start..));
        let text =
            rest.and_then(|rest| rest.split(|&byte| byte == 0).next().filter(|text| text.len() < rest.len()));
        text.and_then(|text| std::str::from_utf8(text).ok()).ok_or(not_text)
    }

    fn array<const N: usize>(self, offset: u64) -> Result<[u8; N], Error> {
        let bytes = self.get(offset, N as u64)?;
        Ok(bytes.try_into().expect("get returns as many bytes as were asked for"))
    }
}

/// Whether `expected` stands at `offset`.
pub(crate) fn has(bytes: &[u8], offset: usize, expected: &[u8]) -> bool {
    bytes.get(offset..).is_some_and(|rest| rest.starts_with(expected))
}
