//! Release files and indices, over HTTP.

mod support;

use std::io::{Read, Write};

use bringup_debian::{Client, Error, TransferError, UnixTime};
use bringup_store::Digest;
use bringup_testrepo::{Fault, MADE, TestPackage};
use support::{INDEX, NOW, World, client, impatient, offline};

/// Opens the only file in a folder of the repository, relative to its base.
fn packed_index(world: &World) -> String {
    let folder = format!("{}/{INDEX}/by-hash/SHA256", world.repo.dists());
    let mut files = std::fs::read_dir(world.repo.path(&folder)).unwrap();
    let name = files.next().unwrap().unwrap().file_name();
    format!("{folder}/{}", name.to_str().unwrap())
}

#[test]
fn a_signed_repository_is_indexed() {
    let world = World::new();
    let index = world.load(&client()).unwrap();
    let found: Vec<_> = index.packages.iter().map(|package| format!("{package:?}")).collect();
    assert_eq!(found, ["hello:arm64=1.0-1", "other:all=2"]);
    assert_eq!(index.packages[0].depends(), "libc6 (>= 2.41)");
    assert_eq!(index.packages[0].filename(), "pool/main/h/hello/hello_1.0-1_arm64.deb");
}

#[test]
fn an_index_is_fetched_once_for_all_times() {
    let world = World::new();
    world.load(&client()).unwrap();
    world.load(&client()).unwrap();
    let requests = world.server.requests();
    assert_eq!(requests.iter().filter(|path| path.ends_with("/InRelease")).count(), 2);
    assert_eq!(requests.iter().filter(|path| path.contains("/by-hash/")).count(), 1);
}

#[test]
fn an_index_without_a_name_by_hash_is_found_by_its_path() {
    let mut world = World::unbuilt();
    world.repo.by_hash = false;
    world.repo.build();
    assert_eq!(world.load(&client()).unwrap().packages.len(), 2);
}

#[test]
fn gzip_serves_where_there_is_no_xz() {
    let mut world = World::unbuilt();
    world.repo.by_hash = false;
    world.repo.build_with(|text| {
        let xz = world.repo.path(&format!("dists/trixie/{INDEX}/Packages.xz"));
        let mut plain = Vec::new();
        let packed = std::fs::File::open(&xz).unwrap();
        liblzma::read::XzDecoder::new(packed).read_to_end(&mut plain).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).unwrap();
        let gzip = gzip.finish().unwrap();
        std::fs::write(xz.with_extension("gz"), &gzip).unwrap();
        let line = text.lines().find(|line| line.ends_with(".xz")).unwrap();
        text.replace(line, &format!(" {} {} {INDEX}/Packages.gz", Digest::of(&gzip), gzip.len()))
    });
    assert_eq!(world.load(&client()).unwrap().packages.len(), 2);
}

#[test]
fn architecture_all_has_an_index_of_its_own_unless_the_release_says_otherwise() {
    let world = World::unbuilt();
    world.repo.build_with(|text| text.replace("No-Support-for-Architecture-all", "X-Support"));
    let error = world.load(&client()).unwrap_err();
    assert!(matches!(error, Error::NotInRelease { ref asked, .. } if asked == "main/binary-all/Packages"));
}

#[test]
fn a_malformed_index_is_named_and_not_kept() {
    let mut world = World::unbuilt();
    world.repo = world.repo.package(TestPackage::new("bad", "1").field("Multi-Arch", "perhaps"));
    world.repo.build();
    for _ in 0..2 {
        let error = world.load(&client()).unwrap_err();
        let named = |package: &str| package == "bad";
        assert!(
            matches!(error, Error::Stanza { stanza: 3, ref package, field: "Multi-Arch", .. } if named(package)),
            "{error}"
        );
    }
}

#[test]
fn a_repository_may_be_a_folder() {
    let world = World::new();
    let mut repository = world.repository();
    repository.uri = format!("file://{}", world.folder.path().join("repo").display());
    let archive = client().open_archive(&world.store, vec![repository], NOW).unwrap();
    let index = client().index(&world.store, &archive, "arm64", 1, &()).unwrap();
    let request = index.packages[0].request(&archive.repositories);
    client().fetch(&world.store, &[request], 1, &()).unwrap();
    assert_eq!(world.server.requests(), Vec::<String>::new());
}

