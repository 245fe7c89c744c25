//! Container images as others read them: skopeo, umoci.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bringup_oci::{Compression, Options, Platform, Run, Written, layers, write_image};
use bringup_tests::every::tool;
use bringup_tree::{Content, Kind, Meta, Tree};
use serde_json::Value;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// 2024-05-17, 09:30 UTC.
const TIME: i64 = 1_715_938_200;

/// Runs skopeo(1), which would look for a policy of signatures and put temporary files in `/var/tmp`.
fn skopeo(folder: &Path, arguments: &[&str]) -> String {
    let folder = folder.display().to_string();
    let always = ["--insecure-policy", "--tmpdir", &folder];
    tool(BRINGUP, "skopeo", &[&always[..], arguments].concat())
}

fn tree() -> Tree {
    let folder = Meta::root(0o755, TIME);
    let mut tree = Tree::new(folder.clone());
    let mut put = |path: &str, mode: u32, kind: Kind| {
        tree.insert_all(path, Meta::root(mode, TIME), kind, &folder).unwrap();
    };
    let file = |bytes: &[u8]| Kind::File(Content::bytes(bytes));
    put("usr/bin/one", 0o4755, file(&[1; 3 << 20]));
    put("usr/bin/two", 0o755, file(b"two"));
    put(&format!("usr/share/{}", "n".repeat(200)), 0o644, file(b"long"));
    put("usr/lib/link", 0o777, Kind::Symlink(b"../bin/two".to_vec()));
    put("etc/hostname", 0o600, file(b"tiny\n"));
    put("srv", 0o1777, Kind::Directory);
    tree.link("usr/share/three", "usr/bin/two").unwrap();
    tree
}

fn written(path: &Path, compression: Compression) -> Written {
    let owner = |path: &[u8]| match path {
        b"usr/bin/one" | b"usr/lib/link" => Some("one"),
        _ if path.starts_with(b"usr") => Some("two"),
        _ => None,
    };
    let layers = layers(&tree(), owner, 10).unwrap();
    let options = Options {
        reference: Some("example.org/tiny:1".into()),
        platform: Platform::of_debian("armhf").unwrap(),
        created: TIME,
        run: Run { cmd: vec!["/usr/bin/one".into()], ..Run::default() },
        compression,
        threads: NonZeroUsize::new(2).unwrap(),
    };
    write_image(&layers, &options, File::create(path).unwrap()).unwrap()
}

#[test]
fn skopeo_reads_both_kinds_of_archive() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("tiny.tar");
    for compression in [Compression::Gzip { level: 6 }, Compression::Zstd { level: 3 }] {
        let written = written(&archive, compression);
        for kind in ["oci-archive", "docker-archive"] {
            let image = format!("{kind}:{}", archive.display());
            let inspected = skopeo(folder.path(), &["inspect", &image]);
            let value: Value = serde_json::from_str(&inspected).unwrap();
            assert_eq!((&value["Architecture"], &value["Os"]), (&"arm".into(), &"linux".into()));
            assert_eq!(value["Created"], "2024-05-17T09:30:00Z");
            assert_eq!(value["Layers"].as_array().unwrap().len(), 3);
            if kind == "oci-archive" {
                assert_eq!(value["Digest"], written.manifest.to_string());
                assert_eq!(value["Layers"][0], written.layers[0].digest.to_string());
            }
            // Copying checks every digest.
            let out = format!("dir:{}", folder.path().join(kind).display());
            skopeo(folder.path(), &["copy", "--quiet", &image, &out]);
        }
    }
}

#[test]
fn umoci_unpacks_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("tiny.tar");
    written(&archive, Compression::Gzip { level: 6 });
    let [from, layout, unpacked] =
        ["tiny.tar", "layout", "rootfs"].map(|name| folder.path().join(name).display().to_string());
    let (from, to) = (format!("oci-archive:{from}"), format!("oci:{layout}:1"));
    skopeo(folder.path(), &["copy", "--quiet", &from, &to]);
    // Not a bundle to be run, which would need a host around it.
    tool(BRINGUP, "umoci", &["raw", "unpack", "--rootless", "--image", &format!("{layout}:1"), &unpacked]);
    let root = folder.path().join("rootfs");
    let mut count = 0;
    for (path, _, node) in tree().iter().skip(1) {
        let at = root.join(std::str::from_utf8(path).unwrap());
        let found = fs::symlink_metadata(&at).unwrap();
        count += 1;
        match &node.kind {
            Kind::File(content) => {
                assert!(fs::read(&at).unwrap() == content.read().unwrap(), "{}", at.display())
            }
            Kind::Symlink(target) => {
                assert_eq!(fs::read_link(&at).unwrap().as_os_str().as_encoded_bytes(), target);
                continue;
            }
            _ => {}
        }
        assert_eq!((found.mode() & 0o7777, found.mtime()), (node.meta.mode, TIME), "{}", at.display());
    }
    assert_eq!(count, tree().len() - 1);
    assert_eq!(fs::metadata(root.join("usr/share/three")).unwrap().nlink(), 2);
}
