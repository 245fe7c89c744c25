//! The LZMA stream that `lzma_decompress.img` reads.

use liblzma::stream::{Action, Filters, LzmaOptions, Status, Stream};

use crate::Error;

/// The reach of a match. The decoder keeps all of its output, so any reach will do; this one spans
/// every image that fits (GRUB's own tool takes 64 KiB).
const DICTIONARY: u32 = 1 << 20;

/// Compresses `bytes` to a bare LZMA stream: no header, an end mark that GRUB's decoder never gets to.
///
/// `lc` 3, `lp` 0 and `pb` 2 are fixed in the decoder: GRUB, grub-core/boot/i386/pc/lzma_decode.S,
/// `FIXED_LC`, `FIXED_LP`, `FIXED_PB`.
pub(super) fn compress(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut options = LzmaOptions::new_preset(9).map_err(Error::Compress)?;
    options.dict_size(DICTIONARY).literal_context_bits(3).literal_position_bits(0).position_bits(2);
    let mut filters = Filters::new();
    filters.lzma1(&options);
    let mut stream = Stream::new_raw_encoder(&filters).map_err(Error::Compress)?;
    let mut out = Vec::with_capacity(bytes.len() / 2 + 1024);
    loop {
        let done = usize::try_from(stream.total_in()).expect("no more goes in than is in memory");
        let status = stream.process_vec(&bytes[done..], &mut out, Action::Finish).map_err(Error::Compress)?;
        if status == Status::StreamEnd {
            return Ok(out);
        }
        // `process_vec` fills the room there is and never makes any.
        out.reserve(bytes.len() / 2 + 1024);
    }
}

/// What GRUB's decoder makes of `bytes`: the first `len` bytes of the stream.
#[cfg(test)]
pub(super) fn decompress(bytes: &[u8], len: usize) -> Vec<u8> {
    let mut options = LzmaOptions::new_preset(9).unwrap();
    options.dict_size(DICTIONARY).literal_context_bits(3).literal_position_bits(0).position_bits(2);
    let mut filters = Filters::new();
    filters.lzma1(&options);
    let mut stream = Stream::new_raw_decoder(&filters).unwrap();
    let mut out = Vec::with_capacity(len);
    stream.process_vec(bytes, &mut out, Action::Run).unwrap();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_with_the_fixed_properties_gives_the_bytes_back() {
        let text: Vec<u8> = (0..40_000u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        let packed = compress(&text).unwrap();
        assert!(packed.len() < text.len());
        assert_eq!(decompress(&packed, text.len()), text);
    }

    #[test]
    fn what_does_not_compress_gets_the_room_it_needs() {
        // A multiplicative generator's high bytes: no two places alike.
        let noise: Vec<u8> = (0..100_000u64)
            .map(|n| (n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
            .scan(0x1234_5678_u32, |state, byte| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Some(byte ^ (*state >> 24) as u8)
            })
            .collect();
        let packed = compress(&noise).unwrap();
        assert_eq!(decompress(&packed, noise.len()), noise);
    }

    #[test]
    fn the_stream_is_bare() {
        // A range coder's first byte is always 0 (LZMA specification, "Range decoder").
        assert_eq!(compress(b"grub").unwrap()[0], 0);
    }
}
