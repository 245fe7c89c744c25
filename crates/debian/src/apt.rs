//! Reads apt's source lists, in both forms (sources.list(5)).

use crate::fields::paragraphs;

/// One of the host's source lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AptFile {
    /// Where it is; a name ending in `.sources` means deb822 paragraphs, any other one-line entries.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Binary packages of some suites at some bases.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AptEntry {
    pub(crate) uris: Vec<String>,
    pub(crate) suites: Vec<String>,
    pub(crate) components: Vec<String>,
    pub(crate) signed_by: Option<String>,
}

/// The enabled entries. Lines that make no sense are left out: this is a search, not a check.
pub(crate) fn entries(file: &AptFile) -> Vec<AptEntry> {
    if file.path.ends_with(".sources") {
        paragraph_entries(&file.path, &file.text)
    } else {
        file.text.lines().filter_map(line_entry).collect()
    }
}

fn paragraph_entries(path: &str, text: &str) -> Vec<AptEntry> {
    let Ok(all) = paragraphs(path, text) else { return Vec::new() };
    let off = |value: &str| ["no", "false", "off", "0", "without", "disable"].contains(&value);
    all.iter()
        .filter(|one| one.words("Types").any(|kind| kind == "deb"))
        .filter(|one| !one.get("Enabled").is_some_and(|value| off(&value.to_ascii_lowercase())))
        .map(|one| {
            let words = |name| one.words(name).map(str::to_owned).collect();
            AptEntry {
                uris: words("URIs"),
                suites: words("Suites"),
                components: words("Components"),
                signed_by: one.get("Signed-By").map(str::to_owned),
            }
        })
        .collect()
}

/// `deb [signed-by=KEY arch=A,B] URI SUITE COMPONENT...`
fn line_entry(line: &str) -> Option<AptEntry> {
    let line = line.split('#').next().unwrap_or_default().trim_ascii();
    let mut rest =
        line.strip_prefix("deb").filter(|rest| rest.starts_with([' ', '\t', '[']))?.trim_ascii_start();
    let mut options = "";
    if let Some(bracket) = rest.strip_prefix('[') {
        (options, rest) = bracket.split_once(']')?;
    }
    let mut words = rest.split_ascii_whitespace().map(str::to_owned);
    let (uri, suite) = (words.next()?, words.next()?);
    let signed_by = options.split_ascii_whitespace().find_map(|option| option.strip_prefix("signed-by="));
    Some(AptEntry {
        uris: vec![uri],
        suites: vec![suite],
        components: words.collect(),
        signed_by: signed_by.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<AptEntry> {
        entries(&AptFile { path: path.into(), text: text.into() })
    }

    fn entry(uris: &[&str], suites: &[&str], components: &[&str], signed_by: Option<&str>) -> AptEntry {
        let owned = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        AptEntry {
            uris: owned(uris),
            suites: owned(suites),
            components: owned(components),
            signed_by: signed_by.map(str::to_owned),
        }
    }

    #[test]
    fn one_line_entries_are_read() {
        let text = "# deb http://no.example/debian sid main\n\
            deb-src http://src.example/debian trixie main\n\
            deb\t[ arch=amd64 signed-by=/k.gpg ] http://mirror.example/debian trixie main contrib # why\n\
            deb http://flat.example/ ./\n\
            deb http://lonely.example\n\
            nonsense\n";
        let flat = entry(&["http://flat.example/"], &["./"], &[], None);
        let uri = "http://mirror.example/debian";
        let main = entry(&[uri], &["trixie"], &["main", "contrib"], Some("/k.gpg"));
        assert_eq!(read("/etc/apt/sources.list", text), [main, flat]);
    }

    #[test]
    fn paragraphs_are_read() {
        let text = "Types: deb deb-src\n# old\nURIs: http://a.example/debian\n http://b.example/debian\n\
            Suites: trixie trixie-updates\nComponents: main\nSigned-By: /k.pgp\n\n\
            Types: deb\nURIs: http://off.example/debian\nSuites: sid\nComponents: main\nEnabled: No\n\n\
            Types: deb-src\nURIs: http://src.example/debian\nSuites: sid\nComponents: main\n";
        let uris = ["http://a.example/debian", "http://b.example/debian"];
        let wanted = entry(&uris, &["trixie", "trixie-updates"], &["main"], Some("/k.pgp"));
        assert_eq!(read("/etc/apt/sources.list.d/debian.sources", text), [wanted]);
        assert_eq!(read("x.sources", "nonsense\n"), []);
    }
}
