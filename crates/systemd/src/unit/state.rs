//! Whether a unit is enabled (`unit_file_lookup_state` of systemd's src/shared/install.c).

use bringup_shell::World;
use bringup_tree::Kind;

use super::load::{Context, Info, Mode};
use super::name::{self, Class};
use super::scope::Scope;
use crate::Error;

/// The word that `systemctl is-enabled` says.
///
/// # Errors
/// There is no such unit.
pub(crate) fn state(world: &World, scope: Scope, unit: &str) -> Result<&'static str, Error> {
    let mut context = Context::new(scope);
    let at = context.add(unit, false)?;
    let at = context.traverse(world, at, true)?;
    let info = &context.infos[at];
    let runtime = info.path.starts_with("/run/");
    if info.mode == Some(Mode::Masked) {
        return Ok(if runtime { "masked-runtime" } else { "masked" });
    }
    if name::file_name(&info.path) != unit && name::class(&info.name) != Some(Class::Instance) {
        return Ok("alias");
    }
    if info.path.starts_with("/run/systemd/generator") {
        return Ok("generated");
    }
    if info.path.starts_with("/run/systemd/transient/") {
        return Ok("transient");
    }
    if let Some(state) = in_scope(world, scope, info, true) {
        return Ok(state);
    }
    if in_scope(world, scope, info, false).is_some() {
        return Ok("indirect");
    }
    Ok(match &info.install {
        install if install.has_rules() => "disabled",
        install if !install.also.is_empty() => "indirect",
        _ => "static",
    })
}

fn in_scope(world: &World, scope: Scope, info: &Info, by_name: bool) -> Option<&'static str> {
    let (mut runtime, mut vendor) = (false, false);
    let (mut own_config, mut own_runtime) = (false, false);
    let mut below = false;
    for folder in scope.folders() {
        match in_folder(world, folder, info, by_name, below) {
            Found::Link if *folder == scope.config() => return Some("enabled"),
            Found::Link if *folder == scope.runtime() => runtime = true,
            Found::Link => vendor = true,
            Found::SameName if *folder == scope.config() => own_config = true,
            Found::SameName if *folder == scope.runtime() => own_runtime = true,
            Found::SameName | Found::Nothing => {}
        }
        below |= info.path.starts_with(&format!("{folder}/"));
    }
    if runtime {
        return Some("enabled-runtime");
    }
    if vendor && name::class(&info.name) == Some(Class::Instance) {
        return Some("static");
    }
    match (own_config, own_runtime) {
        (true, _) => Some("linked"),
        (_, true) => Some("linked-runtime"),
        _ => None,
    }
}

enum Found {
    Link,
    SameName,
    Nothing,
}

fn in_folder(world: &World, folder: &str, info: &Info, by_name: bool, below: bool) -> Found {
    let mut same = false;
    let names = world.names(folder);
    let wants = names
        .iter()
        .filter(|name| [".wants", ".requires", ".upholds"].iter().any(|ending| name.ends_with(ending)));
    let places = wants.map(|name| (format!("{folder}/{name}"), true)).chain([(folder.to_owned(), false)]);
    for (place, is_wants) in places {
        for link in world.names(&place) {
            let path = format!("{place}/{link}");
            let Some(Kind::Symlink(target)) = world.lstat(&path).map(|node| &node.kind) else { continue };
            let target = String::from_utf8_lossy(target);
            let named = (is_wants || !below) && link == info.name;
            let led = if is_wants {
                !named && name::template(&link).as_ref() == Some(&info.name)
            } else {
                name::file_name(&target) == info.name
            };
            if named && led && !is_wants {
                same = true;
            } else if (named || led) && (!by_name || is_known(info, &link)) {
                return Found::Link;
            }
        }
    }
    if same { Found::SameName } else { Found::Nothing }
}

/// `is_symlink_with_known_name`
fn is_known(info: &Info, link: &str) -> bool {
    let instance =
        info.install.default_instance.as_deref().filter(|_| name::class(&info.name) == Some(Class::Template));
    link == info.name
        || info.install.aliases.iter().any(|alias| alias == link)
        || instance.and_then(|instance| name::with_instance(&info.name, instance)).as_deref() == Some(link)
}
