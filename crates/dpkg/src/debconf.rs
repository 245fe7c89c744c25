//! debconf's database: templates, questions, their values.
//!
//! What a noninteractive front end does is done here: nobody is asked, a question that would be asked
//! gets the value that it has. Files and fields are those of `Debconf/DbDriver/File.pm` and
//! `Debconf/Format/822.pm`.

use std::collections::{BTreeMap, BTreeSet};

use bringup_shell::World;

use crate::Error;
use crate::command::records;

const FOLDER: &str = "/var/cache/debconf";

/// A template or a question.
#[derive(Clone, Debug, Default)]
struct Item {
    fields: BTreeMap<String, String>,
    owners: BTreeSet<String>,
    flags: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
}

impl Item {
    fn write(&self, name: &str, text: &mut String) {
        let escape = |value: &str| value.replace('\n', "\\n");
        *text += &format!("Name: {name}\n");
        for (field, value) in &self.fields {
            let (first, rest) = field.split_at(field.chars().next().map_or(0, char::len_utf8));
            *text += &format!("{}{rest}: {}\n", first.to_uppercase(), escape(value));
        }
        if !self.owners.is_empty() {
            let owners: Vec<&str> = self.owners.iter().map(String::as_str).collect();
            *text += &format!("Owners: {}\n", owners.join(", "));
        }
        let set: Vec<&str> =
            self.flags.iter().filter(|(_, value)| *value == "true").map(|(flag, _)| flag.as_str()).collect();
        if !set.is_empty() {
            *text += &format!("Flags: {}\n", set.join(", "));
        }
        if !self.variables.is_empty() {
            text.push_str("Variables:\n");
            for (variable, value) in &self.variables {
                *text += &format!(" {variable} = {}\n", escape(value));
            }
        }
        text.push('\n');
    }
}

/// The database, and the script that talks to it.
#[derive(Debug, Default)]
pub(crate) struct Debconf {
    templates: BTreeMap<String, Item>,
    questions: BTreeMap<String, Item>,
    answers: BTreeMap<String, String>,
    /// What the files hold.
    saved: BTreeMap<&'static str, String>,
    owner: String,
    capabilities: Vec<String>,
    /// Questions that the next `db_go` would ask.
    asked: Vec<String>,
    /// Those of them that will count as seen.
    passed: Vec<String>,
    /// Questions that count as seen once the script has ended.
    seen: Vec<String>,
}

impl Debconf {
    /// An empty database; `answers` are values that questions have when they come.
    pub(crate) fn new(answers: &BTreeMap<String, String>) -> Self {
        Self { answers: answers.clone(), ..Self::default() }
    }

    /// A script begins to talk, on behalf of `owner`.
    pub(crate) fn begin(&mut self, owner: &str) {
        owner.clone_into(&mut self.owner);
        self.capabilities.clear();
        self.asked.clear();
        self.passed.clear();
        self.seen.clear();
    }

    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    pub(crate) fn set_capabilities(&mut self, words: &[&str]) {
        self.capabilities = words.iter().map(|word| (*word).to_owned()).collect();
    }

    /// Whether values come and go with escapes.
    pub(crate) fn escapes(&self) -> bool {
        self.capabilities.iter().any(|word| word == "escape")
    }

    pub(crate) fn exists(&self, question: &str) -> bool {
        self.questions.contains_key(question)
    }

    fn template_of(&self, question: &str) -> Option<&Item> {
        self.templates.get(self.questions.get(question)?.fields.get("template")?)
    }

    /// A question's value, or its template's default.
    pub(crate) fn value(&self, question: &str) -> Option<String> {
        let own = self.questions.get(question)?.fields.get("value");
        own.or_else(|| self.template_of(question)?.fields.get("default")).cloned()
    }

    pub(crate) fn set(&mut self, question: &str, value: &str) {
        if let Some(item) = self.questions.get_mut(question) {
            item.fields.insert("value".to_owned(), value.to_owned());
        }
    }

    /// Back to the template's default.
    pub(crate) fn reset(&mut self, question: &str) {
        let default = self.template_of(question).and_then(|item| item.fields.get("default")).cloned();
        if let Some(default) = default {
            self.set(question, &default);
        } else if let Some(item) = self.questions.get_mut(question) {
            item.fields.insert("value".to_owned(), String::new());
        }
        self.set_flag(question, "seen", "false");
    }

    pub(crate) fn flag(&self, question: &str, flag: &str) -> &str {
        let item = self.questions.get(question);
        item.and_then(|item| item.flags.get(flag)).map_or("false", String::as_str)
    }

