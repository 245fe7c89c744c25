//! The `[Install]` section of a unit's file.

use crate::words;

/// What the section says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Install {
    pub(crate) aliases: Vec<String>,
    pub(crate) wanted_by: Vec<String>,
    pub(crate) required_by: Vec<String>,
    pub(crate) upheld_by: Vec<String>,
    pub(crate) also: Vec<String>,
    pub(crate) default_instance: Option<String>,
}

impl Install {
    /// Whether it says what enables the unit.
    pub(crate) fn has_rules(&self) -> bool {
        [&self.aliases, &self.wanted_by, &self.required_by, &self.upheld_by]
            .iter()
            .any(|list| !list.is_empty())
    }

    /// Takes up a file's section; a drop-in adds to what the unit itself says.
    pub(crate) fn read(&mut self, text: &str) {
        for (key, value) in assignments(text) {
            let list = match key.as_str() {
                "Alias" => &mut self.aliases,
                "WantedBy" => &mut self.wanted_by,
                "RequiredBy" => &mut self.required_by,
                "UpheldBy" => &mut self.upheld_by,
                "Also" => {
                    self.also.extend(value.split_ascii_whitespace().map(str::to_owned));
                    continue;
                }
                "DefaultInstance" => {
                    self.default_instance = Some(value).filter(|value| !value.is_empty());
                    continue;
                }
                _ => continue,
            };
            if value.is_empty() {
                list.clear();
            } else {
                list.extend(words::of_unit(&value).unwrap_or_default());
            }
        }
    }
}

/// The keys and values of the section, in order (systemd.syntax(7)): a backslash at the end joins
/// lines, and comments between them go.
fn assignments(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut joined = String::new();
    for line in text.lines() {
        let start = line.trim_start();
        if start.starts_with(['#', ';']) {
            continue;
        }
        let slashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 1 {
            joined.push_str(&line[..line.len() - 1]);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        let whole = std::mem::take(&mut joined);
        let whole = whole.trim();
        if let Some(section) = whole.strip_prefix('[') {
            inside = section == "Install]";
        } else if let Some((key, value)) = whole.split_once('=').filter(|_| inside) {
            found.push((key.trim_end().to_owned(), value.trim_start().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Install {
        let mut install = Install::default();
        install.read(text);
        install
    }

    #[test]
    fn only_the_install_section_counts() {
        let install = read(
            "[Unit]\nWantedBy=no.target\n[Install]\n# WantedBy=no.target\nWantedBy=a.target \"b.target\"\n\
             Also = x.socket y.socket\nAlias=z.service\nDefaultInstance=tty1\n[Service]\nRequiredBy=no.target\n",
        );
        assert_eq!(install.wanted_by, ["a.target", "b.target"]);
        assert_eq!((install.also.len(), install.aliases.len(), install.required_by.len()), (2, 1, 0));
        assert_eq!(install.default_instance.as_deref(), Some("tty1"));
    }

    #[test]
    fn lines_join_and_an_empty_value_starts_anew() {
        let install =
            read("[Install]\nWantedBy=old.target\nWantedBy=\nWantedBy=a.target \\\n; note\n  b.target\n");
        assert_eq!(install.wanted_by, ["a.target", "b.target"]);
        assert!(install.has_rules());
        assert!(!read("[Install]\nAlso=a.socket\n").has_rules());
    }
}
