//! A PC's BIOS, and GRUB however it was started.

use std::ops::Range;

use bringup_inspect::menu::{BootEntry, Kind, Root as MenuRoot, grub as grub_cfg};
use bringup_inspect::{compression, grub, multiboot};
use bringup_spec::Bytes;

use super::Chain;
use super::arch::Arch;
use super::boot_file::BootFile;
use super::grub_core::{MenuPlace, lacks};
use super::partitions::FoundTable;
use super::payload::{Payload, Via};
use super::trail::Id;
use crate::table::{Partition, Table};
use crate::volume::{self, Volume};
use crate::{Error, Link, unpack};

const ROM: &str = "boot-rom";
const CORE: &str = "grub-core";
const MENU: &str = "boot-menu";
const BEHIND: &[&str] = &[CORE, MENU, "kernel", "root"];
const ROM_RULE: &str = "BIOS Boot Specification 1.01, 6.5.1; GRUB 2.12, grub-core/boot/i386/pc/boot.S";
const CORE_RULE: &str = "GRUB 2.12, grub-core/boot/i386/pc/diskboot.S and startup_raw.S";
const MENU_RULE: &str = "GRUB 2.12 manual, 6.3 Shell-like scripting";

/// Where GRUB's menu may be: with a `/boot` of its own or without, or beside a UEFI program.
const MENUS: [&str; 5] = [
    "/boot/grub/grub.cfg",
    "/grub/grub.cfg",
    "/EFI/BOOT/grub.cfg",
    "/EFI/debian/grub.cfg",
    "/boot/grub2/grub.cfg",
];

/// A menu may hand over to another, which may do so too.
const MENUS_DEEP: u32 = 8;

/// A core image as it is loaded.
struct Core {
    image: Vec<u8>,
    ranges: Vec<Range<u64>>,
    compressed: Bytes,
}

impl Core {
    fn what(&self, payload: &grub::Payload) -> String {
        let (len, compressed) = (Bytes(self.image.len() as u64), self.compressed);
        let prefix = payload.prefix.as_deref().unwrap_or("nowhere");
        let modules = payload.modules.len();
        format!("core image of {len}, {compressed} of it compressed: {modules} modules, prefix `{prefix}`")
    }
}

/// The sector of the core image, as a boot sector names it.
fn core_lba(sector: &[u8]) -> Result<u64, Error> {
    // A disk that is a CD, too, has the number elsewhere, and zero in its usual place (libisofs,
    // doc/boot_sectors.txt, "GRUB2 MBR").
    const USUAL: Range<usize> = 0x5C..0x64;
    const HYBRID: Range<usize> = 0x1B0..0x1B8;
    let number = u64::from_le_bytes(sector[HYBRID].try_into().expect("it has 8 bytes"));
    let mut sector = sector.to_vec();
    if sector[USUAL] == [0; 8] && number != 0 {
        sector.copy_within(HYBRID, USUAL.start);
    }
    Ok(grub::boot_sector(&sector)?.core_lba)
}

/// The entry of a menu that starts.
struct Started<'d> {
    /// The menu that has it.
    path: String,
    ranges: Vec<Range<u64>>,
    entry: BootEntry,
    /// The file system that its paths are on, if it is not the first menu's.
    other: Option<Volume<'d>>,
}