#[test]
fn one_flipped_bit_in_a_release_file_is_refused() {
    let world = World::new();
    let path = format!("{}/InRelease", world.repo.dists());
    let text = std::fs::read_to_string(world.repo.path(&path)).unwrap();
    world.repo.flip(&path, text.find("Packages.xz").unwrap());
    let error = world.open(&client()).unwrap_err();
    assert!(matches!(error, Error::Untrusted { ref file, .. } if file.ends_with("/InRelease")), "{error}");
    let mut remembered = std::fs::read_dir(world.store.state_dir()).unwrap();
    assert!(remembered.next().is_none(), "what is refused must not be remembered");
}

#[test]
fn one_flipped_bit_in_an_index_is_refused() {
    let world = World::new();
    let path = packed_index(&world);
    world.repo.flip(&path, 40);
    // The plain path is asked too, in case the name by hash is the mirror's mistake.
    let error = world.load(&client()).unwrap_err();
    match error {
        Error::WrongBytes { name, uri, expected, found } => {
            assert_eq!(name, "trixie main/binary-arm64/Packages.xz");
            assert!(uri.ends_with(&path), "{uri}");
            assert!(path.ends_with(&expected.to_string()) && found != expected);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn another_suite_is_refused() {
    let world = World::new();
    let mut repository = world.repository();
    std::fs::rename(world.repo.path("dists/trixie"), world.repo.path("dists/sid")).unwrap();
    repository.suite = "sid".into();
    let error = client().open_archive(&world.store, vec![repository], NOW).unwrap_err();
    assert!(matches!(error, Error::WrongSuite { ref asked, .. } if asked == "sid"), "{error}");
}

#[test]
fn an_expired_release_is_refused_but_for_repositories_that_allow_it() {
    let mut world = World::unbuilt();
    world.repo.valid_until = Some("Sun, 01 Jun 2025 00:30:00 UTC".into());
    world.repo.build();
    let error = world.open(&client()).unwrap_err();
    assert!(
        matches!(error, Error::Expired { until: UnixTime(until), .. } if until == u64::from(MADE) + 1800)
    );
    let mut repository = world.repository();
    repository.check_valid_until = false;
    client().open_archive(&world.store, vec![repository], NOW).unwrap();
}

#[test]
fn an_older_release_than_the_last_is_refused() {
    let mut world = World::unbuilt();
    world.repo.date = MADE + 60;
    world.repo.build();
    world.open(&client()).unwrap();
    world.repo.date = MADE;
    world.repo.build();
    let error = world.open(&client()).unwrap_err();
    let seen = UnixTime(u64::from(MADE) + 60);
    assert!(matches!(error, Error::Rollback { seen: last, .. } if last == seen), "{error}");
    // And it has not taken the place of the newer one.
    assert_eq!(world.open(&offline()).unwrap().releases[0].date, seen);
}

#[test]
fn a_release_without_sha256_is_refused() {
    let world = World::unbuilt();
    world.repo.build_with(|text| text.replace("SHA256:", "SHA1:"));
    let error = world.open(&client()).unwrap_err();
    assert!(matches!(error, Error::ReleaseField { field: "SHA256", problem: "is missing", .. }), "{error}");
}

#[test]
fn an_index_that_decompresses_to_more_than_was_signed_is_refused() {
    let world = World::unbuilt();
    world.repo.build_with(|text| {
        let line = text.lines().find(|line| line.ends_with("/Packages")).unwrap();
        let size = line.split_ascii_whitespace().nth(1).unwrap();
        text.replace(line, &line.replace(size, "100"))
    });
    let error = world.load(&client()).unwrap_err();
    assert!(matches!(error, Error::WrongIndex { size: 100, ref found, .. } if found == "more"), "{error}");
}

#[test]
fn an_index_that_decompresses_to_something_else_is_refused() {
    let world = World::unbuilt();
    let mut wrong = String::new();
    world.repo.build_with(|text| {
        let line = text.lines().find(|line| line.ends_with("/Packages")).unwrap();
        wrong = "0".repeat(64);
        text.replace(line, &line.replace(line.split_ascii_whitespace().next().unwrap(), &wrong))
    });
    for _ in 0..2 {
        // The second time proves that nothing was kept of the first.
        let error = world.load(&client()).unwrap_err();
        assert!(matches!(error, Error::WrongIndex { ref expected, .. } if expected.to_string() == wrong));
    }
}

#[test]
fn what_a_repository_lacks_is_named_with_what_it_has() {
    let world = World::new();
    let archive = world.open(&client()).unwrap();
    let error = client().index(&world.store, &archive, "riscv64", 1, &()).unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with("has no architecture `riscv64`; it has all, arm64"), "{text}");
    let mut repository = world.repository();
    repository.components = vec!["contrib".into()];
    let archive = client().open_archive(&world.store, vec![repository], NOW).unwrap();
    let error = client().index(&world.store, &archive, "arm64", 1, &()).unwrap_err();
    assert!(error.to_string().ends_with("has no component `contrib`; it has main"), "{error}");
}

#[test]
fn offline_takes_what_is_there_and_opens_nothing() {
    let world = World::new();
    let cold = world.load(&offline()).unwrap_err();
    assert!(matches!(cold, Error::Offline { ref name, more: 0 } if name.ends_with("/InRelease")), "{cold}");
    world.open(&client()).unwrap();
    let half = world.load(&offline()).unwrap_err();
    assert!(
        matches!(half, Error::Offline { ref name, .. } if name == "trixie main/binary-arm64/Packages.xz")
    );
    world.load(&client()).unwrap();
    let before = world.server.requests().len();
    let index = world.load(&offline()).unwrap();
    let archive = world.open(&offline()).unwrap();
    let request = index.packages[0].request(&archive.repositories);
    let error = offline().fetch(&world.store, &[request], 2, &()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hello_1.0-1_arm64.deb is not in the store, and offline nothing is fetched\n\
         help: run once without `--offline`"
    );
    assert_eq!(world.server.requests().len(), before);
}

#[test]
fn a_mirror_that_cannot_be_reached_is_an_error() {
    let world = World::new();
    let mut repository = world.repository();
    // A port that was free a moment ago: nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    repository.uri = format!("http://127.0.0.1:{port}");
    let error = client().open_archive(&world.store, vec![repository], NOW).unwrap_err();
    let request = |source: &TransferError| matches!(source, TransferError::Request(_));
    assert!(
        matches!(error, Error::Unreachable { attempts: 3, ref source, .. } if request(source)),
        "{error}"
    );
}

#[test]
fn a_missing_suite_is_an_error() {
    let world = World::unbuilt();
    let error = world.open(&client()).unwrap_err();
    assert!(
        matches!(error, Error::Gone { ref uri, .. } if uri.ends_with("/dists/trixie/InRelease")),
        "{error}"
    );
}

#[test]
fn a_release_file_is_asked_for_again_when_the_server_stumbles() {
    let world = World::new();
    for fault in [Fault::Status(503), Fault::Cut(100)] {
        world.server.fault("InRelease", fault);
        world.open(&client()).unwrap();
    }
    world.server.fault("InRelease", Fault::Stall(100));
    world.open(&impatient()).unwrap();
    for _ in 0..3 {
        world.server.fault("InRelease", Fault::Status(503));
    }
    let error = world.open(&client()).unwrap_err();
    assert!(
        matches!(error, Error::Unreachable { source: TransferError::Status { status: 503 }, .. }),
        "{error}"
    );
}

#[test]
fn an_endless_release_file_is_cut_short() {
    let world = World::unbuilt();
    let path = world.repo.path("dists/trixie");
    std::fs::create_dir_all(&path).unwrap();
    let huge = std::fs::File::create(path.join("InRelease")).unwrap();
    huge.set_len(9 << 20).unwrap();
    let error = world.open(&client()).unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 8_388_608, .. }), "{error}");
}

#[test]
fn an_unusable_proxy_is_an_error() {
    let options = bringup_debian::ClientOptions { proxy: Some("::".into()), ..support::options() };
    assert!(matches!(Client::new(&options), Err(Error::BadUri { problem: "is not the URI of a proxy", .. })));
}
