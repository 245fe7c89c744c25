//! What many boards cost together, and what is done for all of them at once.

use std::path::Path;

use bringup_catalog::BOARDS;

use crate::bench::subjects::LOCK;

/// All of its boards are built by one command.
const PLATFORM: &str = "aarch64-linux";

/// The row of one board, built from the same state as all of them.
pub(crate) const ONE: &str = "`image`, tiny, packages there, nothing unpacked";

/// The row of all.
pub(crate) const ALL: &str = "`image`, all boards of `aarch64-linux`, packages there, nothing unpacked";

/// The row of every board's plan.
pub(crate) const PLAN: &str = "the disks of all boards planned";

/// The row of the proof.
pub(crate) const VERIFY: &str = "`verify`, an image of 2 GiB";

fn names() -> impl Iterator<Item = &'static str> {
    BOARDS.iter().filter(|board| board.platform.name == PLATFORM).map(|board| board.name)
}

/// How many boards [`ALL`] are.
pub(crate) fn count() -> usize {
    names().count()
}

/// The arguments of `image` for all of them.
pub(crate) fn image(folder: &Path) -> Vec<String> {
    let names: Vec<&str> = names().collect();
    let mut arguments: Vec<String> = ["image", "--quiet", "--system"].map(str::to_owned).into();
    arguments.push(text(folder, "tiny.toml"));
    arguments.extend(["--board".to_owned(), names.join(",")]);
    for (option, name) in [("--store", "cold-store"), ("--lock", LOCK), ("--output", "many")] {
        arguments.extend([option.to_owned(), text(folder, name)]);
    }
    arguments
}

/// The arguments of `verify` for the image of 2 GiB.
pub(crate) fn verify(folder: &Path) -> Vec<String> {
    let image = text(folder, "store-roomy.img");
    vec![
        "verify".to_owned(),
        "--quiet".to_owned(),
        image,
        "--board".to_owned(),
        super::subjects::BOARD.to_owned(),
    ]
}

/// What `wanted` boards cost, as a multiple of one: measured are `one` and `all` of them, and each
/// board after the first costs the same.
pub(crate) fn times_one(one: f64, all: f64, wanted: usize) -> f64 {
    let each = (all - one) / (count() - 1) as f64;
    1.0 + each * (wanted - 1) as f64 / one
}

fn text(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_more_costs_what_the_measured_ones_do() {
        let each = 0.5;
        let all = 10.0 + each * (count() - 1) as f64;
        assert!((times_one(10.0, all, 1) - 1.0).abs() < 1e-9);
        assert!((times_one(10.0, all, 21) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn the_row_names_the_platform() {
        assert!(ALL.contains(PLATFORM));
        assert!(count() > 10);
    }
}
