//! One module, as its own `.modinfo` describes it.

/// What a module file is called before the compressor's suffix.
const SUFFIX: &str = ".ko";

/// Suffixes of the compressors the kernel's build knows (`CONFIG_MODULE_COMPRESS_*`).
pub(crate) const COMPRESSED: [&str; 3] = [".xz", ".zst", ".gz"];

/// One loadable module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Module {
    /// Its name as the kernel shows it, with `_` and never `-`: `sunxi_mmc`.
    pub name: String,
    /// Path of its file below the module folder: `kernel/drivers/mmc/host/sunxi-mmc.ko.xz`.
    pub path: String,
    /// Patterns of the devices, file systems and algorithms it serves, as written.
    pub aliases: Vec<String>,
    /// Normalised names of the modules whose symbols it uses.
    pub depends: Vec<String>,
    /// Its `softdep` fields, as written: `pre: crypto-crc32c`.
    pub softdeps: Vec<String>,
    /// Its `weakdep` fields, as written.
    pub weakdeps: Vec<String>,
    /// Firmware files it may ask for, below `lib/firmware`.
    pub firmware: Vec<String>,
    /// Symbols it exports to other modules, sorted.
    pub exports: Vec<String>,
    /// Names of platform devices that it mentions and that another module drives, sorted.
    ///
    /// The driver of a multi-function device (a PMIC) makes its parts by name, and neither
    /// a device tree nor a dependency says so.
    pub parts: Vec<String>,
}

impl Module {
    /// The modules and aliases of its `softdep` fields that are to be loaded before it.
    pub fn pre_softdeps(&self) -> impl Iterator<Item = &str> {
        self.softdeps_of("pre:")
    }

    /// The modules and aliases of its `softdep` fields that are to be loaded after it.
    pub fn post_softdeps(&self) -> impl Iterator<Item = &str> {
        self.softdeps_of("post:")
    }

    fn softdeps_of(&self, wanted: &'static str) -> impl Iterator<Item = &str> {
        self.softdeps.iter().flat_map(move |field| {
            let mut section = "";
            field.split_ascii_whitespace().filter(move |word| {
                if word.ends_with(':') {
                    section = word;
                }
                section == wanted && !word.ends_with(':')
            })
        })
    }
}

/// A module's name in the kernel's spelling: `_` for every `-`.
pub fn normalise(name: &str) -> String {
    name.replace('-', "_")
}

/// The file name of a module without its suffixes; none if `path` is no module.
pub(crate) fn stem(path: &str) -> Option<&str> {
    let plain = uncompressed(path).strip_suffix(SUFFIX)?;
    let name = plain.rsplit('/').next().unwrap_or(plain);
    (!name.is_empty()).then_some(name)
}

/// `path` without a compressor's suffix, as `modules.order` has it.
pub(crate) fn uncompressed(path: &str) -> &str {
    COMPRESSED.iter().find_map(|suffix| path.strip_suffix(suffix)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ko_files_are_modules() {
        for (path, name) in [
            ("kernel/a/sunxi-mmc.ko.xz", Some("sunxi-mmc")),
            ("kernel/a/b.ko", Some("b")),
            ("b.ko.zst", Some("b")),
            ("b.ko.gz", Some("b")),
            ("modules.order", None),
            ("kernel/a/.ko", None),
            ("kernel/a/b.ko.bz2", None),
        ] {
            assert_eq!(stem(path), name, "{path}");
        }
    }

    #[test]
    fn softdeps_come_before_and_after() {
        let module =
            Module { softdeps: vec!["pre: a b post: c".into(), "pre: d".into()], ..Module::default() };
        assert_eq!(module.pre_softdeps().collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_eq!(module.post_softdeps().collect::<Vec<_>>(), ["c"]);
    }
}
