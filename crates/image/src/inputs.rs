//! What decides an image's bytes.

use bringup_store::{Digest, Key};
use bringup_system::Init;

use crate::{Context, Error, Request, routes};

/// Raised when the same inputs give other bytes than an earlier version of this crate did.
const BUILD_VERSION: u32 = 3;

/// The digest of everything that decides the image's bytes, and of the program that makes them.
pub(crate) fn inputs(
    context: &Context<'_>,
    request: &Request<'_>,
    seed: &Digest,
    components: &[Digest],
) -> Result<Digest, Error> {
    let mut key = Key::new("image", BUILD_VERSION)
        .input("program", request.program.0)
        .input("packages", seed.0)
        .input("board", format!("{:?}", request.board))
        .input("system", format!("{:?}", request.system))
        .input("type", request.image_type.name)
        .input("room", format!("{:?}", request.room))
        .input("form", format!("{:?} {} {:?}", request.compress, request.block_map, request.max_layers));
    for (name, path) in &request.firmware {
        // Read again when it is used; what changes in between is the caller's to prevent.
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|source| Error::Io { operation: "read", path: path.clone(), source })?;
        key = key.input(name, Digest::of(&bytes).0);
    }
    for (name, secret) in &request.secrets {
        key = key.input(name, Digest::of(secret).0);
    }
    if request.system.init == Init::Systemd {
        key = key.input("routes", routes::inputs(context, request));
    }
    for line in &request.root_keys {
        key = key.input("key of root", line);
    }
    for component in components {
        key = key.input("component", component.0);
    }
    if let Some(epoch) = request.epoch {
        key = key.input("epoch", epoch.to_le_bytes());
    }
    Ok(key.digest())
}
