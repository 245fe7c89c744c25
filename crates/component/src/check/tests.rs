use bringup_platforms::{AARCH64_LINUX, ARMV7_LINUX};
use bringup_tree::{Content, Meta};

use super::*;

/// A position-independent AArch64 program with a dynamic linker and needed libraries (ELF gABI, "ELF
/// Header", "Program Header", "Dynamic Section").
fn program(interpreter: &str, needed: &[&str]) -> Vec<u8> {
    const HEADER: usize = 64;
    const ROW: usize = 56;
    let name = [interpreter.as_bytes(), b"\0"].concat();
    let mut strings = vec![0];
    let mut dynamic: Vec<u64> = Vec::new();
    for library in needed {
        // DT_NEEDED.
        dynamic.extend([1, strings.len() as u64]);
        strings.extend([library.as_bytes(), b"\0"].concat());
    }
    let at = HEADER + 3 * ROW;
    let strings_at = at + name.len();
    let dynamic_at = strings_at + strings.len();
    // DT_STRTAB, DT_STRSZ, DT_NULL.
    dynamic.extend([5, strings_at as u64, 10, strings.len() as u64, 0, 0]);
    let dynamic: Vec<u8> = dynamic.iter().flat_map(|value| value.to_le_bytes()).collect();
    let total = dynamic_at + dynamic.len();

    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // e_type ET_DYN, e_machine EM_AARCH64, e_version.
    for half in [3_u16, 183, 1, 0] {
        bytes.extend(half.to_le_bytes());
    }
    // e_entry, e_phoff, e_shoff.
    for wide in [0, HEADER as u64, 0] {
        bytes.extend(wide.to_le_bytes());
    }
    // e_flags; e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx.
    bytes.extend([0; 4]);
    for half in [HEADER as u16, ROW as u16, 3, 0, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    // PT_LOAD, PT_INTERP, PT_DYNAMIC: p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align.
    for (kind, from, len) in [(1_u32, 0, total), (3, at, name.len()), (2, dynamic_at, dynamic.len())] {
        bytes.extend(kind.to_le_bytes());
        bytes.extend(5_u32.to_le_bytes());
        for wide in [from, from, from, len, len, 1] {
            bytes.extend((wide as u64).to_le_bytes());
        }
    }
    bytes.extend(name);
    bytes.extend(strings);
    bytes.extend(dynamic);
    bytes
}

fn tree(files: &[(&str, &[u8])]) -> Tree {
    let folder = Meta::root(0o755, 0);
    let mut tree = Tree::new(folder.clone());
    for (path, bytes) in files {
        let file = Kind::File(Content::bytes(*bytes));
        tree.insert_all(path, folder.clone(), file, &folder).unwrap();
    }
    tree
}

const LINKER: &str = "/lib/ld-linux-aarch64.so.1";

fn root() -> Tree {
    tree(&[("lib/ld-linux-aarch64.so.1", b"x"), ("usr/lib/aarch64-linux-gnu/libc.so.6", b"x")])
}

fn run(artifact: &Tree, root: Option<&Tree>) -> Result<Vec<String>, Error> {
    check("hello", &AARCH64_LINUX, root, artifact, &|library| {
        (library == "libz.so.1").then(|| "zlib1g".to_owned())
    })
}

#[test]
fn a_program_whose_libraries_are_there_passes() {
    let bytes = program(LINKER, &["libc.so.6", "libown.so"]);
    let artifact =
        tree(&[("usr/bin/hello", &bytes), ("usr/lib/libown.so", b"x"), ("usr/share/text", b"no program")]);
    assert_eq!(run(&artifact, Some(&root())).unwrap(), ["libc.so.6"]);
    assert_eq!(run(&artifact, None).unwrap(), ["libc.so.6"]);
}

#[test]
fn a_missing_library_is_named_with_its_package() {
    for (library, help) in [
        ("libz.so.1", "package `zlib1g` has it: add it to the system's packages"),
        ("libq.so", "install the library too, or link it statically"),
    ] {
        let artifact = tree(&[("usr/bin/hello", &program(LINKER, &["libc.so.6", library]))]);
        assert_eq!(
            run(&artifact, Some(&root())).unwrap_err().to_string(),
            format!(
                "component `hello`: `/usr/bin/hello` needs `{library}`, which the root does not have\nhelp: {help}"
            )
        );
    }
}

#[test]
fn another_machines_program_is_refused() {
    let artifact = tree(&[("usr/bin/hello", &program(LINKER, &[]))]);
    let error = check("hello", &ARMV7_LINUX, None, &artifact, &|_| None).unwrap_err();
    assert!(matches!(error, Error::WrongPlatform { path, .. } if path == "usr/bin/hello"));
}

#[test]
fn the_dynamic_linker_must_be_the_platforms_and_there() {
    let artifact = tree(&[("usr/bin/hello", &program("/lib/ld-musl-aarch64.so.1", &[]))]);
    let error = run(&artifact, None).unwrap_err().to_string();
    assert!(error.ends_with("but the platform's dynamic linker is `/lib/ld-linux-aarch64.so.1`"), "{error}");
    let artifact = tree(&[("usr/bin/hello", &program(LINKER, &[]))]);
    let error = run(&artifact, Some(&tree(&[]))).unwrap_err().to_string();
    assert!(error.ends_with("but the root does not have that (package `libc6`)"), "{error}");
}

#[test]
fn a_build_path_in_any_file_is_found() {
    let artifact = tree(&[("usr/share/config", b"built in /bringup/build/hello\n")]);
    assert_eq!(
        run(&artifact, None).unwrap_err().to_string(),
        "component `hello`: `/usr/share/config` holds the build path `/bringup/build/`\n\
         help: strip it, or pass relative paths; the compilers here map paths of source and build"
    );
}

#[test]
fn a_damaged_program_is_named() {
    let mut bytes = program(LINKER, &[]);
    bytes.truncate(40);
    let error = run(&tree(&[("usr/bin/hello", &bytes)]), None).unwrap_err();
    assert!(matches!(error, Error::BadProgram { path, .. } if path == "usr/bin/hello"));
}
