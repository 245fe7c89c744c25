//! What a boot loader gives to GNU Mach: the kernel, its arguments, and the modules.
//!
//! The kernel reads each module's string as a line of a boot script: words, variables such as
//! `${host-port}` that it fills in, and actions such as `$(task-create)` (GNU Mach,
//! kern/boot_script.h). They must reach the kernel as they are, so a boot menu has to quote them.

use bringup_tree::Tree;

use crate::{Error, TASK_PATH, programs};

/// A file that the boot loader loads beside the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootModule {
    /// The file, absolute in the root file system.
    pub path: String,
    /// The words behind it in the menu. The first is the program's own name: GRUB 2 passes the
    /// words only, without the path. QEMU's `-initrd` passes the path as the first word instead.
    pub arguments: Vec<String>,
}

impl BootModule {
    fn new(path: &str, arguments: &[&str]) -> Self {
        Self { path: path.to_owned(), arguments: arguments.iter().map(|word| (*word).to_owned()).collect() }
    }
}

/// The one module of the system `mach`: its own task, with the ports it needs.
pub fn mach_modules() -> Vec<BootModule> {
    let arguments = ["bootstrap-task", "${host-port}", "${device-port}", "$(task-create)", "$(task-resume)"];
    vec![BootModule::new(TASK_PATH, &arguments)]
}

/// The modules of the Hurd: its root file system and its exec server (GNU Hurd,
/// release/servers.boot; GRUB, util/grub.d/10_hurd.in).
///
/// The exec server is static where the package has it so; otherwise the dynamic linker loads it,
/// and is itself what the kernel starts.
///
/// # Errors
/// A program is missing, is for another machine, or must be static and is not.
pub fn hurd_modules(tree: &Tree) -> Result<Vec<BootModule>, Error> {
    const FILE_SYSTEM: &str = "hurd/ext2fs.static";
    const EXEC: &str = "hurd/exec.static";
    const LOADER: &str = "lib/ld.so.1";
    programs::check_static(FILE_SYSTEM, &programs::program(tree, FILE_SYSTEM)?)?;
    let file_system = BootModule::new(
        "/hurd/ext2fs.static",
        &[
            "ext2fs",
            // Until the system's start scripts have checked it.
            "--readonly",
            "--multiboot-command-line=${kernel-command-line}",
            "--host-priv-port=${host-port}",
            "--device-master-port=${device-port}",
            "--exec-server-task=${exec-task}",
            "-T",
            "typed",
            "${root}",
            "$(task-create)",
            "$(task-resume)",
        ],
    );
    // It stays suspended: the file system resumes it once it can answer it.
    let exec = if tree.content(EXEC).is_ok() {
        programs::check_static(EXEC, &programs::program(tree, EXEC)?)?;
        BootModule::new("/hurd/exec.static", &["exec", "$(exec-task=task-create)"])
    } else {
        programs::program(tree, "hurd/exec")?;
        // libc0.3 installs it by its version; the unversioned name is what programs ask for.
        let loader = if tree.content(LOADER).is_ok() { "/lib/ld.so.1" } else { "/lib/ld.so" };
        tree.content(loader).map_err(|_| Error::Missing { path: LOADER, package: "libc0.3" })?;
        BootModule::new(loader, &["exec", "/hurd/exec", "$(exec-task=task-create)"])
    };
    Ok(vec![file_system, exec])
}

/// The kernel's arguments: where the root file system is, in GNU Mach's own names, and the serial
/// port as console (`com0` is the PC's COM1).
///
/// `disk` is `hd0` for the first IDE disk; `partition` counts from 1.
///
/// # Errors
/// The disk's name is not one of the kernel's.
pub fn kernel_arguments(disk: &str, partition: u32) -> Result<Vec<String>, Error> {
    check_disk(disk)?;
    Ok(vec!["console=com0".to_owned(), format!("root=device:{disk}s{partition}")])
}

