//! Configures packages by interpretation and by running their scripts, and says where the roots differ.
//!
//! `compare STORE MIRROR ARCHITECTURE HOST-ARCHITECTURE native|emulated PACKAGE...`: the essential packages
//! and those named, with what they depend on. Files that differ are written below `STORE/differences`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Instant, SystemTime};

use bringup_debian::{Client, ClientOptions, Keyring, PackageSource, Progress, Repository, UnixTime};
use bringup_route::{Request, Route, Settings, Wishes, compare, configure_packages, select};
use bringup_sandbox::Way;
use bringup_store::Store;
use bringup_tools::Toolbox;

struct Silent;

impl Progress for Silent {
    fn started(&self, _: &str, _: u64) {}
    fn advanced(&self, _: &str, _: u64) {}
    fn finished(&self, _: &str) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, mirror, target, host, route, names @ ..] = &arguments[..] else {
        return Err("usage: compare STORE MIRROR ARCHITECTURE HOST-ARCHITECTURE ROUTE PACKAGE...".into());
    };
    let platform = bringup_platforms::ALL.iter().find(|platform| platform.debian_arch == target);
    let platform = platform.ok_or("no such architecture")?;
    let route = Route::ALL.into_iter().find(|one| one.name() == route).ok_or("no such route")?;
    let store = Store::open(Path::new(store))?;
    let client = Client::new(&ClientOptions::default())?;
    let repository = Repository::new(mirror, "trixie", ["main"], Keyring::debian())?;
    let source = PackageSource::new(client, vec![repository], UnixTime::from(SystemTime::now()));
    let toolbox = Toolbox {
        store: &store,
        source: &source,
        architecture: host,
        jobs: 2,
        progress: &Silent,
        way: Way::Auto,
    };
    let packages = select(
        &toolbox,
        &bringup_debian::Request {
            architecture: target.clone(),
            install: names.to_vec(),
            essential: true,
            ..Default::default()
        },
    )?;
    let answers = BTreeMap::new();
    let settings = Settings { epoch: None, answers: &answers };
    let locked = |set| toolbox.packages(set);
    let request = |only| Request { platform, wishes: Wishes { only, deferred: None }, locked: &locked };
    let started = Instant::now();
    let cross = configure_packages(&toolbox, &packages, &settings, &request(None))?;
    println!("{} packages in {:?}", packages.len(), started.elapsed());
    for choice in cross.table.iter().filter(|choice| choice.route != Route::Cross) {
        println!("{}: {}, {:?}", choice.package, choice.route, choice.refused);
    }
    let started = Instant::now();
    let other = configure_packages(&toolbox, &packages, &settings, &request(Some(route)))?;
    println!("{route} in {:?}", started.elapsed());
    for difference in compare(&cross.tree, &other.tree)? {
        println!("{}: {} {}", difference.path, difference.what, difference.reason.unwrap_or("UNEXPECTED"));
        for (name, tree) in [("cross", &cross.tree), ("other", &other.tree)] {
            let folder = store.root().join("differences").join(name);
            std::fs::create_dir_all(&folder)?;
            if let Ok(bytes) = tree.read(&difference.path) {
                std::fs::write(folder.join(difference.path.replace('/', "-")), bytes)?;
            }
        }
    }
    Ok(())
}
