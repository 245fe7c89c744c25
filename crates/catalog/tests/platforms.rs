//! Rules that hold for every platform: its facts agree with each other.

use std::collections::BTreeSet;
use std::str::FromStr;

use bringup_catalog::PLATFORMS;
use bringup_spec::{Class, Endian, Kernel, Platform};
use target_lexicon::{Architecture, Endianness, OperatingSystem, PointerWidth, Triple};

/// `e_machine` by CPU, from the ELF gABI's registry.
fn machine(architecture: Architecture) -> u16 {
    match architecture {
        Architecture::Aarch64(_) => 183,
        Architecture::Arm(_) => 40,
        Architecture::X86_64 => 62,
        Architecture::X86_32(_) => 3,
        Architecture::Riscv64(_) => 243,
        other => panic!("no ELF machine known for {other}"),
    }
}

/// A property that no two platforms may share.
fn assert_unique(what: fn(&Platform) -> &'static str) {
    let values: BTreeSet<&str> = PLATFORMS.iter().map(|platform| what(platform)).collect();
    assert_eq!(values.len(), PLATFORMS.len(), "{values:?}");
}

#[test]
fn names_triples_and_architectures_are_unique() {
    assert_unique(|platform| platform.name);
    assert_unique(|platform| platform.rust_target);
    assert_unique(|platform| platform.gnu_triplet);
    assert_unique(|platform| platform.multiarch);
    assert_unique(|platform| platform.debian_arch);
    assert_unique(|platform| platform.dynamic_linker);
}

#[test]
fn platforms_are_sorted_by_name() {
    assert!(PLATFORMS.is_sorted_by(|a, b| a.name < b.name));
}

#[test]
fn the_triple_is_rustcs_target() {
    for platform in PLATFORMS {
        assert_eq!(platform.triple, Triple::from_str(platform.rust_target).unwrap(), "{}", platform.name);
        assert_eq!(platform.triple.to_string(), platform.rust_target);
    }
}

#[test]
fn the_elf_identity_follows_from_the_triple() {
    for platform in PLATFORMS {
        let elf = platform.elf;
        assert_eq!(elf.machine, machine(platform.triple.architecture), "{}", platform.name);
        let class = match platform.triple.pointer_width().unwrap() {
            PointerWidth::U64 => Class::Elf64,
            _ => Class::Elf32,
        };
        assert_eq!(elf.class, class, "{}", platform.name);
        let endian = match platform.triple.endianness().unwrap() {
            Endianness::Little => Endian::Little,
            Endianness::Big => Endian::Big,
        };
        assert_eq!(elf.endian, endian, "{}", platform.name);
    }
}

#[test]
fn the_kernel_follows_from_the_triple() {
    for platform in PLATFORMS {
        let (system, linux) = match platform.kernel {
            Kernel::Linux => (OperatingSystem::Linux, true),
            Kernel::Hurd => (OperatingSystem::Hurd, false),
        };
        assert_eq!(platform.triple.operating_system, system, "{}", platform.name);
        assert_eq!(platform.linux_arch.is_some(), linux, "{}", platform.name);
        assert_eq!(platform.qemu_user.is_some(), linux, "{}", platform.name);
        assert_eq!(platform.gnu_triplet.contains("-linux-"), linux, "{}", platform.name);
    }
}

#[test]
fn the_gnu_triplet_and_the_library_folder_are_for_one_system() {
    for platform in PLATFORMS {
        let behind_cpu = |triplet: &'static str| triplet.split_once('-').map(|(_, rest)| rest).unwrap();
        assert_eq!(behind_cpu(platform.gnu_triplet), behind_cpu(platform.multiarch), "{}", platform.name);
        let environment = platform.triple.environment.to_string();
        assert!(platform.gnu_triplet.ends_with(&format!("-{environment}")), "{}", platform.name);
    }
}

#[test]
fn the_dynamic_linker_is_an_absolute_path() {
    for platform in PLATFORMS {
        assert!(platform.dynamic_linker.starts_with("/lib"), "{}", platform.name);
    }
}
