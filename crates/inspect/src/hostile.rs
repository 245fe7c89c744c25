//! No bytes make a reader panic: every fixture, cut at every length and with every byte changed,
//! goes through every reader.

use bringup_spec::Bytes;

use crate::menu::{config_txt, extlinux, grub as grub_cfg, loader};
use crate::*;

/// A fixture and what reads it; what a reader says does not matter here.
type Case = (Vec<u8>, fn(&[u8]));

/// Puts a fixture through its reader, cut and changed at every `step`th byte.
fn torment(cases: &[Case], step: usize, changes: &[fn(u8) -> u8]) {
    for (fixture, read) in cases {
        // What is read of a long one is at its front or at its end.
        let ends = [0..fixture.len().min(700), fixture.len().saturating_sub(40).max(700)..fixture.len()];
        for at in ends.into_iter().flatten().step_by(step) {
            read(&fixture[..at]);
            for change in changes {
                let mut bytes = fixture.clone();
                bytes[at] = change(bytes[at]);
                read(&bytes);
            }
        }
    }
}

#[test]
fn no_blob_makes_a_reader_panic() {
    let cases: [Case; 24] = [
        (am335x::tests::fixture(), |bytes| drop(am335x::parse(bytes, Bytes::kib(109)))),
        (imx::tests::fixture(), |bytes| drop(imx::parse(bytes, Bytes(0x400), Bytes::kib(68)))),
        (starfive::tests::fixture(), |bytes| drop(starfive::parse(bytes, Bytes::kib(180)))),
        (sifive::tests::fixture(), |bytes| drop(sifive::parse(bytes))),
        (egon::tests::fixture(), |bytes| drop(egon::parse(bytes, Bytes::kib(32)))),
        (elf::tests::fixture(), |bytes| drop(elf::parse(bytes))),
        (elf::tests::fixture(), |bytes| drop(elf::program(bytes))),
        (fit::tests::fixture(), |bytes| drop(fit::parse(bytes))),
        (fdt::fixture::board(), device_tree),
        (uimage::tests::fixture(), |bytes| drop(uimage::parse(bytes))),
        (grub::tests::boot_fixture(), |bytes| drop(grub::boot_sector(bytes))),
        (grub::tests::core_fixture(), |bytes| drop((grub::block_list(bytes), grub::core(bytes)))),
        (grub::core_fixture_with_stream(), |bytes| drop(grub::payload(bytes))),
        (mbr::tests::fixture(), |bytes| drop(mbr::parse(bytes))),
        (multiboot::tests::fixture(), |bytes| drop(multiboot::parse(bytes))),
        (multiboot::tests::fixture_with_addresses(), |bytes| drop(multiboot::parse(bytes))),
        (pe::sections_fixture(), |bytes| drop(pe::uki(bytes))),
        (pe::tests::fixture(), |bytes| drop(pe::parse(bytes))),
        (cpio::tests::fixture(), |bytes| drop(cpio::parse(bytes))),
        (linux::arm::tests::fixture(), |bytes| drop(linux::arm::parse(bytes))),
        (linux::arm64::tests::fixture(), |bytes| drop(linux::arm64::parse(bytes))),
        (linux::riscv::tests::fixture(), |bytes| drop(linux::riscv::parse(bytes))),
        (linux::x86::tests::fixture(), |bytes| drop(linux::x86::parse(bytes))),
        (linux::zboot::tests::fixture(), |bytes| drop(linux::zboot::parse(bytes))),
    ];
    // Nothing, everything, and the highest and the lowest bit flipped.
    torment(&cases, 1, &[|_| 0, |_| 0xFF, |byte| byte ^ 0x80, |byte| byte ^ 1]);
    let identified =
        cases.map(|(fixture, _)| -> Case { (fixture, |bytes| drop(identify(bytes).to_string())) });
    torment(&identified, 4, &[|byte| byte ^ 0x81]);
}

#[test]
fn no_id_block_makes_its_reader_panic() {
    // Each try unscrambles or hashes kilobytes.
    let cases: [Case; 2] = [
        (rockchip::tests::fixture(), |bytes| drop(rockchip::parse(bytes, Bytes::kib(192)))),
        (rockchip::tests::fixture_v2(), |bytes| drop(rockchip::parse(bytes, Bytes::kib(192)))),
    ];
    torment(&cases, 1, &[|byte| byte ^ 0xFF]);
}

fn device_tree(bytes: &[u8]) {
    if let Ok(tree) = fdt::parse(bytes) {
        drop((tree.memory(), tree.reserved(), tree.aliases(), tree.find("/soc/mmc")));
    }
}

#[test]
fn no_menu_makes_a_reader_panic() {
    let text = |text: &str| text.as_bytes().to_vec();
    let cases: [Case; 5] = [
        (text(extlinux::tests::FIXTURE), |bytes| drop(extlinux::parse(bytes).map(|menu| menu.order().len()))),
        (text(loader::tests::FIXTURE), |bytes| drop(loader::entry("a.conf", bytes))),
        (text(loader::tests::FIXTURE), |bytes| drop(loader::conf(bytes).map(|conf| conf.is_default("a")))),
        (text(config_txt::tests::FIXTURE), |bytes| {
            drop(config_txt::parse(bytes).map(|found| found.boot_entry(&["pi4"])));
        }),
        (text(grub_cfg::tests::FIXTURE), |bytes| {
            drop(grub_cfg::parse(bytes).map(|menu| menu.started().cloned()));
        }),
    ];
    // Characters that mean something to a reader, and one that is no text.
    torment(&cases, 2, &[|_| b'\'', |_| b'$', |_| b'}', |_| 0xFF]);
}
