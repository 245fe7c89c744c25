//! `/etc/adduser.conf`, adduser's rules for names, and its messages.

use bringup_shell::{Call, Stop, World};

use crate::arguments::{Given, unsupported};
use crate::print;

/// adduser.conf(5): every setting and its built-in value. Those of the second list are only
/// reproduced with that value.
const DEFAULTS: &[(&str, &str)] = &[
    ("dshell", "/bin/bash"),
    ("dhome", "/home"),
    ("skel", "/etc/skel"),
    ("first_system_uid", "100"),
    ("last_system_uid", "999"),
    ("first_uid", "1000"),
    ("last_uid", "59999"),
    ("first_system_gid", "100"),
    ("last_system_gid", "999"),
    ("first_gid", "1000"),
    ("last_gid", "59999"),
    ("dir_mode", "0700"),
    ("sys_dir_mode", "0755"),
    ("add_extra_groups", "0"),
    ("extra_groups", "users"),
    ("backup", "0"),
    ("backup_to", "."),
    ("exclude_fstypes", ""),
    ("no_del_paths", ""),
    ("only_if_empty", "0"),
    ("remove_all_files", "0"),
    ("remove_home", "0"),
];
const FIXED: &[(&str, &str)] = &[
    ("usergroups", "yes"),
    ("grouphomes", "no"),
    ("letterhomes", "no"),
    ("quotauser", ""),
    ("setgid_home", "no"),
    ("uid_pool", ""),
    ("gid_pool", ""),
];

/// What `/etc/adduser.conf` says.
#[derive(Debug)]
pub(crate) struct Settings(Vec<(String, String)>);

impl Settings {
    /// Reads the file; one that is missing leaves the built-in values.
    ///
    /// # Errors
    /// A setting that changes what is done in a way that is not reproduced.
    pub(crate) fn read(world: &World) -> Result<Self, Stop> {
        let bytes = world.read("/etc/adduser.conf").unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut all: Vec<(String, String)> =
            DEFAULTS.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let refused = || unsupported("adduser", format!("the line `{line}` of /etc/adduser.conf"));
            let (name, value) = line.split_once('=').ok_or_else(refused)?;
            let name = name.trim().to_ascii_lowercase();
            let value = value.trim().trim_matches(['"', '\'']).to_owned();
            let fixed = FIXED.iter().find(|setting| setting.0 == name);
            let known = DEFAULTS.iter().any(|setting| setting.0 == name);
            if !known && fixed.is_none_or(|setting| setting.1 != value) {
                return Err(refused());
            }
            all.push((name, value));
        }
        Ok(Self(all))
    }

    /// A setting's value.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().rev().find(|setting| setting.0 == name).map_or("", |setting| setting.1.as_str())
    }

    /// The numbers for users (`u`) or groups (`g`).
    pub(crate) fn range(&self, letter: char, system: bool) -> (u32, u32) {
        let system = if system { "system_" } else { "" };
        let number = |end: &str| self.text(&format!("{end}_{system}{letter}id")).parse().unwrap_or(0);
        (number("first"), number("last"))
    }

    /// The mode of a new home folder.
    pub(crate) fn home_mode(&self, system: bool) -> Result<u32, Stop> {
        let text = self.text(if system { "sys_dir_mode" } else { "dir_mode" });
        u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777)
            .ok_or_else(|| unsupported("adduser", format!("the mode `{text}`")))
    }
}

/// Which files of the skeleton a new user gets: not what dpkg and ucf set aside.
#[derive(Debug)]
pub(crate) struct SkeletonRule;

impl SkeletonRule {
    /// By the file's path in the skeleton; as in adduser, something stands before `dpkg-old`.
    pub(crate) fn wants(&self, path: &str) -> bool {
        let left = |end: &str| {
            path.strip_suffix(end).is_some_and(|rest| rest.ends_with("dpkg-") || rest.ends_with("ucf-"))
        };
        !["old", "new", "dist"].into_iter().any(left)
    }
}

