//! A CD that is a USB stick as well: ISO 9660, started by BIOS and by UEFI.

use bringup_disk::FileWriter;
use bringup_fsimage::FileSystem;
use bringup_fsimage::fat::{self, Fat};
use bringup_grub::bios::{CD_LOAD_SECTORS, CD_PREFIX, Cd};
use bringup_iso9660::{BootEntry, BootPlatform, Hybrid, Iso, Options};
use bringup_spec::Bytes;
use bringup_store::Digest;
use bringup_tree::{Content, Kind, Meta, Tree};

use crate::disk::{id, partition_guid};
use crate::disk_image::DiskParts;
use crate::file_systems::{VolumeParts, squashfs};
use crate::firmware::Programs;
use crate::volumes::{self, Role};
use crate::{Error, Uuid, efi};

/// Where a compressed root is on the CD; the initramfs is told so.
pub(crate) const ROOT: &str = "live/root.squashfs";

/// GRUB's boot image on the CD, where the BIOS finds it by El Torito's catalog.
const BIOS_IMAGE: &str = "boot/grub/eltorito.img";

/// The EFI system partition on the CD.
const EFI_IMAGE: &str = "boot/efi.img";

/// What the EFI system partition has besides its files: FAT's own tables, many times over.
const EFI_ROOM: Bytes = Bytes::mib(1);

/// What the CD is called, by which its root is found.
pub(crate) fn volume_id(seed: &Digest) -> String {
    format!("BRINGUP-{:08X}", Uuid::derive(seed, "disc").disk_signature())
}

/// What GRUB finds the CD by: the time of its last change, to which a number of hundredths of seconds is
/// added that no other CD has.
pub(crate) fn uuid(seed: &Digest, epoch: i64) -> Result<String, Error> {
    let empty = Tree::new(Meta::root(0o755, epoch));
    let iso = Iso::plan(&empty, &Options { boot: Vec::new(), hybrid: None, ..options(seed, epoch) })?;
    Ok(iso.uuid().to_owned())
}

/// A month, in hundredths of seconds.
const MONTH: i64 = 30 * 24 * 60 * 60 * 100;

fn options(seed: &Digest, epoch: i64) -> Options {
    let own = i64::from(Uuid::derive(seed, "disc time").disk_signature()) % MONTH;
    Options {
        volume_id: volume_id(seed),
        epoch,
        modified_hundredths: epoch * 100 + own,
        boot: vec![
            BootEntry {
                platform: BootPlatform::Bios,
                path: BIOS_IMAGE.into(),
                load_sectors: Some(CD_LOAD_SECTORS),
            },
            BootEntry { platform: BootPlatform::Uefi, path: EFI_IMAGE.into(), load_sectors: None },
        ],
        hybrid: Some(Hybrid {
            efi_image: Some(EFI_IMAGE.into()),
            disk_guid: bringup_spec::Guid::from_u128(u128::from_be_bytes(id(seed).0)),
            partition_guids: ["disc", "esp"].map(|name| partition_guid(seed, name)),
        }),
    }
}

/// Makes the CD; it has all of its bytes then, but not its name.
pub(crate) fn make(parts: &DiskParts<'_>, compressed: bool) -> Result<FileWriter, Error> {
    let DiskParts { request, epoch, seed, .. } = *parts;
    let programs = Programs::new(parts.ready, request.board, parts.method, &request.firmware)?;
    let mut tree = if compressed { with_squashfs(parts)? } else { parts.tree.clone() };
    let (file, folder) = (Meta::root(0o644, epoch), Meta::root(0o755, epoch));
    let mut add = |path: &str, content: Content| {
        tree.insert_all(path, file.clone(), Kind::File(content), &folder).map(drop)
    };
    let cd = Cd::new(&programs, CD_PREFIX)?;
    add(BIOS_IMAGE, Content::bytes(cd.image().to_vec()))?;
    add(EFI_IMAGE, Content::bytes(esp(parts, &programs)?))?;
    // Started from a CD, GRUB takes all of that for the device it came from, and not the partition in it.
    for (path, content) in &parts.boot.esp {
        add(path.trim_start_matches('/'), content.clone())?;
    }

    let mut iso = Iso::plan(&tree, &options(seed, epoch))?;
    let block = iso.extent(BIOS_IMAGE).map_or(0, |extent| extent.block());
    let placed = cd.at(block)?;
    iso.replace(BIOS_IMAGE, Content::bytes(placed.image))?;
    iso.set_boot_code(&placed.boot_code)?;
    let writer = FileWriter::create(&request.output, iso.size())?;
    let written = iso.write(&mut writer.sink());
    written.map_err(|source| writer.failed("write the CD into", source))?;
    Ok(writer)
}

/// Kernel, initramfs and menu, and all the rest in one compressed file.
fn with_squashfs(parts: &DiskParts<'_>) -> Result<Tree, Error> {
    const ROLES: &[Role] = &[Role::Boot, Role::Root];
    let root = volumes::part(parts.tree, ROLES, Role::Root, None)?;
    let spooled = squashfs(
        &VolumeParts {
            request: parts.request,
            roles: ROLES,
            tree: parts.tree,
            device_trees: None,
            last: None,
            seed: parts.seed,
            epoch: parts.epoch,
            jobs: parts.context.jobs,
        },
        &root,
    )?;
    let mut tree = volumes::part(parts.tree, ROLES, Role::Boot, None)?;
    let (file, folder) = (Meta::root(0o644, parts.epoch), Meta::root(0o755, parts.epoch));
    tree.insert_all(ROOT, file, Kind::File(spooled.content()?), &folder)?;
    Ok(tree)
}

/// The EFI system partition: what UEFI starts and its menu.
fn esp(parts: &DiskParts<'_>, programs: &Programs<'_>) -> Result<Vec<u8>, Error> {
    let DiskParts { request, epoch, seed, .. } = *parts;
    let (file, folder) = (Meta::root(0o644, epoch), Meta::root(0o755, epoch));
    let mut tree = Tree::new(folder.clone());
    let mut files = parts.boot.esp.clone();
    for (board, method) in request.ways(parts.method) {
        let program = efi::program_file(&board, method, programs)?;
        files.extend(program.map(|program| (program.name, Content::bytes(program.bytes))));
    }
    let len: u64 = files.iter().map(|(_, content)| content.len()).sum();
    for (path, content) in files {
        tree.insert_all(path.trim_start_matches('/'), file.clone(), Kind::File(content), &folder)?;
    }
    let options = fat::Options {
        size: Bytes(len).align_up(EFI_ROOM) + EFI_ROOM,
        kind: None,
        label: "ESP".to_owned(),
        volume_id: Uuid::derive(seed, "file system esp").disk_signature(),
        epoch,
        first_sector: 0,
    };
    let fat = Fat::plan(&tree, &options)?;
    let mut bytes = Memory(vec![0; fat.size().0 as usize]);
    let written = fat.write(&mut bytes);
    written.map_err(|source| Error::Io { operation: "make", path: EFI_IMAGE.into(), source })?;
    Ok(bytes.0)
}

/// A file system in memory, zeros at first.
struct Memory(Vec<u8>);

impl bringup_fsimage::RegionSink for Memory {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        let room = self.0.get_mut(offset as usize..).and_then(|room| room.get_mut(..bytes.len()));
        room.ok_or(std::io::ErrorKind::UnexpectedEof)?.copy_from_slice(bytes);
        Ok(())
    }

    fn zeros(&mut self, _: u64, _: u64) -> std::io::Result<()> {
        Ok(())
    }
}
