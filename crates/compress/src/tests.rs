//! Images made, compressed and read back by the formats' own libraries.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;

use crate::{Encoding, Error, Format, Options, compress, open};

const MIB: u64 = 1 << 20;
const FORMATS: [Format; 3] = [Format::Zstd { level: 1 }, Format::Xz { level: 0 }, Format::Gzip { level: 1 }];

/// Lines that every compressor makes smaller.
fn text(len: usize) -> Vec<u8> {
    (0..).flat_map(|line: u32| format!("line {line}\n").into_bytes()).take(len).collect()
}

/// Bytes that none does.
fn noise(len: usize) -> Vec<u8> {
    let step = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    std::iter::successors(Some(1), step).map(|state| (state >> 56) as u8).take(len).collect()
}

/// 9 MiB and a bit: text, noise, zeros that are stored, holes.
fn image() -> File {
    let file = tempfile::tempfile().unwrap();
    file.set_len(9 * MIB + 333).unwrap();
    file.write_all_at(&text(1_200_000), 0).unwrap();
    file.write_all_at(&noise(200_000), 2 * MIB - 100_000).unwrap();
    file.write_all_at(&vec![0; 1 << 20], 3 * MIB).unwrap();
    file.write_all_at(b"alone", 9 * MIB - 3).unwrap();
    file
}

fn bytes_of(image: &File) -> Vec<u8> {
    let mut bytes = vec![0; image.metadata().unwrap().len() as usize];
    image.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

fn compressed(image: &File, format: Format, threads: usize) -> Vec<u8> {
    let mut output = Vec::new();
    let options = Options { format, threads: NonZeroUsize::new(threads).unwrap() };
    assert_eq!(compress(image, &mut output, &options).unwrap(), output.len() as u64);
    output
}

fn read_back(from: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(from)?.1.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[test]
fn what_was_compressed_is_read_back() {
    let image = image();
    for format in FORMATS {
        let output = compressed(&image, format, 2);
        assert!(output.len() < 900_000, "{format:?}: {}", output.len());
        assert!(read_back(&output).unwrap() == bytes_of(&image), "{format:?}");
    }
}

#[test]
fn an_empty_image_is_a_whole_file() {
    let image = tempfile::tempfile().unwrap();
    for format in FORMATS {
        assert_eq!(read_back(&compressed(&image, format, 1)).unwrap(), [], "{format:?}");
    }
}

#[test]
fn the_bytes_depend_neither_on_threads_nor_on_holes() {
    let image = image();
    let mut filled = tempfile::tempfile().unwrap();
    filled.write_all(&bytes_of(&image)).unwrap();
    for format in FORMATS {
        let one = compressed(&image, format, 1);
        assert!(one == compressed(&image, format, 3), "{format:?}");
        assert!(one == compressed(&filled, format, 2), "{format:?}");
    }
}

#[test]
fn every_frame_of_zstd_is_read_alone_by_the_table() {
    let image = image();
    let file = compressed(&image, Format::Zstd { level: 1 }, 2);
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let end = file.len();
    assert_eq!(number(end - 4), 0x8F92_EAB1);
    let frames = number(end - 9);
    assert_eq!((frames, file[end - 5]), (3, 0));
    let table = end - 9 - 8 * frames;
    assert_eq!((number(table - 8), number(table - 4)), (0x184D_2A5E, end - table));
    let (mut at, mut plain) = (0, Vec::new());
    for frame in 0..frames {
        let (len, plain_len) = (number(table + 8 * frame), number(table + 8 * frame + 4));
        let bytes = zstd::bulk::decompress(&file[at..at + len], plain_len).unwrap();
        assert_eq!(bytes.len(), plain_len);
        plain.extend(bytes);
        at += len;
    }
    assert_eq!(at, table - 8);
    assert!(plain == bytes_of(&image));
}

#[test]
fn a_level_that_is_not_there_is_refused() {
    let image = image();
    for (format, says) in [
        (Format::Zstd { level: 20 }, "no level 20 of zstd, which has 1 to 19"),
        (Format::Xz { level: 10 }, "no level 10 of xz, which has 0 to 9"),
        (Format::Gzip { level: 0 }, "no level 0 of gzip, which has 1 to 9"),
    ] {
        let mut output = Vec::new();
        let options = Options { format, threads: NonZeroUsize::MIN };
        let error = compress(&image, &mut output, &options).unwrap_err();
        assert_eq!((error.to_string().as_str(), &output[..]), (says, &[][..]));
    }
}

#[test]
fn a_full_output_is_an_error() {
    let image = image();
    for format in FORMATS {
        let mut room = [0; 1000];
        let options = Options { format, threads: NonZeroUsize::new(2).unwrap() };
        let error = compress(&image, Cursor::new(&mut room[..]), &options).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{format:?}: {error:?}");
    }
}

/// The same bytes by each encoding, by its own library.
fn encoded(bytes: &[u8]) -> [(Encoding, Vec<u8>); 4] {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(bytes).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
    xz.write_all(bytes).unwrap();
    [
        (Encoding::Zstd, zstd::encode_all(bytes, 1).unwrap()),
        (Encoding::Xz, xz.finish().unwrap()),
        (Encoding::Gzip, gzip.finish().unwrap()),
        (Encoding::Bzip2, bzip2.finish().unwrap()),
    ]
}

#[test]
fn an_encoding_is_told_by_its_first_bytes() {
    for bytes in [&text(100_000)[..], b""] {
        for (encoding, file) in encoded(bytes) {
            assert_eq!(open(&file[..]).unwrap().0, encoding);
            assert!(read_back(&file).unwrap() == bytes, "{encoding:?}");
        }
    }
}

#[test]
fn anything_else_is_raw() {
    for bytes in [&b""[..], b"B", b"BZh9 is a word", &text(70_000)] {
        assert_eq!(open(bytes).unwrap().0, Encoding::Raw);
        assert!(read_back(bytes).unwrap() == bytes);
    }
}

#[test]
fn all_parts_of_a_file_are_read() {
    for (first, second) in encoded(b"one, ").into_iter().zip(encoded(b"two")) {
        let file = [first.1, second.1].concat();
        assert_eq!(read_back(&file).unwrap(), b"one, two", "{:?}", first.0);
    }
}

#[test]
fn a_file_that_is_cut_off_is_an_error() {
    for (encoding, file) in encoded(&text(200_000)) {
        for len in [file.len() - 1, file.len() / 2, 7] {
            assert!(read_back(&file[..len]).is_err(), "{encoding:?} of {len} bytes");
        }
    }
}

#[test]
fn a_damaged_file_is_an_error() {
    for format in FORMATS {
        let mut file = compressed(&image(), format, 1);
        file[100_000] ^= 0x10;
        assert!(read_back(&file).is_err(), "{format:?}");
    }
}
