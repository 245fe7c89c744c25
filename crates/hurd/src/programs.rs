//! Which programs GNU Mach and the Hurd can start.

use bringup_inspect::elf::{self, Elf};
use bringup_spec::{Class, ElfIdentity, Endian};
use bringup_tree::Tree;
use object::Endianness;
use object::elf::{ET_EXEC, FileHeader32, PF_X, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};

use crate::Error;

/// EM_386, 32 bits, least significant byte first (System V ABI, Intel386 supplement, 4.1).
const I386: ElfIdentity = ElfIdentity { machine: 3, class: Class::Elf32, endian: Endian::Little };

/// The dynamic linker that programs of the Hurd name (GCC, gcc/config/i386/gnu.h).
const LINKER: &str = "/lib/ld.so";

/// The task's name in messages.
const TASK: &str = "the bootstrap task";

/// What has to be in `/hurd` for the system to come up and for a console to answer: the boot
/// servers (The GNU Hurd Reference Manual, "Bootstrap") and the translators without which nothing
/// opens a file, a pipe or a terminal.
pub(crate) const SERVERS: [&str; 11] = [
    "hurd/auth",
    "hurd/exec",
    "hurd/ext2fs.static",
    "hurd/init",
    "hurd/magic",
    "hurd/null",
    "hurd/pflocal",
    "hurd/proc",
    "hurd/startup",
    "hurd/storeio",
    "hurd/term",
];

/// Checks that everything the Hurd needs to come up is in the tree and made for it.
///
/// Each of the servers must be an i386 program that is either static or names the Hurd's dynamic
/// linker, which must be there; a program for Linux has the same machine but another linker.
///
/// # Errors
/// The first server that is missing or made for something else.
pub fn check_programs(tree: &Tree) -> Result<(), Error> {
    for path in SERVERS {
        let elf = program(tree, path)?;
        match elf.interpreter.as_deref() {
            None => {}
            Some(LINKER) if tree.content(LINKER).is_ok() => {}
            Some(LINKER) => return Err(Error::Missing { path: "lib/ld.so", package: "libc0.3" }),
            Some(linker) => {
                let reason = format!("names the dynamic linker `{linker}`, but the Hurd's is `{LINKER}`");
                return Err(Error::Program { path: path.to_owned(), reason });
            }
        }
    }
    Ok(())
}

/// A program of the package `hurd`, for the right machine.
pub(crate) fn program(tree: &Tree, path: &'static str) -> Result<Elf, Error> {
    let content = tree.content(path).map_err(|_| Error::Missing { path, package: "hurd" })?;
    let elf = elf::parse(&content.read()?).map_err(|source| Error::Elf { path: path.to_owned(), source })?;
    check_machine(path, &elf)?;
    Ok(elf)
}

/// A program that the kernel starts as it is.
pub(crate) fn check_static(path: &str, elf: &Elf) -> Result<(), Error> {
    let wrong = |reason: String| Err(Error::Program { path: path.to_owned(), reason });
    if let Some(linker) = &elf.interpreter {
        return wrong(format!("is not static: it names the dynamic linker `{linker}`"));
    }
    if !elf.needed.is_empty() {
        return wrong(format!("is not static: it needs `{}`", elf.needed.join("`, `")));
    }
    Ok(())
}

fn check_machine(path: &str, elf: &Elf) -> Result<(), Error> {
    if elf.identity == I386 {
        return Ok(());
    }
    let ElfIdentity { machine, class, .. } = elf.identity;
    let reason =
        format!("is for ELF machine {machine} ({class:?}), but the system is for 3 ({:?})", I386.class);
    Err(Error::Program { path: path.to_owned(), reason })
}

/// Checks that GNU Mach can start these bytes as a bootstrap task.
pub(crate) fn check_task(bytes: &[u8]) -> Result<(), Error> {
    let elf = elf::parse(bytes).map_err(|source| Error::Elf { path: TASK.to_owned(), source })?;
    check_machine(TASK, &elf)?;
    check_static(TASK, &elf)?;
    let wrong = |reason: String| Error::Program { path: TASK.to_owned(), reason };
    if elf.kind != ET_EXEC.0 {
        return Err(wrong(format!("has ELF type {}, but the kernel starts {}", elf.kind, ET_EXEC.0)));
    }
    let entry = entry(bytes).unwrap_or_default();
    if !segments(bytes).any(|(start, end)| (start..end).contains(&u64::from(entry))) {
        return Err(wrong(format!("starts at 0x{entry:x}, which is not in a segment that may run")));
    }
    Ok(())
}

fn entry(bytes: &[u8]) -> Option<u32> {
    let header = FileHeader32::<Endianness>::parse(bytes).ok()?;
    Some(header.e_entry(header.endian().ok()?))
}

/// Where executable segments are in memory: first address and the one behind the last.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u64, u64)> + '_ {
    let header = FileHeader32::<Endianness>::parse(bytes).ok();
    let table = header.and_then(|header| {
        let endian = header.endian().ok()?;
        Some((endian, header.program_headers(endian, bytes).ok()?))
    });
    let rows = table.into_iter().flat_map(|(endian, rows)| rows.iter().map(move |row| (endian, row)));
    rows.filter(|(endian, row)| row.p_type(*endian) == PT_LOAD && row.p_flags(*endian).0 & PF_X.0 != 0).map(
        |(endian, row)| {
            let start = u64::from(row.p_vaddr(endian));
            (start, start + u64::from(row.p_memsz(endian)))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn refused(change: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut bytes = testing::elf(None);
        check_task(&bytes).unwrap();
        change(&mut bytes);
        check_task(&bytes).unwrap_err().to_string()
    }

    /// Offsets: System V ABI, 4 "ELF Header".
    #[test]
    fn a_task_is_a_fixed_i386_program_that_starts_in_its_code() {
        assert_eq!(
            refused(|bytes| bytes[16] = 3),
            "`the bootstrap task` has ELF type 3, but the kernel starts 2"
        );
        assert_eq!(
            refused(|bytes| bytes[18] = 62),
            "`the bootstrap task` is for ELF machine 62 (Elf32), but the system is for 3 (Elf32)"
        );
        assert_eq!(
            refused(|bytes| bytes[24..28].fill(0)),
            "`the bootstrap task` starts at 0x0, which is not in a segment that may run"
        );
        // The segment's flags: readable and writable.
        assert_eq!(
            refused(|bytes| bytes[52 + 24] = 6),
            "`the bootstrap task` starts at 0x8048054, which is not in a segment that may run"
        );
        assert_eq!(
            refused(|bytes| *bytes = testing::elf(Some("/lib/ld.so"))),
            "`the bootstrap task` is not static: it names the dynamic linker `/lib/ld.so`"
        );
        assert_eq!(refused(Vec::clear), "`the bootstrap task` cannot be read as a program");
    }

    #[test]
    fn the_servers_are_fit_to_start() {
        check_programs(&testing::hurd_root()).unwrap();
    }
}
