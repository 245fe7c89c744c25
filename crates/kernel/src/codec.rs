//! The index as bytes, for a cache.
//!
//! All integers are 32 bits, little-endian: magic, format, CRC-32 of the rest,
//! then the kernel's version, the modules, the built-in names and their
//! aliases. A string is its length and its bytes, a list its count and its items.

use crate::{Error, Module, ModuleIndex};

/// `BKMI`: Bringup's kernel-module index.
const MAGIC: [u8; 4] = *b"BKMI";

/// Changes whenever the layout or the meaning of a field does.
const FORMAT: u32 = 1;

const HEADER_LEN: usize = 12;

impl ModuleIndex {
    /// The index as bytes, always the same for the same package.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_text(&mut body, &self.version);
        put_len(&mut body, self.modules.len());
        for module in &self.modules {
            put_text(&mut body, &module.name);
            put_text(&mut body, &module.path);
            for list in lists(module) {
                put_list(&mut body, list);
            }
        }
        put_list(&mut body, &self.builtin);
        put_len(&mut body, self.builtin_aliases.len());
        for (alias, name) in &self.builtin_aliases {
            put_text(&mut body, alias);
            put_text(&mut body, name);
        }
        let mut out = Vec::with_capacity(HEADER_LEN + body.len());
        out.extend(MAGIC);
        out.extend(FORMAT.to_le_bytes());
        out.extend(crc32fast::hash(&body).to_le_bytes());
        out.extend(body);
        out
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// The bytes are damaged, or of another format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut from = Reader(bytes);
        if from.take(4)? != MAGIC {
            return Err(Error::BadIndex { reason: "it does not begin with `BKMI`" });
        }
        let found = from.number()?;
        if found != FORMAT {
            return Err(Error::IndexVersion { found, known: FORMAT });
        }
        if from.number()? != crc32fast::hash(from.0) {
            return Err(Error::BadIndex { reason: "its checksum does not match" });
        }
        let version = from.text()?;
        let modules = from.items(Reader::module)?;
        let builtin = from.items(Reader::text)?;
        let builtin_aliases = from.items(|from| Ok((from.text()?, from.text()?)))?;
        if !from.0.is_empty() {
            return Err(Error::BadIndex { reason: "more bytes follow its end" });
        }
        Self::new(version, modules, builtin, builtin_aliases)
    }
}

fn lists(module: &Module) -> [&Vec<String>; 7] {
    let Module { name: _, path: _, aliases, depends, softdeps, weakdeps, firmware, exports, parts } = module;
    [aliases, depends, softdeps, weakdeps, firmware, exports, parts]
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    let len = u32::try_from(len).expect("a string or list of a package has less than 2^32 items");
    out.extend(len.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_len(out, text.len());
    out.extend(text.as_bytes());
}

fn put_list(out: &mut Vec<u8>, list: &[String]) {
    put_len(out, list.len());
    list.iter().for_each(|text| put_text(out, text));
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (head, tail) =
            self.0.split_at_checked(len).ok_or(Error::BadIndex { reason: "it ends too early" })?;
        self.0 = tail;
        Ok(head)
    }

    fn number(&mut self) -> Result<u32, Error> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn text(&mut self) -> Result<String, Error> {
        let len = self.number()? as usize;
        let text = std::str::from_utf8(self.take(len)?);
        text.map(str::to_owned).map_err(|_| Error::BadIndex { reason: "a string is not UTF-8" })
    }

    fn items<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        // The count is not trusted with an allocation: the items run out of bytes first.
        let count = self.number()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn module(&mut self) -> Result<Module, Error> {
        Ok(Module {
            name: self.text()?,
            path: self.text()?,
            aliases: self.items(Self::text)?,
            depends: self.items(Self::text)?,
            softdeps: self.items(Self::text)?,
            weakdeps: self.items(Self::text)?,
            firmware: self.items(Self::text)?,
            exports: self.items(Self::text)?,
            parts: self.items(Self::text)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, index};

    fn bytes() -> Vec<u8> {
        let fakes = [
            Fake::new("kernel/b.ko").info("alias", "x*").info("depends", "a").export("f"),
            Fake::new("kernel/a.ko").info("softdep", "pre: c").info("firmware", "d.bin"),
        ];
        index(&fakes).to_bytes()
    }

    #[test]
    fn an_index_survives_the_cache() {
        let index = ModuleIndex::from_bytes(&bytes()).unwrap();
        assert_eq!(index.modules().len(), 2);
        assert_eq!(index.to_bytes(), bytes());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let bytes = bytes();
        for at in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(ModuleIndex::from_bytes(&flipped).is_err(), "bit {at}");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let bytes = bytes();
        for len in 0..bytes.len() {
            assert!(ModuleIndex::from_bytes(&bytes[..len]).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn lies_behind_a_right_checksum_are_noticed() {
        for (body, expected) in [
            (&[255, 255, 255, 255][..], "it ends too early"),
            (&[1, 0, 0, 0, 255], "a string is not UTF-8"),
            (&[0, 0, 0, 0, 255, 255, 255, 255], "it ends too early"),
            (&[0; 17], "more bytes follow its end"),
        ] {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(FORMAT.to_le_bytes());
            bytes.extend(crc32fast::hash(body).to_le_bytes());
            bytes.extend(body);
            let Err(Error::BadIndex { reason }) = ModuleIndex::from_bytes(&bytes) else { panic!() };
            assert_eq!(reason, expected);
        }
    }

    #[test]
    fn another_format_is_named() {
        let mut bytes = bytes();
        bytes[4] = 9;
        let error = ModuleIndex::from_bytes(&bytes).unwrap_err();
        assert!(matches!(error, Error::IndexVersion { found: 9, known: FORMAT }));
    }
}
