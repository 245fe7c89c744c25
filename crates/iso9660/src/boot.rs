//! El Torito's boot catalog.

use crate::BLOCK;
use crate::field::put;
use crate::options::BootPlatform;

/// Bytes of an entry (El Torito, section 2.0).
const ENTRY: usize = 32;

/// The most images: the first takes two entries, with the one that validates; each other takes
/// two, with its section's head.
pub(crate) const MOST: usize = BLOCK as usize / ENTRY / 2;

/// An image that can be started, in its place.
pub(crate) struct Image {
    pub(crate) platform: BootPlatform,
    /// Sectors of 512 bytes to load.
    pub(crate) sectors: u16,
    pub(crate) block: u32,
}

/// The catalog, one block; at least one image, at most [`MOST`].
pub(crate) fn catalog(images: &[Image]) -> Vec<u8> {
    let mut catalog = vec![0; BLOCK as usize];
    for (index, image) in images.iter().enumerate() {
        let head = &mut catalog[2 * index * ENTRY..][..ENTRY];
        head[1] = image.platform.number();
        if index == 0 {
            validate(head);
        } else {
            // A section's head (2.3): 0x91 says that it is the last one; then how many entries.
            head[0] = if index + 1 == images.len() { 0x91 } else { 0x90 };
            head[2] = 1;
        }
        let entry = &mut catalog[(2 * index + 1) * ENTRY..][..ENTRY];
        // Bootable; media type 0, no emulation; load segment 0, the usual 0x7c0 (2.2).
        entry[0] = 0x88;
        put(entry, 6, &image.sectors.to_le_bytes());
        put(entry, 8, &image.block.to_le_bytes());
    }
    catalog
}

/// Makes an entry the one that validates (2.1): its words sum to 0.
fn validate(entry: &mut [u8]) {
    entry[0] = 1;
    put(entry, 30, &[0x55, 0xaa]);
    let words = entry.chunks_exact(2).map(|word| u16::from_le_bytes([word[0], word[1]]));
    let sum = words.fold(0, u16::wrapping_add);
    put(entry, 28, &sum.wrapping_neg().to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(platform: BootPlatform, block: u32) -> Image {
        Image { platform, sectors: 4, block }
    }

    #[test]
    fn the_first_entry_sums_to_nothing() {
        let catalog = catalog(&[image(BootPlatform::Uefi, 7)]);
        let words = catalog[..32].chunks(2).map(|word| u32::from(word[0]) | u32::from(word[1]) << 8);
        assert_eq!(words.sum::<u32>() % 0x1_0000, 0);
        assert_eq!((catalog[1], catalog[32], catalog[38], catalog[40]), (0xef, 0x88, 4, 7));
        assert!(catalog[64..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn only_the_last_section_says_so() {
        let catalog = catalog(&[1, 2, 3].map(|block| image(BootPlatform::Bios, block)));
        assert_eq!((catalog[64], catalog[128]), (0x90, 0x91));
        assert_eq!(catalog[128 + 32 + 8], 3);
    }
}
