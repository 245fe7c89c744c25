//! The file systems behind the firmware's partitions: root, and what stands beside one that is read-only.

use bringup_spec::{Board, BootMethod, PartitionTable};
use bringup_store::Digest;
use bringup_system::{Devices, System};
use bringup_tree::{Meta, Tree};

use crate::types::Format;
use crate::{Error, Request, Uuid, disc};

/// What such a partition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The kernel and what starts it, for boot loaders that cannot read root's file system.
    Boot,
    /// The root file system.
    Root,
    /// What changes, where root does not.
    Var,
}

impl Role {
    /// The partition's name, and the label of its file system.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Root => "root",
            Self::Var => "var",
        }
    }

    /// Its file system's UUID.
    pub(crate) fn uuid(self, seed: &Digest) -> Uuid {
        Uuid::derive(seed, &format!("{} file system", self.name()))
    }
}

/// The partitions of a system behind those of the firmware, in the order of their numbers.
pub(crate) fn roles(system: &System, method: BootMethod) -> Vec<Role> {
    let reads_root = method != BootMethod::SystemdBoot;
    let boot = reads_root && !system.root.file_system.is_read_by_boot_loaders();
    let all = [(boot, Role::Boot), (true, Role::Root), (system.root.has_var(), Role::Var)];
    all.into_iter().filter(|(wanted, _)| *wanted).map(|(_, role)| role).collect()
}

/// The number of the partition of a role; root's for one that there is not.
pub(crate) fn number(board: &Board, roles: &[Role], role: Role) -> u32 {
    let at = |role| roles.iter().position(|own| *own == role);
    (board.partitions.len() + at(role).or(at(Role::Root)).unwrap_or(0)) as u32 + 1
}

/// What the kernel, the boot loader and `/etc/fstab` call these file systems.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// `UUID=` or `PARTUUID=` and the value; none without a disk.
    root: Option<String>,
    var: Option<String>,
    /// The UUID of the file system that a boot menu's paths are on.
    pub(crate) menu: String,
}

impl Names {
    pub(crate) fn of(
        request: &Request<'_>,
        roles: &[Role],
        seed: &Digest,
        epoch: i64,
    ) -> Result<Self, Error> {
        let Request { board, system, .. } = *request;
        if let Format::Iso { .. } = request.image_type.format {
            let root = Some(format!("LABEL={}", disc::volume_id(seed)));
            return Ok(Self { root, var: None, menu: disc::uuid(seed, epoch)? });
        }
        // squashfs has no UUID.
        let root = if system.root.file_system.is_writable() {
            format!("UUID={}", Role::Root.uuid(seed))
        } else {
            format!("PARTUUID={}", part_uuid(board, number(board, roles, Role::Root), seed))
        };
        let has = |role| roles.contains(&role);
        let menu = if has(Role::Boot) { Role::Boot } else { Role::Root };
        let var = has(Role::Var).then(|| format!("UUID={}", Role::Var.uuid(seed)));
        let root = request.image_type.format.is_disk().then_some(root);
        Ok(Self { root, var, menu: menu.uuid(seed).to_string() })
    }

    pub(crate) fn devices(&self) -> Devices<'_> {
        Devices { root: self.root.as_deref(), var: self.var.as_deref() }
    }
}

/// The UUID that Linux gives the root partition: its GUID, or the disk's signature and the number (Linux,
/// block/partitions/{efi,msdos}.c).
fn part_uuid(board: &Board, number: u32, seed: &Digest) -> String {
    match board.table {
        PartitionTable::Mbr => format!("{:08x}-{number:02x}", crate::disk::id(seed).disk_signature()),
        PartitionTable::Gpt | PartitionTable::Hybrid { .. } => {
            crate::disk::partition_guid(seed, Role::Root.name()).to_string().to_lowercase()
        }
    }
}

/// The part of the root tree that the partition of a role holds. `device_trees` is the kernel's folder of
/// them.
pub(crate) fn part(
    tree: &Tree,
    roles: &[Role],
    role: Role,
    device_trees: Option<&str>,
) -> Result<Tree, Error> {
    match role {
        // Under the paths that root has, so that a boot menu says the same wherever it stands.
        Role::Boot => {
            let folders = ["boot"].into_iter().chain(device_trees);
            let mut part = Tree::new(root_meta(tree));
            for folder in folders {
                copy(tree, folder, &mut part)?;
            }
            Ok(part)
        }
        Role::Root => {
            let mut part = tree.clone();
            for (role, folder) in [(Role::Boot, "boot"), (Role::Var, "var")] {
                if roles.contains(&role) {
                    let below: Vec<Vec<u8>> =
                        tree.children(folder.as_bytes()).map(|(path, _)| path.to_vec()).collect();
                    for path in below {
                        part.remove(path);
                    }
                }
            }
            Ok(part)
        }
        Role::Var => {
            let mut part = Tree::new(tree.get("var").map_or_else(|| root_meta(tree), |var| var.meta.clone()));
            for (path, node) in tree.below(b"var") {
                part.insert(&path[b"var/".len()..], node.meta.clone(), node.kind.clone())?;
            }
            Ok(part)
        }
    }
}

fn root_meta(tree: &Tree) -> Meta {
    tree.get("").map(|root| root.meta.clone()).unwrap_or_default()
}

/// Copies what stands at and below `folder`, under the same path.
fn copy(tree: &Tree, folder: &str, to: &mut Tree) -> Result<(), Error> {
    let folder = folder.trim_matches('/');
    for (at, _) in folder.match_indices('/').chain([(folder.len(), "")]) {
        let Some(node) = tree.get(&folder[..at]) else { return Ok(()) };
        to.insert(&folder[..at], node.meta.clone(), node.kind.clone())?;
    }
    for (path, node) in tree.below(folder.as_bytes()) {
        to.insert(path, node.meta.clone(), node.kind.clone())?;
    }
    Ok(())
}
