//! What an image is to be, beside its files.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// What an image is to be, beside its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Its name and tag, `example.org/team/system:1.2`, under which `load` puts it; may be none.
    pub reference: Option<String>,
    /// What it runs on.
    pub platform: Platform,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// What runs in a container.
    pub run: Run,
    /// How layers are compressed.
    pub compression: Compression,
    /// How many threads compress them; the bytes do not depend on it.
    pub threads: NonZeroUsize,
}

/// An operating system and a processor, by Go's names (image-spec, config.md, "Properties").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// The operating system, as in Go's `GOOS`.
    pub os: &'static str,
    /// The processor, as in Go's `GOARCH`.
    pub architecture: &'static str,
    /// Which of its versions, where there are several.
    pub variant: Option<&'static str>,
}

/// Debian's architectures and their names for containers.
///
/// containerd, platforms/database.go; image-spec, image-index.md, "Platform Variants".
const PLATFORMS: [(&str, &str, Option<&str>); 9] = [
    ("amd64", "amd64", None),
    ("arm64", "arm64", Some("v8")),
    ("armel", "arm", Some("v5")),
    ("armhf", "arm", Some("v7")),
    ("i386", "386", None),
    ("loong64", "loong64", None),
    ("ppc64el", "ppc64le", None),
    ("riscv64", "riscv64", None),
    ("s390x", "s390x", None),
];

impl Platform {
    /// Linux on one of Debian's architectures, `arm64`; none for those without containers.
    pub fn of_debian(architecture: &str) -> Option<Self> {
        let (_, architecture, variant) = *PLATFORMS.iter().find(|(debian, ..)| *debian == architecture)?;
        Some(Self { os: "linux", architecture, variant })
    }
}

/// What runs in a container, and how (image-spec, config.md, `config`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Environment variables, `NAME=value`.
    pub env: Vec<String>,
    /// The program, in front of what the user gives as arguments; may be empty.
    pub entrypoint: Vec<String>,
    /// The program's default arguments, or the program itself where there is no entry point.
    pub cmd: Vec<String>,
    /// The folder it starts in; root's if empty.
    pub working_dir: String,
    /// User and group, `name:group` or numbers; root if empty.
    pub user: String,
    /// The signal that stops it, `SIGRTMIN+3` for systemd; SIGTERM if empty.
    pub stop_signal: String,
    /// Labels by their names.
    pub labels: BTreeMap<String, String>,
}

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// By gzip, which every reader knows.
    Gzip {
        /// 1 to 9; gzip's own default is 6.
        level: u32,
    },
    /// By Zstandard, faster and smaller; Docker reads it from version 23 on.
    Zstd {
        /// 1 to 22; zstd's own default is 3.
        level: i32,
    },
}
