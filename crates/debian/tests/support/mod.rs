//! What the tests of this folder share.

#![allow(dead_code, unreachable_pub)]

use std::time::Duration;

use bringup_debian::{Archive, Client, ClientOptions, Error, Index, Keyring, Repository, UnixTime};
use bringup_store::Store;
use bringup_testrepo::{MADE, Server, TestPackage, TestRepo};
use tempfile::TempDir;

pub const NOW: UnixTime = UnixTime(MADE as u64 + 3600);
pub const INDEX: &str = "main/binary-arm64";

/// A repository, its server and a store, all for one test.
pub struct World {
    pub folder: TempDir,
    pub repo: TestRepo,
    pub server: Server,
    pub store: Store,
}

/// Quick to try again, but patient enough for a loaded machine.
pub fn options() -> ClientOptions {
    ClientOptions {
        attempts: 3,
        backoff: Duration::from_millis(1),
        timeout: Duration::from_secs(20),
        ..Default::default()
    }
}

pub fn client() -> Client {
    Client::new(&options()).unwrap()
}

/// For servers that stall: whoever else is slow is asked once more.
pub fn impatient() -> Client {
    Client::new(&ClientOptions { timeout: Duration::from_millis(300), attempts: 20, ..options() }).unwrap()
}

pub fn offline() -> Client {
    Client::new(&ClientOptions { offline: true, ..options() }).unwrap()
}

pub fn hello() -> TestPackage {
    // Of bytes that xz cannot make small, so that there is something to cut.
    let mut state = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(20_000)
    .collect();
    TestPackage::new("hello", "1.0-1").field("Depends", "libc6 (>= 2.41)").file("usr/bin/hello", noise)
}

impl World {
    /// A repository with two packages, already built.
    pub fn new() -> Self {
        let world = Self::unbuilt();
        world.repo.build();
        world
    }

    pub fn unbuilt() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let other = TestPackage::new("other", "2").architecture("all").field("Priority", "required");
        let repo = TestRepo::new(&folder.path().join("repo")).package(hello()).package(other);
        let store = Store::open(&folder.path().join("store")).unwrap();
        Self { server: repo.serve(), repo, store, folder }
    }

    pub fn repository(&self) -> Repository {
        let keyring = Keyring::parse("test.asc", self.repo.key.public_armour().as_bytes()).unwrap();
        Repository::new(&self.server.uri(), "trixie", ["main"], keyring).unwrap()
    }

    pub fn open(&self, client: &Client) -> Result<Archive, Error> {
        client.open_archive(&self.store, vec![self.repository()], NOW)
    }

    /// Release file and index.
    pub fn load(&self, client: &Client) -> Result<Index, Error> {
        let archive = self.open(client)?;
        client.index(&self.store, &archive, "arm64", 2, &())
    }
}
