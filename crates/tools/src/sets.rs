//! Which packages hold which programs; data.

use crate::Error;

/// Packages that are unpacked together with what they depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolSet {
    /// Its name, unique.
    pub name: &'static str,
    /// Debian packages of the host's own architecture.
    pub packages: &'static [&'static str],
    /// The programs it is for.
    pub programs: &'static [&'static str],
}

/// Every set of tools. Contents of packages: Debian trixie.
pub const SETS: &[ToolSet] = &[
    ToolSet {
        name: "disk",
        packages: &["dosfstools", "e2fsprogs", "fdisk", "gdisk", "mtools"],
        programs: &[
            "debugfs",
            "dumpe2fs",
            "e2fsck",
            "fsck.fat",
            "mcopy",
            "mdir",
            "mke2fs",
            "resize2fs",
            "sfdisk",
            "sgdisk",
        ],
    },
    ToolSet {
        name: "genimage",
        // genimage calls a shell and its programs.
        packages: &["coreutils", "dash", "e2fsprogs", "genimage", "tar"],
        programs: &["genimage", "tar"],
    },
    ToolSet {
        name: "qemu-arm",
        packages: &["qemu-system-arm", "u-boot-qemu"],
        programs: &["qemu-system-aarch64", "qemu-system-arm"],
    },
    ToolSet {
        name: "qemu-riscv",
        packages: &["qemu-system-riscv", "u-boot-qemu"],
        programs: &["qemu-system-riscv64"],
    },
    ToolSet {
        name: "qemu-x86",
        packages: &["qemu-system-x86", "u-boot-qemu"],
        programs: &["qemu-system-i386", "qemu-system-x86_64"],
    },
];

/// The set that has `program`.
///
/// # Errors
/// None has; the error lists the programs there are.
pub fn set_of(program: &str) -> Result<&'static ToolSet, Error> {
    let found = SETS.iter().find(|set| set.programs.contains(&program));
    found.ok_or_else(|| Error::Unknown {
        program: program.to_owned(),
        known: SETS.iter().flat_map(|set| set.programs).copied().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_and_every_program_is_named_once() {
        let mut names: Vec<&str> = SETS.iter().flat_map(|set| set.programs).copied().collect();
        names
            .extend(SETS.iter().map(|set| set.name).filter(|name| !names.contains(name)).collect::<Vec<_>>());
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_program_is_found_by_its_name() {
        assert_eq!(set_of("e2fsck").unwrap().name, "disk");
        assert!(
            set_of("rm").unwrap_err().to_string().starts_with("no tool `rm`\nhelp: there are `debugfs`, ")
        );
    }
}
