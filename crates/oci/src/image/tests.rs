use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::num::NonZeroUsize;

use bringup_tree::{Content, Kind, Meta, Tree};
use serde_json::{Value, json};

use super::*;
use crate::options::{Platform, Run};

fn tree(files: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new(Meta::root(0o755, 7));
    for (path, bytes) in files {
        let file = Kind::File(Content::bytes(*bytes));
        tree.insert_all(path, Meta::root(0o644, 7), file, &Meta::root(0o755, 7)).unwrap();
    }
    tree
}

fn layers() -> Vec<Layer> {
    let large: Vec<u8> = (0..1_100_000u32).map(|n| (n / 1000 * 7) as u8).collect();
    vec![
        Layer { packages: vec!["libc6".into()], tree: tree(&[("usr/lib/libc.so", &large)]) },
        Layer {
            packages: vec!["b".into(), "a".into()],
            tree: tree(&[("usr/bin/a", b"a"), ("usr/bin/b", b"b")]),
        },
        Layer { packages: vec![], tree: tree(&[("etc/hostname", b"tiny\n")]) },
    ]
}

fn options() -> Options {
    Options {
        reference: Some("team/tiny:1.2".into()),
        platform: Platform::of_debian("arm64").unwrap(),
        created: 1_700_000_000,
        run: Run {
            cmd: vec!["/sbin/init".into()],
            env: vec!["PATH=/usr/bin".into()],
            stop_signal: "SIGRTMIN+3".into(),
            ..Run::default()
        },
        compression: Compression::Gzip { level: 6 },
        threads: NonZeroUsize::new(2).unwrap(),
    }
}

fn image(options: &Options) -> (Written, Vec<u8>) {
    let mut bytes = Cursor::new(Vec::new());
    let written = write_image(&layers(), options, &mut bytes).unwrap();
    (written, bytes.into_inner())
}

/// The archive's files, as the `tar` crate reads them.
fn files(image: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(image).entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.mtime().unwrap(), header.uid().unwrap()), (1_700_000_000, 0));
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(name, bytes);
    }
    files
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn every_descriptor_names_a_blob_by_its_digest_and_length() {
    let (written, image) = image(&options());
    let files = files(&image);
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let bytes = &files[&format!("blobs/sha256/{digest}")];
        assert_eq!(Digest::of(bytes).hex(), digest);
        assert_eq!(descriptor["size"], bytes.len());
        bytes.clone()
    };
    assert_eq!(value(&files["oci-layout"]), json!({ "imageLayoutVersion": "1.0.0" }));
    let index = value(&files["index.json"]);
    let named = &index["manifests"][0];
    assert_eq!(named["platform"], json!({ "architecture": "arm64", "os": "linux", "variant": "v8" }));
    assert_eq!(named["annotations"]["io.containerd.image.name"], "docker.io/team/tiny:1.2");
    let manifest = value(&blob(named));
    let config = value(&blob(&manifest["config"]));
    assert_eq!(manifest["config"]["digest"], written.config.to_string());
    assert_eq!(config["created"], "2023-11-14T22:13:20Z");
    assert_eq!((&config["architecture"], &config["variant"]), (&json!("arm64"), &json!("v8")));
    let run = json!({ "Env": ["PATH=/usr/bin"], "Cmd": ["/sbin/init"], "StopSignal": "SIGRTMIN+3" });
    assert_eq!(config["config"], run);
    assert_eq!(config["history"][1]["created_by"], "2 packages: a b");

    let docker = value(&files["manifest.json"]);
    assert_eq!(docker[0]["RepoTags"], json!(["team/tiny:1.2"]));
    for (number, layer) in manifest["layers"].as_array().unwrap().iter().enumerate() {
        let mut archive = Vec::new();
        flate2::read::GzDecoder::new(&blob(layer)[..]).read_to_end(&mut archive).unwrap();
        let mut expected = Vec::new();
        layers()[number].tree.to_tar(&mut expected).unwrap();
        assert!(archive == expected, "layer {number}");
        assert_eq!(config["rootfs"]["diff_ids"][number], Digest::of(&archive).to_string());
        let digest = layer["digest"].as_str().unwrap().replace(':', "/");
        assert_eq!(docker[0]["Layers"][number], format!("blobs/{digest}"));
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    for compression in [Compression::None, Compression::Gzip { level: 1 }, Compression::Zstd { level: 3 }] {
        let with = |threads| {
            let threads = NonZeroUsize::new(threads).unwrap();
            image(&Options { compression, threads, ..options() })
        };
        assert!(with(1) == with(3), "{compression:?}");
    }
}

#[test]
fn zstd_layers_are_read_back() {
    let (written, image) = image(&Options { compression: Compression::Zstd { level: 3 }, ..options() });
    let files = files(&image);
    for layer in &written.layers {
        let archive = zstd::decode_all(&files[&path(layer.digest)][..]).unwrap();
        assert_eq!((Digest::of(&archive), archive.len() as u64), (layer.diff_id, layer.archive_len));
    }
    assert_eq!(written.layers[0].packages, ["libc6"]);
}

fn refused(layers: &[Layer], options: &Options) -> String {
    let mut bytes = Cursor::new(Vec::new());
    let error = write_image(layers, options, &mut bytes).unwrap_err();
    assert!(bytes.into_inner().is_empty(), "{error}");
    error.to_string()
}

#[test]
fn what_is_wrong_is_said_before_anything_is_written() {
    let with = |change: fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        refused(&layers(), &options)
    };
    assert!(with(|options| options.reference = Some("Tiny".into())).starts_with("`Tiny` is no image's name"));
    assert!(with(|options| options.created = -1).contains("the time -1"));
    assert_eq!(
        with(|options| options.compression = Compression::Gzip { level: 10 }),
        "gzip has no level 10, only 1 to 9"
    );
    assert_eq!(
        with(|options| options.compression = Compression::Zstd { level: 0 }),
        "zstd has no level 0, only 1 to 22"
    );
    assert_eq!(refused(&[], &options()), "the image has 0 layers, but an image has 1 to 125");
    let deletes = Layer { packages: vec![], tree: tree(&[("etc/.wh.passwd", b"")]) };
    assert!(refused(&[deletes], &options()).starts_with("`etc/.wh.passwd`: a name that begins with `.wh.`"));
}

#[test]
fn a_file_that_tar_cannot_hold_names_its_layer() {
    let mut layers = layers();
    layers[1].tree.insert("socket", Meta::root(0o755, 0), Kind::Socket).unwrap();
    let error = write_image(&layers, &options(), Cursor::new(Vec::new())).unwrap_err();
    let Error::Layer { number: 2, source } = error else { panic!("{error}") };
    assert_eq!(source.to_string(), "`socket`: a socket in a tar archive is not supported");
}

/// Takes a number of bytes, then no more.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for Full {
    fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
        Ok(1 << 20)
    }
}

#[test]
fn a_full_disk_ends_it() {
    for room in [0, 2000, 20_000] {
        let error =
            write_image(&layers(), &Options { compression: Compression::None, ..options() }, Full(room));
        let Err(Error::Write(source)) = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    }
}
