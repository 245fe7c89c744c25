//! What build systems call a platform; data.

use bringup_spec::Platform;

use crate::Error;

/// A platform by the names that build systems use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// [`Platform::debian_arch`].
    debian_arch: &'static str,
    /// `uname -m`, which is what CMake calls CMAKE_SYSTEM_PROCESSOR (CMake manual, cmake-variables).
    pub(crate) machine: &'static str,
    /// Meson's `cpu_family` (Meson manual, "Reference tables", CPU families).
    pub(crate) cpu_family: &'static str,
}

/// Every platform that Debian has a compiler for on foreign hosts.
const NAMES: [Names; 5] = [
    Names { debian_arch: "amd64", machine: "x86_64", cpu_family: "x86_64" },
    Names { debian_arch: "arm64", machine: "aarch64", cpu_family: "aarch64" },
    Names { debian_arch: "armhf", machine: "armv7l", cpu_family: "arm" },
    Names { debian_arch: "i386", machine: "i686", cpu_family: "x86" },
    Names { debian_arch: "riscv64", machine: "riscv64", cpu_family: "riscv64" },
];

impl Names {
    /// Those of `platform`.
    ///
    /// # Errors
    /// There is no compiler for it.
    pub(crate) fn of(platform: &Platform) -> Result<Self, Error> {
        let found = NAMES.into_iter().find(|names| names.debian_arch == platform.debian_arch);
        found.ok_or_else(|| Error::NoCompiler {
            platform: platform.name,
            known: NAMES.iter().map(|names| names.debian_arch).collect(),
        })
    }
}

/// The ending of the names of Debian's compiler packages, which hold no `_`: `x86-64-linux-gnu`.
pub(crate) fn package_suffix(platform: &Platform) -> String {
    platform.gnu_triplet.replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_with_linux_has_a_compiler() {
        for platform in bringup_platforms::ALL {
            let names = Names::of(platform);
            match platform.kernel {
                bringup_spec::Kernel::Linux => assert!(names.is_ok(), "{}", platform.name),
                bringup_spec::Kernel::Hurd => {
                    let error = names.unwrap_err().to_string();
                    assert_eq!(
                        error,
                        "no compiler for `i586-gnu` is packaged\n\
                         help: there are compilers for `amd64`, `arm64`, `armhf`, `i386`, `riscv64`"
                    );
                }
            }
        }
    }

    #[test]
    fn packages_of_compilers_have_no_underscore() {
        assert_eq!(package_suffix(&bringup_platforms::X86_64_LINUX), "x86-64-linux-gnu");
        assert_eq!(package_suffix(&bringup_platforms::ARMV7_LINUX), "arm-linux-gnueabihf");
    }
}
