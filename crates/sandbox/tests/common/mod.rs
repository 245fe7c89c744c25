//! What several tests need.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process;

/// Copies what `program` is linked with, the dynamic linker too.
pub(crate) fn copy_libraries(program: &Path, root: &Path) {
    // glibc's and musl's linkers say with this what they would load: `name => path (address)`, and themselves.
    let list = process::Command::new(program)
        .args(["-c", "exit"])
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let inside = |path: &Path| {
        let path = path.strip_prefix("/").unwrap();
        root.join(if path.starts_with("usr") { path.to_owned() } else { Path::new("usr").join(path) })
    };
    for library in list.split_whitespace().filter(|word| word.starts_with('/')).map(Path::new) {
        let file = library.canonicalize().unwrap();
        fs::create_dir_all(inside(&file).parent().unwrap()).unwrap();
        fs::copy(&file, inside(&file)).unwrap();
        if fs::symlink_metadata(inside(library)).is_err() {
            symlink(&file, inside(library)).unwrap();
        }
    }
}
