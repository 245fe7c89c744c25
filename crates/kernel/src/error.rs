use std::io;

/// Why a kernel package, its modules or a board's device tree could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The tree cannot be read.
    #[error("the kernel package cannot be read")]
    Tree(#[from] bringup_tree::Error),
    /// No kernel is in the tree.
    #[error(
        "no folder in `usr/lib/modules` or `lib/modules`\nhelp: give the unpacked `linux-image-VERSION` package itself, not the metapackage that depends on it"
    )]
    NoKernel,
    /// More than one kernel is in the tree.
    #[error("{} kernels instead of one: {}", versions.len(), versions.join(", "))]
    SeveralKernels {
        /// Their versions, sorted.
        versions: Vec<String>,
    },
    /// A file that every kernel package has is not there.
    #[error("kernel `{version}`: none of {} is there", quoted(paths))]
    MissingFile {
        /// The kernel's version.
        version: String,
        /// Where it was looked for.
        paths: Vec<String>,
    },
    /// A text file of the package holds something else.
    #[error("`{path}` is not ASCII text")]
    NotText {
        /// Path in the package.
        path: String,
    },
    /// A compressed module does not decompress.
    #[error("module `{path}` does not decompress")]
    Decompress {
        /// Path below the module folder.
        path: String,
        /// What the decoder says.
        source: io::Error,
    },
    /// A compressed module is larger than any real one.
    #[error("module `{path}` decompresses to more than {limit_mib} MiB")]
    TooLarge {
        /// Path below the module folder.
        path: String,
        /// The limit, in MiB.
        limit_mib: u64,
    },
    /// A module is not an ELF object file.
    #[error("module `{path}` is not a kernel module in ELF")]
    Elf {
        /// Path below the module folder.
        path: String,
        /// What the parser says.
        source: object::read::Error,
    },
    /// A module lacks the section that describes it.
    #[error("module `{path}` has no section `.modinfo`")]
    NoModinfo {
        /// Path below the module folder.
        path: String,
    },
    /// A module describes itself in bytes that no tool can use.
    #[error("module `{path}`: field `{field}` of `.modinfo` is not printable ASCII")]
    BadModinfo {
        /// Path below the module folder.
        path: String,
        /// The field's name.
        field: String,
    },
    /// Two files are the same module.
    #[error("module `{name}` is there twice: `{first}` and `{second}`")]
    DuplicateModule {
        /// The normalised name.
        name: String,
        /// One path below the module folder.
        first: String,
        /// The other.
        second: String,
    },
    /// A module needs another one that is neither there nor built in.
    #[error("module `{module}` depends on `{dependency}`, which kernel `{version}` does not have")]
    MissingDependency {
        /// Who needs it.
        module: String,
        /// What is needed.
        dependency: String,
        /// The kernel's version.
        version: String,
    },
    /// No module has this name or alias.
    #[error("kernel `{version}` has no module `{name}`{}", near_help(near))]
    UnknownModule {
        /// What was asked for.
        name: String,
        /// The kernel's version.
        version: String,
        /// Names much like it, best first.
        near: Vec<String>,
    },
    /// A cached index was written by another version of this crate.
    #[error("module index has format {found}, this program reads {known}\nhelp: scan the package again")]
    IndexVersion {
        /// Format of the file.
        found: u32,
        /// Format of this crate.
        known: u32,
    },
    /// A cached index is damaged.
    #[error("module index is damaged: {reason}\nhelp: scan the package again")]
    BadIndex {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A binary index for `modprobe` would be larger than its format allows.
    #[error("binary module index would have {len} bytes, but its offsets have 28 bits ({limit} bytes)")]
    IndexTooLarge {
        /// Its size in bytes.
        len: usize,
        /// The most the format can address.
        limit: usize,
    },
    /// A device tree is not one, or is damaged.
    #[error(transparent)]
    BadDeviceTree(#[from] bringup_inspect::Error),
    /// A device tree refers to a node that it does not have.
    #[error("device tree: `{property}` of `{node}` refers to phandle {phandle:#x}, which no node has")]
    DanglingPhandle {
        /// Path of the node that refers.
        node: String,
        /// The property.
        property: String,
        /// The number no node has.
        phandle: u32,
    },
    /// A device tree has no such alias.
    #[error("device tree has no alias `{alias}`\nhelp: {}", alias_help(aliases))]
    UnknownAlias {
        /// The alias.
        alias: String,
        /// Those it has, sorted.
        aliases: Vec<String>,
    },
    /// A path leads to no node.
    #[error("device tree has no node `{path}`{}", near_help(near))]
    UnknownNode {
        /// The path, as given or as an alias says it.
        path: String,
        /// Paths of nodes with the name of its last component, in the blob's order.
        near: Vec<String>,
    },
    /// The storage controller is switched off in the device tree.
    #[error("device tree: `{path}` cannot be used for storage, its status is `{status}`")]
    DisabledStorage {
        /// The controller's path.
        path: String,
        /// What its `status` says.
        status: String,
    },
    /// The kernel cannot mount such a file system.
    #[error("kernel `{version}` has no driver for file system `{name}`, neither as a module nor built in")]
    NoFileSystem {
        /// The file system's name.
        name: String,
        /// The kernel's version.
        version: String,
    },
}

fn quoted(paths: &[String]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}

fn near_help(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("\nhelp: near matches: {}", near.join(", ")) }
}

fn alias_help(aliases: &[String]) -> String {
    if aliases.is_empty() {
        "it has no aliases at all".to_owned()
    } else {
        format!("it has {}", aliases.join(", "))
    }
}
