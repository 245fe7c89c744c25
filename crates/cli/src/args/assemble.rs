//! `assemble`.

use std::path::PathBuf;

use clap::Args;

/// `assemble`. The options are genimage's own, so that a script changes one word.
#[derive(Debug, Args)]
pub(crate) struct Assemble {
    /// The configuration [default: genimage.cfg]
    pub(crate) config: Option<PathBuf>,
    /// The configuration, as genimage's own option
    #[arg(long = "config", value_name = "FILE", conflicts_with = "config")]
    pub(crate) option: Option<PathBuf>,
    /// An image to make, with what it is made of; may be given several times [default: all]
    #[arg(long, value_name = "IMAGE")]
    pub(crate) only: Vec<String>,
    /// The tree that images are filled from [default: the configuration's, or root]
    #[arg(long, value_name = "DIR")]
    pub(crate) rootpath: Option<PathBuf>,
    /// Where the configuration's files are [default: the configuration's, or input]
    #[arg(long, value_name = "DIR")]
    pub(crate) inputpath: Option<PathBuf>,
    /// Where the images go [default: the configuration's, or images]
    #[arg(long, value_name = "DIR")]
    pub(crate) outputpath: Option<PathBuf>,
    /// Where files to include are, before the working folder
    #[arg(long, value_name = "DIR:DIR")]
    pub(crate) includepath: Option<String>,
    /// Taken for genimage's sake: nothing is staged
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) tmppath: Option<PathBuf>,
    /// A table of owners, modes and devices in the form of Buildroot's makedevs [default: all is root's]
    #[arg(long, value_name = "FILE", conflicts_with = "keep_owners")]
    pub(crate) owner_table: Option<PathBuf>,
    /// Keep owners as they are on disk, for a root path made by root or shown by fakeroot
    #[arg(long)]
    pub(crate) keep_owners: bool,
}
