use super::*;
use crate::testing::map_text;

fn sample() -> String {
    map_text(&[7; 10_000], 4096, &[0..1, 2..3])
}

/// The sample with one thing changed, under a right checksum of its own.
fn changed(from: &str, to: &str) -> String {
    let text = sample().replacen(from, to, 1);
    let again = crate::testing::seal(&text);
    BlockMap::parse(&again).unwrap_err().to_string()
}

#[test]
fn ranges_end_with_the_image() {
    let map = BlockMap::parse(&sample()).unwrap();
    assert_eq!(map.image_len, 10_000);
    let bytes: Vec<_> = map.ranges.iter().map(|range| range.bytes.clone()).collect();
    assert_eq!(bytes, [0..4096, 8192..10_000]);
    assert_eq!(map.ranges[1].sha256[..], Sha256::digest([7; 10_000 - 8192])[..]);
}

#[test]
fn one_thing_wrong_is_named() {
    for (from, to, says) in [
        ("version=\"2.0\"", "version=\"1.4\"", "its version is `1.4`, but only `2.0` is read"),
        ("sha256 ", "sha1 ", "its checksums are `sha1`, but only `sha256` is read"),
        ("<ImageSize> 10000", "<ImageSize> x", "`x` is no number"),
        ("<BlockSize> 4096", "<BlockSize> 0", "ImageSize and BlockSize must not be 0"),
        ("Count> 2", "Count> 3", "MappedBlocksCount is 3, but its ranges have 2 blocks"),
        (" 2 </Range>", " 0 </Range>", "range 0 is not behind the one before it, or not in the image"),
        (" 2 </Range>", " 3 </Range>", "range 3 is not behind the one before it, or not in the image"),
        (" 2 </Range>", " 2-1 </Range>", "range 2-1 is not behind the one before it, or not in the image"),
        (
            " 2 </Range>",
            " 18446744073709551615 </Range>",
            "range 18446744073709551615 is not behind the one before it, or not in the image",
        ),
        ("chksum=\"", "chksum=\"x", "is no SHA-256"),
        ("<BlockMap>", "<BlockMop>", "there is no <BlockMap>"),
    ] {
        let said = changed(from, to);
        assert!(said.starts_with("block map: ") && said.ends_with(says), "{from} -> {to}: {said}");
    }
}

#[test]
fn a_changed_map_is_no_map() {
    let text = sample().replacen("10000", "12000", 1);
    assert_eq!(
        BlockMap::parse(&text).unwrap_err().to_string(),
        "block map: its own checksum is not that of its text"
    );
    assert!(BlockMap::parse("").is_err());
}
