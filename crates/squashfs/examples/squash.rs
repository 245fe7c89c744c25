//! Writes a directory as squashfs: `squash DIRECTORY OUTPUT gzip|xz|lz4|zstd [LEVEL] [THREADS]`.

use std::error::Error;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;

use bringup_squashfs::{Acls, Compression, Options, Squashfs};
use bringup_tree::{MetaPolicy, Tree};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, output, compressor, rest @ ..] = arguments.as_slice() else {
        return Err("usage: squash DIRECTORY OUTPUT gzip|xz|lz4|zstd [LEVEL] [THREADS]".into());
    };
    let number = |at: usize| rest.get(at).map(|text| text.parse::<u32>()).transpose();
    let level = number(0)?;
    let compression = match compressor.as_str() {
        "gzip" => Compression::Gzip { level: level.unwrap_or(9) },
        "xz" => Compression::Xz { level: level.unwrap_or(6) },
        "lz4" => Compression::Lz4,
        "zstd" => Compression::Zstd { level: level.unwrap_or(15) },
        other => return Err(format!("no compressor `{other}`").into()),
    };
    let threads = match number(1)? {
        Some(threads) => NonZeroUsize::new(threads as usize).ok_or("no threads")?,
        None => std::thread::available_parallelism()?,
    };
    let tree = Tree::from_directory(Path::new(directory), MetaPolicy::Keep)?;
    let options = Options { acls: Acls::LeaveOut, ..Options::new(compression, 0, threads) };
    let planned = Squashfs::plan(&tree, &options)?;
    println!("{:?}", planned.write(&mut File::create(output)?)?);
    Ok(())
}
