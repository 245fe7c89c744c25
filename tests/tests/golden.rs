//! Every board's disk, as text, so that a review shows what moved.
//!
//! `cargo xtask golden` rewrites the files; CI never does.

use bringup_catalog::BOARDS;
use bringup_image::disk_plan;
use bringup_spec::Bytes;
use bringup_store::Digest;
use bringup_tests::workspace;

/// A size for root, so that a golden does not depend on packages.
const ROOT: Bytes = Bytes::mib(256);

#[test]
fn every_boards_disk_is_as_reviewed() {
    let update = std::env::var_os("BRINGUP_UPDATE_GOLDEN").is_some();
    assert!(!(update && std::env::var_os("CI").is_some()), "goldens are reviewed, not made, in CI");
    for board in BOARDS {
        let path = workspace().join("tests/golden").join(board.name).join("plan.txt");
        let plan = disk_plan(board, ROOT, &Digest::of(b"golden")).unwrap().dump();
        if update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &plan).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(golden, plan, "{}: `cargo xtask golden` rewrites it", path.display());
    }
}
