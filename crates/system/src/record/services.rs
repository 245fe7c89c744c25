//! What runs.

use schemars::JsonSchema;
use serde::Deserialize;

/// Units by name; a name without a suffix is a service's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Services {
    /// Enabled, besides what packages enable themselves.
    pub enable: Vec<String>,
    /// Disabled, whatever packages did.
    pub disable: Vec<String>,
    /// Made impossible to start.
    pub mask: Vec<String>,
    /// What the system boots into; what packages chose, if missing.
    pub default_target: Option<String>,
}

/// A unit file of the system's own, in `/etc/systemd/system`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unit {
    /// Its name, or that of a drop-in: `demo.service`, `ssh.service.d/limits.conf`.
    pub name: String,
    /// Its text.
    #[serde(default)]
    pub text: Option<String>,
    /// Its text's file in the system's folder.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether it is enabled.
    #[serde(default)]
    pub enable: bool,
}

/// The login at the serial console.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Getty {
    /// The terminal, without `/dev/`; the consoles that the kernel has, if missing.
    pub console: Option<String>,
    /// `TERM` there; `vt220`, if missing.
    pub term: Option<String>,
    /// Bits a second; whatever the kernel set, if missing.
    pub baud: Option<u32>,
    /// Who is logged in there without being asked; nobody, if missing.
    pub autologin: Option<String>,
}

/// What is done once, when an image first boots.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FirstBoot {
    /// What must differ between machines and so is not in the image; everything, if missing.
    pub regenerate: Vec<Regenerate>,
    /// Shell commands, run once in this order.
    pub commands: Vec<String>,
    /// Whether the root partition and its file system grow to the disk's end.
    pub grow: bool,
}

impl Default for FirstBoot {
    fn default() -> Self {
        let regenerate = vec![Regenerate::MachineId, Regenerate::SshHostKeys, Regenerate::RandomSeed];
        Self { regenerate, commands: Vec::new(), grow: false }
    }
}

/// Something that must differ between machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Regenerate {
    /// `/etc/machine-id`.
    MachineId,
    /// `/etc/ssh/ssh_host_*_key`.
    SshHostKeys,
    /// `/var/lib/systemd/random-seed`.
    RandomSeed,
}
