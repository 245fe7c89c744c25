//! Packages with the files that a test puts into them.

use std::io::Write;

use bringup_store::Digest;

/// A binary package; its `.deb` is a real one (deb(5)).
#[derive(Clone, Debug)]
pub struct TestPackage {
    name: String,
    version: String,
    architecture: String,
    fields: Vec<(String, String)>,
    control: Vec<(String, Vec<u8>)>,
    entries: Vec<(String, Entry)>,
    data: Option<Vec<u8>>,
    whole: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
enum Entry {
    File { bytes: Vec<u8>, mode: u32 },
    Symlink { target: String },
    Directory { mode: u32 },
}

impl TestPackage {
    /// An empty package of architecture `arm64`.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            architecture: "arm64".into(),
            fields: Vec::new(),
            control: Vec::new(),
            entries: Vec::new(),
            data: None,
            whole: None,
        }
    }

    /// Sets the architecture.
    #[must_use]
    pub fn architecture(mut self, architecture: &str) -> Self {
        self.architecture = architecture.into();
        self
    }

    /// Adds a field, as in `Depends`.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Adds a file to the control member, as in `postinst`; it is executable.
    #[must_use]
    pub fn control(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.control.push((name.into(), bytes.into()));
        self
    }

    /// Adds an executable file, with the directories that lead to it.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.entry(path, Entry::File { bytes: bytes.into(), mode: 0o755 })
    }

    /// Adds a symbolic link, with the directories that lead to it.
    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.entry(path, Entry::Symlink { target: target.into() })
    }

    /// Adds a directory, with those that lead to it.
    #[must_use]
    pub fn directory(self, path: &str, mode: u32) -> Self {
        self.entry(path, Entry::Directory { mode })
    }

    /// Sets the bytes of the data member's archive, whatever files were added: archives that no
    /// packager makes.
    #[must_use]
    pub fn data_tar(mut self, tar: Vec<u8>) -> Self {
        self.data = Some(tar);
        self
    }

    /// Sets the bytes of the `.deb`, as which they are then listed and signed.
    #[must_use]
    pub fn whole_deb(mut self, deb: Vec<u8>) -> Self {
        self.whole = Some(deb);
        self
    }

    fn entry(mut self, path: &str, entry: Entry) -> Self {
        for (slash, _) in path.match_indices('/') {
            let parent = &path[..slash];
            if !self.entries.iter().any(|(known, _)| known == parent) {
                self.entries.push((parent.into(), Entry::Directory { mode: 0o755 }));
            }
        }
        self.entries.push((path.into(), entry));
        self
    }

    /// Its path below the repository's base.
    pub fn filename(&self) -> String {
        let Self { name, version, architecture, .. } = self;
        let version = version.split_once(':').map_or(version.as_str(), |(_, version)| version);
        format!("pool/main/{}/{name}/{name}_{version}_{architecture}.deb", &name[..1])
    }

    pub(crate) fn is_listed_for(&self, architecture: &str) -> bool {
        [architecture, "all"].contains(&self.architecture.as_str())
    }

    fn control_file(&self) -> String {
        let Self { name, version, architecture, .. } = self;
        let mut text = format!("Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n");
        text.push_str("Maintainer: Nobody <nobody@example.org>\nDescription: made by a test\n");
        for (name, value) in &self.fields {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text
    }

    /// The `.deb`.
    pub fn deb(&self) -> Vec<u8> {
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let mut control = tar::Builder::new(Vec::new());
        append(&mut control, "./", &Entry::Directory { mode: 0o755 });
        let own = Entry::File { bytes: self.control_file().into_bytes(), mode: 0o644 };
        append(&mut control, "./control", &own);
        for (name, bytes) in &self.control {
            append(&mut control, &format!("./{name}"), &Entry::File { bytes: bytes.clone(), mode: 0o755 });
        }
        let mut deb = b"!<arch>\n".to_vec();
        member(&mut deb, "debian-binary", b"2.0\n");
        member(&mut deb, "control.tar.xz", &xz(&control.into_inner().unwrap()));
        member(&mut deb, "data.tar.xz", &xz(&self.data.clone().unwrap_or_else(|| self.made_data())));
        deb
    }

    fn made_data(&self) -> Vec<u8> {
        let mut data = tar::Builder::new(Vec::new());
        append(&mut data, "./", &Entry::Directory { mode: 0o755 });
        for (path, entry) in &self.entries {
            let slash = if matches!(entry, Entry::Directory { .. }) { "/" } else { "" };
            append(&mut data, &format!("./{path}{slash}"), entry);
        }
        data.into_inner().unwrap()
    }

    /// Its stanza in a `Packages` file.
    pub(crate) fn stanza(&self) -> String {
        let deb = self.deb();
        let (filename, size, sha256) = (self.filename(), deb.len(), Digest::of(&deb));
        format!("{}Filename: {filename}\nSize: {size}\nSHA256: {sha256}\n\n", self.control_file())
    }
}

fn append(builder: &mut tar::Builder<Vec<u8>>, path: &str, entry: &Entry) {
    let mut header = tar::Header::new_gnu();
    let (kind, mode, bytes): (_, _, &[u8]) = match entry {
        Entry::File { bytes, mode } => (tar::EntryType::Regular, *mode, bytes),
        Entry::Symlink { .. } => (tar::EntryType::Symlink, 0o777, &[]),
        Entry::Directory { mode } => (tar::EntryType::Directory, *mode, &[]),
    };
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(crate::MADE.into());
    header.set_size(bytes.len() as u64);
    if let Entry::Symlink { target } = entry {
        header.set_link_name_literal(target).unwrap();
    }
    // `set_path` would take the leading `./` away, which dpkg writes.
    let name = &mut header.as_old_mut().name;
    assert!(path.len() < name.len(), "{path} is too long for a test package");
    name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_cksum();
    builder.append(&header, bytes).unwrap();
}

/// ar(5): a header of 60 bytes, the bytes, and one more if their number is odd.
fn member(archive: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    writeln!(archive, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, "100644", bytes.len()).unwrap();
    archive.extend_from_slice(bytes);
    if bytes.len() % 2 == 1 {
        archive.push(b'\n');
    }
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
