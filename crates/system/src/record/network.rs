//! The network.

use schemars::JsonSchema;
use serde::Deserialize;

/// The network.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Network {
    /// What sets it up.
    pub manager: Manager,
    /// The interfaces, in the order in which they are matched.
    #[serde(rename = "interface")]
    pub interfaces: Vec<Interface>,
}

/// What sets the network up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Manager {
    /// Nothing of ours.
    #[default]
    None,
    /// systemd-networkd, with systemd-resolved for names if that is installed.
    Networkd,
}

/// Interfaces and what they get.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Interface {
    /// Names the file, not the interface.
    pub name: String,
    /// Which interfaces.
    #[serde(rename = "match")]
    pub matches: Match,
    /// Whether they ask for addresses.
    #[serde(default)]
    pub dhcp: Dhcp,
    /// Addresses with prefix length: `192.0.2.7/24`.
    #[serde(default)]
    pub address: Vec<String>,
    /// Gateways.
    #[serde(default)]
    pub gateway: Vec<String>,
    /// Name servers.
    #[serde(default)]
    pub dns: Vec<String>,
    /// Whether the system counts as on-line only with it.
    #[serde(default = "yes")]
    pub required: bool,
    /// Wi-Fi, if it is that.
    #[serde(default)]
    pub wifi: Option<Wifi>,
}

/// Which interfaces: all that is said must fit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Match {
    /// Name, with `*` and `?`.
    pub name: Option<String>,
    /// Kernel driver.
    pub driver: Option<String>,
    /// Hardware address.
    pub mac: Option<String>,
    /// `ethernet` or `wifi`: real hardware of that kind, and no bridge or tunnel.
    pub kind: Option<Hardware>,
}

/// A kind of network hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hardware {
    /// Ethernet.
    Ethernet,
    /// IEEE 802.11.
    Wifi,
}

/// Which protocols ask for an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dhcp {
    /// None.
    #[default]
    No,
    /// Both.
    Yes,
    /// DHCPv4.
    Ipv4,
    /// DHCPv6.
    Ipv6,
}

/// Wi-Fi.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wifi {
    /// The name of the secret with the networks' names and passphrases: the caller says which file
    /// that is, and its bytes are in no lock and no manifest.
    pub secret: String,
}

const fn yes() -> bool {
    true
}
