use super::*;

/// An index of stanzas, each `name version` and lines of further fields.
fn index(stanzas: &[&str]) -> Index {
    let mut text = String::new();
    for stanza in stanzas {
        let (head, fields) = stanza.split_once('\n').unwrap_or((stanza, ""));
        let (name, version) = head.split_once(' ').unwrap_or((head, "1"));
        let architecture = if fields.contains("Architecture:") { "" } else { "Architecture: arm64\n" };
        text.push_str(&format!(
            "Package: {name}\nVersion: {version}\n{architecture}{fields}\n\
             Filename: pool/{name}_{version}.deb\nSize: 1\n\
             SHA256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n\n"
        ));
    }
    Index::parse("Packages", &text.replace("\n\nFilename", "\nFilename"), 0).unwrap()
}

fn request(install: &[&str]) -> Request {
    let install = install.iter().map(|entry| (*entry).to_owned()).collect();
    Request { architecture: "arm64".to_owned(), install, ..Request::default() }
}

fn provided(name: &str, version: Option<&str>) -> Provided {
    Provided {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        reason: "the tiny system".to_owned(),
    }
}

/// `name=version` of everything in the solution.
fn shown(index: &Index, request: &Request) -> Vec<String> {
    match resolve(&[index], request) {
        Ok(resolution) => shown_of(&resolution),
        Err(error) => panic!("{error}"),
    }
}

fn shown_of(resolution: &Resolution) -> Vec<String> {
    let packages = resolution.packages.iter().map(|selected| &selected.package);
    packages.map(|package| format!("{}={}", package.name(), package.version())).collect()
}

