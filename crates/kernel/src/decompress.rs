//! Module files as plain ELF.

use std::io::{self, Read};

use liblzma::stream::Stream;

use crate::Error;

/// The most bytes a module may have. The largest of Debian's, `amdgpu`, has less than 40 MiB;
/// one with its debug information still has less than this.
const LIMIT_MIB: u64 = 512;

/// The most memory the xz decoder may ask for, in bytes. The kernel's build compresses with a
/// dictionary of 2 MiB or less, `xz -9` with 64 MiB.
const XZ_MEMORY_BYTES: u64 = 128 << 20;

/// The bytes of the module at `path` (below the module folder), by the suffix of its name.
pub(crate) fn plain(path: &str, packed: Vec<u8>) -> Result<Vec<u8>, Error> {
    let io = |source| Error::Decompress { path: path.to_owned(), source };
    let mut out = Vec::new();
    if path.ends_with(".xz") {
        let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES, 0).map_err(|error| io(error.into()))?;
        read(liblzma::read::XzDecoder::new_stream(&packed[..], stream), &mut out)
    } else if path.ends_with(".zst") {
        zstd::Decoder::new(&packed[..]).and_then(|decoder| read(decoder, &mut out))
    } else if path.ends_with(".gz") {
        read(flate2::read::GzDecoder::new(&packed[..]), &mut out)
    } else {
        return Ok(packed);
    }
    .map_err(io)?;
    if out.len() as u64 > LIMIT_MIB << 20 {
        return Err(Error::TooLarge { path: path.to_owned(), limit_mib: LIMIT_MIB });
    }
    Ok(out)
}

fn read(from: impl Read, out: &mut Vec<u8>) -> io::Result<()> {
    from.take((LIMIT_MIB << 20) + 1).read_to_end(out).map(drop)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_suffix_gives_the_same_bytes() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"module").unwrap();
        let packed = [
            ("a.ko", b"module".to_vec()),
            ("a.ko.xz", xz(b"module")),
            ("a.ko.zst", zstd::encode_all(&b"module"[..], 1).unwrap()),
            ("a.ko.gz", gz.finish().unwrap()),
        ];
        for (path, bytes) in packed {
            assert_eq!(plain(path, bytes).unwrap(), b"module", "{path}");
        }
    }

    #[test]
    fn a_damaged_module_is_named() {
        let mut bytes = xz(b"module");
        bytes.truncate(bytes.len() - 1);
        let error = plain("kernel/a.ko.xz", bytes).unwrap_err();
        assert_eq!(error.to_string(), "module `kernel/a.ko.xz` does not decompress");
    }
}
