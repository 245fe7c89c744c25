//! Names, time zone, locale, keyboard.

use super::Work;
use crate::Error;

/// What systemd takes for a machine that has not booted yet: machine-id(5), "First Boot Semantics". An
/// empty file is not that.
const NO_MACHINE_ID: &str = "uninitialized\n";

/// The locales that glibc has without files of their own, or that libc-bin ships.
const LOCALES: &[&str] = &["C", "POSIX", "C.UTF-8", "C.utf8"];

/// Where the time zones are.
const ZONES: &str = "/usr/share/zoneinfo";

impl Work<'_> {
    pub(super) fn identity(&mut self) -> Result<(), Error> {
        let host = &self.system.hostname;
        self.text("/etc/hostname", format!("{host}\n"))?;
        // The host's own name at 127.0.1.1: Debian Reference, section 5.1.1, "The hostname resolution".
        self.text(
            "/etc/hosts",
            format!(
                "127.0.0.1\tlocalhost\n127.0.1.1\t{host}\n\n::1\tlocalhost ip6-localhost ip6-loopback\n\
                 ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"
            ),
        )?;
        // One that can never be written there is made at each boot, over an empty file.
        let machine_id = if self.system.root.has_var() { "" } else { NO_MACHINE_ID };
        self.text("/etc/machine-id", machine_id)?;
        self.timezone()?;
        self.locale()?;
        self.keymap()
    }

    fn timezone(&mut self) -> Result<(), Error> {
        let Some(zone) = &self.system.timezone else {
            if self.world.lstat("/etc/localtime").is_some() {
                return Ok(());
            }
            // Without this link, systemd-firstboot asks for the time zone at the console.
            return self.link("/etc/localtime", &format!("{ZONES}/UTC"));
        };
        let there = self.world.stat(&format!("{ZONES}/{zone}")).is_some_and(|node| !node.kind.is_directory());
        // glibc takes a time zone that it does not find for UTC.
        if !there && (zone != "UTC" || self.world.is_directory(ZONES)) {
            return Err(self.not_there("timezone", "the time zone", zone, self.zones()));
        }
        self.link("/etc/localtime", &format!("{ZONES}/{zone}"))?;
        if self.world.stat("/etc/timezone").is_some() {
            self.text("/etc/timezone", format!("{zone}\n"))?;
        }
        Ok(())
    }

    fn zones(&self) -> Vec<String> {
        let Ok(at) = self.world.followed(ZONES) else { return Vec::new() };
        let files = self.world.tree.below(&at).filter(|(_, node)| !node.kind.is_directory());
        files.map(|(path, _)| String::from_utf8_lossy(&path[at.len() + 1..]).into_owned()).collect()
    }

    fn locale(&mut self) -> Result<(), Error> {
        let locale = self.system.locale.as_deref().unwrap_or("C.UTF-8");
        if !LOCALES.contains(&locale) && !self.has_locale(locale) {
            let near = self.world.names("/usr/lib/locale");
            return Err(self.not_there("locale", "the locale", locale, near));
        }
        self.text("/etc/locale.conf", format!("LANG={locale}\n"))?;
        // As Debian's tmpfiles.d/debian.conf makes it at every boot.
        self.link("/etc/default/locale", "../locale.conf")
    }

    /// Whether glibc finds a locale: in a folder of its own, or by name in the archive of locales.
    fn has_locale(&self, locale: &str) -> bool {
        let (language, codeset) = locale.split_once('.').unwrap_or((locale, ""));
        // glibc's own spelling of a codeset: small letters and digits only (intl/l10nflist.c).
        let plain: String =
            codeset.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let normal = if plain.is_empty() { language.to_owned() } else { format!("{language}.{plain}") };
        [locale, &normal].iter().any(|name| self.world.is_directory(&format!("/usr/lib/locale/{name}")))
            || self.world.read("/usr/lib/locale/locale-archive").is_ok_and(|archive| {
                let name = [normal.as_bytes(), b"\0"].concat();
                archive.windows(name.len()).any(|window| window == name)
            })
    }

    fn keymap(&mut self) -> Result<(), Error> {
        let Some(keymap) = &self.system.keymap else { return Ok(()) };
        self.needs("keymap", "/usr/bin/setupcon", "console-setup")?;
        let (layout, variant) = keymap.split_once(':').unwrap_or((keymap, ""));
        // keyboard(5).
        self.text(
            "/etc/default/keyboard",
            format!(
                "XKBMODEL=\"pc105\"\nXKBLAYOUT=\"{layout}\"\nXKBVARIANT=\"{variant}\"\nXKBOPTIONS=\"\"\n\n\
                 BACKSPACE=\"guess\"\n"
            ),
        )
    }
}
