//! The hashes of an image of a FIT: nodes in the image's own whose names begin with `hash`.

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::WHAT;
use crate::Error;
use crate::fdt::DeviceTree;
use crate::hex::hex;

/// One hash of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash {
    /// `algo`, by U-Boot's name: `crc32`, `sha256`.
    pub algorithm: String,
    /// Whether it has been computed and agrees; if not, the algorithm is none of `crc32`, `sha256`,
    /// `sha384` and `sha512`.
    pub is_verified: bool,
}

/// The hashes of the image at position `at`, whose bytes are `data`.
pub(super) fn verify(tree: &DeviceTree<'_>, at: usize, data: &[u8]) -> Result<Vec<Hash>, Error> {
    let image = &tree.nodes()[at];
    let mut hashes = Vec::new();
    for node in tree.children(at).map(|child| &tree.nodes()[child]) {
        // FIT_HASH_NODENAME and FIT_IGNORE_PROP of U-Boot's include/image.h.
        if !node.name.starts_with("hash") || node.property("uboot-ignore").is_some() {
            continue;
        }
        let part = |property| Error::Missing { what: WHAT, part: format!("`{property}` of `{}`", node.path) };
        let algorithm = node.string("algo").ok_or_else(|| part("algo"))?.to_owned();
        let stored = node.property("value").ok_or_else(|| part("value"))?;
        let computed = match algorithm.as_str() {
            // The value is big-endian, like all numbers of a device tree.
            "crc32" => crc32fast::hash(data).to_be_bytes().to_vec(),
            "sha256" => Sha256::digest(data).to_vec(),
            "sha384" => Sha384::digest(data).to_vec(),
            "sha512" => Sha512::digest(data).to_vec(),
            _ => {
                hashes.push(Hash { algorithm, is_verified: false });
                continue;
            }
        };
        if stored != computed {
            let (stored, computed) = (hex(stored), hex(&computed));
            return Err(Error::BadHash {
                what: WHAT,
                part: image.name.to_owned(),
                algorithm,
                stored,
                computed,
            });
        }
        hashes.push(Hash { algorithm, is_verified: true });
    }
    Ok(hashes)
}
