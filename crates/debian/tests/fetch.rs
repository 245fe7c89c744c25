//! Packages into the store, past every obstacle.

mod support;

use std::path::PathBuf;
use std::sync::Mutex;

use bringup_debian::{Error, FileRequest, Progress, TransferError};
use bringup_store::Digest;
use bringup_testrepo::{Fault, TestPackage};
use support::{World, client, hello, impatient};

const DEB: &str = "/pool/main/h/hello/hello_1.0-1_arm64.deb";

fn request(world: &World, package: &TestPackage) -> FileRequest {
    let deb = package.deb();
    FileRequest {
        name: package.filename().rsplit('/').next().unwrap().to_owned(),
        uris: vec![format!("{}/{}", world.server.uri(), package.filename())],
        sha256: Digest::of(&deb),
        size: deb.len() as u64,
    }
}

fn fetch(world: &World) -> Result<PathBuf, Error> {
    let mut paths = client().fetch(&world.store, &[request(world, &hello())], 2, &())?;
    Ok(paths.remove(0))
}

fn assert_whole(path: PathBuf) {
    assert_eq!(std::fs::read(path).unwrap(), hello().deb());
}

#[test]
fn files_come_in_the_order_of_their_requests() {
    let mut world = World::unbuilt();
    let packages: Vec<_> =
        (0..9).map(|n| TestPackage::new(&format!("p{n}"), "1").file("x", vec![b'x'; n])).collect();
    for package in &packages {
        world.repo = world.repo.package(package.clone());
    }
    world.repo.build();
    let mut requests: Vec<_> = packages.iter().map(|package| request(&world, package)).collect();
    requests.push(requests[0].clone());
    let paths = client().fetch(&world.store, &requests, 4, &()).unwrap();
    for (path, wanted) in paths.iter().zip(packages.iter().chain(&packages[..1])) {
        assert_eq!(std::fs::read(path).unwrap(), wanted.deb());
    }
    assert_eq!(world.server.requests().len(), 9);
    client().fetch(&world.store, &requests, 4, &()).unwrap();
    assert_eq!(world.server.requests().len(), 9, "what is in the store is not fetched again");
}

#[test]
fn one_flipped_bit_in_a_package_is_named_with_both_digests() {
    let world = World::new();
    world.server.fault(DEB, Fault::Flip(5_000));
    let error = fetch(&world).unwrap_err();
    match &error {
        Error::WrongBytes { name, uri, expected, found } => {
            assert_eq!(name, "hello_1.0-1_arm64.deb");
            assert!(uri.ends_with(DEB));
            assert_eq!(*expected, Digest::of(&hello().deb()));
            assert_ne!(expected, found);
        }
        other => panic!("{other}"),
    }
    assert_whole(fetch(&world).unwrap());
}

#[test]
fn a_cut_download_is_resumed() {
    let world = World::new();
    world.server.fault(DEB, Fault::Cut(7_000));
    world.server.fault(DEB, Fault::Cut(3_000));
    assert_whole(fetch(&world).unwrap());
    let resumed = [format!("{DEB} from 7000"), format!("{DEB} from 10000")];
    assert_eq!(world.server.requests()[1..], resumed);
}

#[test]
fn a_download_given_up_is_resumed_by_the_next() {
    let world = World::new();
    for _ in 0..3 {
        world.server.fault(DEB, Fault::Cut(1_000));
    }
    let error = fetch(&world).unwrap_err();
    assert!(matches!(error, Error::Unreachable { attempts: 3, .. }), "{error}");
    assert_whole(fetch(&world).unwrap());
    assert_eq!(*world.server.requests().last().unwrap(), format!("{DEB} from 3000"));
}

#[test]
fn a_server_that_cannot_resume_starts_again() {
    let world = World::new();
    world.server.fault(DEB, Fault::Cut(7_000));
    world.server.fault(DEB, Fault::NoRange);
    assert_whole(fetch(&world).unwrap());
}

#[test]
fn bytes_that_an_earlier_server_got_wrong_are_forgotten() {
    let world = World::new();
    let wanted = request(&world, &hello());
    let bringup_store::Download::Missing(mut partial) =
        world.store.download(&wanted.sha256, wanted.size).unwrap()
    else {
        panic!("nothing was fetched yet");
    };
    partial.write(&[0; 100]).unwrap();
    drop(partial);
    assert_whole(fetch(&world).unwrap());
    assert_eq!(world.server.requests(), [format!("{DEB} from 100"), DEB.to_owned()]);
}

