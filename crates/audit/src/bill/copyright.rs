//! `/usr/share/doc/PACKAGE/copyright`: machine-readable, or a text that people read.

use std::collections::BTreeMap;

use bringup_store::Digest;

use super::expression::{Expression, bracketed};
use super::names::spdx_id;
use super::{Licence, LicenceText};

/// Digits of a text's digest in its identifier: enough that no two texts of an image share them.
const DIGITS: usize = 12;

/// The longest part of Debian's name in an identifier.
const MAX_NAME: usize = 40;

/// Where Debian has the usual licences; policy 12.5.
const COMMON: &str = "/usr/share/common-licenses/";

/// What the copyright file of `package` says.
pub(super) fn licence(package: &str, text: &str) -> Licence {
    let paragraphs = paragraphs(text);
    let is_structured = paragraphs.first().is_some_and(|first| first.contains_key("format"));
    let fields: Vec<(&str, String)> = if is_structured {
        let fields = paragraphs.iter().filter_map(|paragraph| paragraph.get("license"));
        fields.map(|field| split(field)).filter(|(name, _)| !name.is_empty()).collect()
    } else {
        Vec::new()
    };
    if fields.is_empty() {
        return unstructured(package, text);
    }
    // The text of a licence is in a paragraph of its own, or where it is first used.
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, body) in fields.iter().filter(|(_, body)| !body.is_empty()) {
        bodies.entry(name).or_insert(body);
    }
    let body = |name: &str| {
        let within = || bodies.iter().find(|(whole, _)| Expression::parse(whole).names().contains(&name));
        let body = bodies.get(name).or_else(|| within().map(|(_, body)| body));
        body.map_or_else(|| missing(package, name), |body| (*body).to_owned())
    };
    let mut licence = Licence::default();
    let mut parts: Vec<String> = Vec::new();
    for (name, _) in &fields {
        let expression = Expression::parse(name);
        for name in expression.names() {
            let id = spdx_id(name).unwrap_or_else(|| {
                let text = custom(name, body(name));
                let id = text.id.clone();
                licence.texts.push(text);
                id
            });
            // An entry of the table of names may stand for two.
            licence.ids.extend(id.split(" OR ").map(str::to_owned));
        }
        parts.push(expression.to_spdx(&|name| spdx_id(name).unwrap_or_else(|| custom(name, body(name)).id)));
    }
    for list in [&mut parts, &mut licence.ids] {
        list.sort();
        list.dedup();
    }
    licence.texts.sort();
    licence.texts.dedup();
    licence.expression = Some(match &parts[..] {
        [one] => one.clone(),
        _ => {
            let joined = parts.into_iter().map(|part| {
                let is_simple = !part.contains(" OR ") && !part.contains(" AND ");
                if is_simple { part } else { bracketed(part) }
            });
            joined.collect::<Vec<_>>().join(" AND ")
        }
    });
    licence
}

/// A licence of Debian's name that SPDX does not have.
fn custom(name: &str, text: String) -> LicenceText {
    let digest = Digest::of(text.as_bytes()).to_string();
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    let short: String = name.chars().map(plain).take(MAX_NAME).collect();
    LicenceText { id: format!("LicenseRef-{short}-{}", &digest[..DIGITS]), name: name.to_owned(), text }
}

/// The whole file is the licence; of Debian's usual ones, those that it names are said.
fn unstructured(package: &str, text: &str) -> Licence {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let mut common: Vec<&str> = text
        .split(COMMON)
        .skip(1)
        .map(|rest| &rest[..rest.find(|c| !plain(c)).unwrap_or(rest.len())])
        .map(|name| name.trim_end_matches('.'))
        .filter(|name| !name.is_empty())
        .collect();
    common.sort_unstable();
    common.dedup();
    let mut custom = custom("copyright", text.trim().to_owned());
    custom.name = format!("the copyright file of {package}");
    if !common.is_empty() {
        custom.name.push_str(&format!(", which names {}", common.join(", ")));
    }
    Licence { expression: Some(custom.id.clone()), ids: vec![custom.id.clone()], texts: vec![custom] }
}

fn missing(package: &str, name: &str) -> String {
    format!("`{name}`: see /usr/share/doc/{package}/copyright.")
}

/// Paragraphs of fields, names in lower case; what is no field is left out.
fn paragraphs(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut all = Vec::new();
    let mut paragraph: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            if !paragraph.is_empty() {
                all.push(std::mem::take(&mut paragraph));
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = paragraph.get_mut(&last) {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) {
            last = name.to_ascii_lowercase();
            paragraph.insert(last.clone(), value.trim().to_owned());
        }
    }
    all
}

/// The synopsis and the text of a `License` field; a line with a dot is an empty one.
fn split(field: &str) -> (&str, String) {
    let (synopsis, body) = field.split_once('\n').unwrap_or((field, ""));
    let lines = body.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let text: Vec<&str> = lines.map(|line| if line == "." { "" } else { line }).collect();
    (synopsis.trim(), text.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n\
        Files: *\nCopyright: a\nLicense: GPL-2+ or own\n\nFiles: b\nLicense: Expat\n Text of it.\n\n\
        Files: c\nLicense: GPL-2+ or own\n\nLicense: own\n Do what\n .\n you like.\n";

    #[test]
    fn licences_are_joined_and_texts_kept() {
        let found = licence("x", FILE);
        let own = &found.texts[0];
        assert_eq!((own.name.as_str(), own.text.as_str()), ("own", "Do what\n\nyou like."));
        assert_eq!(own.id, format!("LicenseRef-own-{}", &Digest::of(own.text.as_bytes()).to_string()[..12]));
        assert_eq!(found.expression.unwrap(), format!("(GPL-2.0-or-later OR {0}) AND {0} AND MIT", own.id));
        assert_eq!(found.ids, ["GPL-2.0-or-later", &own.id, "MIT"]);
        assert_eq!(found.texts.len(), 1);
    }

    #[test]
    fn another_text_is_another_licence() {
        let other = licence("x", &FILE.replace("like", "must"));
        assert_ne!(other.texts[0].id, licence("x", FILE).texts[0].id);
    }

    #[test]
    fn a_file_for_people_is_a_licence_as_a_whole() {
        let text = "See /usr/share/common-licenses/GPL-2. And `/usr/share/common-licenses/LGPL'.\n";
        let found = licence("x", text);
        assert_eq!(found.texts[0].name, "the copyright file of x, which names GPL-2, LGPL");
        assert_eq!(found.expression.as_deref(), Some(found.texts[0].id.as_str()));
        assert!(found.texts[0].id.starts_with("LicenseRef-copyright-"));
    }

    #[test]
    fn a_name_without_a_text_says_where_it_is() {
        let found = licence("x", "Format: y\n\nFiles: *\nLicense: own\n");
        assert_eq!(found.texts[0].text, "`own`: see /usr/share/doc/x/copyright.");
    }
}
