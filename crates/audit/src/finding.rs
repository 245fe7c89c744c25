//! What was found, and by which rule.

use std::fmt;

/// What a rule looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Keys that tell one SSH server from all others.
    HostKey,
    /// A machine-id that all machines would share, or none that makes systemd choose one.
    MachineId,
    /// A random seed that all machines would start from.
    RandomSeed,
    /// What a DHCP server or a network once told another machine.
    Lease,
    /// Other names and numbers that must be one machine's alone.
    Identity,
    /// A private key.
    PrivateKey,
    /// A public key that lets its owner log in, and that the record does not name.
    LoginKey,
    /// A password that the record does not name.
    Password,
    /// A password for a wireless network, or for another service.
    Credential,
    /// What a person typed or looked at.
    History,
    /// The builder's name servers.
    Resolver,
    /// The builder's proxy.
    Proxy,
    /// A path of the machine that made the image.
    BuildPath,
    /// A socket, which is of no use without the process that made it.
    Socket,
    /// What everybody may write to.
    WorldWritable,
    /// An owner that no account or group is.
    Owner,
    /// A set-id bit that no package and no record of dpkg gives.
    SetId,
    /// dpkg's status.
    Status,
    /// What a package asks for.
    Dependency,
    /// A configuration file of a package.
    Conffile,
    /// dpkg's list of a package's files.
    FileList,
    /// A file below `/usr` that is no package's.
    Unowned,
    /// A unit that is started, and its file.
    Unit,
    /// A program that a unit starts.
    UnitProgram,
    /// An account that a unit runs as.
    UnitUser,
    /// A unit that another one asks for.
    UnitDependency,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The image must not be used.
    Error,
    /// Somebody should know.
    Note,
}

impl Rule {
    /// Every rule; `docs/audit.md` says more of each.
    pub const ALL: [Self; 26] = [
        Self::HostKey,
        Self::MachineId,
        Self::RandomSeed,
        Self::Lease,
        Self::Identity,
        Self::PrivateKey,
        Self::LoginKey,
        Self::Password,
        Self::Credential,
        Self::History,
        Self::Resolver,
        Self::Proxy,
        Self::BuildPath,
        Self::Socket,
        Self::WorldWritable,
        Self::Owner,
        Self::SetId,
        Self::Status,
        Self::Dependency,
        Self::Conffile,
        Self::FileList,
        Self::Unowned,
        Self::Unit,
        Self::UnitProgram,
        Self::UnitUser,
        Self::UnitDependency,
    ];

    /// Its name, as in reports: `host-key`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostKey => "host-key",
            Self::MachineId => "machine-id",
            Self::RandomSeed => "random-seed",
            Self::Lease => "lease",
            Self::Identity => "identity",
            Self::PrivateKey => "private-key",
            Self::LoginKey => "login-key",
            Self::Password => "password",
            Self::Credential => "credential",
            Self::History => "history",
            Self::Resolver => "resolver",
            Self::Proxy => "proxy",
            Self::BuildPath => "build-path",
            Self::Socket => "socket",
            Self::WorldWritable => "world-writable",
            Self::Owner => "owner",
            Self::SetId => "set-id",
            Self::Status => "status",
            Self::Dependency => "dependency",
            Self::Conffile => "conffile",
            Self::FileList => "file-list",
            Self::Unowned => "unowned",
            Self::Unit => "unit",
            Self::UnitProgram => "unit-program",
            Self::UnitUser => "unit-user",
            Self::UnitDependency => "unit-dependency",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// By which rule.
    pub rule: Rule,
    /// The file or folder, absolute in the image; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// In two lines: path, what and rule; the fix.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {} [{}]\nhelp: {}", self.path, self.what, self.rule.name(), self.fix)
    }
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Errors first, then by rule and path.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Those for which an image must not be used.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == Level::Error)
    }

    /// Those that somebody should know of.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == Level::Note)
    }
}

/// Takes findings in.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn error(&mut self, rule: Rule, path: &[u8], what: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Error, rule, path, what.into(), fix.into());
    }

    pub(crate) fn note(&mut self, rule: Rule, path: &[u8], what: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Note, rule, path, what.into(), fix.into());
    }

    fn add(&mut self, level: Level, rule: Rule, path: &[u8], what: String, fix: String) {
        let path = format!("/{}", String::from_utf8_lossy(path).trim_start_matches('/'));
        self.0.push(Finding { level, rule, path, what, fix });
    }

    pub(crate) fn into_report(mut self) -> Report {
        self.0.sort();
        self.0.dedup();
        Report { findings: self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_documented() {
        let text = include_str!("../../../docs/audit.md");
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let mut documented: Vec<&str> = rows.collect();
        documented.dedup();
        assert_eq!(documented, Rule::ALL.map(Rule::name));
    }
}
