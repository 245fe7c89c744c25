//! Linux's device trees, as far as they tell what a board is: source or blob.

mod blob;
#[cfg(test)]
pub(crate) mod fixture;
mod source;

use crate::{Error, Said};

/// What a device tree says about its board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The name of the file.
    pub file: String,
    /// The root's `model`.
    pub model: Option<Said<String>>,
    /// The `N` of the alias `serialN` that `stdout-path` means.
    pub console: Option<Said<u32>>,
    /// The speed that `stdout-path` gives, in bits a second.
    pub baud: Option<Said<u32>>,
    /// The memory of the memory nodes, in bytes.
    pub memory: Option<Said<u64>>,
    /// The storage controllers that are switched on, without those that a Wi-Fi chip is at.
    pub storage: Vec<Said<Storage>>,
    /// What the source includes and what was not read.
    pub includes: Vec<String>,
}

/// A storage controller's node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// By full path.
    Path(String),
    /// By its label in a source: the path is in a file that was not read.
    Label(String),
}

impl Tree {
    /// Reads a file called `file` (without its folders): a compiled device tree or its source.
    ///
    /// Files that a source includes are not read: what they say is not known, and [`Tree::includes`]
    /// lists them.
    ///
    /// # Errors
    /// The bytes are neither, or damaged.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        if bringup_inspect::fdt::detect(bytes) {
            return blob::read(file, bytes);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => source::read(file, text),
            _ => Err(Error::NotATree { file: file.to_owned() }),
        }
    }

    /// The file's name without what says its form: `sun50i-a64-olinuxino`.
    pub fn name(&self) -> &str {
        let name = self.file.strip_suffix(".dts").or_else(|| self.file.strip_suffix(".dtb"));
        name.unwrap_or(&self.file)
    }

    /// Takes a `stdout-path`: an alias or a path, and perhaps `:` and the line's settings
    /// (Devicetree Specification 0.4, 3.6; `115200n8` is Linux's form, drivers/of/base.c and
    /// Documentation/admin-guide/serial-console.rst). `index_of` knows the aliases.
    fn take_stdout(&mut self, said: &Said<String>, index_of: impl Fn(&str) -> Option<u32>) {
        let (port, settings) = said.value.split_once(':').unwrap_or((&said.value, ""));
        let digits = settings.find(|char: char| !char.is_ascii_digit()).unwrap_or(settings.len());
        self.baud = settings[..digits].parse().ok().map(|baud| said.with(baud));
        let index = match port.starts_with(['/', '&']) {
            true => index_of(port),
            false => serial_index(port),
        };
        self.console = index.map(|index| said.with(index));
    }
}

/// The `N` of `serialN`.
fn serial_index(alias: &str) -> Option<u32> {
    alias.strip_prefix("serial")?.parse().ok()
}

/// Whether a node of this name, without the unit address, is a storage controller: the generic names
/// of the Devicetree Specification 0.4, 2.2.2, and `sdhci`, which it lacks.
fn is_storage(name: &str) -> bool {
    matches!(name, "mmc" | "sdhci" | "sata")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_refused() {
        assert_eq!(
            Tree::parse("x.bin", b"\xff\0").unwrap_err(),
            Error::NotATree { file: "x.bin".to_owned() }
        );
        assert_eq!(Tree::parse("a.txt", b"hello").unwrap_err(), Error::NotATree { file: "a.txt".to_owned() });
    }

    fn stdout(text: &str) -> (Option<u32>, Option<u32>) {
        let mut tree = Tree::default();
        let said = Said { value: text.to_owned(), source: String::new() };
        tree.take_stdout(&said, |path| (path == "/soc/serial@1").then_some(3));
        (tree.console.map(|it| it.value), tree.baud.map(|it| it.value))
    }

    #[test]
    fn stdout_is_an_alias_or_a_path_with_or_without_a_speed() {
        assert_eq!(stdout("serial0:115200n8"), (Some(0), Some(115_200)));
        assert_eq!(stdout("serial2:1500000"), (Some(2), Some(1_500_000)));
        assert_eq!(stdout("serial1"), (Some(1), None));
        assert_eq!(stdout("/soc/serial@1"), (Some(3), None));
        assert_eq!(stdout("/soc/serial@2:9600"), (None, Some(9600)));
        assert_eq!(stdout("uart0:n8"), (None, None));
    }
}
