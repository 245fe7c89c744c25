//! Whole repositories.

use std::fs;
use std::path::{Path, PathBuf};

use bringup_store::Digest;

use crate::package::xz;
use crate::{KeySpec, MADE, Server, SignatureSpec, TestKey, TestPackage};

/// A repository of one suite with the component `main`, on disk once it is [built](Self::build).
#[derive(Clone, Debug)]
pub struct TestRepo {
    folder: PathBuf,
    /// Who signs it.
    pub key: TestKey,
    /// How.
    pub signature: SignatureSpec,
    /// As in `stable`.
    pub suite: String,
    /// As in `trixie`; also its folder in `dists`.
    pub codename: String,
    /// Seconds since 1970.
    pub date: u32,
    /// As it stands in the Release file.
    pub valid_until: Option<String>,
    /// For which there are indices.
    pub architectures: Vec<String>,
    /// Whether indices are (only) found under the names of their digests.
    pub by_hash: bool,
    packages: Vec<TestPackage>,
}

impl TestRepo {
    /// An empty repository in `folder`: suite `stable`, codename `trixie`, architecture `arm64`.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            key: TestKey::new(&KeySpec::default()),
            signature: SignatureSpec::default(),
            suite: "stable".into(),
            codename: "trixie".into(),
            date: MADE,
            valid_until: None,
            architectures: vec!["arm64".into()],
            by_hash: true,
            packages: Vec::new(),
        }
    }

    /// Adds a package.
    #[must_use]
    pub fn package(mut self, package: TestPackage) -> Self {
        self.packages.push(package);
        self
    }

    /// Writes everything.
    pub fn build(&self) {
        self.build_with(|text| text);
    }

    /// Writes everything, but has `edit` change the Release file's text before it is signed.
    pub fn build_with(&self, edit: impl FnOnce(String) -> String) {
        for package in &self.packages {
            self.write(&package.filename(), &package.deb());
        }
        let text = edit(self.write_indices());
        let signed = self.key.sign(&text, &self.signature);
        self.write(&format!("{}/InRelease", self.dists()), signed.as_bytes());
    }

    /// The path of the file that the repository has at `path`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Where its suite is, relative to its base.
    pub fn dists(&self) -> String {
        format!("dists/{}", self.codename)
    }

    /// Flips one bit of the byte `at` of the file at `path`.
    pub fn flip(&self, path: &str, at: usize) {
        let mut bytes = fs::read(self.path(path)).unwrap();
        bytes[at] ^= 1;
        self.write(path, &bytes);
    }

    /// Serves it over HTTP until the server is dropped.
    pub fn serve(&self) -> Server {
        Server::new(&self.folder)
    }

    /// Writes the indices, and gives the Release file's text.
    fn write_indices(&self) -> String {
        let mut sums = String::new();
        for architecture in &self.architectures {
            let listed = self.packages.iter().filter(|package| package.is_listed_for(architecture));
            let plain: String = listed.map(TestPackage::stanza).collect();
            let packed = xz(plain.as_bytes());
            let folder = format!("main/binary-{architecture}");
            // Only the compressed form is there, as in the Debian archive.
            for (name, bytes) in [("Packages", plain.as_bytes()), ("Packages.xz", &packed)] {
                sums.push_str(&format!(" {} {} {folder}/{name}\n", Digest::of(bytes), bytes.len()));
            }
            let path = match self.by_hash {
                true => format!("{folder}/by-hash/SHA256/{}", Digest::of(&packed)),
                false => format!("{folder}/Packages.xz"),
            };
            self.write(&format!("{}/{path}", self.dists()), &packed);
        }
        let Self { suite, codename, .. } = self;
        let valid_until = self.valid_until.as_ref().map(|until| format!("Valid-Until: {until}\n"));
        format!(
            "Origin: Test\nSuite: {suite}\nCodename: {codename}\nDate: {}\n{}Acquire-By-Hash: {}\n\
             No-Support-for-Architecture-all: Packages\nArchitectures: all {}\nComponents: main\nSHA256:\n{sums}",
            date(self.date),
            valid_until.unwrap_or_default(),
            if self.by_hash { "yes" } else { "no" },
            self.architectures.join(" "),
        )
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// `Sun, 01 Jun 2025 00:00:00 UTC`, counted from that day: tests do not need other years.
fn date(seconds: u32) -> String {
    let since = seconds.checked_sub(MADE).expect("repositories of tests are made after MADE");
    let (day, time) = (since / 86_400, since % 86_400);
    assert!(day < 30, "repositories of tests are made in June 2025");
    let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][day as usize % 7];
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{weekday}, {:02} Jun 2025 {hour:02}:{minute:02}:{second:02} UTC", day + 1)
}
