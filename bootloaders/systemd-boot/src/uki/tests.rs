use object::read::pe::{PeFile32, PeFile64};
use object::{Object, ObjectSection};

use super::*;

/// Machine types (PE Format, "Machine Types").
const AMD64: u16 = 0x8664;
const I386: u16 = 0x14c;
const ARM64: u16 = 0xaa64;
const RISCV64: u16 = 0x5064;

/// A program with one section of code, and headers of `headers` bytes.
fn program(machine: u16, headers: u32) -> Vec<u8> {
    let wide = machine != I386;
    let (magic, directories): (u16, usize) = if wide { (0x20b, 112) } else { (0x10b, 96) };
    let mut bytes = vec![0; headers as usize + 0x200];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, b"MZ");
    put(0x3c, &0x40_u32.to_le_bytes());
    put(0x40, b"PE\0\0");
    let optional = 0x44 + 20;
    put(0x44, &machine.to_le_bytes());
    put(0x46, &1_u16.to_le_bytes());
    put(0x44 + 16, &(directories as u16 + 128).to_le_bytes());
    put(0x44 + 18, &0x22e_u16.to_le_bytes());
    put(optional, &magic.to_le_bytes());
    // Initialized data, alignments, image, headers, checksum, subsystem, NX_COMPAT and more.
    for (at, value) in [(8, 0x20_u32), (32, 0x1000), (36, 0x200), (56, 0x2000), (60, headers), (64, 0x1234)] {
        put(optional + at, &value.to_le_bytes());
    }
    put(optional + 68, &10_u16.to_le_bytes());
    put(optional + 70, &0x160_u16.to_le_bytes());
    put(optional + directories - 4, &16_u32.to_le_bytes());
    let row = optional + directories + 128;
    put(row, b".text");
    for (at, value) in [(8, 0x123_u32), (12, 0x1000), (16, 0x200), (20, headers), (36, 0x6000_0020)] {
        put(row + at, &value.to_le_bytes());
    }
    bytes[headers as usize..].fill(0x90);
    bytes
}

fn stub() -> Vec<u8> {
    program(AMD64, 0x600)
}

const DTB: &[u8] = &[0xd0, 0x0d, 0xfe, 0xed, 1, 2, 3];

fn only(linux: &[u8]) -> Sections<'_> {
    Sections { linux, initrd: None, cmdline: None, osrel: None, uname: None, devicetree: None }
}

fn all<'a>(linux: &'a [u8], initrd: &'a [u8]) -> Sections<'a> {
    Sections {
        linux,
        initrd: Some(initrd),
        cmdline: Some("root=UUID=1 rw"),
        osrel: Some("PRETTY_NAME=\"Debian\"\nVERSION_ID=13\n"),
        uname: Some("6.12.107"),
        devicetree: Some(DTB),
    }
}

fn refusal(stub: &[u8], sections: &Sections<'_>) -> String {
    build(stub, sections).unwrap_err().to_string()
}

#[test]
fn other_readers_find_every_section() {
    let initrd = vec![7; 12_345];
    for machine in [AMD64, ARM64, RISCV64] {
        let (stub, kernel) = (program(machine, 0x600), program(machine, 0x400));
        let sections = all(&kernel, &initrd);
        let image = build(&stub, &sections).unwrap();
        let file = PeFile64::parse(&*image).unwrap();
        let mut found = file.sections().skip(1);
        for (name, content) in sections.list() {
            let section = found.next().unwrap();
            assert_eq!(section.name().unwrap(), name);
            assert_eq!(&section.data().unwrap()[..content.len()], content);
            assert_eq!(section.address() % 0x1000, 0);
            assert_eq!(section.file_range().unwrap().0 % 0x200, 0);
        }
        assert!(found.next().is_none());
        let goblin = goblin::pe::PE::parse(&image).unwrap();
        let header = goblin.header.optional_header.unwrap().windows_fields;
        let last = goblin.sections.last().unwrap();
        let end = (last.virtual_address + last.virtual_size).next_multiple_of(0x1000);
        assert_eq!((header.size_of_image, header.check_sum), (end, 0));
        let coff = goblin.header.coff_header;
        assert_eq!((coff.machine, coff.number_of_sections), (machine, 7));
        assert_eq!(image.len() % 0x200, 0);
    }
}

#[test]
fn programs_of_32_bits_work_as_well() {
    let kernel = program(I386, 0x400);
    let image = build(&program(I386, 0x600), &only(&kernel)).unwrap();
    let file = PeFile32::parse(&*image).unwrap();
    assert_eq!(file.section_by_name(".linux").unwrap().data().unwrap(), kernel);
}

#[test]
fn the_stub_itself_stays() {
    let (stub, kernel) = (stub(), program(AMD64, 0x400));
    let image = build(&stub, &only(&kernel)).unwrap();
    assert_eq!(image[0x600..0x800], stub[0x600..]);
    let changed: Vec<usize> = (0..0x600).filter(|at| image[*at] != stub[*at]).collect();
    let optional = 0x44 + 20;
    let row = optional + 112 + 128 + 40;
    let expected = |at: &usize| {
        [0x46, optional + 8, optional + 9, optional + 57, optional + 64, optional + 65].contains(at)
            || (row..row + 40).contains(at)
    };
    assert!(changed.iter().all(expected), "{changed:x?}");
}

