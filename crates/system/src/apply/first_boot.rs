//! What must differ between machines, and what is done once.

use super::Work;
use super::put::Owned;
use crate::{Error, Regenerate};

/// The script of the record's commands; it goes when they have all succeeded once.
const SCRIPT: &str = "/etc/first-boot";

/// Runs it. A power failure in between runs it again, from its first command.
const UNIT: &str = "[Unit]\n\
    Description=Commands for the first boot\n\
    ConditionPathExists=/etc/first-boot\n\
    After=network.target\n\n\
    [Service]\n\
    Type=oneshot\n\
    ExecStart=/bin/sh -e /etc/first-boot\n\
    ExecStartPost=/bin/rm /etc/first-boot\n\n\
    [Install]\n\
    WantedBy=multi-user.target\n";

/// What makes the host keys at first boot, of Debian's openssh-server.
const KEYGEN: &str = "/usr/lib/systemd/system/sshd-keygen.service";

/// It comes with `ConditionFirstBoot=yes` and is not waited for by what ends the first boot: a power cut
/// between the two would leave a machine without keys for good. Its command makes only keys that are
/// missing, so it may run at every boot. An empty condition takes back all of them (systemd.unit(5)).
const KEYGEN_ALWAYS: &str = "[Unit]\nConditionFirstBoot=\nConditionPathIsReadWrite=/etc/ssh\n\
    ConditionPathIsSymbolicLink=!/etc/ssh\n";

impl Work<'_> {
    pub(super) fn first_boot(&mut self) -> Result<(), Error> {
        let system = self.system;
        for what in &system.first_boot.regenerate {
            match what {
                // `uninitialized` already, and D-Bus's own is a link to it.
                Regenerate::MachineId => {}
                Regenerate::SshHostKeys => {
                    if self.world.stat(KEYGEN).is_some() {
                        self.text(&format!("{KEYGEN}.d/10-always.conf"), KEYGEN_ALWAYS)?;
                    }
                    for name in self.world.names("/etc/ssh") {
                        if name.starts_with("ssh_host_") {
                            self.world.tree.remove(format!("etc/ssh/{name}"));
                        }
                    }
                }
                Regenerate::RandomSeed => {
                    for path in ["var/lib/systemd/random-seed", "var/lib/urandom/random-seed"] {
                        self.world.tree.remove(path);
                    }
                }
            }
        }
        let commands = &system.first_boot.commands;
        if commands.is_empty() {
            return Ok(());
        }
        let script = format!("# What this system does once, when it first boots.\n{}\n", commands.join("\n"));
        self.file(SCRIPT, Owned::root(0o600), script.into_bytes())?;
        self.text("/etc/systemd/system/first-boot.service", UNIT)?;
        self.run("first-boot.commands", "systemctl", &["enable", "first-boot.service"])
    }
}
