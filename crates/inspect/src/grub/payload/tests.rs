use liblzma::stream::{Action, Filters, LzmaOptions, Stream};

use super::*;

/// A stream of someone else's making.
pub(crate) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut options = LzmaOptions::new_preset(6).unwrap();
    options.literal_context_bits(3).literal_position_bits(0).position_bits(2);
    let mut filters = Filters::new();
    filters.lzma1(&options);
    let mut stream = Stream::new_raw_encoder(&filters).unwrap();
    let mut out = Vec::with_capacity(bytes.len() * 2 + 1024);
    stream.process_vec(bytes, &mut out, Action::Finish).unwrap();
    out
}

/// A 32-bit ELF file with nothing but a section `.modname`.
fn module(name: &[u8]) -> Vec<u8> {
    let names = b"\0.modname\0.shstrtab\0";
    let (names_at, name_at) = (52, 52 + names.len());
    let table = (name_at + name.len()).next_multiple_of(4);
    let mut bytes = vec![0; table + 3 * 40];
    bytes[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
    bytes[16..21].copy_from_slice(&[1, 0, 3, 0, 1]);
    bytes[32] = table as u8;
    bytes[40..52].copy_from_slice(&[52, 0, 0, 0, 0, 0, 40, 0, 3, 0, 2, 0]);
    bytes[names_at..name_at].copy_from_slice(names);
    bytes[name_at..name_at + name.len()].copy_from_slice(name);
    let sections = [(1_u32, 1_u32, name_at, name.len()), (10, 3, names_at, names.len())];
    for (index, (name, kind, at, len)) in sections.into_iter().enumerate() {
        let header = table + 40 * (index + 1);
        for (field, value) in [(0, name), (4, kind), (16, at as u32), (20, len as u32)] {
            bytes[header + field..header + field + 4].copy_from_slice(&value.to_le_bytes());
        }
    }
    bytes
}

/// A kernel that knows the magic number, and objects behind it.
fn unpacked(objects: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"code mimg, more code ...".to_vec();
    let info = bytes.len();
    bytes.extend(MAGIC);
    bytes.extend(12_u32.to_le_bytes());
    bytes.extend([0; 4]);
    for (kind, data) in objects {
        bytes.extend(kind.to_le_bytes());
        bytes.extend((data.len() as u32 + 8).to_le_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    let size = (bytes.len() - info) as u32;
    bytes[info + 8..info + 12].copy_from_slice(&size.to_le_bytes());
    bytes
}

/// A core image that unpacks to `unpacked`, as far as it is read here.
fn packed(unpacked: &[u8]) -> Vec<u8> {
    let stream = compress(unpacked);
    let mut bytes = super::super::tests::core_fixture();
    bytes.truncate(512 + 0x770);
    bytes[520..524].copy_from_slice(&(stream.len() as u32).to_le_bytes());
    bytes[524..528].copy_from_slice(&(unpacked.len() as u32).to_le_bytes());
    bytes[528..532].fill(0);
    bytes.extend(stream);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub(crate) fn fixture() -> Vec<u8> {
    packed(&unpacked(&sound()))
}

fn sound() -> Vec<(u32, Vec<u8>)> {
    vec![
        (ELF, module(b"ext2\0")),
        (1, vec![0; 5]),
        (CONFIG, b"search x\n\0".to_vec()),
        (ELF, module(b"normal\0")),
        (PREFIX, b"(,msdos1)/boot/grub\0".to_vec()),
    ]
}

#[test]
fn modules_configuration_and_prefix_are_read() {
    let payload = Payload {
        prefix: Some("(,msdos1)/boot/grub".to_owned()),
        config: Some("search x\n".to_owned()),
        modules: vec!["ext2".to_owned(), "normal".to_owned()],
    };
    assert_eq!(super::payload(&fixture()), Ok(payload));
}

#[test]
fn a_changed_byte_of_the_stream_shows() {
    let good = fixture();
    let len = u32::from_le_bytes(good[520..524].try_into().unwrap()) as usize;
    // The last bytes are the stream's end mark, which is not read.
    for at in (512 + 0x770..512 + 0x770 + len - 16).step_by(29) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        assert_ne!(super::payload(&bytes), super::payload(&good), "{at:#x}");
    }
}

fn refused(bytes: &[u8]) -> String {
    super::payload(bytes).unwrap_err().to_string()
}

#[test]
fn each_rule_has_its_error() {
    let no_stream = "GRUB core image: it has no LZMA stream with GRUB's modules in it";
    assert_eq!(refused(&packed(&[b'x'; 300])), no_stream);
    let mut bytes = fixture();
    bytes[512 + 0x770] = 1;
    assert_eq!(refused(&bytes), no_stream);
    assert_eq!(
        refused(&packed(&unpacked(&[(ELF, module(b"\xff\0"))]))),
        "GRUB core image: a module's name at 0x0 is not a string"
    );
    assert_eq!(
        refused(&packed(&unpacked(&[(PREFIX, b"\xff\0".to_vec())]))),
        "GRUB core image: the prefix at 0x2c is not a string"
    );
    let mut kernel = unpacked(&sound());
    kernel[40] = 7;
    assert_eq!(
        refused(&packed(&kernel)),
        "GRUB core image: size of an object is 0x7, but it must count its header and lie within the others"
    );
    let mut bytes = fixture();
    bytes[527] = 1;
    assert_eq!(
        refused(&bytes),
        "GRUB core image: it is 16.0 MiB (16777732 B) long, but at most 8 MiB are loaded"
    );
}
