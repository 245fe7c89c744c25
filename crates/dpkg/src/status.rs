//! `/var/lib/dpkg/status`.

use bringup_debian::parse_relations;

use crate::Package;

/// dpkg's own fields in the order in which it writes them (1.22, `lib/dpkg/parse.c`, `fieldinfos`);
/// `Status`, `Config-Version` and `Conffiles` are added here, others follow in the package's order.
const FIELDS: [&str; 25] = [
    "Package",
    "Essential",
    "Protected",
    "Status",
    "Priority",
    "Section",
    "Installed-Size",
    "Origin",
    "Maintainer",
    "Bugs",
    "Architecture",
    "Multi-Arch",
    "Source",
    "Version",
    "Replaces",
    "Provides",
    "Depends",
    "Pre-Depends",
    "Recommends",
    "Suggests",
    "Breaks",
    "Conflicts",
    "Enhances",
    "Conffiles",
    "Description",
];

/// Fields that dpkg parses as relations and writes in its own form.
const RELATIONS: [&str; 9] = [
    "Replaces",
    "Provides",
    "Depends",
    "Pre-Depends",
    "Recommends",
    "Suggests",
    "Breaks",
    "Conflicts",
    "Enhances",
];

/// The stanza of one package, with the empty line behind it.
pub(crate) fn stanza(package: &Package<'_>, installed: bool, conffiles: Option<&str>) -> String {
    let state = if installed { "install ok installed" } else { "install ok unpacked" };
    let mut text = String::new();
    for field in FIELDS {
        let value = match field {
            "Status" => Some(state.to_owned()),
            "Conffiles" => conffiles.map(str::to_owned),
            field => package
                .control
                .field(field)
                .map(|value| if RELATIONS.contains(&field) { relations(value) } else { value.to_owned() }),
        };
        push(&mut text, field, value.as_deref());
    }
    for (field, value) in &package.control.fields {
        if !FIELDS.iter().any(|known| known.eq_ignore_ascii_case(field)) {
            push(&mut text, field, Some(value));
        }
    }
    text.push('\n');
    text
}

fn push(text: &mut String, field: &str, value: Option<&str>) {
    // A value that begins with a line break is a list below its name.
    match value {
        Some(value) if value.starts_with('\n') => text.push_str(&format!("{field}:{value}\n")),
        Some("no") if matches!(field, "Essential" | "Protected" | "Multi-Arch") => {}
        Some(value) if !value.is_empty() => text.push_str(&format!("{field}: {value}\n")),
        _ => {}
    }
}

/// On one line; what cannot be parsed stays as it is.
fn relations(value: &str) -> String {
    match parse_relations(value) {
        Ok(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Made;

    #[test]
    fn fields_are_in_dpkgs_order_and_form() {
        let made = Made::new(
            "a",
            &[
                ("Homepage", "https://example.org"),
                ("Description", "short\n long"),
                ("Depends", "b(>=1),\n c"),
                ("Multi-Arch", "no"),
                ("Essential", "yes"),
                ("Installed-Size", "12"),
            ],
        );
        let text = stanza(&made.package(), true, Some("\n /etc/a 0123"));
        assert_eq!(
            text,
            "Package: a\nEssential: yes\nStatus: install ok installed\nInstalled-Size: 12\n\
             Architecture: arm64\nVersion: 1\nDepends: b (>= 1), c\nConffiles:\n /etc/a 0123\n\
             Description: short\n long\nHomepage: https://example.org\n\n"
        );
        assert!(stanza(&made.package(), false, None).contains("Status: install ok unpacked\n"));
    }
}
