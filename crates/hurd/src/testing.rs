//! A small set of packages like the Hurd's, for tests here and of the whole system: programs that
//! say nothing and do nothing, but are what they claim to be for whoever looks at their headers.

use bringup_tree::{Content, Kind, Meta, Tree};

use crate::programs::SERVERS;

/// An i386 program without code: static, or one that names a dynamic linker.
pub fn elf(interpreter: Option<&str>) -> Vec<u8> {
    // System V ABI, 4 "Object Files", 5 "Program Loading": the header has 52 bytes, a row of the
    // program header table 32. Here: the header, one row for the code and one for the linker's
    // name, then that name.
    const HEADER: u32 = 52;
    const ROW: u32 = 32;
    const BASE: u32 = 0x0804_8000;
    let name: Vec<u8> = interpreter.map(|name| name.bytes().chain([0]).collect()).unwrap_or_default();
    let rows = 1 + u32::from(interpreter.is_some());
    let end = HEADER + rows * ROW;
    let len = name.len() as u32;
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let half = |bytes: &mut Vec<u8>, value: u32| bytes.extend(&value.to_le_bytes()[..2]);
    let word = |bytes: &mut Vec<u8>, value: u32| bytes.extend(value.to_le_bytes());
    // e_type ET_EXEC, e_machine EM_386.
    half(&mut bytes, 2);
    half(&mut bytes, 3);
    // e_version, e_entry, e_phoff, e_shoff, e_flags.
    for value in [1, BASE + end, HEADER, 0, 0] {
        word(&mut bytes, value);
    }
    // e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx.
    for value in [HEADER, ROW, rows, 0, 0, 0] {
        half(&mut bytes, value);
    }
    // PT_LOAD, readable and executable: p_offset, p_vaddr, p_paddr, p_filesz, p_memsz.
    for value in [1, 0, BASE, BASE, end + len, end + len + 1, 5, 0x1000] {
        word(&mut bytes, value);
    }
    if interpreter.is_some() {
        // PT_INTERP.
        for value in [3, end, BASE + end, BASE + end, len, len, 4, 1] {
            word(&mut bytes, value);
        }
    }
    bytes.extend(name);
    bytes
}

/// Puts a file into a tree; what the path's folders link to is followed.
///
/// # Panics
/// The tree has something else there: a mistake of the test.
pub fn add(tree: &mut Tree, path: &str, mode: u32, bytes: &[u8]) {
    let dir = Meta::root(0o755, 0);
    let path = tree.resolve(path).expect("links lead somewhere");
    let kind = Kind::File(Content::bytes(bytes));
    tree.insert_all(path, Meta::root(mode, 0), kind, &dir).expect("the place is free");
}

/// Packages that the system `hurd` asks for and that these tests look no further into: one program
/// each.
const OTHERS: [&str; 8] = ["base-files", "bash", "coreutils", "dash", "e2fsprogs", "grep", "login", "sed"];

/// Packages by name, as their archives unpack: without the links of a merged `/usr`. All that the
/// system `hurd` asks for is among them, and a file in place of GNU Mach.
pub fn hurd_packages() -> Vec<(&'static str, Tree)> {
    let package = |files: &[(&str, u32, Vec<u8>)]| {
        let mut tree = Tree::new(Meta::root(0o755, 0));
        for (path, mode, bytes) in files {
            add(&mut tree, path, *mode, bytes);
        }
        tree
    };
    let server = |path: &str| {
        let linker = (!path.ends_with(".static")).then_some("/lib/ld.so");
        (path.to_owned(), elf(linker))
    };
    let more = ["hurd/crash", "hurd/password", "hurd/procfs", "hurd/random", "bin/nullauth"];
    let servers: Vec<(String, Vec<u8>)> = SERVERS.iter().chain(&more).map(|path| server(path)).collect();
    let mut hurd: Vec<(&str, u32, Vec<u8>)> =
        servers.iter().map(|(path, bytes)| (path.as_str(), 0o755, bytes.clone())).collect();
    hurd.push(("etc/hurd/runsystem.gnu", 0o755, b"#!/bin/sh\n".to_vec()));
    hurd.push(("servers/exec", 0o644, Vec::new()));

    let mut libc = package(&[("lib/ld.so.1", 0o755, elf(None))]);
    let link = Kind::Symlink(b"ld.so.1".to_vec());
    libc.insert("lib/ld.so", Meta::root(0o777, 0), link).expect("its folder is there");
    let passwd = b"root:*:0:0:root:/root:/bin/bash\ndaemon:*:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n";
    let group = b"root:*:0:\ndaemon:*:1:\nshadow:*:42:\n";
    let other =
        |name: &'static str| (name, package(&[(&format!("usr/bin/{name}"), 0o755, elf(Some("/lib/ld.so")))]));
    let mut packages = vec![
        (
            "base-passwd",
            package(&[
                ("usr/share/base-passwd/group.master", 0o644, group.to_vec()),
                ("usr/share/base-passwd/passwd.master", 0o644, passwd.to_vec()),
            ]),
        ),
        (
            "gnumach-image-1.8-486-up",
            package(&[("boot/gnumach-1.8-486-up.gz", 0o644, b"not a kernel".to_vec())]),
        ),
        ("hurd", package(&hurd)),
        ("libc0.3", libc),
    ];
    packages.extend(OTHERS.map(other));
    packages
}

/// All of [`hurd_packages`] over each other, in a merged `/usr`.
///
/// # Panics
/// Never: the packages are fixed.
pub fn hurd_root() -> Tree {
    let dir = Meta::root(0o755, 0);
    let mut root = Tree::new(dir.clone());
    for name in ["bin", "lib"] {
        let real = format!("usr/{name}");
        root.insert_all(&real, dir.clone(), Kind::Directory, &dir).expect("the tree is empty");
        let link = Kind::Symlink(real.into_bytes());
        root.insert(name, dir.clone(), link).expect("the tree is empty");
    }
    for (_, tree) in hurd_packages() {
        root.merge(&tree).expect("packages share no file");
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_the_system_asks_for_is_there() {
        let text = include_str!("../../../systems/hurd.toml");
        let record: toml::Table = text.parse().unwrap();
        let packages = hurd_packages();
        for name in record["packages"]["install"].as_array().unwrap() {
            assert!(packages.iter().any(|(known, _)| Some(*known) == name.as_str()), "{name}");
        }
    }
}
