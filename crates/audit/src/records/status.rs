//! dpkg's status: one paragraph a package.

use std::collections::BTreeSet;

use super::STATUS;
use crate::finding::Findings;
use crate::{Allowed, Rule};

/// What dpkg knows of a package.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) name: &'a str,
    /// The third word of `Status`: `installed`, `unpacked`.
    pub(super) state: &'a str,
    fields: Vec<(&'a str, String)>,
}

impl Record<'_> {
    /// A field, whatever its case; empty if it is not there.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// Whether its files are there.
    pub(super) fn has_files(&self) -> bool {
        !matches!(self.state, "not-installed" | "config-files")
    }
}

/// Reads the status; whatever cannot be read is a finding.
pub(super) fn read<'a>(text: &'a str, found: &mut Findings) -> Vec<Record<'a>> {
    let mut records = Vec::new();
    let mut seen = BTreeSet::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let mut fields: Vec<(&str, String)> = Vec::new();
        for line in paragraph.lines().filter(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(line);
                    continue;
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name, value.trim().to_owned()));
                continue;
            }
            bad(found, format!("has the line `{line}`, which is no field"));
        }
        let value = |name| paragraph.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let Some(name) = value("Package:") else {
            bad(found, "has a paragraph without a package's name".to_owned());
            continue;
        };
        let words: Vec<&str> = value("Status:").unwrap_or_default().split(' ').collect();
        let [_, flag, state] = words[..] else {
            bad(found, format!("has no status of `{name}` in three words"));
            continue;
        };
        if flag != "ok" {
            bad(found, format!("says of `{name}` that it must be installed again"));
        }
        if !seen.insert((name, value("Architecture:"))) {
            bad(found, format!("has `{name}` twice"));
        }
        records.push(Record { name, state, fields });
    }
    records
}

fn bad(found: &mut Findings, what: String) {
    found.error(Rule::Status, STATUS, what, "dpkg refuses to work with it: this is a fault of the builder");
}

/// That every package is configured, or that its reason is known.
pub(super) fn check(records: &[Record<'_>], allow: &Allowed, found: &mut Findings) {
    for record in records.iter().filter(|record| record.state != "installed" && record.has_files()) {
        let what = format!("says that `{}` is `{}`", record.name, record.state);
        match allow.deferred.get(record.name) {
            Some(reason) => found.note(
                Rule::Status,
                STATUS,
                format!("{what}: {reason}"),
                "nothing: it is configured when the machine first starts",
            ),
            None => found.error(
                Rule::Status,
                STATUS,
                format!("{what}, not `installed`"),
                "`bringup route` says how it can be configured",
            ),
        }
    }
}
