//! Each image holds as the command built it; each of its links, broken by one change, is the one that
//! `bringup verify` names, and no other.
//!
//! The changes are data, by family of chips: a name, what is changed, and the link and words expected.

mod elf;
mod mutation;
mod patient;
mod proof;

mod allwinner;
mod arm;
mod common;
mod pc;
mod riscv;

use bringup_tests::Image;
use mutation::{Family, Mutation};
use patient::Patient;

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

/// All of them.
const FAMILIES: &[&Family] = &[
    &allwinner::A64,
    &allwinner::H3,
    &arm::AM335X,
    &arm::IMX6,
    &arm::ROCKCHIP,
    &arm::RASPBERRY_PI,
    &riscv::SIFIVE,
    &riscv::STARFIVE,
    &pc::SYSTEMD_BOOT,
    &pc::GRUB_EFI,
    &pc::GRUB_BIOS,
    &pc::MACH,
];

/// Proves the sound image, then breaks it in every way that is listed.
fn prove(family: &Family) {
    let image = match family.arguments {
        [] => Image::of(BRINGUP, family.board),
        arguments => Image::variant(BRINGUP, family.board, family.name, arguments),
    };
    let mut patient = Patient::new(BRINGUP, image);
    let sound = &patient.sound;
    assert_eq!(sound.code, 0, "{}: {:#}", family.name, sound.json);
    assert_eq!(sound.with("broken"), [], "{}", family.name);
    assert_eq!(sound.with("doubtful"), [], "{}", family.name);
    assert_eq!(sound.with("not-reached"), [], "{}", family.name);

    // Nobody says what it is for.
    let unnamed = proof::verify(BRINGUP, patient.path(), None);
    assert_eq!(unnamed.code, 0, "{}: {:#}", family.name, unnamed.json);
    assert!(unnamed.fits().contains(&family.board), "{}: {:?}", family.name, unnamed.fits());

    let mut wrong = Vec::new();
    for mutation in family.mutations.iter().copied().flatten() {
        (mutation.change)(&mut patient);
        if let Err(what) = mutation.judge(&patient.sound, &patient.verify()) {
            wrong.push(format!("{}, {}: {what}", family.name, mutation.name));
        }
        patient.heal();
    }
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
    // What was healed is what it was.
    assert_eq!(patient.verify().json, patient.sound.json);
}

macro_rules! proves {
    ($($test:ident: $family:path;)*) => {
        $(#[test] fn $test() { prove(&$family) })*
    };
}

proves! {
    each_link_of_allwinner_a64: allwinner::A64;
    each_link_of_allwinner_h3: allwinner::H3;
    each_link_of_am335x: arm::AM335X;
    each_link_of_imx6: arm::IMX6;
    each_link_of_rockchip: arm::ROCKCHIP;
    each_link_of_raspberry_pi: arm::RASPBERRY_PI;
    each_link_of_sifive: riscv::SIFIVE;
    each_link_of_starfive: riscv::STARFIVE;
    each_link_of_systemd_boot: pc::SYSTEMD_BOOT;
    each_link_of_grub_on_uefi: pc::GRUB_EFI;
    each_link_of_grub_on_bios: pc::GRUB_BIOS;
    each_link_of_mach: pc::MACH;
}

#[test]
fn every_kind_of_boot_rom_is_broken_somewhere() {
    let kind = |name: &str| {
        let board = bringup_catalog::BOARDS.iter().find(|board| board.name == name).expect("it is listed");
        std::mem::discriminant(&board.soc.boot_rom)
    };
    let tried: Vec<_> = FAMILIES.iter().map(|family| kind(family.board)).collect();
    for board in bringup_catalog::BOARDS {
        let is_tried = tried.contains(&std::mem::discriminant(&board.soc.boot_rom));
        // QEMU's own boards bring their boot loader themselves.
        assert!(is_tried || board.name.starts_with("qemu-"), "{}", board.name);
    }
    let all: Vec<&Mutation> =
        FAMILIES.iter().flat_map(|family| family.mutations).copied().flatten().collect();
    assert!(all.len() >= 40, "{}", all.len());
}
