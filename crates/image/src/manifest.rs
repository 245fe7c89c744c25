//! The manifest: what is in an image and where, for programs.

use bringup_debian::LockedPackage;
use bringup_layout::Table;
use bringup_spec::{Kernel, PartitionContents};
use bringup_store::Digest;
use bringup_tree::{Kind, Tree};
use serde_json::{Value, json};

use crate::boot::BootFiles;
use crate::disk_image::Layout;
use crate::firmware::Placed;
use crate::{Error, Request, Routes, Shared};

/// Raised when a key changes its meaning or goes away.
const FORMAT: u32 = 1;

pub(crate) struct Manifest<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) request: &'a Request<'a>,
    pub(crate) epoch: i64,
    /// The disk and its boot programs; none where the image is no disk.
    pub(crate) disk: Option<(&'a Layout, &'a [Placed])>,
    pub(crate) packages: &'a [LockedPackage],
    pub(crate) boot: &'a BootFiles,
    pub(crate) tree: &'a Tree,
    pub(crate) routes: &'a Routes,
}

impl Manifest<'_> {
    /// The text, which names no path of the host and no time of the build.
    pub(crate) fn to_json(&self) -> Result<String, Error> {
        let board = self.request.board;
        let value = json!({
            "format": FORMAT,
            "made_by": { "name": "bringup", "version": env!("CARGO_PKG_VERSION") },
            "board": board.name,
            "platform": board.platform.name,
            "system": self.request.system.name,
            "type": self.request.image_type.name,
            "epoch": self.epoch,
            "disk": self.disk(),
            "claims": self.claims(),
            "partitions": self.partitions(),
            "firmware": self.firmware(),
            "files": self.files()?,
            "kernel_release": self.boot.release,
            "initramfs_modules": self.boot.modules,
            "packages": self.packages.iter().map(|package| json!({
                "name": package.name,
                "version": package.version,
                "architecture": package.architecture,
                "sha256": package.sha256.to_string(),
                "size_bytes": package.size,
            })).collect::<Vec<_>>(),
            "routes": self.routes.to_json(),
        });
        Ok(format!("{value:#}\n"))
    }

    fn disk(&self) -> Value {
        let Some((Layout { plan, .. }, _)) = self.disk else { return Value::Null };
        let (table, id) = match plan.table() {
            Table::Mbr { disk_id } => ("mbr", format!("0x{disk_id:08x}")),
            Table::Gpt(gpt) => ("gpt", gpt.disk_guid.to_string()),
        };
        json!({ "size_bytes": plan.size().0, "table": table, "id": id })
    }

    fn claims(&self) -> Vec<Value> {
        let Some((Layout { plan, .. }, _)) = self.disk else { return Vec::new() };
        let claims = plan.claims().iter().map(|claim| {
            json!({
                "owner": claim.owner.to_string(),
                "start_bytes": claim.start.0,
                "len_bytes": claim.len.0,
                "source": claim.source,
            })
        });
        claims.collect()
    }

    fn partitions(&self) -> Vec<Value> {
        let Some((Layout { plan, volumes }, _)) = self.disk else { return Vec::new() };
        let partitions = plan.partitions().iter().map(|partition| {
            let index = partition.number as usize - 1;
            let file_system = match self.request.board.partitions.get(index).map(|known| known.contents) {
                None => {
                    volumes.of_partition(self.request.board, partition.number).map_or(Value::Null, |volume| {
                        json!({
                            "type": volume.kind,
                            "label": volume.label,
                            "uuid": volume.uuid.map(|uuid| uuid.to_string()),
                            "size_bytes": volume.size().0,
                        })
                    })
                }
                Some(PartitionContents::Fat { label, .. }) => json!({
                    "type": "vfat",
                    "label": label,
                    "size_bytes": partition.len.0,
                }),
                Some(PartitionContents::Raw(_)) => Value::Null,
            };
            json!({
                "number": partition.number,
                "name": partition.name,
                "type": partition.kind.to_string(),
                "start_bytes": partition.start.0,
                "len_bytes": partition.len.0,
                "bootable": partition.bootable,
                "file_system": file_system,
            })
        });
        partitions.collect()
    }

    fn firmware(&self) -> Vec<Value> {
        let placed = self.disk.map_or(&[][..], |(_, placed)| placed);
        let firmware = placed.iter().map(|placed| {
            let (package, path) = placed.from.clone().unzip();
            json!({
                "name": placed.name,
                "package": package,
                "path": path,
                "offset_bytes": placed.offset.map(|offset| offset.0),
                "len_bytes": placed.bytes.len(),
                "room_bytes": placed.room.map(|room| room.0),
                "sha256": Digest::of(&placed.bytes).to_string(),
                "source": placed.source,
            })
        });
        firmware.collect()
    }

    /// What the boot chain reads from the root file system, with hashes.
    fn files(&self) -> Result<Vec<Value>, Error> {
        let mut files = Vec::new();
        for (path, node) in self.tree.below(b"boot") {
            if let Kind::File(content) = &node.kind {
                let (sha256, len) = self.shared.digest(path, content)?;
                let path = format!("/{}", String::from_utf8_lossy(path));
                files.push(json!({ "path": path, "len_bytes": len, "sha256": sha256.to_string() }));
            }
        }
        Ok(files)
    }

    /// What a person wants to know of it.
    pub(crate) fn summary(&self) -> Vec<String> {
        let modules = self.boot.modules.len();
        let mut lines = vec![
            format!(
                "{} on {}, {}{}",
                self.request.system.name,
                self.request.board.name,
                match self.request.board.platform.kernel {
                    Kernel::Linux => "Linux ",
                    // The release says its name.
                    Kernel::Hurd => "",
                },
                self.boot.release
            ),
            format!("{} packages, {modules} modules in the initramfs", self.packages.len()),
        ];
        if let Some((Layout { plan, volumes }, _)) = self.disk {
            let (used, root) = (plan.size(), volumes.root());
            let uuid = root.uuid.map(|uuid| format!(" with UUID {uuid}")).unwrap_or_default();
            lines.insert(1, format!("disk of {used}, root {} of {}{uuid}", root.kind, root.size()));
        }
        lines
    }
}
