//! systemd-networkd's files: systemd.network(5).

use super::Work;
use crate::{Dhcp, Error, Hardware, Interface, Manager};

/// The name servers of systemd-resolved, as a file of resolver(5).
const STUB: &str = "../run/systemd/resolve/stub-resolv.conf";

impl Work<'_> {
    pub(super) fn network(&mut self) -> Result<(), Error> {
        let network = &self.system.network;
        if network.manager == Manager::None {
            return Ok(());
        }
        self.needs("network.manager", "/usr/lib/systemd/systemd-networkd", "systemd")?;
        for (at, interface) in network.interfaces.iter().enumerate() {
            // The first file that matches an interface counts, in the order of the names.
            let path = format!("/etc/systemd/network/{:02}-{}.network", 10 + at, interface.name);
            self.text(&path, text(interface))?;
            if let Some(wifi) = &interface.wifi {
                self.wifi(&format!("network.interface[{at}]"), interface, &wifi.secret)?;
            }
        }
        if self.world.stat("/usr/lib/systemd/systemd-resolved").is_some() {
            self.link("/etc/resolv.conf", STUB)?;
        } else {
            // Nobody else hands them to the C library.
            let servers: String = network
                .interfaces
                .iter()
                .flat_map(|interface| &interface.dns)
                .map(|server| format!("nameserver {server}\n"))
                .collect();
            if !servers.is_empty() {
                self.text("/etc/resolv.conf", servers)?;
            }
        }
        self.run("network.manager", "systemctl", &["enable", "systemd-networkd.service"])
    }
}

fn text(interface: &Interface) -> String {
    let mut text = "[Match]\n".to_owned();
    let mut line = |key: &str, value: &str| text += &format!("{key}={value}\n");
    let matches = &interface.matches;
    for (key, value) in [("Name", &matches.name), ("Driver", &matches.driver), ("MACAddress", &matches.mac)] {
        if let Some(value) = value {
            line(key, value);
        }
    }
    if let Some(kind) = matches.kind {
        // Real hardware has no kind, bridges and tunnels have one.
        line("Kind", "!*");
        line("Type", if kind == Hardware::Wifi { "wlan" } else { "ether" });
    }
    if !interface.required {
        line("\n[Link]\nRequiredForOnline", "no");
    }
    let dhcp = match interface.dhcp {
        Dhcp::No => "no",
        Dhcp::Yes => "yes",
        Dhcp::Ipv4 => "ipv4",
        Dhcp::Ipv6 => "ipv6",
    };
    line("\n[Network]\nDHCP", dhcp);
    for (key, values) in
        [("Address", &interface.address), ("Gateway", &interface.gateway), ("DNS", &interface.dns)]
    {
        for value in values {
            line(key, value);
        }
    }
    text
}
