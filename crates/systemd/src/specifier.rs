//! Specifiers: `%` and a letter, for what is known only on the machine (tmpfiles.d(5), "Specifiers").

use bringup_shell::{Stop, World};

use crate::unsupported;

/// A text with its specifiers replaced.
pub(crate) enum Expanded {
    /// Every one is known.
    Text(String),
    /// `%m` is not: this root has no machine ID yet.
    NoMachineId,
}

/// Replaces the specifiers of tmpfiles.d and sysusers.d.
///
/// # Errors
/// One that is only known while the machine runs.
pub(crate) fn expand(command: &str, world: &World, text: &str) -> Result<Expanded, Stop> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let Some(specifier) = letters.next() else {
            out.push('%');
            break;
        };
        match specifier {
            '%' => out.push('%'),
            'a' => out.push_str(architecture(command, world)?),
            'o' => out.push_str(&os_release(world, "ID").unwrap_or_else(|| "linux".to_owned())),
            'w' => out.push_str(&os_release(world, "VERSION_ID").unwrap_or_default()),
            'B' => out.push_str(&os_release(world, "BUILD_ID").unwrap_or_default()),
            'W' => out.push_str(&os_release(world, "VARIANT_ID").unwrap_or_default()),
            'M' => out.push_str(&os_release(world, "IMAGE_ID").unwrap_or_default()),
            'A' => out.push_str(&os_release(world, "IMAGE_VERSION").unwrap_or_default()),
            'm' => match machine_id(world) {
                Some(id) => out.push_str(&id),
                None => return Ok(Expanded::NoMachineId),
            },
            'T' => out.push_str("/tmp"),
            'V' => out.push_str("/var/tmp"),
            't' => out.push_str("/run"),
            'S' => out.push_str("/var/lib"),
            'C' => out.push_str("/var/cache"),
            'L' => out.push_str("/var/log"),
            'u' | 'g' => out.push_str("root"),
            'U' | 'G' => out.push('0'),
            'h' => out.push_str("/root"),
            'b' | 'H' | 'l' | 'q' | 'v' => {
                return Err(unsupported(command, format!("`%{specifier}`, only known on the machine,")));
            }
            _ => {
                out.push('%');
                out.push(specifier);
            }
        }
    }
    Ok(Expanded::Text(out))
}

/// The machine ID, if this root has one: 32 hexadecimal digits (machine-id(5)).
pub(crate) fn machine_id(world: &World) -> Option<String> {
    let text = String::from_utf8(world.read("/etc/machine-id").ok()?).ok()?;
    let id = text.trim_end_matches('\n');
    (id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit())).then(|| id.to_owned())
}

/// systemd's name of an architecture (`architecture_table` of src/basic/architecture.c).
fn architecture(command: &str, world: &World) -> Result<&'static str, Stop> {
    Ok(match world.architecture.as_str() {
        "amd64" => "x86-64",
        "arm64" => "arm64",
        "armhf" | "armel" => "arm",
        "i386" => "x86",
        "riscv64" => "riscv64",
        "ppc64el" => "ppc64-le",
        "s390x" => "s390x",
        "loong64" => "loongarch64",
        other => return Err(unsupported(command, format!("`%a` for `{other}`"))),
    })
}

/// A field of os-release(5), its quotes taken away.
fn os_release(world: &World, field: &str) -> Option<String> {
    let text = world.read("/etc/os-release").or_else(|_| world.read("/usr/lib/os-release")).ok()?;
    let text = String::from_utf8(text).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix('='))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::world;

    fn text(world: &World, given: &str) -> Option<String> {
        match expand("systemd-tmpfiles", world, given).unwrap() {
            Expanded::Text(text) => Some(text),
            Expanded::NoMachineId => None,
        }
    }

    #[test]
    fn what_the_root_says_is_filled_in() {
        let world = world(&[
            ("etc/os-release", "NAME=x\nID=debian\nVERSION_ID=\"13\"\n"),
            ("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
        ]);
        assert_eq!(
            text(&world, "/%o-%w/%%/%m/%S").unwrap(),
            "/debian-13/%/0123456789abcdef0123456789abcdef//var/lib"
        );
        assert_eq!(text(&world, "%a").unwrap(), "arm64");
    }

    #[test]
    fn no_machine_id_is_not_an_empty_one() {
        let world = world(&[("etc/machine-id", "uninitialized\n")]);
        assert_eq!(text(&world, "%m"), None);
    }

    #[test]
    fn what_only_the_machine_knows_stops() {
        let Err(stop) = expand("systemd-tmpfiles", &world(&[]), "/run/%b") else {
            panic!("`%b` has no value")
        };
        assert_eq!(
            stop.to_string(),
            "`systemd-tmpfiles`: `%b`, only known on the machine, is not reproduced"
        );
    }
}
