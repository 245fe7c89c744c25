//! A profile: what a package wants in the common files.

use bringup_shell::{Stop, World};

/// A file of `/usr/share/pam-configs`.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) name: String,
    fields: Vec<(String, String)>,
}

impl Profile {
    pub(super) fn read(world: &World, path: &str, name: &str) -> Result<Self, Stop> {
        Ok(Self::parse(name, &super::text(world, path)?))
    }

    /// `Field: value` starts a field; everything else goes on with it, blanks around cut off.
    pub(super) fn parse(name: &str, text: &str) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            let head = line.split_once(':').filter(|(field, value)| {
                let first = value.chars().next();
                !field.is_empty()
                    && !field.contains(char::is_whitespace)
                    && first.is_none_or(char::is_whitespace)
            });
            if let Some((field, value)) = head {
                let field = field.strip_suffix("-Final").unwrap_or(field).to_owned();
                let value = value.trim_start().to_owned();
                fields.retain(|known| known.0 != field);
                fields.push((field, value));
            } else if let Some((_, value)) = fields.last_mut() {
                let line = line.trim();
                if !line.is_empty() {
                    if !value.is_empty() {
                        value.push('\n');
                    }
                    value.push_str(line);
                }
            }
        }
        let mut profile = Self { name: name.to_owned(), fields };
        if profile.field("Session-Interactive-Only") != Some("yes") {
            for end in ["-Type", "", "-Initial"] {
                if let Some(value) = profile.field(&format!("Session{end}")).map(str::to_owned) {
                    profile.fields.push((format!("Session-noninteractive{end}"), value));
                }
            }
        }
        profile
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find(|field| field.0 == name).map(|field| field.1.as_str())
    }

    pub(super) fn priority(&self) -> i64 {
        self.field("Priority").and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    pub(super) fn is_default(&self) -> bool {
        self.field("Default") == Some("yes")
    }

    /// A profile with a module that PAM no longer has.
    pub(super) fn is_disabled(&self) -> bool {
        self.fields.iter().any(|field| field.1.contains("pam_tally"))
    }

    pub(super) fn conflicts(&self) -> impl Iterator<Item = &str> {
        self.field("Conflicts").into_iter().flat_map(|list| list.split(", "))
    }

    /// The lines for one file (`Auth`, ...) and block (`Primary`, `Additional`); `first`: no
    /// profile comes before it there.
    pub(super) fn lines(&self, field: &str, block: &str, first: bool) -> Option<&str> {
        if self.field(&format!("{field}-Type")).filter(|text| !text.is_empty())? != block {
            return None;
        }
        let initial = self.field(&format!("{field}-Initial")).filter(|text| first && !text.is_empty());
        Some(initial.or_else(|| self.field(field)).unwrap_or_default())
    }
}
