//! debconf's questions answered beforehand, for scripts that run.

use std::collections::BTreeMap;

use bringup_dpkg::Package;

/// Lines for debconf-set-selections(1): package, question, type, value; of the packages in `names`.
pub(crate) fn selections(
    packages: &[Package<'_>],
    names: &[String],
    answers: &BTreeMap<String, String>,
) -> String {
    let mut lines = String::new();
    for package in packages.iter().filter(|package| names.iter().any(|name| name == package.name())) {
        let templates = package.control.files.read("templates").unwrap_or_default();
        lines += &of_templates(package.name(), &String::from_utf8_lossy(&templates), answers);
    }
    lines
}

fn of_templates(package: &str, templates: &str, answers: &BTreeMap<String, String>) -> String {
    let mut lines = String::new();
    // debconf-devel(7), "TEMPLATES": stanzas with blank lines between.
    for stanza in templates.split("\n\n") {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if let (Some(question), Some(kind)) = (field("Template:"), field("Type:"))
            && let Some(value) = answers.get(question)
        {
            lines += &format!("{package} {question} {kind} {value}\n");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_with_its_type() {
        let templates = "Template: man-db/install-setuid\nType: boolean\nDefault: false\n\n\
                         Template: man-db/auto-update\nType: boolean\n";
        let answers = BTreeMap::from([
            ("man-db/auto-update".to_owned(), "false".to_owned()),
            ("other/question".to_owned(), "x".to_owned()),
        ]);
        assert_eq!(of_templates("man-db", templates, &answers), "man-db man-db/auto-update boolean false\n");
    }
}
