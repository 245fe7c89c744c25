use super::*;
use crate::fdt::fixture::{Builder, board};

/// What the FITs made here differ in.
struct Parts {
    data: fn(Builder) -> Builder,
    hash: Option<(&'static [u8], Vec<u8>)>,
    firmware: &'static [u8],
    default: &'static [u8],
}

const INSIDE: fn(Builder) -> Builder = |builder| builder.property("data", b"123456789");

/// The check value of CRC-32.
const CRC32: [u8; 4] = [0xCB, 0xF4, 0x39, 0x26];

impl Default for Parts {
    fn default() -> Self {
        Self {
            data: INSIDE,
            hash: Some((b"crc32\0", CRC32.to_vec())),
            firmware: b"uboot\0",
            default: b"config-1\0",
        }
    }
}

fn fit(parts: Parts) -> Vec<u8> {
    let builder = Builder::default()
        .begin("")
        .property("description", b"test\0")
        .begin("images")
        .begin("uboot")
        .property("type", b"standalone\0")
        .property("arch", b"arm64\0")
        .property("load", &[0, 0, 0, 1, 0x80, 0, 0, 0])
        .property("entry", &[0x80, 0, 0, 4]);
    let mut builder = (parts.data)(builder);
    if let Some((algorithm, value)) = parts.hash {
        builder = builder.begin("hash-1").property("algo", algorithm).property("value", &value).end();
    }
    builder
        .end()
        .end()
        .begin("configurations")
        .property("default", parts.default)
        .begin("config-1")
        .property("firmware", parts.firmware)
        .end()
        .begin("config-2")
        .property("description", b"vendor/soc-board.dtb\0")
        .property("loadables", b"uboot\0uboot\0")
        .end()
        .end()
        .end()
        .finish()
}

/// A FIT with 13 bytes behind its device tree, 9 of them its image's.
pub(crate) fn fixture() -> Vec<u8> {
    let data = |builder: Builder| {
        builder.property("data-offset", &[0, 0, 0, 4]).property("data-size", &[0, 0, 0, 9])
    };
    let mut bytes = fit(Parts { data, ..Parts::default() });
    let len = bytes.len().next_multiple_of(4) + 4;
    bytes.resize(len, 0xaa);
    bytes.extend(b"123456789");
    bytes
}

fn refused(parts: Parts) -> String {
    parse(&fit(parts)).unwrap_err().to_string()
}

#[test]
fn images_and_configurations_are_read() {
    let bytes = fixture();
    let fit = parse(&bytes).unwrap();
    assert_eq!(fit.description.as_deref(), Some("test"));
    assert_eq!(fit.default.as_deref(), Some("config-1"));
    let len = bytes.len() as u64;
    let image = Image {
        name: "uboot".to_owned(),
        kind: Some("standalone".to_owned()),
        arch: Some("arm64".to_owned()),
        os: None,
        compression: None,
        load_address: Some(0x1_8000_0000),
        entry_address: Some(0x8000_0004),
        data: len - 9..len,
        hashes: vec![Hash { algorithm: "crc32".to_owned(), is_verified: true }],
    };
    assert_eq!(fit.images, [image]);
    let uboot = || "uboot".to_owned();
    let configuration = Configuration {
        name: "config-2".to_owned(),
        description: Some("vendor/soc-board.dtb".to_owned()),
        images: vec![("loadables", uboot()), ("loadables", uboot())],
    };
    assert_eq!(fit.configurations[1], configuration);
    assert_eq!(fit.configurations[0].images, [("firmware", uboot())]);
}

#[test]
fn data_may_lie_inside() {
    let bytes = fit(Parts::default());
    let data = parse(&bytes).unwrap().images[0].data.clone();
    assert_eq!(&bytes[data.start as usize..data.end as usize], b"123456789");
}

#[test]
fn data_must_be_there() {
    let bytes = fixture();
    let (len, cut) = (bytes.len(), bytes.len() - 1);
    assert_eq!(
        parse(&bytes[..cut]).unwrap_err().to_string(),
        format!("FIT: 9 B at {:#x} needed, but it ends at {cut:#x}", len - 9)
    );
    let missing = Parts { data: |builder| builder, ..Parts::default() };
    assert_eq!(refused(missing), "FIT: it has no data of `/images/uboot`");
}

#[test]
fn hashes_must_agree() {
    let mut bytes = fixture();
    *bytes.last_mut().unwrap() = b'8';
    assert_eq!(
        parse(&bytes).unwrap_err().to_string(),
        "FIT: crc32 of `uboot` is stored as cbf43926, but that of its bytes is bcf309b0"
    );
    // FIPS 180-2's way of hashing; the value is sha256sum's.
    let value = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
    let bytes = |value: &str| -> Vec<u8> {
        (0..value.len()).step_by(2).map(|at| u8::from_str_radix(&value[at..at + 2], 16).unwrap()).collect()
    };
    let sha256 = fit(Parts { hash: Some((b"sha256\0", bytes(value))), ..Parts::default() });
    assert_eq!(parse(&sha256).unwrap().integrity(), Integrity::Hashed);
    let short = Parts { hash: Some((b"sha256\0", bytes(&value[..62]))), ..Parts::default() };
    assert_eq!(
        refused(short),
        format!("FIT: sha256 of `uboot` is stored as {}, but that of its bytes is {value}", &value[..62])
    );
}

#[test]
fn a_hash_that_cannot_be_computed_vouches_for_nothing() {
    let sha1 = parse(&fit(Parts { hash: Some((b"sha1\0", vec![0; 20])), ..Parts::default() })).unwrap();
    assert_eq!(sha1.images[0].hashes, [Hash { algorithm: "sha1".to_owned(), is_verified: false }]);
    assert_eq!(sha1.integrity(), Integrity::Unhashed);
    let none = parse(&fit(Parts { hash: None, ..Parts::default() })).unwrap();
    assert_eq!(none.integrity(), Integrity::Unhashed);
}

#[test]
fn every_name_leads_somewhere() {
    assert_eq!(
        refused(Parts { firmware: b"atf\0", ..Parts::default() }),
        "FIT: `firmware` of `config-1` names `atf`, which is not among its images"
    );
    assert_eq!(
        refused(Parts { default: b"config-3\0", ..Parts::default() }),
        "FIT: `default` names `config-3`, which is not among its configurations"
    );
}

#[test]
fn the_configuration_is_the_boards_or_the_default() {
    let fit = parse(&fixture()).unwrap();
    for (board, name) in [(Some("soc-board"), "config-2"), (Some("soc"), "config-1"), (None, "config-1")] {
        assert_eq!(fit.configuration(board).unwrap().name, name);
    }
    let fit = Fit { default: None, ..fit };
    assert_eq!(
        fit.configuration(Some("soc")).unwrap_err().to_string(),
        "FIT: it has no configuration to start"
    );
}

#[test]
fn another_device_tree_is_no_fit() {
    assert_eq!(parse(&board()).unwrap_err().to_string(), "FIT: it has no `/images`");
}
