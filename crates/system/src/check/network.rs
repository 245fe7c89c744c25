//! Interfaces.

use std::net::IpAddr;

use super::{Check, word};
use crate::{Error, Interface, Manager};

impl Check<'_> {
    pub(super) fn network(&self) -> Result<(), Error> {
        let network = &self.0.network;
        let mut names = Vec::new();
        for (at, interface) in network.interfaces.iter().enumerate() {
            let path = format!("network.interface[{at}]");
            self.interface(&path, interface)?;
            names.push((path, interface.name.as_str()));
        }
        self.once("interface", &names)?;
        let rule = "`networkd`, for there are interfaces";
        let good = network.interfaces.is_empty() || network.manager == Manager::Networkd;
        self.want(good, "network.manager", "none", rule)
    }

    fn interface(&self, path: &str, interface: &Interface) -> Result<(), Error> {
        let field = |key: &str| format!("{path}.{key}");
        let name = &interface.name;
        let good = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        self.want(good, &field("name"), name, "letters, digits and hyphens, for a file's name")?;
        let matches = &interface.matches;
        let any = matches.name.is_some() || matches.driver.is_some() || matches.mac.is_some();
        let rule = "at least one of `name`, `driver`, `mac` and `kind`";
        self.want(any || matches.kind.is_some(), &field("match"), "{}", rule)?;
        for (key, value) in [("match.name", &matches.name), ("match.driver", &matches.driver)] {
            if let Some(value) = value {
                self.want(!value.is_empty() && word(value), &field(key), value, "one word")?;
            }
        }
        if let Some(mac) = &matches.mac {
            let pair = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            let good = mac.split(':').count() == 6 && mac.split(':').all(pair);
            self.want(good, &field("match.mac"), mac, "six pairs of hexadecimal digits with colons between")?;
        }
        for (at, address) in interface.address.iter().enumerate() {
            let rule = "an address with the length of its prefix, as `192.0.2.7/24`";
            self.want(with_prefix(address), &field(&format!("address[{at}]")), address, rule)?;
        }
        for (key, list) in [("gateway", &interface.gateway), ("dns", &interface.dns)] {
            for (at, address) in list.iter().enumerate() {
                let good = address.parse::<IpAddr>().is_ok();
                self.want(good, &field(&format!("{key}[{at}]")), address, "an IPv4 or IPv6 address")?;
            }
        }
        if let Some(wifi) = &interface.wifi {
            let fixed = matches.name.as_deref().is_some_and(|name| !name.contains(['*', '?', '[', '/']));
            let rule = "there, and one interface's whole name, as `wlan0`: Wi-Fi is set up by name";
            let value = matches.name.as_deref().unwrap_or_default();
            self.want(fixed, &field("match.name"), value, rule)?;
            let good = !wifi.secret.is_empty() && word(&wifi.secret);
            self.want(good, &field("wifi.secret"), &wifi.secret, "the name of a secret")?;
        }
        Ok(())
    }
}

fn with_prefix(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let Ok(length) = length.parse::<u8>() else { return false };
    match address.parse() {
        Ok(IpAddr::V4(_)) => length <= 32,
        Ok(IpAddr::V6(_)) => length <= 128,
        Err(_) => false,
    }
}