    pub(crate) fn set_flag(&mut self, question: &str, flag: &str, value: &str) {
        if flag == "seen" {
            self.seen.retain(|one| one != question);
        }
        if let Some(item) = self.questions.get_mut(question) {
            item.flags.insert(flag.to_owned(), value.to_owned());
        }
    }

    pub(crate) fn substitute(&mut self, question: &str, variable: &str, value: &str) {
        if let Some(item) = self.questions.get_mut(question) {
            item.variables.insert(variable.to_owned(), value.to_owned());
        }
    }

    /// A field of a question or of its template, as `METAGET` gives it.
    pub(crate) fn field(&self, question: &str, field: &str) -> Option<String> {
        let item = self.questions.get(question)?;
        if field == "owners" {
            return Some(item.owners.iter().cloned().collect::<Vec<_>>().join(", "));
        }
        if let Some(value) = item.fields.get(field) {
            return Some(value.clone());
        }
        let template = self.template_of(question)?;
        let plain = field.split('-').next().unwrap_or(field);
        let value = template.fields.get(field).or_else(|| template.fields.get(plain))?;
        let expands = ["description", "extended_description", "choices"].contains(&plain);
        Some(if expands { expand(value, &item.variables) } else { value.clone() })
    }

    /// A question would be asked by the next [`go`](Self::go). Nobody sees it, but it counts as seen
    /// where it is important enough (`debconf/priority` is `high`): it is not to come up again.
    pub(crate) fn input(&mut self, priority: &str, question: &str) {
        if ["high", "critical"].contains(&priority) && self.flag(question, "seen") != "true" {
            self.passed.push(question.to_owned());
        }
        self.asked.push(question.to_owned());
    }

    /// The script has ended.
    pub(crate) fn end(&mut self) {
        for question in std::mem::take(&mut self.seen) {
            self.set_flag(&question, "seen", "true");
        }
        self.asked.clear();
        self.passed.clear();
    }

    /// Nobody answers: each question that was to be asked gets the value that it has.
    pub(crate) fn go(&mut self) {
        self.seen.append(&mut self.passed);
        for question in std::mem::take(&mut self.asked) {
            let kind = self.template_of(&question).and_then(|item| item.fields.get("type")).cloned();
            let value = self.value(&question).unwrap_or_default();
            let value = match kind.as_deref() {
                Some("select") => {
                    let choices = self.field(&question, "choices-c").unwrap_or_default();
                    let choices = split(&choices);
                    match choices.first() {
                        _ if choices.contains(&value) => value,
                        first => first.cloned().unwrap_or_default(),
                    }
                }
                Some("text" | "error") => String::new(),
                _ => value,
            };
            self.set(&question, &value);
        }
    }

    /// Another question of a template's kind; false if there is no such template.
    pub(crate) fn register(&mut self, template: &str, question: &str) -> bool {
        if !self.templates.contains_key(template) {
            return false;
        }
        let owner = self.owner.clone();
        self.add_question(question, template, &owner);
        true
    }

    fn add_question(&mut self, question: &str, template: &str, owner: &str) {
        let answer = self.answers.get(question).cloned();
        let item = self.questions.entry(question.to_owned()).or_insert_with(|| {
            let mut item = Item::default();
            item.flags.insert("seen".to_owned(), "false".to_owned());
            if let Some(answer) = answer {
                item.fields.insert("value".to_owned(), answer);
                item.flags.insert("seen".to_owned(), "true".to_owned());
            }
            item
        });
        item.owners.insert(owner.to_owned());
        item.fields.insert("template".to_owned(), template.to_owned());
        self.templates.entry(template.to_owned()).or_default().owners.insert(question.to_owned());
    }

    pub(crate) fn unregister(&mut self, question: &str) {
        let owner = self.owner.clone();
        self.disown(question, &owner);
    }

    /// All of the owner's questions go.
    pub(crate) fn purge(&mut self) {
        let owner = self.owner.clone();
        let all: Vec<String> = self.questions.keys().cloned().collect();
        all.iter().for_each(|question| self.disown(question, &owner));
    }

    fn disown(&mut self, question: &str, owner: &str) {
        let Some(item) = self.questions.get_mut(question) else { return };
        if !item.owners.remove(owner) || !item.owners.is_empty() {
            return;
        }
        let template = item.fields.get("template").cloned().unwrap_or_default();
        self.questions.remove(question);
        if let Some(item) = self.templates.get_mut(&template) {
            item.owners.remove(question);
            if item.owners.is_empty() {
                self.templates.remove(&template);
            }
        }
    }

