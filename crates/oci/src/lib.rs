//! Writes file trees as a container image: an OCI image layout in a tar archive.
//!
//! One file serves everybody: `podman load`, `skopeo copy oci-archive:` and containerd read the
//! layout's `index.json`, `docker load` of any age its own `manifest.json`, and both name the same
//! blobs.
//!
//! [`layers`] divides a root by its packages, so that a new version of one package makes one layer
//! new; [`write_image`] compresses the layers on all cores and streams them out. The same layers and
//! options give the same bytes, whatever the number of threads.
//!
//! Formats: OCI Image Format Specification 1.1 (opencontainers/image-spec: image-layout.md,
//! manifest.md, config.md, layer.md); Docker's archive (moby, image/spec/spec.md).

mod archive;
mod compress;
mod date;
mod digest;
mod error;
mod group;
mod image;
mod layer;
mod options;
mod record;
mod reference;
mod split;

pub use digest::Digest;
pub use error::Error;
pub use group::{Group, MAX_LAYERS, group};
pub use image::{Written, WrittenLayer, write_image};
pub use options::{Compression, Options, Platform, Run};
pub use split::{Layer, layers};