/// The sentences of a request that cannot be fulfilled.
fn chain(index: &Index, request: &Request) -> Vec<String> {
    match resolve(&[index], request) {
        Err(ResolveError::Unsatisfiable { chain }) => chain,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_needed_comes_along_once_and_by_name() {
    let index = index(&["c\nDepends: b, a (>= 1)", "b\nPre-Depends: a", "a", "unneeded"]);
    assert_eq!(shown(&index, &request(&["c"])), ["a=1", "b=1", "c=1"]);
}

#[test]
fn circles_of_needs_are_no_problem() {
    let index = index(&["a\nDepends: b", "b\nDepends: c", "c\nDepends: a"]);
    assert_eq!(shown(&index, &request(&["b"])), ["a=1", "b=1", "c=1"]);
}

#[test]
fn the_newest_version_is_taken_unless_another_is_pinned() {
    let index = index(&["a 1:0.9", "a 10", "a 9", "b\nDepends: a (<< 1:0)"]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1:0.9"]);
    assert_eq!(shown(&index, &request(&["b"])), ["a=10", "b=1"]);
    assert_eq!(shown(&index, &request(&["a=9"])), ["a=9"]);
    let pinned = Request { pinned: vec![("a".into(), "9".into())], ..request(&["b"]) };
    assert_eq!(shown(&index, &pinned), ["a=9", "b=1"]);
    // A pin is a preference, not a demand.
    assert_eq!(shown(&index, &Request { install: vec!["a (>> 10)".into()], ..pinned }), ["a=1:0.9"]);
}

#[test]
fn of_equal_versions_the_first_index_is_taken() {
    let (first, mut second) = (index(&["a 1.0"]), index(&["a 1.00", "b"]));
    second.packages.iter_mut().for_each(|package| package.repository = 1);
    let resolution = resolve(&[&first, &second], &request(&["a", "b"])).unwrap();
    let from: Vec<usize> = resolution.packages.iter().map(|selected| selected.package.repository).collect();
    assert_eq!((from, shown_of(&resolution)), (vec![0, 1], vec!["a=1.0".to_owned(), "b=1".to_owned()]));
}

#[test]
fn alternatives_are_tried_from_left_to_right() {
    let index = index(&["a\nDepends: missing | b | c", "b", "c", "d\nConflicts: b"]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1", "b=1"]);
    // One that is wanted anyway is enough.
    assert_eq!(shown(&index, &request(&["a", "c"])), ["a=1", "c=1"]);
    // And one that cannot be is passed over.
    assert_eq!(shown(&index, &request(&["a", "d"])), ["a=1", "c=1", "d=1"]);
}

#[test]
fn virtual_packages_are_provided_by_priority_then_by_name() {
    let index = index(&[
        "a\nDepends: mta",
        "x\nProvides: mta\nPriority: standard",
        "b\nProvides: mta",
        "m\nProvides: mta\nPriority: standard",
        "real\nDepends: x | mta",
    ]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1", "m=1"]);
    assert_eq!(shown(&index, &request(&["a", "b"])), ["a=1", "b=1"]);
    assert_eq!(shown(&index, &request(&["real"])), ["real=1", "x=1"]);
    assert_eq!(shown(&index, &request(&["mta"])), ["m=1"]);
}

#[test]
fn a_versioned_need_asks_for_a_versioned_provision() {
    let index = index(&[
        "old\nProvides: v, w (= 1)",
        "new\nProvides: v (= 2:3)",
        "a\nDepends: v (>= 2:0)",
        "b\nDepends: w (>= 2)",
    ]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1", "new=1"]);
    assert_eq!(shown(&index, &request(&["w (= 1)"])), ["old=1"]);
    let error = resolve(&[&index], &request(&["v (>= 3:0)"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`v (>= 3:0)`: the archive has 2:3 (provided by `new`), no version (provided by `old`)"
    );
    assert_eq!(
        chain(&index, &request(&["b"]))[1],
        "`b` 1 needs `w (>= 2)`, but the archive has `w` 1 (provided by `old`)"
    );
}

#[test]
fn a_conflict_leads_to_an_older_version() {
    let index = index(&["a 2\nConflicts: b", "a 1", "b"]);
    assert_eq!(shown(&index, &request(&["a", "b"])), ["a=1", "b=1"]);
}

#[test]
fn a_choice_far_away_is_taken_back() {
    let index = index(&[
        "a\nDepends: x | y",
        "x\nDepends: deep",
        "deep\nDepends: deeper",
        "deeper\nBreaks: b (<< 2)",
        "y",
        "b 1",
    ]);
    assert_eq!(shown(&index, &request(&["a", "b"])), ["a=1", "b=1", "y=1"]);
}

#[test]
fn breaks_concern_the_versions_named() {
    let index = index(&["a\nBreaks: b (<< 2)", "b 1", "b 2", "c\nDepends: b (= 1)"]);
    assert_eq!(shown(&index, &request(&["a", "b"])), ["a=1", "b=2"]);
    assert_eq!(
        chain(&index, &request(&["a", "c"])),
        [
            "the request needs `a`",
            "the request needs `c`",
            "`a` 1 does not go with `b` 1 (`Breaks: b (<< 2)`)",
            "`c` 1 needs `b (= 1)`",
        ]
    );
}

#[test]
fn a_package_may_conflict_with_what_it_provides() {
    let index = index(&["a\nProvides: mta\nConflicts: mta, a", "b\nProvides: mta\nConflicts: mta"]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1"]);
    assert_eq!(
        chain(&index, &request(&["a", "b"])).last().unwrap(),
        "`a` 1 does not go with `b` 1 (`Conflicts: mta`)"
    );
}

#[test]
fn what_the_system_supplies_needs_no_package() {
    let index = index(&[
        "linux\nDepends: kmod, initramfs-tools | generator, base (>= 4)",
        "kmod",
        "initramfs-tools",
        "base 5",
    ]);
    let mut request = request(&["linux", "kmod"]);
    request.provided =
        vec![provided("kmod", None), provided("generator", None), provided("base", Some("4.12"))];
    assert_eq!(shown(&index, &request), ["linux=1"]);
    request.provided[2].version = Some("3".to_owned());
    assert_eq!(
        chain(&index, &request),
        [
            "the request needs `linux`",
            "`linux` 1 needs `base (>= 4)`, but `base` 3 is supplied by the tiny system",
        ][..]
    );
}

#[test]
fn what_conflicts_with_what_the_system_supplies_is_not_installed() {
    let index = index(&["a\nConflicts: generator", "b\nDepends: a | c", "c"]);
    let mut request = request(&["b"]);
    request.provided = vec![provided("generator", None)];
    assert_eq!(shown(&index, &request), ["b=1", "c=1"]);
    request.install = vec!["a".into()];
    assert_eq!(
        chain(&index, &request).last().unwrap(),
        "`a` 1 cannot be installed: `Conflicts: generator`, which is supplied by the tiny system"
    );
}

#[test]
fn excluded_packages_are_not_installed() {
    let index = index(&["a\nDepends: b | c", "b", "c", "d\nDepends: b"]);
    let mut request = request(&["a"]);
    request.exclude = vec!["b".into()];
    assert_eq!(shown(&index, &request), ["a=1", "c=1"]);
    request.install = vec!["d".into()];
    assert_eq!(chain(&index, &request)[1], "`d` 1 needs `b`, but `b` is excluded");
    request.install = vec!["b".into()];
    let error = resolve(&[&index], &request).unwrap_err();
    assert_eq!(error.to_string(), "`b` is asked for, but `b` is excluded");
}

#[test]
fn essential_packages_come_only_when_asked_for() {
    let index = index(&["sh\nEssential: yes\nDepends: libc", "libc", "a"]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1"]);
    let with = Request { essential: true, ..request(&["a"]) };
    assert_eq!(shown(&index, &with), ["a=1", "libc=1", "sh=1"]);
    assert_eq!(resolve(&[&index], &with).unwrap().get("sh").unwrap().reason, Reason::Essential);
}

#[test]
fn recommended_packages_come_where_they_can_be_had() {
    let index =
        index(&["a\nRecommends: b, missing, bad | c", "b\nRecommends: d", "c", "d", "bad\nConflicts: a"]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1"]);
    let mut with = Request { recommends: true, ..request(&["a"]) };
    assert_eq!(shown(&index, &with), ["a=1", "b=1", "c=1", "d=1"]);
    with.exclude = vec!["c".into(), "d".into()];
    assert_eq!(shown(&index, &with), ["a=1", "b=1"]);
}

#[test]
fn one_architecture_and_all_are_considered() {
    let index = index(&[
        "a 2\nArchitecture: amd64",
        "a 1",
        "b\nArchitecture: all\nDepends: a",
        "c\nArchitecture: amd64",
    ]);
    assert_eq!(shown(&index, &request(&["b"])), ["a=1", "b=1"]);
    assert_eq!(resolve(&[&index], &request(&["c"])).unwrap_err().to_string(), "no package is called `c`");
}

#[test]
fn any_asks_for_a_package_that_serves_other_architectures() {
    let index = index(&[
        "allowed\nMulti-Arch: allowed",
        "same\nMulti-Arch: same",
        "no",
        "a\nDepends: allowed:any, same:any, no:arm64, no:native",
        "b\nDepends: no:any",
        "c\nDepends: no:amd64",
    ]);
    assert_eq!(shown(&index, &request(&["a"])), ["a=1", "allowed=1", "no=1", "same=1"]);
    for (name, relation) in [("b", "no:any"), ("c", "no:amd64")] {
        assert_eq!(
            chain(&index, &request(&[name]))[1],
            format!("`{name}` 1 needs `{relation}`, but `no` is not for this architecture")
        );
    }
}

#[test]
fn every_package_says_why_it_is_there() {
    let index = index(&["a\nDepends: b, c | d", "b\nDepends: d", "d\nDepends: a"]);
    let resolution = resolve(&[&index], &request(&["a (>= 1)"])).unwrap();
    let reason = |name: &str| resolution.get(name).unwrap().reason.clone();
    let needed = |package: &str, relation: &str| Reason::NeededBy {
        package: package.into(),
        relation: relation.into(),
    };
    assert_eq!(reason("a"), Reason::Requested("a (>= 1)".into()));
    assert_eq!(reason("b"), needed("a", "b"));
    assert_eq!(reason("d"), needed("a", "c | d"));
    assert!(resolution.get("c").is_none());
}

#[test]
fn an_unknown_name_lists_near_ones() {
    let index = index(&["busybox", "busybox-static\nProvides: busybox-initramfs", "zsh"]);
    let error = resolve(&[&index], &request(&["busybox-statik"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no package is called `busybox-statik`\nhelp: did you mean `busybox-static`, `busybox`?"
    );
}

#[test]
fn a_bad_request_is_refused() {
    let index = index(&["a 2", "a 1"]);
    let error = resolve(&[&index], &request(&["a=3"])).unwrap_err();
    assert_eq!(error.to_string(), "`a=3`: the archive has 2, 1");
    let error = resolve(&[&index], &request(&["a (> "])).unwrap_err();
    assert!(matches!(error, ResolveError::BadRequest { wanted, .. } if wanted == "a (> "));
}

#[test]
fn a_contradiction_is_told_from_the_request_on() {
    let index = index(&["a\nDepends: b", "b\nDepends: c (>= 2)", "c 1", "d\nDepends: e, gone"]);
    let error = resolve(&[&index], &request(&["a"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the packages asked for cannot be installed together:\n  the request needs `a`\n  `a` 1 needs `b`\n  \
         `b` 1 needs `c (>= 2)`, but the archive has `c` 1"
    );
    assert!(
        chain(&index, &request(&["d"]))
            .iter()
            .any(|line| line.starts_with("`d` 1 needs `e`, but nothing is")),
    );
}

#[test]
fn unreadable_relations_keep_a_package_out() {
    let index = index(&["a\nDepends: b (", "c\nDepends: a | d", "d"]);
    assert_eq!(shown(&index, &request(&["c"])), ["c=1", "d=1"]);
    assert_eq!(
        chain(&index, &request(&["a"])).last().unwrap(),
        "`a` 1 cannot be installed: `Depends`: `b (` is no relation between packages: a `)` is missing"
    );
}
