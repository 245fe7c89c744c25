//! What a chip's boot ROM finds.

use std::ops::Range;

use bringup_inspect as inspect;
use bringup_spec::{BootRom, Bytes, PartitionType, SplHeader};

use super::Chain;
use super::partitions::FoundTable;
use super::trail::Id;
use crate::{Error, Link, Verdict};

/// The first program.
#[derive(Debug)]
pub(crate) struct First {
    pub(crate) id: Id,
    /// Where the boot ROM found it.
    pub(crate) offset: u64,
    /// The partition it is a file of, if it is one.
    pub(crate) partition: Option<u32>,
    /// The name of the device tree that it will ask the next one for, if it says so.
    pub(crate) device_tree: Option<String>,
}

/// What is at one of the places that a ROM tries.
enum Slot {
    /// Nothing that the ROM would take for a program.
    Empty,
    /// A program.
    Sound { bytes: Range<u64>, what: String, device_tree: Option<String> },
    /// Something that begins like one, and is none.
    Damaged(inspect::Error),
}

const BEHIND: &[&str] = &["next-stage", "boot-partition", "boot-menu", "kernel", "root"];

impl Chain<'_> {
    /// Finds the first program as the chip's ROM does.
    pub(crate) fn boot_rom(&mut self, table: Option<&FoundTable>) -> Option<First> {
        match self.machine.boot_rom {
            BootRom::Am335x { slots, max_len } => {
                let offsets: Vec<u64> = slots.iter().map(|slot| slot.0).collect();
                let is_raw = offsets.iter().any(|&at| matches!(self.slot(at), Ok(Slot::Sound { .. })));
                let file = table.filter(|_| !is_raw).and_then(|found| self.mlo_file(found, max_len));
                file.or_else(|| self.slots(None, &offsets))
            }
            BootRom::Allwinner { slots, .. } | BootRom::Rockchip { slots, .. } => {
                let offsets: Vec<u64> = slots.iter().map(|slot| slot.0).collect();
                self.slots(None, &offsets)
            }
            BootRom::Imx { offset, .. } => self.slots(None, &[offset.0]),
            BootRom::GptPartition { kind, .. } => self.rom_partition(table, kind),
            _ => None,
        }
    }

    /// The file `MLO` of the active FAT partition, which the ROM of an AM335x takes where raw mode
    /// finds nothing (SPRUH73, 26.1.8.5.6).
    fn mlo_file(&mut self, found: &FoundTable, max_len: Bytes) -> Option<First> {
        let partition = found.table.partitions.iter().find(|partition| partition.bootable)?;
        let volume = self.volume(partition).ok().filter(|volume| volume.identity.kind == "vfat")?;
        let file = volume.open_file("/MLO").ok()?;
        let (ranges, number) = (file.ranges(), partition.number);
        let read = file.read_up_to(0, max_len.0 + 4096);
        let checked = read.and_then(|bytes| Ok(inspect::am335x::parse(&bytes, max_len)?));
        let rule = "TI SPRUH73, 26.1.8.5.6: file MLO of the active FAT partition";
        match checked {
            Ok(mlo) => {
                let what =
                    format!("file `/MLO` of partition {number}, {} for {:#x}", mlo.len, mlo.load_address);
                let link = Link::holds("boot-rom", what).over(ranges.clone()).rule(rule);
                let id = self.trail.add(Some(found.id), link);
                let offset = ranges.first().map_or(0, |range| range.start);
                Some(First { id, offset, partition: Some(number), device_tree: None })
            }
            Err(_) => None,
        }
    }

    fn rom_partition(&mut self, table: Option<&FoundTable>, kind: PartitionType) -> Option<First> {
        let Some(found) = table else {
            self.trail.unreached(None, &["boot-rom"]);
            self.trail.unreached(None, BEHIND);
            return None;
        };
        let id = Some(found.id);
        let Some(partition) = found.table.partitions.iter().find(|partition| partition.kind.is(kind)) else {
            let what = format!("no partition is of type {}, which the boot ROM looks for", kind.gpt_guid());
            let id = self.trail.add(id, Link::broken("boot-rom", what).rule(self.machine.source));
            self.trail.unreached(Some(id), BEHIND);
            return None;
        };
        self.slots(id, &[partition.bytes.start])
    }

    fn slots(&mut self, after: Option<Id>, offsets: &[u64]) -> Option<First> {
        let slots: Vec<(u64, Result<Slot, Error>)> = offsets.iter().map(|&at| (at, self.slot(at))).collect();
        let first = slots.iter().find_map(|(at, slot)| match slot {
            Ok(Slot::Sound { bytes, what, device_tree }) => {
                Some((*at, bytes.clone(), what.clone(), device_tree.clone()))
            }
            _ => None,
        });
        let Some((offset, bytes, what, device_tree)) = first else {
            let id = self.nothing(after, &slots);
            self.trail.unreached(Some(id), BEHIND);
            return None;
        };
        let what = format!("{what} at {}", Bytes(offset));
        let link = Link::holds("boot-rom", what).at(bytes.clone()).rule(self.machine.source);
        let id = self.trail.add(after, link);
        for (at, slot) in &slots {
            if *at != offset {
                self.copy(id, (offset, &bytes), *at, slot);
            }
        }
        Some(First { id, offset, partition: None, device_tree })
    }

    /// No place has a program: the link says of the first damaged one what is wrong, or what is there instead.
    fn nothing(&mut self, after: Option<Id>, slots: &[(u64, Result<Slot, Error>)]) -> Id {
        let damaged = slots.iter().find_map(|(at, slot)| match slot {
            Ok(Slot::Damaged(error)) => Some((*at, format!("at {}: {error}", Bytes(*at)))),
            _ => None,
        });
        let unread = || {
            slots.iter().find_map(|(at, slot)| match slot {
                Err(error) => Some((*at, format!("at {}: {error}", Bytes(*at)))),
                _ => None,
            })
        };
        let (at, what) = damaged.or_else(unread).unwrap_or_else(|| {
            let places: Vec<String> = slots.iter().map(|(at, _)| Bytes(*at).to_string()).collect();
            let wanted = marks(&self.machine.boot_rom);
            (slots.first().map_or(0, |slot| slot.0), format!("no {wanted} at {}", places.join(", ")))
        });
        let end = (at + 512).min(self.disk.len()).max(at);
        let link = Link::broken("boot-rom", what).at(at..end).rule(self.machine.source);
        let placement = self.machine.placements.iter().find(|placement| placement.offset.0 == at);
        let link = match placement {
            Some(placement) => link.help(format!(
                "write `{}` of package `{}` at byte {}",
                placement.artifact.path(),
                placement.artifact.package,
                placement.offset.0
            )),
            None => link,
        };
        self.trail.add(after, link)
    }

    /// Another place that the ROM would try if the first failed.
    fn copy(&mut self, first_id: Id, first: (u64, &Range<u64>), at: u64, slot: &Result<Slot, Error>) {
        const NAME: &str = "boot-rom-copy";
        // Other places of the ROM's may hold something else: the second program, on the AM335x.
        let placed = |at: u64| self.machine.placements.iter().find(|placement| placement.offset.0 == at);
        let wanted = placed(at)
            .is_some_and(|copy| placed(first.0).is_some_and(|first| first.artifact == copy.artifact));
        let place = Bytes(at);
        let link = match slot {
            Ok(Slot::Sound { bytes, .. }) => {
                let same = self.disk.read(first.1.start, first.1.end - first.1.start).ok()
                    == self.disk.read(bytes.start, bytes.end - bytes.start).ok();
                match same {
                    true => Link::holds(NAME, format!("the copy at {place} is the same")).at(bytes.clone()),
                    false => {
                        let what = format!("the program at {place} is not the one at {}", Bytes(first.0));
                        Link::doubtful(NAME, what).at(bytes.clone())
                    }
                }
            }
            Ok(Slot::Damaged(error)) => Link::broken(NAME, format!("at {place}: {error}")).at(at..at + 512),
            Ok(Slot::Empty) if wanted => Link::broken(
                NAME,
                format!("a copy belongs at {place}, but there is no {}", marks(&self.machine.boot_rom)),
            )
            .at(at..at + 512),
            Ok(Slot::Empty) => return,
            Err(_) if !wanted => return,
            Err(error) => Link::broken(NAME, format!("at {place}: {error}")),
        };
        debug_assert!(link.verdict != Verdict::NotReached);
        self.trail.add(Some(first_id), link.rule(self.machine.source));
    }

    fn slot(&self, at: u64) -> Result<Slot, Error> {
        let read = |len: Bytes| self.disk.read_up_to(at, len.0);
        let sound = |range: Range<u64>, what: String| Slot::Sound {
            bytes: at + range.start..at + range.end,
            what,
            device_tree: None,
        };
        Ok(match self.machine.boot_rom {
            BootRom::Allwinner { max_len, .. } => {
                let bytes = read(max_len)?;
                match inspect::egon::parse(&bytes, max_len) {
                    _ if !inspect::egon::detect(&bytes) => Slot::Empty,
                    Err(error) => Slot::Damaged(error),
                    Ok(egon) => Slot::Sound {
                        bytes: at..at + egon.length.0,
                        what: format!("eGON.BT0 of {}, checksum {:#010x}", egon.length, egon.checksum),
                        device_tree: egon.device_tree,
                    },
                }
            }
            BootRom::Am335x { max_len, .. } => {
                let bytes = read(max_len + Bytes::kib(4))?;
                match inspect::am335x::parse(&bytes, max_len) {
                    _ if !inspect::am335x::detect(&bytes) => Slot::Empty,
                    Err(error) => Slot::Damaged(error),
                    Ok(mlo) => {
                        let what =
                            format!("CHSETTINGS and GP header of {} for {:#x}", mlo.len, mlo.load_address);
                        sound(0..mlo.image.end, what)
                    }
                }
            }
            BootRom::Rockchip { max_len, .. } => {
                let bytes = read(Bytes::mib(4))?;
                match inspect::rockchip::parse(&bytes, max_len) {
                    _ if !inspect::rockchip::detect(&bytes) => Slot::Empty,
                    Err(error) => Slot::Damaged(error),
                    Ok(block) => {
                        let end = block.boot.as_ref().map_or(block.init.end, |boot| boot.end);
                        let tag = block.tag.as_deref().unwrap_or("RKNS");
                        let len = Bytes(block.init.end - block.init.start);
                        sound(0..end, format!("ID block of version {}, `{tag}` of {len}", block.version))
                    }
                }
            }
            BootRom::Imx { offset, max_len } => {
                let bytes = read(max_len)?;
                match inspect::imx::parse(&bytes, offset, max_len) {
                    _ if !inspect::imx::detect(&bytes) => Slot::Empty,
                    Err(error) => Slot::Damaged(error),
                    Ok(imx) => {
                        let what = format!(
                            "image vector table, {} to {:#x}, entry {:#x}",
                            imx.len, imx.start, imx.entry
                        );
                        sound(imx.image.clone(), what)
                    }
                }
            }
            BootRom::GptPartition { header: SplHeader::StarFive, max_len, .. } => {
                let bytes = read(max_len)?;
                match inspect::starfive::parse(&bytes, max_len) {
                    _ if !inspect::starfive::detect(&bytes) => Slot::Empty,
                    Err(error) => Slot::Damaged(error),
                    Ok(spl) => {
                        sound(0..spl.image.end, format!("StarFive SPL with CRC-32 {:#010x}", spl.checksum))
                    }
                }
            }
            BootRom::GptPartition { .. } => {
                let bytes = read(Bytes::kib(4))?;
                match inspect::sifive::parse(&bytes) {
                    Err(error) => Slot::Damaged(error),
                    Ok(_) if bytes.iter().all(|&byte| byte == 0) => Slot::Empty,
                    Ok(spl) => sound(
                        0..bytes.len() as u64,
                        format!("a RISC-V program, first word {:#010x}", spl.first_word),
                    ),
                }
            }
            _ => Slot::Empty,
        })
    }
}

/// What a ROM knows its program by.
fn marks(rom: &BootRom) -> &'static str {
    match rom {
        BootRom::Allwinner { .. } => "`eGON.BT0` header",
        BootRom::Am335x { .. } => "`CHSETTINGS` table of contents",
        BootRom::Rockchip { .. } => "ID block",
        BootRom::Imx { .. } => "image vector table (tag 0xd1)",
        _ => "first program",
    }
}