/// How bad a message is; the words are those in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Info,
    Warn,
    Error,
    Fatal,
}

/// From which level on messages go to standard error, and else to standard output.
#[derive(Debug)]
pub(crate) struct Messages {
    errors: Level,
    output: Level,
}

impl Messages {
    /// By the options.
    ///
    /// # Errors
    /// Levels below `info`.
    pub(crate) fn new(given: &Given) -> Result<Self, Stop> {
        let level = |option: &str| match given.value(option) {
            None | Some("warn") => Ok(Level::Warn),
            Some("info") => Ok(Level::Info),
            Some("err" | "error") => Ok(Level::Error),
            Some("fatal") => Ok(Level::Fatal),
            Some(other) => Err(unsupported("adduser", format!("`--{option} {other}`"))),
        };
        let mut log = Self { errors: level("stderrmsglevel")?, output: level("stdoutmsglevel")? };
        if given.has("verbose") {
            log.output = Level::Info;
        } else if given.has("quiet") {
            log.output = Level::Error;
        }
        Ok(log)
    }

    /// Prints a message where it belongs, if anywhere.
    pub(crate) fn say(&self, call: &mut Call<'_>, level: Level, text: impl AsRef<str>) {
        let word = match level {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "err",
            Level::Fatal => "fatal",
        };
        if level >= self.errors {
            print!(call.errors, "{word}: {}\n", text.as_ref());
        } else if level >= self.output {
            print!(call.output, "{word}: {}\n", text.as_ref());
        }
    }
}

/// What adduser has against a name, unless an option allows it.
pub(crate) fn name_problem(name: &str, system: bool, given: &Given) -> Option<&'static str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(name.strip_prefix('-').unwrap_or(name)) {
        return Some(
            "To avoid ambiguity with numerical UIDs, usernames which\n            resemble numbers or negative numbers are not allowed.",
        );
    }
    if name == "." || name == ".." {
        return Some("Usernames must not be a single or a double period.");
    }
    if name.len() > 32 {
        return Some("Usernames must be no more than 32 bytes in length.");
    }
    let bad = |letter: char| letter.is_whitespace() || ":,/".contains(letter);
    if name.is_empty() || name.starts_with(['-', '+', '~']) || name.contains(bad) {
        return Some(
            "To avoid problems, the username must not start with a\n            dash, plus sign, or tilde, and it must not contain any of the\n            following: colon, comma, slash, or any whitespace characters\n            including spaces, tabs, and newlines.",
        );
    }
    let body = name.strip_suffix('$').unwrap_or(name);
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let first = |byte: u8| byte.is_ascii_alphabetic() || (system && byte == b'_');
    if body.bytes().next().is_some_and(first) && body.bytes().all(usual) {
        return None;
    }
    let posix = body.bytes().all(|byte| usual(byte) || byte == b'.') && !body.is_empty();
    if !posix && !given.has("allow-all-names") {
        return Some(
            "To avoid problems, the username should consist only of\n            letters, digits, underscores, periods, at signs and dashes, and\n            not start with a dash (as defined by IEEE Std 1003.1-2001). For\n            compatibility with Samba machine accounts, $ is also supported\n            at the end of the username.  (Use the `--allow-all-names' option\n            to bypass this restriction.)",
        );
    }
    if given.has("allow-all-names") || given.has("allow-bad-names") {
        return None;
    }
    Some(if system {
        "Please enter a username matching the regular expression\n            configured via the SYS_NAME_REGEX configuration variable.  Use the\n            `--allow-bad-names' option to relax this check or reconfigure\n            SYS_NAME_REGEX in configuration."
    } else {
        "Please enter a username matching the regular expression\n            configured via the NAME_REGEX configuration variable.  Use the\n            `--allow-bad-names' option to relax this check or reconfigure\n            NAME_REGEX in configuration."
    })
}