impl<'d> Chain<'d> {
    pub(crate) fn bios(&mut self, found: Option<FoundTable>) {
        let after = found.as_ref().map(|found| found.id);
        let fail = |chain: &mut Self, link: Link| {
            let id = chain.trail.add(after, link.rule(ROM_RULE));
            chain.trail.unreached(Some(id), BEHIND);
        };
        let sector = match self.disk.read(0, 512) {
            Ok(sector) => sector,
            Err(error) => return fail(self, Link::broken(ROM, error.to_string())),
        };
        if sector[510..] != [0x55, 0xAA] {
            // It is the table's signature, too, and one fault has one link.
            self.trail.unreached(None, &[ROM]);
            self.trail.unreached(None, BEHIND);
            return;
        }
        if sector[..440].iter().all(|&byte| byte == 0) {
            let what = "sector 0 has no boot code: its first 440 bytes are zero";
            return fail(self, Link::broken(ROM, what).at(0..440));
        }
        if !grub::detect(&sector) {
            let reason = "sector 0 has boot code, but it is not GRUB's";
            self.trail.add(after, Link::not_checked(ROM, reason).at(0..440).rule(ROM_RULE));
            return;
        }
        let core_lba = match core_lba(&sector) {
            Ok(lba) => lba,
            Err(error) => return fail(self, Link::broken(ROM, error.to_string()).at(0..440)),
        };
        let what = format!("GRUB's boot sector, its core image is at sector {core_lba}");
        let id = self.trail.add(after, Link::holds(ROM, what).at(0..512).rule(ROM_RULE));
        let at = core_lba.saturating_mul(512);
        let first = at..at.saturating_add(512);
        let fail = |chain: &mut Self, link: Link| {
            let id = chain.trail.add(Some(id), link.rule(CORE_RULE));
            chain.trail.unreached(Some(id), &BEHIND[1..]);
        };
        let core = match self.core(core_lba) {
            Ok(core) => core,
            Err(error) => return fail(self, Link::broken(CORE, error.to_string()).at(first)),
        };
        let payload = match grub::payload(&core.image) {
            Ok(payload) => payload,
            Err(error) => {
                let help = "install GRUB again; nothing else of the disk depends on these bytes";
                return fail(self, Link::broken(CORE, error.to_string()).over(core.ranges).help(help));
            }
        };
        let good = Link::holds(CORE, core.what(&payload)).over(core.ranges.clone()).rule(CORE_RULE);
        let Some(found) = found else {
            let id = self.trail.add(Some(id), good);
            return self.trail.unreached(Some(id), &BEHIND[1..]);
        };
        let broken = |what: String| Link::broken(CORE, what).over(core.ranges.clone());
        match self.menu_place(&payload, &found.table) {
            Err(what) => fail(self, broken(what)),
            Ok(MenuPlace::Unknown) => {
                let id = self.trail.add(Some(id), good);
                self.grub_somewhere(id, &found);
            }
            Ok(MenuPlace::NotRead(reason)) => {
                let id = self.trail.add(Some(id), good);
                self.trail.add(Some(id), Link::not_checked(MENU, reason).rule(MENU_RULE));
            }
            Ok(MenuPlace::Folder(volume, folder)) => {
                let started = self.started(&found, &volume, &format!("{folder}/grub.cfg"), 0);
                let kind = started.as_ref().ok().map(|started| started.entry.kind);
                if let Some(what) = lacks(&payload, &volume, &folder, kind) {
                    return fail(self, broken(what));
                }
                let id = self.trail.add(Some(id), good);
                self.start(id, &found, &volume, started);
            }
        }
    }

    /// The core image, by its block list.
    fn core(&self, lba: u64) -> Result<Core, Error> {
        let at = lba.saturating_mul(512);
        let mut image = self.disk.read(at, 512)?;
        let mut ranges = vec![at..at + 512];
        for block in grub::block_list(&image)? {
            let at = block.start_lba.saturating_mul(512);
            let len = u64::from(block.sectors) * 512;
            image.extend(self.disk.read(at, len)?);
            ranges.push(at..at + len);
        }
        let compressed = grub::core(&image)?.compressed;
        Ok(Core { image, ranges, compressed })
    }

    /// GRUB started by UEFI: its menu is beside it, or on another file system.
    pub(crate) fn grub_efi(&mut self, after: Id, found: &FoundTable, volume: &Volume<'d>) {
        match MENUS.iter().find(|path| volume.find(path).is_ok()) {
            Some(path) => self.grub_menu(after, found, volume, path),
            None => self.grub_somewhere(after, found),
        }
    }

    /// Where no prefix is known, the first menu that is found is meant.
    fn grub_somewhere(&mut self, after: Id, found: &FoundTable) {
        for partition in &found.table.partitions {
            let Ok(volume) = self.volume(partition) else { continue };
            if let Some(path) = MENUS.iter().find(|path| volume.find(path).is_ok()) {
                return self.grub_menu(after, found, &volume, path);
            }
        }
        self.menu_fails(
            after,
            format!("no file system has any of {}", MENUS.map(|path| format!("`{path}`")).join(", ")),
        );
    }

