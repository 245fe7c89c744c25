//! `loader.conf`, what systemd-boot does before anybody presses a key (loader.conf(5)).

use crate::{Error, value};

/// The settings of systemd-boot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoaderConf {
    /// How long the menu is shown, in seconds. With 0 it is shown only when a key is held; with
    /// none the same, unless the firmware's variables say otherwise.
    pub timeout_s: Option<u32>,
    /// The file name of the entry that starts without a key, from [`Entry::file_name`] or that of
    /// a kernel image in `EFI/Linux`; with none the newest version.
    ///
    /// [`Entry::file_name`]: crate::Entry::file_name
    pub default: Option<String>,
    /// Whether the command line can be edited in the menu.
    pub editor: bool,
}

impl LoaderConf {
    /// Where it goes, from the ESP's root.
    pub const PATH: &'static str = "loader/loader.conf";

    /// The text of `loader.conf`.
    ///
    /// # Errors
    /// A default that is no entry's file name; patterns are not possible here.
    pub fn to_text(&self) -> Result<String, Error> {
        let mut text = String::new();
        if let Some(default) = &self.default {
            value::id("the default entry", default)?;
            text.push_str(&format!("default {default}\n"));
        }
        if let Some(seconds) = self.timeout_s {
            text.push_str(&format!("timeout {seconds}\n"));
        }
        text.push_str(if self.editor { "editor yes\n" } else { "editor no\n" });
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_set_is_written() {
        let conf = LoaderConf { timeout_s: Some(3), default: Some("debian.conf".to_owned()), editor: false };
        assert_eq!(conf.to_text().unwrap(), "default debian.conf\ntimeout 3\neditor no\n");
        assert_eq!(LoaderConf { editor: true, ..LoaderConf::default() }.to_text().unwrap(), "editor yes\n");
    }

    #[test]
    fn a_default_is_one_file() {
        for (default, message) in [
            ("", "the default entry is empty"),
            ("debian*", "the default entry `debian*` holds '*'"),
            ("@saved", "the default entry `@saved` holds '@'"),
            ("a\neditor yes", "the default entry `a\\neditor yes` holds '\\n'"),
        ] {
            let conf = LoaderConf { default: Some(default.to_owned()), ..LoaderConf::default() };
            assert_eq!(conf.to_text().unwrap_err().to_string(), message);
        }
    }
}
