//! The cache against its format, on libraries made here.

use bringup_tree::{Content, Kind, Meta};

use super::cache::compare;
use super::library::{Library, Machine, library};
use crate::testing::{EPOCH, ok, run, text, world};

/// A library of 64-bit Arm: header, one loadable and one dynamic segment, a dynamic section, strings.
fn elf(soname: &str) -> Vec<u8> {
    let mut out = b"\x7fELF\x02\x01\x01".to_vec();
    out.resize(16, 0);
    let half = |out: &mut Vec<u8>, value: u16| out.extend(value.to_le_bytes());
    let word = |out: &mut Vec<u8>, value: u32| out.extend(value.to_le_bytes());
    let long = |out: &mut Vec<u8>, value: u64| out.extend(value.to_le_bytes());
    half(&mut out, 3);
    half(&mut out, 183);
    word(&mut out, 1);
    long(&mut out, 0);
    long(&mut out, 64);
    long(&mut out, 0);
    word(&mut out, 0);
    for value in [64, 56, 2, 0, 0, 0] {
        half(&mut out, value);
    }
    // Loaded from 0x1000; the strings lie at file offset 224.
    for (kind, offset, address, len) in [(1, 0, 0x1000, 512), (2, 176, 0x10b0, 48)] {
        word(&mut out, kind);
        word(&mut out, 4);
        for value in [offset, address, address, len, len, 8] {
            long(&mut out, value);
        }
    }
    for (tag, value) in [(14, 1), (5, 0x1000 + 224), (0, 0)] {
        long(&mut out, tag);
        long(&mut out, value);
    }
    out.push(0);
    out.extend(soname.bytes());
    out.push(0);
    out
}

fn root() -> bringup_shell::World {
    let mut world = world(&[
        ("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n"),
        ("etc/ld.so.conf.d/a.conf", "# x\n/usr/local/lib\n/usr/lib/aarch64-linux-gnu/\n"),
        ("usr/sbin/ldconfig", "xldconfig (GLIBC 2) stable release version 2\0y"),
        ("usr/lib/x", ""),
    ]);
    world.tree.insert("lib", Meta::root(0o777, 0), Kind::Symlink(b"usr/lib".to_vec())).unwrap();
    for (path, soname) in
        [("libz.so.1.3", "libz.so.1"), ("libz.so.1.2", "libz.so.1"), ("libz10.so", "libz10.so")]
    {
        let path = format!("usr/lib/aarch64-linux-gnu/{path}");
        let kind = Kind::File(Content::bytes(elf(soname)));
        world.tree.insert_all(path, Meta::root(0o644, EPOCH), kind, &Meta::root(0o755, EPOCH)).unwrap();
    }
    world
}

#[test]
fn a_library_has_a_name() {
    let machine = Machine::of("arm64").unwrap();
    let named = Library { flags: 0x0a03, soname: Some("libz.so.1".to_owned()) };
    assert_eq!(library(&Content::bytes(elf("libz.so.1")), machine), Some(named));
    for len in 0..elf("libz.so.1").len() - 12 {
        assert_eq!(library(&Content::bytes(&elf("libz.so.1")[..len]), machine), None, "{len}");
    }
    assert_eq!(library(&Content::bytes(elf("libz.so.1")), Machine::of("riscv64").unwrap()), None);
}

#[test]
fn numbers_of_a_broken_library_do_not_overflow() {
    let machine = Machine::of("arm64").unwrap();
    // The loadable segment's place, address and size; the places of the strings and of the name.
    for at in [64 + 8, 64 + 16, 64 + 32, 176 + 8, 192 + 8] {
        let mut bytes = elf("libz.so.1");
        bytes[at..at + 8].fill(0xff);
        let found = library(&Content::bytes(bytes), machine);
        assert_eq!(found.is_some(), at == 64 + 32, "{at}");
    }
}

#[test]
fn the_newest_library_gets_the_link_and_a_stale_link_goes() {
    let mut world = root();
    world.make_symlink("gone", "/usr/lib/aarch64-linux-gnu/libgone.so.1").unwrap();
    ok(&mut world, "ldconfig");
    let Kind::Symlink(target) = &world.lstat("/usr/lib/aarch64-linux-gnu/libz.so.1").unwrap().kind else {
        panic!("a link");
    };
    assert_eq!(target, b"libz.so.1.3");
    assert!(world.lstat("/usr/lib/aarch64-linux-gnu/libgone.so.1").is_none());
}

#[test]
fn the_cache_has_every_library_highest_first() {
    let mut world = root();
    ok(&mut world, "ldconfig");
    let cache = world.read("/etc/ld.so.cache").unwrap();
    let number = |at: usize| u32::from_le_bytes(cache[at..at + 4].try_into().unwrap()) as usize;
    let string = |at: usize| {
        let end = cache[at..].iter().position(|byte| *byte == 0).unwrap() + at;
        String::from_utf8(cache[at..end].to_vec()).unwrap()
    };
    assert_eq!(&cache[..20], b"glibc-ld.so.cache1.1");
    assert_eq!((number(20), number(48), number(72)), (2, 0x0a03, 0x0a03));
    assert_eq!((string(number(52)), string(number(76))), ("libz10.so".into(), "libz.so.1".into()));
    assert_eq!(string(number(80)), "/usr/lib/aarch64-linux-gnu/libz.so.1");
    // The name lies inside the path.
    assert_eq!(number(76), number(80) + "/usr/lib/aarch64-linux-gnu/".len());
    let extensions = number(32);
    assert_eq!((number(extensions), number(extensions + 4)), (0xeaa4_2174, 1));
    assert_eq!(&cache[number(extensions + 16)..], b"ldconfig (GLIBC 2) stable release version 2");
}

#[test]
fn numbers_in_names_count_by_value() {
    assert!(compare(b"libx.so.9", b"libx.so.10").is_lt());
    assert!(compare(b"libx.so", b"libx.so.1").is_lt());
    assert!(compare(b"lib1", b"libx").is_gt());
}

#[test]
fn a_tree_without_its_own_ldconfig_stops() {
    let mut world = root();
    world.remove("/usr/sbin/ldconfig").unwrap();
    let error = run(&mut world, "ldconfig", "").unwrap_err().to_string();
    assert!(error.contains("does not say its version"));
    assert_eq!(text(&world, "/etc/ld.so.conf").lines().count(), 1);
}
