//! Where units are: those of the system, and those of every user.

/// Whose units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The system's.
    System,
    /// Every user's (`--global`).
    User,
}

impl Scope {
    /// Where links of enabled units go.
    pub(crate) const fn config(self) -> &'static str {
        match self {
            Self::System => "/etc/systemd/system",
            Self::User => "/etc/systemd/user",
        }
    }

    /// As [`config`](Self::config), until the next boot.
    pub(crate) const fn runtime(self) -> &'static str {
        match self {
            Self::System => "/run/systemd/system",
            Self::User => "/run/systemd/user",
        }
    }

    /// Where units are looked for, the first one wins (`lookup_paths_init` of systemd's
    /// src/libsystemd/sd-path/path-lookup.c, Debian's build).
    pub(crate) const fn folders(self) -> &'static [&'static str] {
        match self {
            Self::System => &[
                "/etc/systemd/system.control",
                "/run/systemd/system.control",
                "/run/systemd/transient",
                "/run/systemd/generator.early",
                "/etc/systemd/system",
                "/etc/systemd/system.attached",
                "/run/systemd/system",
                "/run/systemd/system.attached",
                "/run/systemd/generator",
                "/usr/local/lib/systemd/system",
                "/usr/lib/systemd/system",
                "/run/systemd/generator.late",
            ],
            Self::User => &[
                "/etc/systemd/user",
                "/run/systemd/user",
                "/usr/local/share/systemd/user",
                "/usr/share/systemd/user",
                "/usr/local/lib/systemd/user",
                "/usr/lib/systemd/user",
            ],
        }
    }

    /// Where presets are, below the folders of configuration.
    pub(crate) const fn presets(self) -> &'static str {
        match self {
            Self::System => "systemd/system-preset",
            Self::User => "systemd/user-preset",
        }
    }
}
