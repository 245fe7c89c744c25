use super::fixture::{Builder, STRUCTURE, board};
use super::*;

fn refused(at: usize, value: u32) -> String {
    let mut bytes = board();
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    parse(&bytes).unwrap_err().to_string()
}

fn built(builder: Builder) -> String {
    parse(&builder.finish()).unwrap_err().to_string()
}

#[test]
fn model_and_compatible_are_of_the_root() {
    let bytes = board();
    let tree = parse(&bytes).unwrap();
    assert_eq!(tree.model(), Some("Test Board"));
    assert_eq!(tree.compatible(), ["test,board", "test,soc"]);
    assert_eq!(tree.total_size as usize, bytes.len());
}

#[test]
fn nodes_are_found_by_path_and_by_alias() {
    let bytes = board();
    let tree = parse(&bytes).unwrap();
    let paths: Vec<&str> = tree.nodes().iter().map(|node| node.path.as_str()).collect();
    assert_eq!(paths, ["/", "/aliases", "/soc", "/soc/mmc@1000"]);
    assert_eq!(tree.node("mmc0"), tree.node("/soc/mmc@1000"));
    assert_eq!(tree.node("mmc0").unwrap().u32("reg"), Some(0x1000));
    assert_eq!(tree.node("mmc1"), None);
}

/// Two buses; the second one has a node without and a node with an address, and an inner node.
fn buses() -> Vec<u8> {
    Builder::default()
        .begin("")
        .begin("aliases")
        .property("mmc1", b"/b/mmc@2\0")
        .property("mmc0", b"/b/mmc@1\0")
        .property("phandle", &[0, 0, 0, 9])
        .property("none", b"\0")
        .end()
        .begin("a")
        .property("phandle", &[0, 0, 0, 7])
        .end()
        .begin("b")
        .property("linux,phandle", &[0, 0, 0, 5])
        .begin("mmc@1")
        .begin("slot")
        .end()
        .end()
        .begin("mmc")
        .property("phandle", &[0, 0, 0, 7])
        .end()
        .begin("mmc@2")
        .end()
        .end()
        .end()
        .finish()
}

fn path<'t>(tree: &'t DeviceTree<'_>, at: Option<usize>) -> Option<&'t str> {
    at.map(|at| tree.nodes()[at].path.as_str())
}

#[test]
fn a_component_without_an_address_finds_the_first_of_its_name() {
    let bytes = buses();
    let tree = parse(&bytes).unwrap();
    for (asked, expected) in [
        ("/", Some("/")),
        ("/b/mmc", Some("/b/mmc@1")),
        ("/b/mmc@2", Some("/b/mmc@2")),
        ("//b/mmc/slot/", Some("/b/mmc@1/slot")),
        ("/b/mmc@3", None),
        ("/slot", None),
        ("b", None),
    ] {
        assert_eq!(path(&tree, tree.find(asked)), expected, "{asked}");
    }
}

#[test]
fn children_and_parent_are_one_step_away() {
    let bytes = buses();
    let tree = parse(&bytes).unwrap();
    let children = |of: &str| -> Vec<&str> {
        let found = tree.children(tree.find(of).unwrap());
        found.map(|child| tree.nodes()[child].name).collect()
    };
    assert_eq!(children("/"), ["aliases", "a", "b"]);
    assert_eq!(children("/a"), [""; 0]);
    assert_eq!(children("/b"), ["mmc@1", "mmc", "mmc@2"]);
    assert_eq!(children("/b/mmc@2"), [""; 0]);
    assert_eq!(tree.parent(0), None);
    for at in 0..tree.nodes().len() {
        assert!(tree.children(at).all(|child| tree.parent(child) == Some(at)));
    }
}

#[test]
fn phandles_lead_to_their_first_node() {
    let bytes = buses();
    let tree = parse(&bytes).unwrap();
    assert_eq!(path(&tree, tree.by_phandle(7)), Some("/a"));
    assert_eq!(path(&tree, tree.by_phandle(5)), Some("/b"));
    assert_eq!(tree.by_phandle(6), None);
    assert_eq!(tree.by_phandle(10), None);
}

#[test]
fn aliases_come_as_the_blob_lists_them() {
    let bytes = buses();
    let aliases = parse(&bytes).unwrap().aliases();
    assert_eq!(aliases, [("mmc1", "/b/mmc@2"), ("mmc0", "/b/mmc@1")]);
    let bytes = Builder::default().begin("").end().finish();
    assert_eq!(parse(&bytes).unwrap().aliases(), []);
}

#[test]
fn a_name_is_a_plain_name_and_an_address() {
    let bytes = buses();
    let tree = parse(&bytes).unwrap();
    let split = |path: &str| {
        let node = tree.node(path).unwrap();
        (node.plain_name(), node.unit_address())
    };
    assert_eq!(split("/b/mmc@2"), ("mmc", Some("2")));
    assert_eq!(split("/b/mmc"), ("mmc", None));
    assert_eq!(split("/"), ("", None));
}

