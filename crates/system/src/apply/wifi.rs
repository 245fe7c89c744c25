//! Wi-Fi: a secret with names and passphrases, for whichever supplicant is installed.

use super::Work;
use super::put::Owned;
use crate::{Error, Interface};

/// One network of the secret.
#[derive(Debug, PartialEq, Eq)]
struct Network {
    ssid: String,
    passphrase: String,
}

impl Work<'_> {
    pub(super) fn wifi(&mut self, path: &str, interface: &Interface, secret: &str) -> Result<(), Error> {
        let field = format!("{path}.wifi.secret");
        let networks = read(secret, &self.secret(&field, secret)?)?;
        // Its name is whole: that was checked.
        let name = interface.matches.name.as_deref().unwrap_or_default();
        if self.world.stat("/usr/libexec/iwd").is_some() {
            self.directory("/var/lib/iwd", Owned::root(0o700))?;
            for network in &networks {
                let text = format!("[Security]\nPassphrase={}\n", network.passphrase).into_bytes();
                self.file(
                    &format!("/var/lib/iwd/{}.psk", iwd_name(&network.ssid)),
                    Owned::root(0o600),
                    text,
                )?;
            }
            return self.run(&field, "systemctl", &["enable", "iwd.service"]);
        }
        self.needs(&field, "/usr/sbin/wpa_supplicant", "wpasupplicant")?;
        let mut text = "ctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev\nupdate_config=1\n".to_owned();
        for Network { ssid, passphrase } in &networks {
            // Hexadecimal, so that no sign in a name ends it; the passphrase has no such form.
            let ssid: String = ssid.bytes().map(|byte| format!("{byte:02x}")).collect();
            text += &format!("\nnetwork={{\n\tssid={ssid}\n\tpsk=\"{passphrase}\"\n}}\n");
        }
        let file = format!("/etc/wpa_supplicant/wpa_supplicant-{name}.conf");
        self.file(&file, Owned::root(0o600), text.into_bytes())?;
        self.run(&field, "systemctl", &["enable", &format!("wpa_supplicant@{name}.service")])
    }
}

/// Reads a secret: on each line a network's name, a tabulator, and its passphrase. Empty lines and
/// lines that begin with `#` say nothing.
fn read(name: &str, bytes: &[u8]) -> Result<Vec<Network>, Error> {
    let fault = |line: usize, what| Error::Secret { name: name.to_owned(), line, what };
    let text = std::str::from_utf8(bytes).map_err(|_| fault(1, "is not UTF-8"))?;
    let mut networks = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let parts = line.split_once('\t');
        let (ssid, passphrase) =
            parts.ok_or_else(|| fault(at + 1, "must be a network's name, a tabulator and its passphrase"))?;
        // IEEE 802.11: a name has 1 to 32 bytes, a passphrase 8 to 63 printable ASCII characters.
        if !(1..=32).contains(&ssid.len()) {
            return Err(fault(at + 1, "the network's name must have 1 to 32 bytes"));
        }
        let good = passphrase.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if !good || !(8..=63).contains(&passphrase.len()) {
            return Err(fault(at + 1, "the passphrase must have 8 to 63 printable ASCII characters"));
        }
        networks.push(Network { ssid: ssid.to_owned(), passphrase: passphrase.to_owned() });
    }
    if networks.is_empty() {
        return Err(fault(1, "names no network"));
    }
    Ok(networks)
}

/// iwd's name of a network's file: iwd.network(5), "FILES".
fn iwd_name(ssid: &str) -> String {
    if ssid.chars().all(|c| c.is_ascii_alphanumeric() || " _-".contains(c)) {
        return ssid.to_owned();
    }
    let hex: String = ssid.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_one_network_a_line() {
        let networks = read("w", b"# home\nmy net\tlong enough\n\nCaf\xc3\xa9\t\"quoted\\\"\"\n").unwrap();
        assert_eq!(networks[0], Network { ssid: "my net".into(), passphrase: "long enough".into() });
        assert_eq!(networks[1].passphrase, "\"quoted\\\"\"");
        assert_eq!(iwd_name(&networks[0].ssid), "my net");
        assert_eq!(iwd_name(&networks[1].ssid), "=436166c3a9");
    }

    #[test]
    fn a_fault_in_a_secret_does_not_show_it() {
        for (text, expected) in [
            (
                "hunter22\n",
                "the secret `w`, line 1: must be a network's name, a tabulator and its passphrase",
            ),
            (
                "\nn\thunter2\n",
                "the secret `w`, line 2: the passphrase must have 8 to 63 printable ASCII characters",
            ),
            ("\tlong enough\n", "the secret `w`, line 1: the network's name must have 1 to 32 bytes"),
            ("# nothing\n", "the secret `w`, line 1: names no network"),
        ] {
            assert_eq!(read("w", text.as_bytes()).unwrap_err().to_string(), expected);
        }
    }
}
