use std::collections::BTreeMap;

use bringup_platforms::AARCH64_LINUX;
use bringup_tree::{Content, Kind, Meta};

use super::*;
use crate::Origin;

fn component(build: Build) -> Component {
    Component {
        name: "hello".into(),
        origin: Origin::Folder("hello".into()),
        build,
        arguments: vec!["V=1".into(), "all".into()],
        script: None,
        packages: Vec::new(),
        tools: Vec::new(),
        environment: BTreeMap::new(),
        install: BTreeMap::new(),
    }
}

fn titles(component: &Component) -> Vec<&'static str> {
    steps(component, &AARCH64_LINUX, "/s", "/b").into_iter().map(|(title, _)| title).collect()
}

#[test]
fn files_named_one_by_one_take_the_place_of_the_installing_step() {
    for (build, own, named) in [
        (Build::Make, &["make", "make install"][..], &["make"][..]),
        (Build::Cmake, &["cmake", "cmake --build", "cmake --install"], &["cmake", "cmake --build"]),
        (Build::Meson, &["meson setup", "meson compile", "meson install"], &["meson setup", "meson compile"]),
        (Build::Cargo, &["cargo build", "installing"], &["cargo build"]),
        (Build::Script, &["the script"], &["the script"]),
    ] {
        let mut component = component(build);
        assert_eq!(titles(&component), own, "{}", build.name());
        component.install.insert("hello".into(), "/usr/bin/hello".into());
        assert_eq!(titles(&component), named, "{}", build.name());
    }
}

#[test]
fn make_installs_with_its_variables_and_without_its_targets() {
    let all = steps(&component(Build::Make), &AARCH64_LINUX, "/s", "/b");
    let (_, make) = &all[0];
    assert!(make.ends_with(&["V=1".to_owned(), "all".to_owned()]), "{make:?}");
    assert!(make.contains(&"CC=aarch64-linux-gnu-gcc".to_owned()));
    let (_, install) = &all[1];
    let end = ["V=1", "DESTDIR=/bringup/install", "install"].map(str::to_owned);
    assert!(install.ends_with(&end), "{install:?}");
}

#[test]
fn every_part_of_a_recipe_counts() {
    let selection = Selection { tools: Vec::new(), sysroot: Vec::new() };
    let of = |change: &dyn Fn(&mut Component), epoch| {
        let mut component = component(Build::Make);
        change(&mut component);
        key(&component, &AARCH64_LINUX, &selection, epoch).digest()
    };
    let first = of(&|_| {}, 1);
    assert_eq!(first, of(&|component| component.origin = Origin::Folder("elsewhere".into()), 1));
    let changes: [&dyn Fn(&mut Component); 5] = [
        &|component| component.build = Build::Script,
        &|component| component.arguments.truncate(1),
        &|component| component.script = Some("x".into()),
        &|component| drop(component.environment.insert("A".into(), "b".into())),
        &|component| drop(component.install.insert("a".into(), "/b".into())),
    ];
    for change in changes {
        assert_ne!(first, of(change, 1));
    }
    assert_ne!(first, of(&|_| {}, 2));
}

#[test]
fn a_source_must_have_what_its_build_starts_from() {
    let folder = Meta::root(0o755, 0);
    let tree = |files: &[&str]| {
        let mut tree = Tree::new(folder.clone());
        for file in files {
            tree.insert(file, folder.clone(), Kind::File(Content::bytes(""))).unwrap();
        }
        tree
    };
    check_source(&component(Build::Make), &tree(&["GNUmakefile"])).unwrap();
    check_source(&component(Build::Script), &tree(&["build.sh"])).unwrap();
    for (build, files, wanted) in [
        (Build::Make, &["CMakeLists.txt"][..], "Makefile"),
        (Build::Cmake, &["Makefile"], "CMakeLists.txt"),
        (Build::Cargo, &["Cargo.toml"], "Cargo.lock"),
        (Build::Script, &[], "build.sh"),
    ] {
        let error = check_source(&component(build), &tree(files)).unwrap_err();
        assert!(matches!(error, Error::NoBuildFile { file, .. } if file == wanted), "{error}");
    }
}

#[test]
fn folders_that_a_build_made_read_only_go_too() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("build/a/b");
    fs::create_dir_all(&inner).unwrap();
    fs::write(inner.join("file"), "x").unwrap();
    fs::create_dir(dir.path().join(KEPT)).unwrap();
    for folder in [&inner, inner.parent().unwrap()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).unwrap();
    }
    keep_only(dir.path(), KEPT).unwrap();
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [KEPT]);
}
