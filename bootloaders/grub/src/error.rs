use bringup_spec::Bytes;

/// Why GRUB cannot be installed, or its menu cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of GRUB's has not the length that its place asks for.
    #[error("`{file}` is {len}, but GRUB's is {expected}")]
    WrongSize {
        /// The file's name.
        file: &'static str,
        /// Its length.
        len: Bytes,
        /// The only length it can have.
        expected: Bytes,
    },
    /// A file of GRUB's ends before something that it must have.
    #[error("`{file}` is {len}, but it needs {least}")]
    TooShort {
        /// The file's name.
        file: &'static str,
        /// Its length.
        len: Bytes,
        /// The least it can be.
        least: Bytes,
    },
    /// A field that is to be patched does not hold what GRUB leaves in it.
    #[error(
        "`{file}` holds {found:#x} as {field} (offset {offset:#x}), but GRUB 2's holds {expected:#x}\n\
         help: this version of the file is not known; take the one of Debian's `grub-pc-bin`"
    )]
    UnexpectedField {
        /// The file's name.
        file: &'static str,
        /// What the field means.
        field: &'static str,
        /// Where it is in the file.
        offset: usize,
        /// What is there.
        found: u64,
        /// What has to be there.
        expected: u64,
    },
    /// `kernel.img` is not a program as GRUB's kernel is one.
    #[error("`kernel.img` {reason}")]
    BadKernel {
        /// What is wrong with it, as the rest of a sentence.
        reason: &'static str,
    },
    /// Something does not fit into the memory that GRUB's boot programs leave for it.
    #[error("{what} is {len}, but GRUB has {max} for it\nhelp: ask for fewer modules")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its length.
        len: Bytes,
        /// The most it can be.
        max: Bytes,
    },
    /// A place that GRUB cannot be started from.
    #[error("`core.img` cannot start at sector {lba}: {reason}")]
    BadPlace {
        /// The first sector asked for.
        lba: u64,
        /// Why not.
        reason: &'static str,
    },
    /// A line of the list of dependencies is not `module: dependencies`.
    #[error("`moddep.lst`: line {line} has no colon")]
    BadDependencies {
        /// Which line, from 1.
        line: usize,
    },
    /// A module is not in the list of dependencies.
    #[error("`moddep.lst` has no module `{name}`{}", needed(needed_by.as_deref()))]
    UnknownModule {
        /// The module's name.
        name: String,
        /// The module that depends on it; none where it was asked for.
        needed_by: Option<String>,
    },
    /// A text that GRUB ends at the first NUL holds one.
    #[error("{what} `{}` holds a NUL", text.escape_debug())]
    Nul {
        /// Which text.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// The compressor failed, which with these fixed settings is for want of memory.
    #[error("the image of GRUB's kernel and modules cannot be compressed")]
    Compress(#[source] liblzma::stream::Error),
    /// A value of a menu that must be there is empty.
    #[error("GRUB menu: {field} of entry {entry} is empty")]
    Empty {
        /// Which field.
        field: &'static str,
        /// Which entry, from 0.
        entry: usize,
    },
    /// A value of a menu holds a character that GRUB would change or read as something else.
    #[error("GRUB menu: {field} `{}` holds {character:?}{}", value.escape_debug(), advice(*character))]
    BadCharacter {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
        /// The first character that cannot be there.
        character: char,
    },
    /// A path of a menu does not start at the root of the file system.
    #[error("GRUB menu: {field} `{}` does not begin with `/`", value.escape_debug())]
    RelativePath {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// What should name the root file system is no UUID.
    #[error(
        "GRUB menu: `{}` is no file system's UUID\n\
         help: it is hexadecimal digits with hyphens between them, as `blkid` shows it",
        value.escape_debug()
    )]
    BadUuid {
        /// Its value.
        value: String,
    },
    /// The default is no entry.
    #[error("GRUB menu: the default is entry {default}, counted from 0, but there are {entries}")]
    NoDefault {
        /// The default asked for.
        default: usize,
        /// How many entries there are.
        entries: usize,
    },
}

fn needed(by: Option<&str>) -> String {
    by.map(|name| format!(", which `{name}` needs")).unwrap_or_default()
}

fn advice(character: char) -> &'static str {
    match character {
        '"' | '\'' | '\\' => "\nhelp: GRUB hands it on with a backslash, which the kernel reads as itself",
        _ => "",
    }
}
