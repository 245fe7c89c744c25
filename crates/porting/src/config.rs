//! U-Boot's configurations: `configs/*_defconfig`, or the `.config` of a build.

use std::collections::BTreeMap;

use crate::{Error, Said};

/// What Kconfig writes into the first lines of a `.config`.
const GENERATED: &str = "# Automatically generated file; DO NOT EDIT.";

/// A configuration. The last line that sets a symbol counts, as in Kconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    file: String,
    /// By symbol without `CONFIG_`: its value as written, and the line's number.
    set: BTreeMap<String, (String, usize)>,
    complete: bool,
}

impl Config {
    /// Reads the `text` of a file called `file` (without its folders).
    ///
    /// # Errors
    /// A line neither sets a symbol nor is empty or a comment; or none sets any.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let mut set = BTreeMap::new();
        for (line, number) in text.lines().map(str::trim).zip(1..) {
            if let Some(symbol) = unset(line) {
                set.insert(symbol.to_owned(), ("n".to_owned(), number));
            } else if !line.is_empty() && !line.starts_with('#') {
                let setting = line.strip_prefix("CONFIG_").and_then(|line| line.split_once('='));
                let Some((symbol, value)) = setting else {
                    let text = line.chars().take(60).collect();
                    return Err(Error::BadConfigLine { file: file.to_owned(), line: number, text });
                };
                set.insert(symbol.to_owned(), (value.to_owned(), number));
            }
        }
        if set.is_empty() {
            return Err(Error::EmptyConfig { file: file.to_owned() });
        }
        Ok(Self { file: file.to_owned(), set, complete: text.lines().any(|line| line == GENERATED) })
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether it is a build's `.config`, which has every symbol, and not only what differs from
    /// U-Boot's defaults.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether `symbol` (without `CONFIG_`) is `y`.
    pub fn enabled(&self, symbol: &str) -> Option<Said<()>> {
        let (value, line) = self.set.get(symbol)?;
        (value == "y").then(|| self.said(symbol, value, *line, ()))
    }

    /// A string; none if it is not set or empty.
    pub fn string(&self, symbol: &str) -> Option<Said<String>> {
        let (value, line) = self.set.get(symbol)?;
        let text = value.strip_prefix('"')?.strip_suffix('"')?;
        (!text.is_empty()).then(|| self.said(symbol, value, *line, text.to_owned()))
    }

    /// A number, hexadecimal with `0x` or decimal.
    pub fn number(&self, symbol: &str) -> Option<Said<u64>> {
        let (value, line) = self.set.get(symbol)?;
        let hex = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
        let number = hex.map_or_else(|| value.parse().ok(), |hex| u64::from_str_radix(hex, 16).ok());
        number.map(|number| self.said(symbol, value, *line, number))
    }

    /// What U-Boot, and Debian's folders with it, call the configuration: `a64-olinuxino` for
    /// `a64-olinuxino_defconfig`, or for Debian's `config.a64-olinuxino`.
    pub fn target(&self) -> Option<&str> {
        let name = self.file.strip_suffix("_defconfig").or_else(|| self.file.strip_prefix("config."));
        name.filter(|name| !name.is_empty())
    }

    fn said<T>(&self, symbol: &str, written: &str, line: usize, value: T) -> Said<T> {
        Said::at_line(value, &self.file, line, format_args!("CONFIG_{symbol}={written}"))
    }
}

/// The symbol of a line `# CONFIG_X is not set`.
fn unset(line: &str) -> Option<&str> {
    line.strip_prefix("# CONFIG_")?.strip_suffix(" is not set")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
CONFIG_ARM=y
CONFIG_ARCH_SUNXI=y

# a comment
CONFIG_DEFAULT_DEVICE_TREE=\"sun50i-a64-board\"
CONFIG_DEFAULT_FDT_FILE=\"\"
# CONFIG_SPL_LOAD_FIT is not set
CONFIG_BAUDRATE=1500000
CONFIG_ENV_OFFSET=0x3F8000
";

    fn config() -> Config {
        Config::parse("board_defconfig", TEXT).unwrap()
    }

    #[test]
    fn each_value_has_its_line() {
        let device_tree = config().string("DEFAULT_DEVICE_TREE").unwrap();
        assert_eq!(device_tree.value, "sun50i-a64-board");
        assert_eq!(
            device_tree.source,
            "board_defconfig, line 5: CONFIG_DEFAULT_DEVICE_TREE=\"sun50i-a64-board\""
        );
        assert_eq!(config().number("BAUDRATE").unwrap().value, 1_500_000);
        assert_eq!(config().number("ENV_OFFSET").unwrap().value, 0x3F_8000);
        assert_eq!(config().enabled("ARM").unwrap().source, "board_defconfig, line 1: CONFIG_ARM=y");
    }

    #[test]
    fn what_is_not_said_is_none() {
        let config = config();
        assert_eq!(config.enabled("SPL_LOAD_FIT"), None);
        assert_eq!(config.string("DEFAULT_FDT_FILE"), None, "an empty string says nothing");
        assert_eq!(config.number("DEFAULT_DEVICE_TREE"), None);
        assert_eq!(config.string("BAUDRATE"), None);
        assert_eq!(config.enabled("RISCV"), None);
    }

    #[test]
    fn the_last_line_counts() {
        let config = Config::parse("x", "CONFIG_A=y\n# CONFIG_A is not set\n").unwrap();
        assert_eq!(config.enabled("A"), None);
    }

    #[test]
    fn a_builds_configuration_is_known_by_its_head() {
        assert!(!config().is_complete());
        let text = format!("#\n{GENERATED}\n# U-Boot 2025.01 Configuration\n#\n{TEXT}");
        assert!(Config::parse(".config", &text).unwrap().is_complete());
    }

    #[test]
    fn the_target_is_in_the_files_name() {
        let target = |file: &str| Config::parse(file, TEXT).unwrap().target().map(str::to_owned);
        assert_eq!(target("a64-olinuxino_defconfig").as_deref(), Some("a64-olinuxino"));
        assert_eq!(target("config.puma-rk3399").as_deref(), Some("puma-rk3399"));
        assert_eq!(target(".config"), None);
        assert_eq!(target("_defconfig"), None);
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(
            Config::parse("Makefile", "CONFIG_A=y\nall: u-boot\n").unwrap_err().to_string(),
            "`Makefile`, line 2: `all: u-boot` is no line of a U-Boot configuration"
        );
        assert_eq!(
            Config::parse("x", "# nothing\n").unwrap_err(),
            Error::EmptyConfig { file: "x".to_owned() }
        );
    }
}
