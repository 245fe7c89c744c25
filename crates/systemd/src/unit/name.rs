//! Names of units (systemd.unit(5)).

/// Every type with whether its units may have other names (`unit_type_may_alias` of systemd's
/// src/basic/unit-def.c) and whether they may be templates (`unit_type_may_template`).
const TYPES: [(&str, bool, bool); 11] = [
    ("automount", false, false),
    ("device", true, false),
    ("mount", false, false),
    ("path", true, true),
    ("scope", false, false),
    ("service", true, true),
    ("slice", false, false),
    ("socket", true, true),
    ("swap", false, false),
    ("target", true, true),
    ("timer", true, true),
];

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// `a.service`
    Plain,
    /// `a@.service`
    Template,
    /// `a@b.service`
    Instance,
}

/// The class of a name; none if it is not a unit's.
pub(crate) fn class(name: &str) -> Option<Class> {
    let (stem, _) = split_type(name)?;
    let valid = |letter: u8| letter.is_ascii_alphanumeric() || b":-_.\\".contains(&letter);
    // `UNIT_NAME_MAX` of systemd's src/basic/unit-name.h.
    if name.len() > 255 {
        return None;
    }
    match stem.split_once('@') {
        _ if stem.is_empty() || stem.starts_with('@') => None,
        None => stem.bytes().all(valid).then_some(Class::Plain),
        Some((prefix, instance)) => {
            let good =
                prefix.bytes().all(valid) && instance.bytes().all(|letter| valid(letter) || letter == b'@');
            good.then_some(if instance.is_empty() { Class::Template } else { Class::Instance })
        }
    }
}

/// What is before the last dot and the type behind it.
fn split_type(name: &str) -> Option<(&str, &'static (&'static str, bool, bool))> {
    let (stem, ending) = name.rsplit_once('.')?;
    Some((stem, TYPES.iter().find(|(name, ..)| *name == ending)?))
}

/// The type, such as `service`.
pub(crate) fn kind(name: &str) -> Option<&'static str> {
    split_type(name).map(|(_, (kind, ..))| *kind)
}

/// Whether units of this type may have other names.
pub(crate) fn may_alias(name: &str) -> bool {
    split_type(name).is_some_and(|(_, (_, alias, _))| *alias)
}

/// Whether units of this type may be templates.
pub(crate) fn may_template(name: &str) -> bool {
    split_type(name).is_some_and(|(_, (.., template))| *template)
}

/// What stands between `@` and the type.
pub(crate) fn instance(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once('@')?;
    Some(rest.rsplit_once('.')?.0).filter(|instance| !instance.is_empty())
}

/// With another instance; a plain name has none.
pub(crate) fn with_instance(name: &str, instance: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('@')?;
    Some(format!("{prefix}@{instance}.{}", rest.rsplit_once('.')?.1))
}

/// The template of an instance or template.
pub(crate) fn template(name: &str) -> Option<String> {
    with_instance(name, "")
}

/// The last component of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `unit_validate_alias_symlink_or_warn` of systemd's src/shared/unit-file.c; none if the alias is
/// the unit itself.
pub(crate) fn alias_fits(alias: &str, unit: &str) -> Option<bool> {
    if alias == unit {
        return None;
    }
    let (Some(from), Some(to)) = (class(alias), class(unit)) else { return Some(false) };
    let classes = from == to || (from == Class::Instance && to == Class::Template);
    Some(
        may_alias(alias)
            && (from == Class::Plain || may_template(alias))
            && classes
            && (to != Class::Instance || instance(alias) == instance(unit))
            && kind(alias) == kind(unit),
    )
}

/// A name as it may be given on a command line: without an ending it gets this one.
pub(crate) fn completed(name: &str, ending: &str) -> String {
    if class(name).is_some() { name.to_owned() } else { format!("{name}{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_classes() {
        for (name, expected) in [
            ("a.service", Some(Class::Plain)),
            ("getty@.service", Some(Class::Template)),
            ("getty@tty1.service", Some(Class::Instance)),
            (r"a\x2db.mount", Some(Class::Plain)),
            ("a.conf", None),
            ("@a.service", None),
            (".service", None),
            ("a b.service", None),
            ("ssh", None),
        ] {
            assert_eq!(class(name), expected, "{name}");
        }
    }

    #[test]
    fn instances_come_and_go() {
        assert_eq!(with_instance("getty@.service", "tty1").unwrap(), "getty@tty1.service");
        assert_eq!(template("getty@tty1.service").unwrap(), "getty@.service");
        assert_eq!(template("ssh.service"), None);
        assert_eq!(completed("ssh", ".service"), "ssh.service");
        assert_eq!(completed("ssh.socket", ".service"), "ssh.socket");
    }

    #[test]
    fn an_alias_has_the_units_class_and_type() {
        assert_eq!(alias_fits("sshd.service", "ssh.service"), Some(true));
        assert_eq!(alias_fits("autovt@.service", "getty@.service"), Some(true));
        assert_eq!(alias_fits("ssh.service", "ssh.service"), None);
        for (alias, unit) in
            [("a.socket", "b.service"), ("a.mount", "b.mount"), ("a@x.service", "b@y.service")]
        {
            assert_eq!(alias_fits(alias, unit), Some(false), "{alias}");
        }
    }
}
