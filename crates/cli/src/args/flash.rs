//! `flash`, as typed.

use std::path::PathBuf;

use clap::Args;

/// `flash`.
#[derive(Debug, Args)]
pub(crate) struct Flash {
    /// The image, which may be compressed by zstd, xz, gzip or bzip2; `-` is standard input
    pub(crate) image: PathBuf,
    /// The device to write it to, all of which is lost: /dev/sdb
    #[arg(long, value_name = "DEVICE")]
    pub(crate) to: PathBuf,
    /// The device once more, if it is not removable
    #[arg(long, value_name = "DEVICE")]
    pub(crate) i_mean: Option<PathBuf>,
    /// The image's block map: only what it lists is written, and its checksums must hold
    /// [default: IMAGE.bmap, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) bmap: Option<PathBuf>,
    /// Write without a question
    #[arg(long)]
    pub(crate) yes: bool,
}
