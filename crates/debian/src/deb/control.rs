//! The control information of a package: `control.tar`.

use std::io::Read;
use std::path::Path;

use bringup_tree::{Content, Kind, Meta, Tree};

use super::DebError;

/// The maintainer scripts, deb-preinst(5) and its kin, in alphabetical order.
pub const SCRIPTS: [&str; 5] = ["config", "postinst", "postrm", "preinst", "prerm"];

/// Fields that every binary package has; Debian policy 5.3.
const REQUIRED: [&str; 3] = ["Package", "Version", "Architecture"];

/// What `control.tar` holds.
#[derive(Clone, Debug)]
pub struct Control {
    /// Every file of it: `control`, `md5sums`, `conffiles`, `postinst`, ...
    pub files: Tree,
    /// The fields of `control` in its order; values without surrounding blanks.
    pub fields: Vec<(String, String)>,
}

impl Control {
    /// The value of a field, whatever the case of its name; none if it is not there.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The package's name.
    pub fn package(&self) -> &str {
        self.field("Package").unwrap_or_default()
    }

    /// The package's version.
    pub fn version(&self) -> &str {
        self.field("Version").unwrap_or_default()
    }

    /// The package's architecture, or `all`.
    pub fn architecture(&self) -> &str {
        self.field("Architecture").unwrap_or_default()
    }

    /// Estimate of the unpacked size, in KiB; 0 if there is none or it is no number.
    pub fn installed_size_kib(&self) -> u64 {
        self.field("Installed-Size").and_then(|size| size.parse().ok()).unwrap_or(0)
    }

    /// Which maintainer scripts there are, in alphabetical order.
    pub fn scripts(&self) -> impl Iterator<Item = &'static str> {
        SCRIPTS.into_iter().filter(|script| self.files.get(script).is_some())
    }

    /// Parses an uncompressed `control.tar`.
    pub(super) fn from_tar(path: &Path, bytes: &[u8]) -> Result<Self, DebError> {
        let files = read_tar(path, bytes)?;
        let bad =
            |problem: String| DebError::Control { path: path.to_owned(), file: "control".into(), problem };
        let text = match files.read("control") {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| bad("is not UTF-8".into()))?,
            Err(_) => return Err(bad("is missing".into())),
        };
        let control = Self { files, fields: parse_fields(&text).map_err(bad)? };
        for field in REQUIRED {
            if control.field(field).is_none_or(str::is_empty) {
                return Err(bad(format!("has no field `{field}`")));
            }
        }
        Ok(control)
    }
}

/// A tree of the archive's files. They are few and small, and held in memory.
fn read_tar(path: &Path, bytes: &[u8]) -> Result<Tree, DebError> {
    let bad = |file: &str, problem: String| DebError::Control {
        path: path.to_owned(),
        file: file.to_owned(),
        problem,
    };
    let parents = Meta::root(0o755, 0);
    let mut tree = Tree::new(parents.clone());
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().map_err(|error| bad("", format!("cannot be listed: {error}")))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| bad("", format!("cannot be listed: {error}")))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let header = entry.header();
        let number = |value: std::io::Result<u64>, field: &str| {
            value.map_err(|_| bad(&name, format!("has a header with a bad {field}")))
        };
        let meta = Meta {
            mode: header.mode().map_err(|_| bad(&name, "has a header with a bad mode".into()))? & 0o7777,
            mtime: number(header.mtime(), "time")?.try_into().unwrap_or(i64::MAX),
            ..Meta::default()
        };
        let kind = match header.entry_type() {
            tar::EntryType::Directory => Kind::Directory,
            tar::EntryType::Regular => {
                let mut content = Vec::new();
                entry
                    .read_to_end(&mut content)
                    .map_err(|error| bad(&name, format!("cannot be read: {error}")))?;
                if content.len() as u64 != entry.size() {
                    return Err(bad(
                        &name,
                        format!("has {} bytes, but its header says {}", content.len(), entry.size()),
                    ));
                }
                Kind::File(Content::bytes(content))
            }
            // dpkg takes files only; a link could lead anywhere.
            _ => return Err(bad(&name, "is neither a file nor a directory".into())),
        };
        tree.insert_all(name.as_bytes(), meta, kind, &parents).map_err(|source| DebError::Tree {
            path: path.to_owned(),
            member: "control.tar".into(),
            source,
        })?;
    }
    Ok(tree)
}

/// One paragraph of fields; Debian policy 5.1.
fn parse_fields(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for (number, line) in text.trim_end().lines().enumerate() {
        let bad = |problem: &str| format!("{problem} in line {}", number + 1);
        if line.starts_with([' ', '\t']) {
            let (_, value) = fields.last_mut().ok_or_else(|| bad("continues nothing"))?;
            value.push('\n');
            value.push_str(line.trim_end());
            continue;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("has no field"))?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad("has a malformed field name"));
        }
        if fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(bad(&format!("repeats field `{name}`")));
        }
        fields.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(fields)
}
