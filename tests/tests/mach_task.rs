//! The bootstrap task of GNU Mach, compiled by the real tools.

use std::collections::BTreeMap;

use bringup_hurd::{Error, TOOL_SET, bootstrap_task};
use bringup_sandbox::Way;
use bringup_store::Store;
use bringup_tests::workspace;
use bringup_tools::{Toolbox, set};

fn sources() -> BTreeMap<String, Vec<u8>> {
    let folder = workspace().join("systems/mach");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let file = |entry: std::fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

#[test]
fn the_task_compiles_to_the_same_bytes_anywhere() {
    let source = bringup::package_source().unwrap();
    let mut tasks = Vec::new();
    for way in [Way::Auto, Way::Loader] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let toolbox =
            Toolbox { store: &store, source: &source, architecture: "amd64", jobs: 2, progress: &(), way };
        let packages = toolbox.packages(set(TOOL_SET).unwrap()).unwrap();
        let path = bootstrap_task(&toolbox, &packages, &sources()).unwrap();
        assert_eq!(path, bootstrap_task(&toolbox, &packages, &sources()).unwrap());
        tasks.push(std::fs::read(&path).unwrap());
        let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "only the task is kept");

        let mut broken = sources();
        broken.get_mut("text.c").unwrap().extend(b"int broken (void) { return missing; }\n");
        let error = bootstrap_task(&toolbox, &packages, &broken).unwrap_err();
        let Error::Step { step: "compile", file, source } = error else { panic!("{error:?}") };
        assert_eq!(file, "text.c");
        assert!(source.to_string().contains("undeclared (first use in this function)"), "{source}");

        let mut unlinked = sources();
        unlinked.remove("host.c");
        let error = bootstrap_task(&toolbox, &packages, &unlinked).unwrap_err();
        assert!(matches!(error, Error::Step { step: "link", .. }), "{error:?}");
    }
    assert_eq!(tasks[0], tasks[1]);
}