#[test]
fn same_inputs_same_bytes() {
    let (stub, kernel) = (stub(), program(AMD64, 0x400));
    assert_eq!(build(&stub, &all(&kernel, b"x")).unwrap(), build(&stub, &all(&kernel, b"x")).unwrap());
}

#[test]
fn a_kernel_without_nx_takes_it_from_the_stub() {
    let at = 0x44 + 20 + 70;
    let mut kernel = program(AMD64, 0x400);
    let flags = |image: &[u8]| u16::from_le_bytes([image[at], image[at + 1]]);
    assert_eq!(flags(&build(&stub(), &only(&kernel)).unwrap()), 0x160);
    kernel[at + 1] = 0;
    assert_eq!(flags(&build(&stub(), &only(&kernel)).unwrap()), 0x60);
}

#[test]
fn kernel_and_stub_are_for_one_machine() {
    let message = refusal(&stub(), &only(&program(ARM64, 0x400)));
    assert_eq!(message, "the kernel is for machine type 0xaa64, but the stub is for 0x8664");
}

#[test]
fn other_files_are_no_kernels_and_no_stubs() {
    let good = program(AMD64, 0x400);
    let with = |at: usize, byte: u8| {
        let mut bad = good.clone();
        bad[at] = byte;
        bad
    };
    let optional = 0x44 + 20;
    for (kernel, reason) in [
        (with(0, b'x'), "it does not begin with `MZ`"),
        (with(0x40, b'x'), "its header is not `PE`"),
        (with(0x3f, 0xff), "its header is not `PE`"),
        (with(optional, 0), "its optional header is neither PE32 nor PE32+"),
        (with(optional + 68, 3), "it is for another subsystem than UEFI applications"),
        (with(optional + 33, 0x11), "its alignments are no powers of two"),
        (good[..0x100].to_vec(), "it is cut off within its headers"),
        (good[..0x500].to_vec(), "it is cut off within a section"),
        (vec![0x1f, 0x8b], "it does not begin with `MZ`"),
    ] {
        let message = refusal(&stub(), &only(&kernel));
        assert_eq!(message, format!("the kernel is not a UEFI program: {reason}"));
        let message = refusal(&kernel, &only(&good));
        assert_eq!(message, format!("the stub is not a UEFI program: {reason}"));
    }
}

#[test]
fn headers_must_have_room() {
    let kernel = program(AMD64, 0x400);
    // 0x200 bytes of headers end 144 bytes behind the first row.
    let message = refusal(&program(AMD64, 0x200), &all(&kernel, b"x"));
    assert_eq!(message, "6 sections are to be added, but the stub's headers have room for 3");
    assert!(build(&program(AMD64, 0x200), &only(&kernel)).is_ok());
    let mut occupied = stub();
    occupied[0x300] = 1;
    let message = refusal(&occupied, &only(&kernel));
    assert_eq!(message, "the stub is not a UEFI program: something follows its section table");
}

#[test]
fn a_kernel_image_is_no_stub() {
    let kernel = program(AMD64, 0x400);
    let image = build(&stub(), &only(&kernel)).unwrap();
    let message = "the stub has a section `.linux` already\nhelp: give systemd's stub, not a kernel image";
    assert_eq!(refusal(&image, &only(&kernel)), message);
    let mut signed = stub();
    signed[0x44 + 20 + 112 + 4 * 8 + 4] = 1;
    assert_eq!(build(&signed, &only(&kernel)), Err(Error::Signed));
}

#[test]
fn contents_that_would_be_misread_are_refused() {
    let kernel = program(AMD64, 0x400);
    let good = only(&kernel);
    for (sections, message) in [
        (Sections { initrd: Some(b""), ..good }, "the initramfs is empty"),
        (Sections { cmdline: Some(""), ..good }, "the command line is empty"),
        (Sections { cmdline: Some("a\0b"), ..good }, "the command line `a\\0b` holds '\\0'"),
        (Sections { osrel: Some("\n"), ..good }, "os-release is empty"),
        (Sections { osrel: Some("A=1\r\n"), ..good }, "os-release `A=1\\r\\n` holds '\\r'"),
        (Sections { uname: Some("6 12"), ..good }, "the kernel's release `6 12` holds ' '"),
        (
            Sections { devicetree: Some(b"/dts-v1/;"), ..good },
            "the device tree begins with 0x2f647473, but device trees begin with 0xd00dfeed",
        ),
    ] {
        assert_eq!(refusal(&stub(), &sections), message);
    }
}

#[test]
fn no_cut_off_stub_panics() {
    let (stub, kernel) = (stub(), program(AMD64, 0x400));
    for len in 0..stub.len() {
        assert!(build(&stub[..len], &only(&kernel)).is_err(), "{len}");
    }
}
