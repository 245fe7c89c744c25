//! Which packages hold which programs; data.

use crate::Error;

/// Packages that are unpacked together with what they depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolSet {
    /// Its name, unique.
    pub name: &'static str,
    /// The Debian architecture of its packages, where that is not the host's own.
    pub architecture: Option<&'static str>,
    /// Debian packages, or alternatives as in Debian Policy, 7.1: `a | b`.
    pub packages: &'static [&'static str],
    /// The programs it is for.
    pub programs: &'static [&'static str],
}

/// Every set of tools. Contents of packages: Debian trixie.
pub const SETS: &[ToolSet] = &[
    ToolSet {
        // What reads and unpacks container images.
        name: "container",
        architecture: None,
        packages: &["skopeo", "umoci"],
        programs: &["skopeo", "umoci"],
    },
    ToolSet {
        name: "disk",
        architecture: None,
        packages: &["dosfstools", "e2fsprogs", "fdisk", "gdisk", "mtools"],
        programs: &[
            "debugfs",
            "dumpe2fs",
            "e2fsck",
            "fsck.fat",
            "mcopy",
            "mdel",
            "mdir",
            "mformat",
            "mke2fs",
            "mkfs.fat",
            "mmd",
            "mtype",
            "resize2fs",
            "sfdisk",
            "sgdisk",
        ],
    },
    ToolSet {
        // An SSH client that needs no account and no configuration of the host.
        name: "dropbear",
        architecture: None,
        packages: &["dropbear-bin"],
        programs: &["dbclient", "dropbearkey"],
    },
    ToolSet {
        name: "erofs",
        architecture: None,
        packages: &["erofs-utils"],
        programs: &["dump.erofs", "fsck.erofs", "mkfs.erofs"],
    },
    ToolSet {
        // What disk images become, and what reads them back.
        name: "formats",
        architecture: None,
        packages: &["bmaptool", "gzip", "xz-utils", "zstd"],
        programs: &["bmaptool", "gzip", "xz", "zstd"],
    },
    ToolSet {
        name: "genimage",
        architecture: None,
        // genimage calls a shell and its programs, and those that make file systems.
        packages: &["coreutils", "dash", "dosfstools", "e2fsprogs", "findutils", "genimage", "mtools", "tar"],
        programs: &["genimage", "tar"],
    },
    ToolSet {
        name: "grub",
        architecture: None,
        // grub-mkrescue calls xorriso and mtools.
        packages: &["grub-common", "grub-pc-bin", "mtools", "xorriso"],
        programs: &["grub-mkimage", "grub-mkrescue", "xorriso"],
    },
    ToolSet {
        name: "locale",
        architecture: None,
        // The character sets are compressed, and localedef starts gzip.
        packages: &["gzip", "libc-bin", "locales"],
        programs: &["localedef"],
    },
    ToolSet {
        // The C compiler proper without its driver, which only the driver's users need.
        name: "mach",
        // MIG's output depends on the word size that it was made for, and it is made for its own
        // machine only: Debian has it for i686 in i386 alone.
        architecture: Some("i386"),
        packages: &["binutils-i686-linux-gnu", "cpp-i686-linux-gnu", "gnumach-dev", "mig-i686-gnu"],
        programs: &["i686-linux-gnu-as", "i686-linux-gnu-ld", "i686-linux-gnu-readelf"],
    },
    ToolSet {
        name: "qemu-arm",
        architecture: None,
        packages: &["qemu-system-arm", "u-boot-qemu"],
        programs: &["qemu-system-aarch64", "qemu-system-arm"],
    },
    ToolSet { name: "qemu-img", architecture: None, packages: &["qemu-utils"], programs: &["qemu-img"] },
    ToolSet {
        name: "qemu-riscv",
        architecture: None,
        // Before trixie it was one of the miscellaneous ones.
        packages: &["qemu-system-riscv | qemu-system-misc", "u-boot-qemu"],
        programs: &["qemu-system-riscv64"],
    },
    ToolSet {
        // Static programs, each for one machine's.
        name: "qemu-user",
        architecture: None,
        packages: &["qemu-user"],
        programs: &["qemu-aarch64", "qemu-arm", "qemu-i386", "qemu-riscv64", "qemu-x86_64"],
    },
    ToolSet {
        name: "qemu-x86",
        architecture: None,
        // UEFI for both widths; SeaBIOS is a dependency.
        packages: &["ovmf", "ovmf-ia32", "qemu-system-x86"],
        programs: &["qemu-system-i386", "qemu-system-x86_64"],
    },
    ToolSet {
        name: "squashfs",
        architecture: None,
        packages: &["squashfs-tools", "squashfs-tools-ng"],
        programs: &["mksquashfs", "rdsquashfs", "unsquashfs"],
    },
    ToolSet {
        // What systemd itself says of a root's units.
        name: "systemd",
        architecture: None,
        packages: &["systemd"],
        programs: &["systemd-analyze"],
    },
];

/// The architectures whose programs a machine of another runs: Linux on x86-64 runs those of i386
/// (Linux, Documentation/arch/x86/x86_64/, CONFIG_IA32_EMULATION, on in Debian's kernels).
const ALSO_RUNS: &[(&str, &str)] = &[("amd64", "i386")];

impl ToolSet {
    /// The Debian architecture of its packages on a host of the architecture `host`.
    ///
    /// # Errors
    /// The host does not run the set's programs.
    pub fn architecture_on<'a>(&self, host: &'a str) -> Result<&'a str, Error> {
        match self.architecture {
            None => Ok(host),
            Some(own) if own == host || ALSO_RUNS.contains(&(host, own)) => Ok(own),
            Some(own) => Err(Error::Foreign {
                set: self.name,
                architecture: own,
                host: host.to_owned(),
                hosts: hosts(own),
            }),
        }
    }
}

/// The architectures of machines that run programs of `architecture`.
fn hosts(architecture: &'static str) -> Vec<&'static str> {
    let others = ALSO_RUNS.iter().filter(|(_, runs)| *runs == architecture).map(|(host, _)| *host);
    std::iter::once(architecture).chain(others).collect()
}

/// The set of this name.
///
/// # Errors
/// There is none; the error lists the sets there are.
pub fn set(name: &str) -> Result<&'static ToolSet, Error> {
    let found = SETS.iter().find(|set| set.name == name);
    found.ok_or_else(|| Error::Unknown {
        program: name.to_owned(),
        known: SETS.iter().map(|set| set.name).collect(),
    })
}

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
    fn a_set_of_another_architecture_needs_a_host_that_runs_it() {
        let mach = set("mach").unwrap();
        assert_eq!(mach.architecture_on("amd64").unwrap(), "i386");
        assert_eq!(mach.architecture_on("i386").unwrap(), "i386");
        let error = mach.architecture_on("arm64").unwrap_err().to_string();
        assert_eq!(
            error,
            "the tools `mach` are i386 programs, which the host's arm64 does not run\nhelp: build on an i386 or amd64 machine"
        );
        assert_eq!(set("disk").unwrap().architecture_on("arm64").unwrap(), "arm64");
    }

    #[test]
    fn a_program_is_found_by_its_name() {
        assert_eq!(set_of("e2fsck").unwrap().name, "disk");
        let unknown = set_of("rm").unwrap_err().to_string();
        assert!(unknown.starts_with("no tool `rm`\nhelp: there are ") && unknown.contains("`debugfs`, "));
    }
}