/// A tree of one node with one property.
fn one_property(name: &str, value: &[u8]) -> Vec<u8> {
    Builder::default().begin("").property(name, value).end().finish()
}

#[test]
fn a_device_is_enabled_without_a_status_or_with_a_good_one() {
    for (value, status, enabled) in [
        (&b"okay\0"[..], Some("okay"), true),
        (b"ok\0", Some("ok"), true),
        (b"", None, true),
        (b"disabled\0", Some("disabled"), false),
        (b"fail-sss\0", Some("fail-sss"), false),
        // The NUL is missing.
        (b"disabled", Some("disabled"), false),
    ] {
        let bytes = one_property("status", value);
        let tree = parse(&bytes).unwrap();
        assert_eq!((tree.root().status(), tree.root().is_enabled()), (status, enabled));
    }
    assert!(parse(&one_property("x", b"")).unwrap().root().is_enabled());
}

#[test]
fn values_are_read_as_cells_and_as_text() {
    let bytes = one_property("x", &[0, 0, 0, 1, 0, 0, 0, 2, 9]);
    let tree = parse(&bytes).unwrap();
    assert_eq!(cells(tree.root().property("x").unwrap()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((tree.root().cell("x"), tree.root().u32("x")), (Some(1), None));
    assert_eq!(tree.root().cell("y"), None);
    let bytes = one_property("x", b"a\0\0\xff\0b");
    let tree = parse(&bytes).unwrap();
    assert_eq!(tree.root().texts("x").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(tree.root().strings("x"), [""; 0]);
}

#[test]
fn what_follows_the_blob_does_not_count() {
    let mut bytes = board();
    bytes.extend([0xff; 5]);
    assert_eq!(parse(&bytes).unwrap().model(), Some("Test Board"));
}

#[test]
fn the_header_is_held_to_its_rules() {
    assert_eq!(refused(0, 0xd00d_feee), "device tree: bytes at 0x0 are d0 0d fe ee, not d0 0d fe ed");
    assert_eq!(refused(20, 16), "device tree: version 0x10 is not supported");
    assert_eq!(refused(8, 0x3a), "device tree: off_dt_struct is 0x3a, but it must be a multiple of 4");
    let len = board().len();
    assert_eq!(refused(4, 0x1000), format!("device tree: 4 KiB at 0x0 needed, but it ends at {len:#x}"));
    assert_eq!(
        refused(32, 0x1000),
        format!("device tree: 4 KiB at {:#x} needed, but it ends at {len:#x}", len - 26)
    );
}

#[test]
fn the_structure_is_one_tree() {
    assert_eq!(refused(STRUCTURE, 7), "device tree: an unknown token at 0x38");
    assert_eq!(refused(STRUCTURE, 2), "device tree: the end of a node that did not begin at 0x38");
    assert_eq!(built(Builder::default()), "device tree: the end of the tree inside of a node at 0x38");
    assert_eq!(
        built(Builder::default().begin("")),
        "device tree: the end of the tree inside of a node at 0x40"
    );
    assert_eq!(built(Builder::default().begin("").end().begin("x")), "device tree: a second root at 0x44");
    assert_eq!(
        built(Builder::default().property("x", b"")),
        "device tree: a property outside of any node at 0x38"
    );
}

#[test]
fn nodes_have_a_depth_limit() {
    let deep = |levels: usize| {
        let builder = (1..levels).fold(Builder::default().begin(""), |builder, _| builder.begin("n"));
        (0..levels).fold(builder, |builder, _| builder.end()).finish()
    };
    assert_eq!(parse(&deep(64)).unwrap().nodes().len(), 64);
    assert_eq!(
        parse(&deep(65)).unwrap_err().to_string(),
        format!("device tree: more than 64 levels of nodes at {:#x}", STRUCTURE + 64 * 8)
    );
}

#[test]
fn paths_have_a_length_limit() {
    let long = |len: usize| Builder::default().begin("").begin(&"n".repeat(len)).end().end().finish();
    assert_eq!(parse(&long(1023)).unwrap().nodes()[1].path.len(), 1024);
    assert_eq!(
        parse(&long(1024)).unwrap_err().to_string(),
        "device tree: a path of more than 1024 bytes at 0x40"
    );
}

#[test]
fn values_and_names_lie_in_their_blocks() {
    // The length and the name of the first property.
    assert_eq!(refused(STRUCTURE + 12, 0xffff), "device tree: the structure is cut short at 0x4c");
    assert_eq!(refused(STRUCTURE + 16, 0xffff), "device tree: a property's name at 0xffff is not a string");
    // The structure block ends in the middle of the first token.
    assert_eq!(refused(36, 2), "device tree: the structure is cut short at 0x38");
}

#[test]
fn no_change_of_a_byte_panics() {
    let bytes = board();
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Ok(tree) = parse(&changed) {
                assert_eq!(tree.root().path, "/");
            }
        }
        assert!(parse(&bytes[..at]).is_err());
    }
}
