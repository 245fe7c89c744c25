//! `setcap` and `getcap`: the extended attribute `security.capability`.
//!
//! Linux, include/uapi/linux/capability.h, `struct vfs_cap_data`, little endian: revision 2 in the top
//! byte with bit 0 "effective", then permitted and inheritable, low halves first.

use bringup_shell::{Call, Command, Host, Status, Stop};
use bringup_tree::Kind;

use crate::arguments::unsupported;
use crate::print;

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] = &[("getcap", getcap), ("setcap", setcap)];

const ATTRIBUTE: &[u8] = b"security.capability";
const REVISION_2: u32 = 0x0200_0000;
const EFFECTIVE: u32 = 1;

/// In the order of their numbers, from `CAP_CHOWN`, 0.
const NAMES: [&str; 41] = [
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_fsetid",
    "cap_kill",
    "cap_setgid",
    "cap_setuid",
    "cap_setpcap",
    "cap_linux_immutable",
    "cap_net_bind_service",
    "cap_net_broadcast",
    "cap_net_admin",
    "cap_net_raw",
    "cap_ipc_lock",
    "cap_ipc_owner",
    "cap_sys_module",
    "cap_sys_rawio",
    "cap_sys_chroot",
    "cap_sys_ptrace",
    "cap_sys_pacct",
    "cap_sys_admin",
    "cap_sys_boot",
    "cap_sys_nice",
    "cap_sys_resource",
    "cap_sys_time",
    "cap_sys_tty_config",
    "cap_mknod",
    "cap_lease",
    "cap_audit_write",
    "cap_audit_control",
    "cap_setfcap",
    "cap_mac_override",
    "cap_mac_admin",
    "cap_syslog",
    "cap_wake_alarm",
    "cap_block_suspend",
    "cap_audit_read",
    "cap_perfmon",
    "cap_bpf",
    "cap_checkpoint_restore",
];

/// The three sets, a bit for each capability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sets {
    effective: u64,
    inheritable: u64,
    permitted: u64,
}

impl Sets {
    /// cap_from_text(3): clauses `NAME,NAME=FLAGS`, with `+` and `-` for changes.
    fn parse(text: &str) -> Option<Self> {
        let mut sets = Self::default();
        for clause in text.split_whitespace() {
            let at = clause.find(['=', '+', '-'])?;
            let mut mask = 0;
            for name in clause[..at].split(',') {
                mask |= match name.to_ascii_lowercase().as_str() {
                    "" | "all" => (1 << NAMES.len()) - 1,
                    name => 1_u64 << NAMES.iter().position(|known| *known == name)?,
                };
            }
            // Only `=` may stand without names.
            if at == 0 && !clause.starts_with('=') {
                return None;
            }
            let mut raise = true;
            for letter in clause[at..].chars() {
                if letter == '=' {
                    sets.effective &= !mask;
                    sets.inheritable &= !mask;
                    sets.permitted &= !mask;
                }
                let set = match letter {
                    '=' | '+' => {
                        raise = true;
                        continue;
                    }
                    '-' => {
                        raise = false;
                        continue;
                    }
                    'e' => &mut sets.effective,
                    'i' => &mut sets.inheritable,
                    'p' => &mut sets.permitted,
                    _ => return None,
                };
                *set = if raise { *set | mask } else { *set & !mask };
            }
        }
        Some(sets)
    }

    /// None if a file cannot have them: "effective" is one bit for all.
    fn to_bytes(self) -> Option<Vec<u8>> {
        let all = self.permitted | self.inheritable;
        if self.effective != 0 && self.effective != all {
            return None;
        }
        let magic = REVISION_2 | if self.effective == 0 { 0 } else { EFFECTIVE };
        let halves = [
            self.permitted as u32,
            self.inheritable as u32,
            (self.permitted >> 32) as u32,
            (self.inheritable >> 32) as u32,
        ];
        Some([magic].iter().chain(&halves).flat_map(|number| number.to_le_bytes()).collect())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)));
        let permitted = number(4)? | number(12)? << 32;
        let inheritable = number(8)? | number(16)? << 32;
        let effective = if number(0)? & u64::from(EFFECTIVE) == 0 { 0 } else { permitted | inheritable };
        Some(Self { effective, inheritable, permitted })
    }
}

