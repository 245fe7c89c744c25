//! Images that are no disks: a root as an archive, a folder, an initramfs or a program.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bringup_compress::{Format as Compressed, Options};
use bringup_disk::FileWriter;
use bringup_fsimage::write_cpio;
use bringup_spec::Bytes;
use bringup_systemd_boot::{Programs, uki};
use bringup_tree::{Content, Kind, Meta, Tree, write_directory};

use crate::boot::BootFiles;
use crate::build::manifest_path;
use crate::container;
use crate::file_systems::threads;
use crate::packages::Ready;
use crate::types::Format;
use crate::{Context, Error, Request};

/// The program that Linux starts from an initramfs (Linux, init/main.c, `ramdisk_execute_command`).
const INIT: &str = "init";

/// What a Windows host does with the root: wsl.conf(5) of the Windows Subsystem for Linux.
const WSL_CONF: &str = "[boot]\nsystemd=true\n";

/// Where more effort hardly makes it smaller.
const ZSTD_LEVEL: i32 = 9;

/// What gzip takes if nobody says.
const GZIP_LEVEL: i32 = 6;

/// An image that has all of its bytes, but not its name.
pub(crate) enum Made {
    File(FileWriter),
    Folder(PathBuf),
}

impl Made {
    /// Gives it its name, in place of whatever bears that.
    pub(crate) fn keep(self, output: &Path) -> Result<(), Error> {
        let failed = |source| Error::Io { operation: "rename to", path: output.to_owned(), source };
        match self {
            Self::File(file) => Ok(file.finish().map(drop)?),
            Self::Folder(made) => {
                if output.is_dir() {
                    fs::remove_dir_all(output).map_err(failed)?;
                }
                fs::rename(made, output).map_err(failed)
            }
        }
    }
}

/// Makes the image of `tree`.
pub(crate) fn make(
    context: &Context<'_>,
    request: &Request<'_>,
    tree: &Tree,
    boot: &BootFiles,
    ready: &Ready,
    epoch: i64,
) -> Result<Made, Error> {
    let output = &request.output;
    let format = request.image_type.format;
    if format == Format::Directory {
        check_replaceable(output)?;
        return folder(tree, output).map(Made::Folder);
    }
    let file = FileWriter::create(output, Bytes(0))?;
    let failed = |source| Error::Io { operation: "write", path: output.clone(), source };
    match format {
        Format::Wsl => {
            let mut tree = tree.clone();
            let (meta, folder) = (Meta::root(0o644, epoch), Meta::root(0o755, epoch));
            tree.insert_all("etc/wsl.conf", meta, Kind::File(Content::bytes(WSL_CONF)), &folder)?;
            gzip(context, &file, output, |to| Ok(tree.to_tar(to)?))?;
        }
        Format::Docker => container::write(context, request, tree, ready, epoch, file.file())?,
        Format::Initramfs => {
            file.file().write_all(&initramfs(tree, epoch, output)?).map_err(failed)?;
        }
        Format::Uki => {
            let bytes = program(request, tree, boot, ready, &initramfs(tree, epoch, output)?)?;
            file.file().write_all(&bytes).map_err(failed)?;
        }
        _ => gzip(context, &file, output, |to| Ok(tree.to_tar(to)?))?,
    }
    Ok(Made::File(file))
}

/// Writes what `write` writes, compressed by gzip.
fn gzip(
    context: &Context<'_>,
    file: &FileWriter,
    output: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    let spool = spool(output, write)?;
    let options = Options { format: Compressed::Gzip { level: GZIP_LEVEL }, threads: threads(context.jobs) };
    bringup_compress::compress(spool.file(), BufWriter::new(file.file()), &options)?;
    Ok(())
}

/// What `write` writes, in a file without a name.
fn spool(
    output: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<FileWriter, Error> {
    let failed = |source| Error::Io { operation: "write", path: output.to_owned(), source };
    let spool = FileWriter::create(&output.with_extension("tar"), Bytes(0))?;
    let mut to = BufWriter::new(spool.file());
    write(&mut to)?;
    to.flush().map_err(failed)?;
    drop(to);
    Ok(spool)
}

/// That nobody's own files are where the folder goes: it is not there, is empty, or its manifest says that an
/// earlier build made it.
fn check_replaceable(output: &Path) -> Result<(), Error> {
    let empty = match fs::read_dir(output) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !output.exists(),
    };
    let manifest = fs::read(manifest_path(output)).ok();
    let manifest = manifest.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    let ours =
        manifest.is_some_and(|text| text["made_by"]["name"] == "bringup" && text["type"] == "directory");
    if empty || ours { Ok(()) } else { Err(Error::FolderInUse { path: output.to_owned() }) }
}

/// The root as a folder, under a name that says that it is not finished.
fn folder(tree: &Tree, output: &Path) -> Result<PathBuf, Error> {
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let made = output.with_file_name(format!(".{name}.partial"));
    if made.is_dir() {
        let failed = |source| Error::Io { operation: "remove", path: made.clone(), source };
        fs::remove_dir_all(&made).map_err(failed)?;
    }
    write_directory(tree, &made)?;
    Ok(made)
}

/// All of the root as an initramfs, compressed by zstd.
fn initramfs(tree: &Tree, epoch: i64, output: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Io { operation: "compress for", path: output.to_owned(), source };
    // One frame: Linux takes each for an archive of its own (init/initramfs.c, `unpack_to_rootfs`).
    let mut to = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL).map_err(failed)?;
    write_cpio(&with_init(tree, epoch)?, &mut to)?;
    to.finish().map_err(failed)
}

/// The tree with the program that Linux starts from an initramfs.
fn with_init(tree: &Tree, epoch: i64) -> Result<Tree, Error> {
    let mut tree = tree.clone();
    // What boots it stands beside it.
    tree.remove("boot");
    tree.insert(INIT, Meta::root(0o777, epoch), Kind::Symlink(b"sbin/init".to_vec()))?;
    Ok(tree)
}

/// Kernel and initramfs as one program for UEFI.
fn program(
    request: &Request<'_>,
    tree: &Tree,
    boot: &BootFiles,
    ready: &Ready,
    initrd: &[u8],
) -> Result<Vec<u8>, Error> {
    let programs = request.board.platform.efi_suffix.and_then(Programs::for_suffix);
    let stub = programs.and_then(|programs| ready.read(programs.stub.package, &programs.stub.path()));
    let stub = stub.ok_or(Error::NoFile { path: "the stub of systemd-boot" })?;
    let kernel = boot.kernel.as_ref().ok_or(Error::NoFile { path: "a kernel" })?.read()?;
    let os_release = tree.read("etc/os-release").ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let sections = uki::Sections {
        linux: &kernel,
        initrd: Some(initrd),
        cmdline: Some(&boot.arguments),
        osrel: os_release.as_deref(),
        uname: Some(&boot.release),
        devicetree: None,
    };
    Ok(uki::build(&stub, &sections)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_elses_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("own");
        check_replaceable(&output).unwrap();
        fs::create_dir(&output).unwrap();
        check_replaceable(&output).unwrap();
        fs::write(output.join("letter"), "dear").unwrap();
        let refused =
            || matches!(check_replaceable(&output), Err(Error::FolderInUse { path }) if path == output);
        assert!(refused());
        let manifest = folder.path().join("own.json");
        fs::write(&manifest, r#"{ "made_by": { "name": "bringup" }, "type": "raw" }"#).unwrap();
        assert!(refused());
        fs::write(&manifest, r#"{ "made_by": { "name": "bringup" }, "type": "directory" }"#).unwrap();
        check_replaceable(&output).unwrap();
    }
}