    fn menu_fails(&mut self, after: Id, what: String) {
        let id = self.trail.add(Some(after), Link::broken(MENU, what).rule(MENU_RULE));
        self.trail.unreached(Some(id), &["kernel", "root"]);
    }

    fn grub_menu(&mut self, after: Id, found: &FoundTable, volume: &Volume<'d>, path: &str) {
        let started = self.started(found, volume, path, 0);
        self.start(after, found, volume, started);
    }

    /// Goes on with the entry that starts.
    fn start(
        &mut self,
        after: Id,
        found: &FoundTable,
        volume: &Volume<'d>,
        started: Result<Started<'d>, String>,
    ) {
        let Started { path, ranges, entry, other } = match started {
            Ok(started) => started,
            Err(what) => return self.menu_fails(after, what),
        };
        let what = format!("`{path}` starts `{}` (line {})", entry.title, entry.line);
        let id = self.trail.add(Some(after), Link::holds(MENU, what).over(ranges).rule(MENU_RULE));
        let volume = other.as_ref().unwrap_or(volume);
        let payload = Payload { after: id, found, volume, entry, folder: "", via: Via::Grub, own: &[] };
        match payload.entry.kind {
            Kind::Linux => self.payload(&payload),
            Kind::Multiboot | Kind::Multiboot2 => self.multiboot(&payload),
            Kind::Chain => {
                let reason = "the entry starts another boot loader";
                self.trail.add(Some(id), Link::not_checked("kernel", reason));
            }
        }
    }

