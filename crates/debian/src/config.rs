//! `bringup.toml`: where packages come from.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Error, Keyring, Repository};

/// What `bringup.toml` says of packages.
///
/// ```toml
/// mirror = "http://mirror.example/debian"
///
/// [[repository]]
/// suite = "trixie"
/// components = ["main", "non-free-firmware"]
///
/// [[repository]]
/// uri = "http://vendor.example/apt"
/// suite = "stable"
/// signed-by = "vendor.asc"
/// check-valid-until = false
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The base of the Debian archive, if the command line and the environment give none.
    pub mirror: Option<String>,
    /// Where packages come from; none means the mirror's default suite.
    #[serde(default)]
    pub repository: Vec<RepositoryConfig>,
}

/// One `[[repository]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RepositoryConfig {
    /// Its base; the mirror, if missing.
    pub uri: Option<String>,
    /// Suite or codename.
    pub suite: String,
    /// Components; `main`, if missing.
    #[serde(default = "main_only")]
    pub components: Vec<String>,
    /// A file with the public keys that sign it, relative to the configuration file; the Debian
    /// archive's keys, if missing.
    pub signed_by: Option<PathBuf>,
    /// Whether a Release file past its `Valid-Until` is refused; yes, if missing.
    #[serde(default = "yes")]
    pub check_valid_until: bool,
}

fn main_only() -> Vec<String> {
    vec!["main".into()]
}

fn yes() -> bool {
    true
}

impl Config {
    /// Reads the text of a configuration file, called `name` in errors.
    ///
    /// # Errors
    /// It is not TOML, or has keys or values that are not known.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Config { file: name.to_owned(), source: Box::new(error) })
    }
}

impl RepositoryConfig {
    /// The repository meant, given the mirror and the folder of the configuration file.
    ///
    /// # Errors
    /// The key file cannot be read, or a name or URI cannot be used.
    pub fn resolve(&self, mirror: &str, folder: &Path) -> Result<Repository, Error> {
        let keyring = match &self.signed_by {
            None => Keyring::debian(),
            Some(path) => {
                let path = folder.join(path);
                let bytes = std::fs::read(&path).map_err(|source| Error::Io {
                    operation: "read",
                    path: path.clone(),
                    source,
                })?;
                Keyring::parse(&path.display().to_string(), &bytes)?
            }
        };
        let uri = self.uri.as_deref().unwrap_or(mirror);
        let components = self.components.iter().map(String::as_str);
        let mut repository = Repository::new(uri, &self.suite, components, keyring)?;
        repository.check_valid_until = self.check_valid_until;
        Ok(repository)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_keys_have_defaults() {
        let config = Config::parse("bringup.toml", "[[repository]]\nsuite = 'sid'\n").unwrap();
        let repository =
            config.repository[0].resolve("http://mirror.example/debian/", Path::new(".")).unwrap();
        assert_eq!(config.mirror, None);
        assert_eq!(
            (repository.uri.as_str(), repository.suite.as_str()),
            ("http://mirror.example/debian", "sid")
        );
        assert_eq!(repository.components, ["main"]);
        assert!(repository.check_valid_until);
    }

    #[test]
    fn unknown_keys_are_refused() {
        for text in ["miror = 'x'", "[[repository]]\nsuite = 'sid'\ncheck-valid = false", "[[repository]]"] {
            let error = Config::parse("bringup.toml", text).unwrap_err();
            assert!(matches!(error, Error::Config { ref file, .. } if file == "bringup.toml"), "{error}");
        }
    }

    #[test]
    fn a_key_file_is_relative_to_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[[repository]]\nsuite = 'sid'\nsigned-by = 'own.asc'\ncheck-valid-until = false";
        let config = Config::parse("bringup.toml", text).unwrap().repository.remove(0);
        let error = config.resolve("http://mirror.example/debian", folder.path()).unwrap_err();
        assert!(matches!(error, Error::Io { path, .. } if path == folder.path().join("own.asc")));
        std::fs::write(folder.path().join("own.asc"), include_str!("../keys/trixie-stable.asc")).unwrap();
        let repository = config.resolve("http://mirror.example/debian", folder.path()).unwrap();
        assert_eq!(repository.keyring.fingerprints(), ["41587F7DB8C774BCCF131416762F67A0B2C39DE4"]);
        assert!(!repository.check_valid_until);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for (uri, suite, component) in [
            ("mirror.example/debian", "sid", "main"),
            ("ftp://mirror.example/debian", "sid", "main"),
            ("http:///", "sid", "main"),
            ("file:debian", "sid", "main"),
            ("http://mirror.example/debian?x", "sid", "main"),
            ("http://mirror.example/de bian", "sid", "main"),
            ("http://mirror.example/debian", "../sid", "main"),
            ("http://mirror.example/debian", "./", "main"),
            ("http://mirror.example/debian", "sid", "main/"),
        ] {
            let result = Repository::new(uri, suite, [component], Keyring::default());
            assert!(matches!(result, Err(Error::BadUri { .. } | Error::BadName { .. })), "{uri} {suite}");
        }
    }
}