/// Whether the kernel could call a disk so: two letters and a number.
pub(crate) fn check_disk(disk: &str) -> Result<(), Error> {
    let good = disk.split_at_checked(2).is_some_and(|(kind, number)| {
        ["hd", "sd", "wd"].contains(&kind)
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    if good {
        return Ok(());
    }
    Err(Error::Name {
        what: "the root disk",
        value: disk.to_owned(),
        rule: "`hd`, `sd` or `wd` and a number, as in `hd0`",
    })
}

/// The kernel in a tree that holds a package `gnumach-image-VERSION`, absolute:
/// `/boot/gnumach-1.8-486-up.gz`. It is compressed; GRUB's module `gzio` reads it so.
///
/// # Errors
/// There is none, or more than one.
pub fn kernel_path(tree: &Tree) -> Result<String, Error> {
    let kernel = |path: &[u8]| {
        let path = std::str::from_utf8(path).ok()?;
        let name = path.strip_prefix("boot/")?;
        (name.starts_with("gnumach") && !name.contains('/')).then(|| format!("/{path}"))
    };
    let found: Vec<String> = tree.below(b"boot").filter_map(|(path, _)| kernel(path)).collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Error::Missing { path: "boot/gnumach-VERSION.gz", package: "gnumach-image-VERSION" }),
        _ => Err(Error::Kernels { found }),
    }
}

#[cfg(test)]
mod tests {
    use bringup_tree::{Content, Kind, Meta};

    use super::*;
    use crate::testing;

    fn line(module: &BootModule) -> String {
        format!("{} {}", module.path, module.arguments.join(" "))
    }

    #[test]
    fn the_task_gets_the_two_ports_it_reads() {
        let expected =
            "/boot/bootstrap-task bootstrap-task ${host-port} ${device-port} $(task-create) $(task-resume)";
        assert_eq!(mach_modules().iter().map(line).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn exec_is_loaded_by_the_dynamic_linker() {
        let modules = hurd_modules(&testing::hurd_root()).unwrap();
        assert_eq!(modules[0].arguments[0], "ext2fs");
        assert_eq!(line(&modules[1]), "/lib/ld.so.1 exec /hurd/exec $(exec-task=task-create)");
    }

    #[test]
    fn a_static_exec_is_preferred() {
        let mut tree = testing::hurd_root();
        testing::add(&mut tree, "hurd/exec.static", 0o755, &testing::elf(None));
        let modules = hurd_modules(&tree).unwrap();
        assert_eq!(line(&modules[1]), "/hurd/exec.static exec $(exec-task=task-create)");
    }

    #[test]
    fn the_root_file_system_must_be_static() {
        let mut tree = testing::hurd_root();
        testing::add(&mut tree, "hurd/ext2fs.static", 0o755, &testing::elf(Some("/lib/ld.so")));
        let error = hurd_modules(&tree).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`hurd/ext2fs.static` is not static: it names the dynamic linker `/lib/ld.so`"
        );
    }

    #[test]
    fn without_a_loader_exec_cannot_start() {
        let mut tree = testing::hurd_root();
        tree.remove("usr/lib/ld.so.1");
        assert!(matches!(hurd_modules(&tree), Err(Error::Missing { package: "libc0.3", .. })));
    }

    #[test]
    fn disks_have_the_kernels_names() {
        assert_eq!(kernel_arguments("hd0", 1).unwrap(), ["console=com0", "root=device:hd0s1"]);
        for name in ["", "hd", "sda", "vd0", "hd0 x", "é0"] {
            assert!(matches!(kernel_arguments(name, 1), Err(Error::Name { .. })), "{name}");
        }
    }

    #[test]
    fn there_is_one_kernel() {
        let mut tree = testing::hurd_root();
        assert_eq!(kernel_path(&tree).unwrap(), "/boot/gnumach-1.8-486-up.gz");
        tree.insert("boot/gnumach-2.gz", Meta::root(0o644, 0), Kind::File(Content::bytes(""))).unwrap();
        let error = kernel_path(&tree).unwrap_err();
        assert!(matches!(error, Error::Kernels { found } if found.len() == 2));
        tree.remove("boot");
        assert!(matches!(kernel_path(&tree), Err(Error::Missing { .. })));
    }
}
