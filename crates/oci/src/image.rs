//! The whole image.

use std::io::{Seek, Write};

use crate::archive::Archive;
use crate::compress::{GZIP_LEVELS, ZSTD_LEVELS};
use crate::date;
use crate::digest::Digest;
use crate::error::Error;
use crate::group::MAX_LAYERS;
use crate::layer;
use crate::options::{Compression, Options};
use crate::record::{self, CONFIG, Descriptor, LAYOUT, MANIFEST};
use crate::reference;
use crate::split::Layer;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The manifest's digest, by which registries know the image.
    pub manifest: Digest,
    /// The configuration's digest, which Docker shows as the image's ID.
    pub config: Digest,
    /// Its layers, the lowest first.
    pub layers: Vec<WrittenLayer>,
}

/// One layer as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenLayer {
    /// Names of the packages in it.
    pub packages: Vec<String>,
    /// The digest of its compressed bytes.
    pub digest: Digest,
    /// How many those are.
    pub len: u64,
    /// The digest of its archive.
    pub diff_id: Digest,
    /// Bytes of its archive.
    pub archive_len: u64,
}

/// Writes `layers`, the lowest first, as an image to `to`, which is empty and at its start.
///
/// What stands in `to` after an error is no image; give it its name afterwards.
///
/// # Errors
/// A name or time that an image cannot have, a level that the compressor does not have, no layer or
/// more than [`MAX_LAYERS`], a file whose name means a deletion or that tar cannot hold: all but the
/// last before anything is written. Contents cannot be read, or `to` not written.
pub fn write_image(layers: &[Layer], options: &Options, to: impl Write + Seek) -> Result<Written, Error> {
    check(layers, options)?;
    let created = date::rfc3339(options.created)?;
    let reference = options.reference.as_deref().map(reference::parse).transpose()?;

    let mut archive = Archive::new(to, options.created as u64);
    for folder in ["blobs/", "blobs/sha256/"] {
        archive.folder(folder).map_err(Error::Write)?;
    }
    let mut written = Vec::new();
    for (number, layer) in (1..).zip(layers) {
        let blob = layer::write(&layer.tree, number, options, archive.unnamed().map_err(Error::Write)?)?;
        archive.name(&path(blob.digest), blob.len).map_err(Error::Write)?;
        written.push(WrittenLayer {
            packages: layer.packages.clone(),
            digest: blob.digest,
            len: blob.len,
            diff_id: blob.diff_id,
            archive_len: blob.archive_len,
        });
    }

    let ids: Vec<_> = written.iter().map(|layer| (layer.diff_id, &layer.packages[..])).collect();
    let config = record::config(options, &created, &ids);
    let config_digest = Digest::of(&config);
    let media_type = options.compression.media_type();
    let descriptors =
        written.iter().map(|layer| Descriptor::new(media_type, layer.digest, layer.len)).collect();
    let manifest = record::manifest(Descriptor::new(CONFIG, config_digest, config.len() as u64), descriptors);
    let manifest_digest = Digest::of(&manifest);
    let mut named = Descriptor::new(MANIFEST, manifest_digest, manifest.len() as u64);
    named.platform = Some(options.platform.into());
    if let Some(reference) = &reference {
        // What `docker save` writes: containerd's name of the image, and the layout's.
        named.annotations.insert("io.containerd.image.name", &reference.full);
        named.annotations.insert("org.opencontainers.image.ref.name", &reference.tag);
    }
    let tag = reference.as_ref().map(|reference| reference.familiar.as_str());
    let blobs = written.iter().map(|layer| path(layer.digest)).collect();
    let files = [
        (path(config_digest), config),
        (path(manifest_digest), manifest),
        ("index.json".to_owned(), record::index(named)),
        ("manifest.json".to_owned(), record::docker(path(config_digest), tag, blobs)),
        ("oci-layout".to_owned(), LAYOUT.into()),
    ];
    for (name, bytes) in &files {
        archive.file(name, bytes).map_err(Error::Write)?;
    }
    archive.finish().map_err(Error::Write)?;
    Ok(Written { manifest: manifest_digest, config: config_digest, layers: written })
}

fn check(layers: &[Layer], options: &Options) -> Result<(), Error> {
    if !(1..=MAX_LAYERS).contains(&layers.len()) {
        return Err(Error::TooManyLayers { layers: layers.len(), most: MAX_LAYERS });
    }
    let level = |method, level, (least, most): (i32, i32)| {
        let is_known = (least..=most).contains(&level);
        if is_known { Ok(()) } else { Err(Error::BadLevel { method, level, least, most }) }
    };
    match options.compression {
        Compression::None => {}
        Compression::Gzip { level: asked } => level("gzip", asked as i32, GZIP_LEVELS)?,
        Compression::Zstd { level: asked } => level("zstd", asked, ZSTD_LEVELS)?,
    }
    let paths = layers.iter().flat_map(|layer| layer.tree.iter().map(|(path, ..)| path));
    for path in paths {
        // Image-spec, layer.md, "Whiteouts".
        if path.rsplit(|&byte| byte == b'/').next().is_some_and(|name| name.starts_with(b".wh.")) {
            return Err(Error::Whiteout { path: String::from_utf8_lossy(path).into_owned() });
        }
    }
    Ok(())
}

/// A blob's place in the layout (image-spec, image-layout.md, "Blobs").
fn path(digest: Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

#[cfg(test)]
mod tests;
