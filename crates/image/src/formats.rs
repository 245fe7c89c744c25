//! A finished disk in the form that is asked for, under its name.

use std::fs;
use std::io::{self, BufWriter};
use std::path::Path;

use bringup_compress::{BlockMap, mapped};
use bringup_disk::FileWriter;
use bringup_qcow2::{Compression, Options};
use bringup_sandbox::{Access, Command};
use bringup_spec::Bytes;

use crate::beside::Beside;
use crate::disk_image::Written;
use crate::file_systems::threads;
use crate::pinned::locked_tools;
use crate::types::Format;
use crate::{Context, Error, Request};

/// What `qemu-img convert -c` takes for zlib; QEMU of any age reads it.
const QCOW2: Compression = Compression::Zlib { level: 6 };

/// The set of tools with qemu-img.
const CONVERTER: &str = "qemu-img";

/// Gives the image its form and its name.
pub(crate) fn keep(context: &Context<'_>, request: &Request<'_>, disk: Written<'_>) -> Result<(), Error> {
    let path = &request.output;
    match request.image_type.format {
        Format::Qcow2 => {
            let threads = threads(context.jobs);
            let options = Options { compression: QCOW2, threads };
            let file = FileWriter::create(path, Bytes(0))?;
            bringup_qcow2::write(disk.writer.file(), BufWriter::new(file.file()), &options)?;
            Ok(file.finish().map(drop)?)
        }
        Format::Converted(format) => convert(context, request, disk, format),
        _ => raw(context, request, disk),
    }
}

/// The disk's bytes, compressed if that is asked for, and their block map.
fn raw(context: &Context<'_>, request: &Request<'_>, disk: Written<'_>) -> Result<(), Error> {
    let path = &request.output;
    let threads = threads(context.jobs);
    let map = if request.block_map {
        let file = disk.writer.file();
        // Whatever has an owner is written, zeros too: an old card has other bytes there.
        let map = BlockMap::new(file, &mapped(file, &disk.owned)?, threads)?;
        Some(Beside::write(&block_map_path(path), map.to_string().as_bytes())?)
    } else {
        None
    };
    match request.compress {
        Some(format) => {
            let file = FileWriter::create(path, Bytes(0))?;
            let options = bringup_compress::Options { format, threads };
            bringup_compress::compress(disk.writer.file(), BufWriter::new(file.file()), &options)?;
            file.finish()?;
        }
        None => drop(disk.writer.finish()?),
    }
    map.map_or(Ok(()), Beside::keep)
}

/// Where the block map of an image goes: `NAME.img.zst` has `NAME.img.bmap`, as bmaptool looks for it.
fn block_map_path(image: &Path) -> std::path::PathBuf {
    match image.extension().and_then(|extension| extension.to_str()) {
        Some("zst" | "xz" | "gz") => image.with_extension("bmap"),
        _ => {
            let mut name = image.file_name().unwrap_or_default().to_os_string();
            name.push(".bmap");
            image.with_file_name(name)
        }
    }
}

/// Has qemu-img, of the store, convert the disk in a folder beside the image.
fn convert(
    context: &Context<'_>,
    request: &Request<'_>,
    disk: Written<'_>,
    format: &'static str,
) -> Result<(), Error> {
    let Request { output, lock, system, .. } = request;
    let parent = output.parent().unwrap_or(Path::new("/"));
    let folder = tempfile::Builder::new().prefix(".bringup-").tempdir_in(parent);
    let folder = folder.map_err(failed("make a folder in", parent))?;
    let (raw, converted) = (folder.path().join("raw"), folder.path().join("converted"));
    disk.writer.finish_as(&raw)?;
    let set = bringup_tools::set(CONVERTER)?;
    let toolbox = &context.toolbox;
    let packages = locked_tools(toolbox, set, lock, &request.lock_name(), &system.name)?;
    let root = toolbox.root(set, &packages)?;
    let mut command = Command::new(&root, "qemu-img")?;
    command.args(["convert", "-f", "raw", "-O", format]).arg(&raw).arg(&converted);
    command.bind(folder.path(), Access::ReadWrite).run()?;
    fs::rename(&converted, output).map_err(failed("rename to", output))
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Io { operation, path, source }
}
