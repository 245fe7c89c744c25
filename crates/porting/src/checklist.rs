use std::fmt;

/// Something that a porter has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The file, from the workspace's top folder.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// About what: a field of the record.
    pub about: String,
    /// What about it.
    pub remark: String,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.about, self.remark)
    }
}
