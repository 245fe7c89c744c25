//! The JSON of an image.
//!
//! Fields stand in a fixed order and without blanks, so that equal images have equal digests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::digest::Digest;
use crate::options::{Options, Platform};

/// The layout's version (image-spec, image-layout.md, "oci-layout file").
pub(crate) const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// Media types (image-spec, media-types.md).
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What names a blob (image-spec, descriptor.md).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor<'a> {
    pub(crate) media_type: &'a str,
    pub(crate) digest: String,
    pub(crate) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<PlatformRecord>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<&'a str, &'a str>,
}

impl<'a> Descriptor<'a> {
    pub(crate) fn new(media_type: &'a str, digest: Digest, size: u64) -> Self {
        let annotations = BTreeMap::new();
        Self { media_type, digest: digest.to_string(), size, platform: None, annotations }
    }
}

/// What it runs on, in descriptors and in the configuration.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct PlatformRecord {
    architecture: &'static str,
    os: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'static str>,
}

impl From<Platform> for PlatformRecord {
    fn from(Platform { os, architecture, variant }: Platform) -> Self {
        Self { architecture, os, variant }
    }
}

/// The manifest (image-spec, manifest.md).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u8,
    media_type: &'static str,
    config: Descriptor<'a>,
    layers: Vec<Descriptor<'a>>,
}

/// The text of the manifest.
pub(crate) fn manifest(config: Descriptor<'_>, layers: Vec<Descriptor<'_>>) -> Vec<u8> {
    json(&Manifest { schema_version: 2, media_type: MANIFEST, config, layers })
}

/// The layout's index (image-spec, image-index.md).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    schema_version: u8,
    media_type: &'static str,
    manifests: [Descriptor<'a>; 1],
}

/// The text of `index.json`.
pub(crate) fn index(manifest: Descriptor<'_>) -> Vec<u8> {
    json(&Index { schema_version: 2, media_type: INDEX, manifests: [manifest] })
}

/// An image in Docker's `manifest.json` (moby, image/spec/spec.md, "Combined Image JSON").
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage<'a> {
    config: String,
    repo_tags: Vec<&'a str>,
    layers: Vec<String>,
}

/// The text of Docker's `manifest.json`.
pub(crate) fn docker(config: String, tag: Option<&str>, layers: Vec<String>) -> Vec<u8> {
    json(&[DockerImage { config, repo_tags: tag.into_iter().collect(), layers }])
}

/// The configuration (image-spec, config.md).
#[derive(Serialize)]
struct Config<'a> {
    created: &'a str,
    #[serde(flatten)]
    platform: PlatformRecord,
    config: RunRecord<'a>,
    rootfs: Rootfs,
    history: Vec<History<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RunRecord<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    user: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    env: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    entrypoint: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    cmd: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    working_dir: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    stop_signal: &'a str,
}

#[derive(Serialize)]
struct Rootfs {
    r#type: &'static str,
    diff_ids: Vec<String>,
}

/// Where a layer is from.
#[derive(Serialize)]
struct History<'a> {
    created: &'a str,
    created_by: String,
}

/// The text of the configuration, for layers of these digests and packages.
pub(crate) fn config(options: &Options, created: &str, layers: &[(Digest, &[String])]) -> Vec<u8> {
    let run = &options.run;
    let history = |(_, packages): &(Digest, &[String])| {
        let names: BTreeSet<&str> = packages.iter().map(String::as_str).collect();
        let created_by = match names.len() {
            0 => "files of no package".to_owned(),
            1 => format!("package {}", packages[0]),
            count => format!("{count} packages: {}", names.into_iter().collect::<Vec<_>>().join(" ")),
        };
        History { created, created_by }
    };
    json(&Config {
        created,
        platform: options.platform.into(),
        config: RunRecord {
            user: &run.user,
            env: &run.env,
            entrypoint: &run.entrypoint,
            cmd: &run.cmd,
            working_dir: &run.working_dir,
            labels: &run.labels,
            stop_signal: &run.stop_signal,
        },
        rootfs: Rootfs { r#type: "layers", diff_ids: layers.iter().map(|(id, _)| id.to_string()).collect() },
        history: layers.iter().map(history).collect(),
    })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts, numbers, lists and maps with texts for keys have a JSON form")
}
