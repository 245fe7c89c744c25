//! All of the way from a request to a finished image.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::beside::Beside;
use crate::components::Components;
use crate::disk_image::{self, DiskParts};
use crate::inputs::inputs;
use crate::manifest::Manifest;
use crate::method::boot_method;
use crate::packages::{fetch, locked_packages};
use crate::root::{self, Assembled};
use crate::routes::{self, Routes};
use crate::types::Format;
use crate::volumes::{Names, roles};
use crate::{Context, Error, Request, disc, formats, sources, tree_image, unchanged};

/// What a build came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The image.
    pub image: PathBuf,
    /// Its manifest.
    pub manifest: PathBuf,
    /// Whether it was already there and nothing had to be done.
    pub unchanged: bool,
    /// Lines for people about what is in it; empty if nothing had to be done.
    pub summary: Vec<String>,
}

/// Builds the image, unless it is already there and nothing changed.
///
/// # Errors
/// Whatever stands in the way; nothing half-written is left behind.
pub fn build(context: &Context<'_>, request: &Request<'_>) -> Result<Report, Error> {
    check_kernel(request)?;
    if (request.compress.is_some() || request.block_map) && request.image_type.format != Format::Raw {
        return Err(Error::NotRaw { image_type: request.image_type.name });
    }
    let method = boot_method(request.board, request.bootloader)?;
    let manifest_path = manifest_path(&request.output);
    let source = sources::of_record(context, request)?;
    let context = &Context { source: source.as_ref().unwrap_or(context.source), ..*context };
    let locked = locked_packages(context, request)?;
    let seed = locked.seed(request);
    let components = Components::of_record(context, request)?;
    let inputs = inputs(context, request, &seed, &components.inputs(context, request)?)?;
    let report = |unchanged, summary| Report {
        image: request.output.clone(),
        manifest: manifest_path.clone(),
        unchanged,
        summary,
    };
    // Of a folder nobody can tell whether something in it has changed.
    let force = request.force || request.image_type.format == Format::Directory;
    if !force && unchanged::is_unchanged(context.store, inputs, &request.output, &manifest_path) {
        return Ok(report(true, Vec::new()));
    }

    let ready = fetch(context, &locked)?;
    let epoch = request.epoch.unwrap_or_else(|| ready.newest_date());
    let roles = roles(request.system, method);
    let names = Names::of(request, &roles, &seed, epoch)?;
    let Assembled { tree, boot, routes, notes } = root::assemble(&root::Parts {
        context,
        request,
        method,
        ready: &ready,
        components: &components,
        roles: &roles,
        names: &names,
        seed: &seed,
        epoch,
    })?;
    routes::remember(context, request, seed, &routes)?;
    let folder = request.output.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(|source| Error::Io {
        operation: "create",
        path: folder.to_owned(),
        source,
    })?;

    let manifest = Manifest {
        shared: context.shared,
        request,
        epoch,
        disk: None,
        packages: &locked.packages,
        boot: &boot,
        tree: &tree,
        routes: &Routes { steps: routes::steps(request), packages: routes },
    };
    let finish = |text: &str, keep: Box<dyn FnOnce() -> Result<(), Error> + '_>| {
        // Written before the image gets its name, for a full disk must leave neither.
        let text = Beside::write(&manifest_path, text.as_bytes())?;
        keep()?;
        text.keep()?;
        unchanged::remember(context.store, inputs, &request.output, &manifest_path)
    };
    let mut summary;
    let parts = DiskParts {
        context,
        request,
        method,
        ready: &ready,
        roles: &roles,
        tree: &tree,
        boot: &boot,
        seed: &seed,
        epoch,
    };
    let format = request.image_type.format;
    if format.is_disk() {
        let layout = disk_image::lay_out(&parts)?;
        let written = disk_image::write(&parts, &layout)?;
        let manifest = Manifest { disk: Some((&layout, &written.placed[..])), ..manifest };
        summary = manifest.summary();
        summary.push(written.proved());
        let text = manifest.to_json()?;
        finish(&text, Box::new(|| formats::keep(context, request, written)))?;
    } else if let Format::Iso { compressed } = format {
        summary = manifest.summary();
        let disc = disc::make(&parts, compressed)?;
        finish(&manifest.to_json()?, Box::new(|| Ok(disc.finish().map(drop)?)))?;
    } else {
        summary = manifest.summary();
        let made = tree_image::make(context, request, &tree, &boot, &ready, epoch)?;
        finish(&manifest.to_json()?, Box::new(|| made.keep(&request.output)))?;
    }
    summary.extend(notes);
    Ok(report(false, summary))
}

/// Where the manifest of an image goes: beside it, under its name with `json` in place of `img` or behind
/// any other extension.
pub(crate) fn manifest_path(image: &Path) -> PathBuf {
    if image.extension().is_none_or(|extension| extension == "img") {
        return image.with_extension("json");
    }
    let mut name = OsString::from(image.file_name().unwrap_or_default());
    name.push(".json");
    image.with_file_name(name)
}

/// A system runs on the kernel that it was made for.
fn check_kernel(request: &Request<'_>) -> Result<(), Error> {
    let (wanted, has) = (request.system.init.kernel(), request.board.platform.kernel);
    if wanted == has {
        return Ok(());
    }
    let (system, board) = (request.system.name.clone(), request.board.name);
    Err(Error::OtherKernel { system, wanted, board, has })
}