#[test]
fn a_stalled_download_is_tried_again() {
    let world = World::new();
    world.server.fault(DEB, Fault::Stall(2_000));
    let mut paths = impatient().fetch(&world.store, &[request(&world, &hello())], 1, &()).unwrap();
    assert_whole(paths.remove(0));
    assert_eq!(world.server.requests()[1], format!("{DEB} from 2000"));
}

#[test]
fn an_error_of_the_server_is_tried_again_and_then_given_up() {
    let world = World::new();
    world.server.fault(DEB, Fault::Status(500));
    world.server.fault(DEB, Fault::Status(429));
    assert_whole(fetch(&world).unwrap());
    let other = World::new();
    for _ in 0..3 {
        other.server.fault(DEB, Fault::Status(502));
    }
    let error = fetch(&other).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unreachable { attempts: 3, source: TransferError::Status { status: 502 }, .. }
        ),
        "{error}"
    );
}

#[test]
fn a_refusal_is_not_tried_again() {
    let world = World::new();
    world.server.fault(DEB, Fault::Status(403));
    let error = fetch(&world).unwrap_err();
    assert!(matches!(
        error,
        Error::Unreachable { attempts: 1, source: TransferError::Status { status: 403 }, .. }
    ));
    assert_eq!(world.server.requests().len(), 1);
}

#[test]
fn a_package_that_is_gone_is_named() {
    let world = World::new();
    std::fs::remove_file(world.repo.path(&DEB[1..])).unwrap();
    let error = fetch(&world).unwrap_err();
    assert!(
        matches!(error, Error::Gone { ref name, ref uri } if name == "hello_1.0-1_arm64.deb" && uri.ends_with(DEB))
    );
    assert_eq!(world.server.requests().len(), 1);
}

#[test]
fn another_place_is_tried_when_one_fails() {
    let world = World::new();
    let mut wanted = request(&world, &hello());
    wanted.uris.insert(0, format!("{}/nowhere.deb", world.server.uri()));
    assert_whole(client().fetch(&world.store, &[wanted], 1, &()).unwrap().remove(0));
}

#[test]
fn a_redirection_is_followed() {
    let world = World::new();
    let to = "/pool/elsewhere.deb";
    std::fs::rename(world.repo.path(&DEB[1..]), world.repo.path(&to[1..])).unwrap();
    world.server.fault(DEB, Fault::Redirect(to.into()));
    assert_whole(fetch(&world).unwrap());
}

#[test]
fn another_size_than_was_signed_is_refused_before_anything_is_read() {
    let world = World::new();
    let mut deb = hello().deb();
    let expected = deb.len() as u64;
    deb.push(0);
    std::fs::write(world.repo.path(&DEB[1..]), deb).unwrap();
    let error = fetch(&world).unwrap_err();
    assert!(
        matches!(error, Error::WrongSize { expected: wanted, found, .. } if wanted == expected && found == expected + 1)
    );
}

#[test]
fn the_first_error_stops_the_rest() {
    let world = World::new();
    let mut gone = request(&world, &hello());
    gone.uris = vec![format!("{}/gone.deb", world.server.uri())];
    gone.size += 1_000_000;
    gone.sha256 = Digest::of(b"gone");
    let error = client().fetch(&world.store, &[request(&world, &hello()), gone], 1, &()).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
    assert_eq!(world.server.requests(), ["/gone.deb"], "the largest comes first, and nothing after an error");
}

#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Progress for Recorder {
    fn started(&self, name: &str, size: u64) {
        self.0.lock().unwrap().push(format!("started {name} {size}"));
    }

    fn advanced(&self, _: &str, received: u64) {
        self.0.lock().unwrap().push(format!("{received}"));
    }

    fn finished(&self, name: &str) {
        self.0.lock().unwrap().push(format!("finished {name}"));
    }
}

#[test]
fn progress_is_told() {
    let world = World::new();
    let recorder = Recorder::default();
    let wanted = request(&world, &hello());
    client().fetch(&world.store, std::slice::from_ref(&wanted), 1, &recorder).unwrap();
    let told = recorder.0.into_inner().unwrap();
    assert_eq!(told[0], format!("started hello_1.0-1_arm64.deb {}", wanted.size));
    assert_eq!(told[told.len() - 2..], [wanted.size.to_string(), "finished hello_1.0-1_arm64.deb".into()]);
}
