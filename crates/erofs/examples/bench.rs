//! Writes a directory or a tar archive as EROFS: `bench FROM TO plain|lz4|zstd CLUSTER LEVEL [tails]`.

use std::error::Error;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use bringup_erofs::{Algorithm, Compression, Options, write};
use bringup_tree::{Devices, Limits, MetaPolicy, Source, Tree};

fn main() -> Result<(), Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let text = |at: usize, default: &str| given.get(at).map_or(default, String::as_str).to_owned();
    let from = text(0, ".");
    let started = Instant::now();
    let tree = if Path::new(&from).is_dir() {
        Tree::from_directory(Path::new(&from), MetaPolicy::Keep)?
    } else {
        let limits = Limits { entries: u64::MAX, total_bytes: u64::MAX, devices: Devices::Allow };
        Tree::from_tar(&Source::open(Path::new(&from))?, &limits)?
    };
    let cluster_bytes = text(3, "4096").parse()?;
    let algorithm = match text(2, "plain").as_str() {
        "plain" => None,
        "lz4" => Some(Algorithm::Lz4),
        _ => Some(Algorithm::Zstd { level: text(4, "3").parse()? }),
    };
    let pack_tails = text(5, "") == "tails";
    let options = Options {
        compression: algorithm.map(|algorithm| Compression { algorithm, cluster_bytes, pack_tails }),
        uuid: *b"0123456789abcdef",
        label: "bench".to_owned(),
        time: 0,
        threads: NonZeroUsize::new(text(6, "2").parse()?).ok_or("no threads")?,
    };
    let scanned = started.elapsed();
    let mut out = File::create(text(1, "out.erofs"))?;
    let written = write(&tree, &options, &mut out)?;
    println!("{written:?}, tree {scanned:?}, all {:?}", started.elapsed());
    Ok(())
}
