//! `dpkg-maintscript-helper`.

use bringup_shell::{Call, Status, Stop};

use super::{fail, unsupported};
use crate::machine::Machine;

/// The command: on a new installation there is nothing of an older version to move or remove, and
/// every one of its verbs does nothing.
pub(crate) fn command(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let Some((verb, rest)) = call.arguments.split_first() else { return fail(call, "missing command") };
    match verb.as_str() {
        "supports" => {
            let known = ["rm_conffile", "mv_conffile", "symlink_to_dir", "dir_to_symlink"];
            Ok(u8::from(!rest.first().is_some_and(|verb| known.contains(&verb.as_str()))))
        }
        "rm_conffile" | "mv_conffile" | "symlink_to_dir" | "dir_to_symlink" => {
            let Some(cut) = rest.iter().position(|word| word == "--") else {
                return fail(call, "missing arguments after --");
            };
            match rest.get(cut + 2) {
                Some(version) if !version.is_empty() => unsupported(call, "an older version"),
                _ => Ok(0),
            }
        }
        verb => unsupported(call, format!("`{verb}`")),
    }
}
