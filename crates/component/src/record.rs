//! What a component is: its source, how it is built, what of it goes where.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Error;

/// A user's own program, or whatever else is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name: lower-case letters, digits, `+`, `-`, `.`.
    pub name: String,
    /// Where its source is.
    pub origin: Origin,
    /// How it is built.
    pub build: Build,
    /// Further arguments: make's (variables and targets), cmake's and meson's when they configure,
    /// cargo's when it builds.
    pub arguments: Vec<String>,
    /// Shell text for [`Build::Script`], run with `sh -eu` in the build folder. Without it, the
    /// source's own `build.sh`.
    pub script: Option<String>,
    /// Debian packages of the target that it is compiled with: `libssl-dev`.
    pub packages: Vec<String>,
    /// Debian packages of the host that it is compiled by: `bison`.
    pub tools: Vec<String>,
    /// Environment variables, over those of the toolchain.
    pub environment: BTreeMap<String, String>,
    /// Path in the build folder, and absolute path in the root. Without any, the build system's own
    /// step of installing is taken, with the prefix `/usr`.
    pub install: BTreeMap<String, String>,
}

/// Where source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder; `.git` and folders with a `CACHEDIR.TAG` are left out.
    Folder(PathBuf),
    /// Debian's source package of this name, patched.
    Debian(String),
}

/// How source is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Build {
    /// `make`, in a copy of the source.
    Make,
    /// CMake with Ninja, beside the source.
    Cmake,
    /// Meson with Ninja, beside the source.
    Meson,
    /// Cargo, beside the source.
    Cargo,
    /// Shell text, in a copy of the source.
    Script,
}

impl Build {
    /// As in a record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::Cmake => "cmake",
            Self::Meson => "meson",
            Self::Cargo => "cargo",
            Self::Script => "script",
        }
    }
}

/// The TOML form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    component: Vec<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Record {
    name: String,
    source: Option<PathBuf>,
    debian_source: Option<String>,
    build: Build,
    #[serde(default)]
    arguments: Vec<String>,
    script: Option<String>,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    install: BTreeMap<String, String>,
}

impl Component {
    /// Reads the `[[component]]`s of a TOML text, called `file` in errors; folders are below `folder`.
    ///
    /// # Errors
    /// The text is malformed, has an unknown key, or a value that cannot be used.
    pub fn parse(file: &str, text: &str, folder: &Path) -> Result<Vec<Self>, Error> {
        let read: Result<File, _> = toml::from_str(text);
        let read =
            read.map_err(|source| Error::Record { file: file.to_owned(), source: Box::new(source) })?;
        read.component.into_iter().map(|record| record.component(folder)).collect()
    }

    /// Whether its values can be used.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn check(&self) -> Result<(), Error> {
        let bad = |key, problem: String| Err(Error::Value { component: self.name.clone(), key, problem });
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
        if !self.name.starts_with(|first: char| first.is_ascii_alphanumeric())
            || !self.name.bytes().all(plain)
        {
            return bad("name", "must be lower-case letters, digits, `+`, `-` and `.`".to_owned());
        }
        if self.script.is_some() && self.build != Build::Script {
            return bad("script", format!("is for `build = \"script\"`, not for `{}`", self.build.name()));
        }
        for (from, to) in &self.install {
            let inside =
                |path: &str| !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
            if !inside(from) {
                return bad(
                    "install",
                    format!("has the source `{from}`, which is no path in the build folder"),
                );
            }
            if !to.strip_prefix('/').is_some_and(inside) {
                return bad("install", format!("has the target `{to}`, which is no absolute path of a file"));
            }
        }
        for name in self.environment.keys() {
            if name.is_empty() || name.contains(['=', '\0']) {
                return bad("environment", format!("has `{name}`, which is no name of a variable"));
            }
        }
        Ok(())
    }
}

impl Record {
    fn component(self, folder: &Path) -> Result<Component, Error> {
        let origin = match (self.source, self.debian_source) {
            (Some(path), None) => Origin::Folder(folder.join(path)),
            (None, Some(package)) => Origin::Debian(package),
            _ => {
                return Err(Error::Value {
                    component: self.name,
                    key: "source",
                    problem: "or `debian-source` must be there, and only one of them".to_owned(),
                });
            }
        };
        let component = Component {
            name: self.name,
            origin,
            build: self.build,
            arguments: self.arguments,
            script: self.script,
            packages: self.packages,
            tools: self.tools,
            environment: self.environment,
            install: self.install,
        };
        component.check().map(|()| component)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[[component]]\nname = 'hello'\nsource = 'src/hello'\nbuild = 'make'\n\
        packages = ['zlib1g-dev']\ninstall = { 'hello' = '/usr/bin/hello' }\n";

    #[test]
    fn a_record_is_read_with_its_folder() {
        let found = Component::parse("system.toml", TEXT, Path::new("/home/u")).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].origin, Origin::Folder("/home/u/src/hello".into()));
        assert_eq!((found[0].build, found[0].install["hello"].as_str()), (Build::Make, "/usr/bin/hello"));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (from, to, message) in [
            (
                "'hello'\nsource",
                "'He llo'\nsource",
                "component `He llo`: `name` must be lower-case letters, digits, `+`, `-` and `.`",
            ),
            (
                "source = 'src/hello'\n",
                "",
                "component `hello`: `source` or `debian-source` must be there, and only one of them",
            ),
            (
                "'/usr/bin/hello'",
                "'usr/bin/hello'",
                "component `hello`: `install` has the target `usr/bin/hello`, which is no absolute path of a file",
            ),
            (
                "{ 'hello'",
                "{ '../hello'",
                "component `hello`: `install` has the source `../hello`, which is no path in the build folder",
            ),
            (
                "build",
                "script = 'x'\nbuild",
                "component `hello`: `script` is for `build = \"script\"`, not for `make`",
            ),
        ] {
            assert!(TEXT.contains(from), "{from:?}");
            let error = Component::parse("f", &TEXT.replacen(from, to, 1), Path::new("/")).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn unknown_keys_and_ways_of_building_are_refused() {
        for (from, to) in
            [("packages", "package"), ("'make'", "'bazel'"), ("[[component]]", "[[components]]")]
        {
            let error = Component::parse("f", &TEXT.replacen(from, to, 1), Path::new("/")).unwrap_err();
            assert!(matches!(error, Error::Record { ref file, .. } if file == "f"), "{to}: {error}");
        }
    }
}