    /// Takes in a `templates` file; the error says what is wrong with it.
    pub(crate) fn load(&mut self, text: &str, owner: &str) -> Result<(), String> {
        for stanza in text.split("\n\n").map(|stanza| stanza.trim_matches('\n')) {
            if stanza.is_empty() {
                continue;
            }
            let mut fields = parse(stanza)?;
            let Some(name) = fields.remove("template") else {
                return Err("a template without a name".to_owned());
            };
            self.add_question(&name, &name, owner);
            if let Some(item) = self.templates.get_mut(&name) {
                item.fields = fields;
            }
        }
        Ok(())
    }

    /// Writes the files, if anything changed since they were written, with backups of what was there.
    pub(crate) fn save(&mut self, world: &mut World) -> Result<(), Error> {
        if self.templates.is_empty() && self.saved.is_empty() {
            return Ok(());
        }
        let secret = |question: &str| {
            let kind = self.template_of(question).and_then(|item| item.fields.get("type"));
            kind.is_some_and(|kind| kind == "password")
        };
        let (mut config, mut passwords, mut templates) = (String::new(), String::new(), String::new());
        for (name, item) in &self.questions {
            item.write(name, if secret(name) { &mut passwords } else { &mut config });
        }
        for (name, item) in &self.templates {
            item.write(name, &mut templates);
        }
        records::folder(world, FOLDER)?;
        for (file, text, mode) in [
            ("config.dat", config, 0o644),
            ("passwords.dat", passwords, 0o600),
            ("templates.dat", templates, 0o644),
        ] {
            let old = self.saved.get(file);
            if old == Some(&text) {
                continue;
            }
            // The passwords have no backup.
            if let (Some(old), 0o644) = (old, mode) {
                records::write_mode(world, &format!("{FOLDER}/{file}-old"), old.clone(), mode)?;
            }
            records::write_mode(world, &format!("{FOLDER}/{file}"), text.clone(), mode)?;
            self.saved.insert(file, text);
        }
        Ok(())
    }
}

/// The fields of a template, lower case; what follows a first line is under `extended_` and its name.
fn parse(stanza: &str) -> Result<BTreeMap<String, String>, String> {
    let mut fields = BTreeMap::new();
    let mut last: Option<(String, String, String)> = None;
    let mut keep = |field: Option<(String, String, String)>| {
        if let Some((name, value, extended)) = field {
            let extended = extended.trim_end_matches('\n');
            if !extended.is_empty() {
                fields.insert(format!("extended_{name}"), extended.to_owned());
            }
            fields.insert(name, value);
        }
    };
    for line in stanza.lines() {
        if let Some(rest) = line.strip_prefix([' ', '\t']) {
            let Some((_, _, extended)) = &mut last else {
                return Err(format!("a template that begins with `{line}`"));
            };
            let fresh = extended.is_empty() || extended.ends_with(['\n', ' ']);
            if rest == "." {
                extended.push_str("\n\n");
            } else if rest.starts_with([' ', '\t']) {
                // Lines with more blanks stay lines.
                if !fresh {
                    extended.push('\n');
                }
                extended.push_str(rest.trim_end());
                extended.push('\n');
            } else {
                if !fresh {
                    extended.push(' ');
                }
                extended.push_str(rest.trim_end());
            }
            continue;
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@.".contains(&byte);
        match line.split_once(':') {
            Some((name, value)) if name.bytes().all(plain) => {
                keep(last.take());
                let value = value.strip_prefix(char::is_whitespace).unwrap_or(value).trim_end();
                last = Some((name.to_lowercase(), value.to_owned(), String::new()));
            }
            _ => return Err(format!("a template with the line `{line}`")),
        }
    }
    keep(last);
    Ok(fields)
}

/// Fills `${NAME}` in; `\${NAME}` stays without its backslash.
fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        let Some((name, behind)) = after[2..].split_once('}') else { break };
        match before.strip_suffix('\\') {
            Some(before) => out += &format!("{before}${{{name}}}"),
            None => {
                out.push_str(before);
                out.push_str(variables.get(name).map_or("", String::as_str));
            }
        }
        rest = behind;
    }
    out + rest
}

/// The items of a list: commas separate them where blanks follow; `\,` and `\ ` stand for themselves.
fn split(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        if first == '\\' && after.starts_with([',', ' ']) {
            item.push_str(&after[..1]);
            rest = &after[1..];
        } else if first == ',' && after.starts_with(char::is_whitespace) {
            items.push(std::mem::take(&mut item));
            rest = after.trim_start();
        } else {
            item.push(first);
            rest = after;
        }
    }
    if !item.is_empty() {
        items.push(item);
    }
    items
}