    /// The entry that a menu, or one that it hands over to, starts.
    fn started(
        &self,
        found: &FoundTable,
        volume: &Volume<'d>,
        path: &str,
        depth: u32,
    ) -> Result<Started<'d>, String> {
        let (menu, ranges) = volume
            .open_file(path)
            .and_then(|file| Ok((grub_cfg::parse(&file.read_all(1 << 20)?)?, file.ranges())))
            .map_err(|error| format!("`{path}`: {error}"))?;
        let named = |root: Option<&MenuRoot>, line: usize| match root {
            None => Ok(None),
            Some(root) => self.named(root, &found.table).map(Some).ok_or_else(|| {
                format!("`{path}`, line {line}: its root {} is on no partition", shown(Some(root)))
            }),
        };
        if let Some(entry) = menu.started().cloned() {
            let other = named(entry.root.as_ref(), entry.line)?;
            return Ok(Started { path: path.to_owned(), ranges, entry, other });
        }
        let Some(next) = menu.next.first().filter(|_| depth < MENUS_DEEP) else {
            return Err(format!("`{path}` has no entry to start"));
        };
        let there = named(next.root.as_ref(), next.line)?;
        let started = self.started(found, there.as_ref().unwrap_or(volume), &next.path, depth + 1)?;
        Ok(Started { other: started.other.or(there), ..started })
    }

    /// The file system that a menu means.
    pub(crate) fn named(&self, root: &MenuRoot, table: &Table) -> Option<Volume<'d>> {
        let identity =
            |found: &&Partition| volume::identify(volume::Part::new(self.disk, &found.bytes)).ok().flatten();
        let mut all = table.partitions.iter();
        let partition = match root {
            MenuRoot::Uuid(uuid) => {
                all.find(|found| identity(found).is_some_and(|found| found.uuid.eq_ignore_ascii_case(uuid)))
            }
            MenuRoot::Label(label) => {
                all.find(|found| identity(found).is_some_and(|found| found.label == *label))
            }
            MenuRoot::File(path) => {
                all.find(|found| self.volume(found).is_ok_and(|volume| volume.find(path).is_ok()))
            }
            // `hd0,msdos1`, `hd0,gpt2` and the old `hd0,1`.
            MenuRoot::Device(name) => {
                let last = name.rsplit(',').next()?;
                let digits = last.trim_start_matches(|letter: char| !letter.is_ascii_digit());
                table.partition(digits.parse().ok()?)
            }
        };
        self.volume(partition?).ok()
    }

    /// GNU Mach and its modules.
    fn multiboot(&mut self, payload: &Payload<'_, 'd>) {
        let after = Some(payload.after);
        let entry: &BootEntry = &payload.entry;
        let rule = "Multiboot Specification 0.6.96, 3.1";
        let read = entry.kernel.as_deref().map_or_else(
            || Err(Error::NotFound { path: "a kernel in this entry".to_owned() }),
            |path| payload.open(path).and_then(|file| Ok((plain(&file)?, file))),
        );
        let checked = read.and_then(|(bytes, file)| {
            let found = multiboot::parse(&bytes)?;
            Ok((
                format!(
                    "{}: Multiboot kernel for {:#x}-{:#x}",
                    file.name, found.memory.start, found.memory.end
                ),
                file.ranges(),
            ))
        });
        match checked {
            Ok((what, ranges)) => self.trail.add(after, Link::holds("kernel", what).over(ranges).rule(rule)),
            Err(error) => self.trail.add(after, Link::broken("kernel", error.to_string()).rule(rule)),
        };
        let mut ranges = Vec::new();
        let mut wrong = None;
        for module in &entry.modules {
            match payload.open(&module.path) {
                Ok(file) if file.extents.is_empty() => {
                    wrong = wrong.or(Some(format!("`{}` is empty", module.path)))
                }
                Ok(file) => ranges.extend(file.ranges()),
                Err(error) => wrong = wrong.or(Some(error.to_string())),
            }
        }
        let link = match wrong {
            Some(what) => Link::broken("boot-modules", what),
            None if entry.modules.is_empty() => {
                Link::broken("boot-modules", "there is none: the kernel has nothing to start")
            }
            None => Link::holds("boot-modules", format!("{} files", entry.modules.len())).over(ranges),
        };
        self.trail.add(after, link.rule("GNU Mach, kern/bootstrap.c: the modules are the first programs"));
        let words =
            entry.modules.iter().map(|module| module.arguments.as_str()).chain([entry.arguments.as_str()]);
        let arguments = words.collect::<Vec<_>>().join(" ");
        if super::initramfs::word(&arguments, "root").is_some() {
            let arch = self.machine.platform.map(Arch::of).or(Arch::of_suffix("IA32"));
            let root = self.find_root(payload.found, &arguments);
            // A Hurd's root server starts one of these (Hurd, libdiskfs/boot-start.c).
            let is_hurd = entry.modules.iter().any(|module| module.path.starts_with("/hurd/"));
            let tried: &[&str] = if is_hurd { &["/hurd/startup", "/hurd/init"] } else { &[] };
            self.root(payload.after, root, tried, arch);
        } else {
            self.trail
                .add(after, Link::absent("root", "no root= is given; the modules are all of the system"));
        }
    }
}

fn shown(root: Option<&MenuRoot>) -> String {
    match root {
        Some(MenuRoot::Uuid(uuid)) => format!("UUID {uuid}"),
        Some(MenuRoot::Label(label)) => format!("label `{label}`"),
        Some(MenuRoot::File(path)) => format!("`{path}`"),
        Some(MenuRoot::Device(name)) => format!("({name})"),
        None => "the menu's own".to_owned(),
    }
}

/// A kernel that GRUB unpacks before it looks at it.
fn plain(file: &BootFile<'_>) -> Result<Vec<u8>, Error> {
    let bytes = file.read()?;
    let Some(compression) = compression::detect(&bytes) else { return Ok(bytes) };
    let broken = |problem: String| Error::Archive { what: "compressed kernel", at: 0, problem };
    let mut packed = &bytes[..];
    let decoder = unpack::decoder(compression, &mut packed).map_err(|error| broken(error.to_string()))?;
    let Some(decoder) = decoder else { return Err(broken(format!("{compression} is not read here"))) };
    let mut plain = Vec::new();
    let limit = super::boot_file::FILE_MAX;
    std::io::Read::read_to_end(&mut std::io::Read::take(decoder, limit), &mut plain)
        .map_err(|error| broken(error.to_string()))?;
    Ok(plain)
}
