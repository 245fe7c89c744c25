//! From the machine's first byte to the last program of the root file system.

mod arch;
mod bios;
mod boot_file;
mod boot_rom;
mod device_tree;
mod grub_core;
mod initramfs;
mod kernel;
mod machine;
mod memory;
mod modules;
mod next_stage;
mod partitions;
mod payload;
mod programs;
mod raspberry;
mod root;
mod suppliers;
mod trail;
mod u_boot;
mod uefi;
mod zimage;

use bringup_spec::{Board, BootMethod, BootRom};

use crate::{Disk, Proof};
use device_tree::FirmwareTree;
use machine::Machine;
use trail::Trail;

/// How an image is proved.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The boards that are tried where none is given.
    pub boards: &'a [&'a Board],
    /// How many threads look at the programs of the root file system.
    pub jobs: usize,
    /// Whether these are looked at: every ELF file is opened.
    pub programs: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { boards: &[], jobs: 1, programs: true }
    }
}

/// What all steps know.
pub(crate) struct Chain<'d> {
    pub(crate) disk: &'d Disk<'d>,
    pub(crate) machine: Machine<'d>,
    pub(crate) options: Options<'d>,
    /// Whether only the first programs matter.
    pub(crate) front: bool,
    /// The device tree that firmware hands on, where a file of the disk says so.
    pub(crate) firmware_tree: Option<FirmwareTree>,
    pub(crate) trail: Trail,
}

/// Proves the boot chain of an image, for a board or for whatever its bytes say it boots.
pub fn verify(disk: &Disk<'_>, board: Option<&Board>, options: &Options<'_>) -> Proof {
    if let Some(board) = board {
        return run(disk, Machine::of(board), options, false);
    }
    let quick = Options { programs: false, ..*options };
    let mut fits = Vec::new();
    let mut best: Option<(bool, usize, Machine<'_>)> = None;
    let listed: Vec<Machine<'_>> = options.boards.iter().map(|board| Machine::of(board)).collect();
    let families: Vec<Machine<'_>> = machine::FAMILIES.iter().map(Machine::family).collect();
    for machines in [listed, families] {
        // Families are for images that are for none of the boards.
        if !fits.is_empty() {
            break;
        }
        for machine in machines {
            // A machine that brings its own boot loader says nothing about an image, and where the boot
            // ROM finds nothing, there is no need to look further.
            let named = machine.board.is_some();
            if named && machine.boot_rom == BootRom::External
                || !run(disk, machine.clone(), &quick, true).holds()
            {
                continue;
            }
            let proof = run(disk, machine.clone(), &quick, false);
            let rank = (proof.is_whole(), proof.reach());
            fits.extend(machine.board.filter(|_| rank.0).map(str::to_owned));
            if best.as_ref().is_none_or(|(whole, reach, _)| rank > (*whole, *reach)) {
                best = Some((rank.0, rank.1, machine));
            }
        }
    }
    // Where nothing fits, the last family says what there is: it has no boot ROM.
    let last = || Machine::family(&machine::FAMILIES[machine::FAMILIES.len() - 1]);
    let machine = best.map_or_else(last, |(.., machine)| machine);
    // Several boards may fit; none of them is meant more than another.
    let mut proof = run(disk, machine, options, false);
    proof.board = None;
    proof.fits = fits;
    proof
}

/// Proves for one machine; with `front`, no further than its first programs.
fn run(disk: &Disk<'_>, machine: Machine<'_>, options: &Options<'_>, front: bool) -> Proof {
    let mut chain =
        Chain { disk, machine, options: *options, front, firmware_tree: None, trail: Trail::default() };
    chain.run();
    Proof {
        board: chain.machine.board.map(str::to_owned),
        machine: chain.machine.name.to_owned(),
        fits: Vec::new(),
        links: chain.trail.into_links(),
    }
}

impl Chain<'_> {
    fn run(&mut self) {
        let table = self.partition_table();
        match self.machine.boot_rom {
            BootRom::Uefi { suffix } => self.uefi(table, suffix),
            BootRom::Bios => self.bios(table),
            BootRom::RaspberryPi { files } => self.raspberry(table, files),
            BootRom::External
                if self.machine.boot.first() != Some(&BootMethod::Extlinux)
                    && self.machine.suffix().is_some() =>
            {
                let suffix = self.machine.suffix().unwrap_or_default();
                self.uefi(table, suffix);
            }
            BootRom::External => self.u_boot(table, None, &[]),
            _ => {
                let Some(first) = self.boot_rom(table.as_ref()) else { return };
                let Some((stage, own)) = self.next_stage(table.as_ref(), &first) else { return };
                if self.front {
                    return;
                }
                self.u_boot(table, Some(stage), &own);
            }
        }
    }
}

#[cfg(test)]
mod grub_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod uki_tests;