/// Sets or takes away (`-r`) the capabilities of files.
fn setcap(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let given = match call.arguments {
        [quiet, rest @ ..] if quiet == "-q" => rest,
        all => all,
    };
    if given.is_empty() || !given.len().is_multiple_of(2) {
        return Err(unsupported("setcap", "anything but pairs of capabilities and files"));
    }
    for pair in given.chunks(2) {
        let (text, path) = (&pair[0], &pair[1]);
        let bytes = match text.as_str() {
            "-r" => None,
            text if text.starts_with('-') => {
                return Err(unsupported("setcap", format!("option `{text}`")));
            }
            text => {
                let Some(sets) = Sets::parse(text) else {
                    print!(call.errors, "fatal error: Invalid argument\n");
                    return Ok(1);
                };
                let refused = || unsupported("setcap", format!("`{text}`, which no file can have"));
                Some(sets.to_bytes().ok_or_else(refused)?)
            }
        };
        let at = call.world.named(path).ok();
        let node = at.and_then(|at| call.world.tree.get_mut(at));
        let why = match &node {
            None => "No such file or directory",
            Some(node) if !matches!(node.kind, Kind::File(_)) => "Invalid argument",
            Some(_) => "",
        };
        let Some(node) = node.filter(|_| why.is_empty()) else {
            print!(call.errors, "Failed to set capabilities on file 'setcap': {why}\n");
            return Ok(1);
        };
        match bytes {
            Some(bytes) => {
                node.meta.xattrs.insert(ATTRIBUTE.to_vec(), bytes);
            }
            None if node.meta.xattrs.remove(ATTRIBUTE).is_none() => {
                print!(call.errors, "File 'setcap' has no capablity to remove\n");
                return Ok(1);
            }
            None => {}
        }
    }
    Ok(0)
}

/// Prints the capabilities of the files that have some.
fn getcap(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    for path in call.arguments {
        if path.starts_with('-') {
            return Err(unsupported("getcap", format!("option `{path}`")));
        }
        let Some(node) = call.world.lstat(path) else {
            print!(call.errors, "{path} (No such file or directory)\n");
            continue;
        };
        let Some(bytes) = node.meta.xattrs.get(ATTRIBUTE) else { continue };
        let refused = || unsupported("getcap", "capabilities that differ in their flags");
        let sets = Sets::from_bytes(bytes).ok_or_else(refused)?;
        let mask = sets.permitted | sets.inheritable;
        let mut flags = String::new();
        for (letter, set) in [('e', sets.effective), ('i', sets.inheritable), ('p', sets.permitted)] {
            match set {
                0 => {}
                set if set == mask => flags.push(letter),
                _ => return Err(refused()),
            }
        }
        let names = NAMES.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, name)| *name);
        let names: Vec<&str> = names.collect();
        print!(call.output, "{path} {}={flags}\n", names.join(","));
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ok, run, world};

    #[test]
    fn a_file_gets_the_kernels_attribute() {
        let mut world = world(&[("usr/bin/ping", "")]);
        ok(&mut world, "setcap cap_net_raw+ep /usr/bin/ping");
        let bytes = &world.stat("/usr/bin/ping").unwrap().meta.xattrs[ATTRIBUTE];
        assert_eq!(bytes, &[1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(ok(&mut world, "getcap /usr/bin/ping"), "/usr/bin/ping cap_net_raw=ep\n");
        ok(&mut world, "setcap cap_dac_override,cap_bpf,cap_net_admin=ep /usr/bin/ping");
        let text = "/usr/bin/ping cap_dac_override,cap_net_admin,cap_bpf=ep\n";
        assert_eq!(ok(&mut world, "getcap /usr/bin/ping"), text);
        ok(&mut world, "setcap -r /usr/bin/ping");
        assert_eq!(ok(&mut world, "getcap /usr/bin/ping"), "");
        assert_eq!(run(&mut world, "setcap -r /usr/bin/ping", "").unwrap().0, 1);
    }

    #[test]
    fn what_is_no_capability_fails() {
        let mut world = world(&[("f", "")]);
        for line in [
            "setcap cap_nope+ep /f",
            "setcap cap_kill /f",
            "setcap cap_kill+ep /nope",
            "setcap cap_kill+ep /etc",
        ] {
            assert_eq!(run(&mut world, line, "").unwrap().0, 1, "{line}");
        }
        assert!(run(&mut world, "setcap cap_kill+e /f", "").is_err());
    }
}
