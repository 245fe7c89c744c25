//! On a card larger than the image the first boot makes the table that `simulate-growth` has said, and
//! nothing changes afterwards, whenever power fails.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use bringup_emulator::Shell;
use bringup_tests::card::{Card, Place};
use bringup_tests::machine::PATIENCE;
use bringup_tests::{Image, workspace};

const BRINGUP: &str = env!("CARGO_BIN_EXE_bringup-under-test");

const CARD: &str = "8GiB";

/// How many machines run at once.
const MACHINES: usize = 2;

/// The board's image with a system of `tests/systems`.
fn parted(board: &str, system: &str) -> Image {
    let record = workspace().join(format!("tests/systems/{system}.toml"));
    let record = record.to_str().expect("the workspace's path is text");
    Image::variant(BRINGUP, board, &format!("{system}-{board}"), &["--system", record])
}

/// Boots to a login, runs commands that must succeed, and switches off; says what they printed.
fn boot(card: &Card<'_>, name: &str, commands: &[&str]) -> Vec<String> {
    let mut machine = card.boot(name);
    // A whole Debian's first boot formats beside everything else.
    let mut shell = Shell::log_in(&mut machine.console, "root", 2 * PATIENCE).unwrap();
    let run = |command: &&str| {
        let output = shell.run(command).unwrap();
        assert_eq!(output.status, 0, "{name}: {command}: {}", output.text);
        output.text
    };
    let said = commands.iter().map(run).collect();
    shell.leave("poweroff").unwrap();
    machine.console.expect_end(PATIENCE).unwrap();
    said
}

/// Fails the test unless every partition is as wanted, formatted, and clean; says what never changes.
fn grown(card: &Card<'_>) -> (Vec<Place>, Vec<Vec<u8>>) {
    let (table, wanted) = (card.table(), card.wanted());
    assert_eq!(table, wanted);
    let (_, root, len) = table[0];
    let mut kept = vec![card.clean_ext4(root, len)];
    if let [(2, home, home_len), (3, swap, _), rest @ ..] = &table[1..] {
        kept.push(card.clean_ext4(*home, *home_len));
        // The last bytes of its first page, and a label at 1052: Linux, include/linux/swap.h, `swap_header`.
        assert_eq!(card.read(swap + 4086, 10), b"SWAPSPACE2");
        assert_eq!(card.read(swap + 1052, 5), b"swap\0");
        kept.push(card.read(*swap, 4096));
        if let [(4, data, _)] = rest {
            // BS_FilSysType of FAT32: Microsoft's FAT specification 1.03, "Boot sector and BPB".
            assert_eq!(card.read(data + 82, 5), b"FAT32");
        }
    }
    (table, kept)
}

/// Boots twice: the first makes everything, the second changes nothing.
fn grows_once(board: &str) {
    let image = parted(board, "tiny-parted");
    let card = Card::of(BRINGUP, &image, CARD);
    let mounted = "grep -c -e ' /home ext4 ' -e ' /srv/data vfat ' /proc/mounts";
    let first = boot(
        &card,
        &format!("grows-{board}"),
        &["echo kept > /home/note", mounted, "grep -c dev /proc/swaps"],
    );
    assert_eq!(first[1..], ["2", "1"]);
    let once = grown(&card);
    let second = boot(&card, &format!("grown-{board}"), &["cat /home/note", mounted]);
    assert_eq!(second, ["kept", "2"]);
    assert_eq!(grown(&card), once);
}

#[test]
fn an_mbr_grows_once() {
    grows_once("pine64-lts");
}

#[test]
fn a_gpt_grows_once() {
    grows_once("qemu-aarch64");
}

/// When power fails: after these words on the console, and so many milliseconds.
const CUTS: [(&str, &str, u64); 10] = [
    ("pine64-lts", "Run /init as init process", 300),
    ("pine64-lts", "has grown", 0),
    ("pine64-lts", "resizing filesystem from", 0),
    ("pine64-lts", "resized filesystem to", 300),
    ("pine64-lts", ": ext4, home", 0),
    ("qemu-aarch64", "Run /init as init process", 600),
    ("qemu-aarch64", "has grown", 0),
    ("qemu-aarch64", "resized filesystem to", 100),
    ("qemu-aarch64", ": swap, swap", 0),
    ("qemu-aarch64", ": vfat, DATA", 0),
];

#[test]
fn power_may_fail_at_any_moment() {
    let images = [parted("pine64-lts", "tiny-parted"), parted("qemu-aarch64", "tiny-parted")];
    let cuts = Mutex::new(CUTS.iter().enumerate());
    let next = || cuts.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..MACHINES {
            scope.spawn(|| {
                while let Some((at, (board, words, more))) = next() {
                    let image = images.iter().find(|image| image.board == *board).expect("it is one of both");
                    let card = Card::of(BRINGUP, image, CARD);
                    let mut machine = card.boot(&format!("cut-{at}"));
                    machine.expect_all(&[words]);
                    thread::sleep(Duration::from_millis(*more));
                    drop(machine);
                    boot(&card, &format!("cut-{at}-again"), &["touch /home/note"]);
                    grown(&card);
                }
            });
        }
    });
}

/// Beyond 16 GiB the kernel keeps the descriptors of new groups among those groups (meta_bg); U-Boot, which
/// knows nothing of that, must find its menu and the kernel all the same.
#[test]
fn u_boot_reads_a_root_that_grew_beyond_one_block_of_descriptors() {
    let image = Image::pine64(BRINGUP);
    let card = Card::of(BRINGUP, &image, "40GiB");
    boot(&card, "grows-40", &[]);
    // A new initramfs, as an update of the kernel writes it.
    let copy = "f=$(ls /boot/initrd.img-*); cp $f /boot/new; mv /boot/new $f; sync";
    boot(&card, "grown-40", &[copy]);
    boot(&card, "grown-40-again", &[]);
    grown(&card);
}

/// systemd: healthy, with everything in its place, on the first boot and on the second.
fn systemd_grows(board: &str) {
    let image = parted(board, "barebones-parted");
    let card = Card::of(BRINGUP, &image, CARD);
    // Formatting goes on beside everything else, and so may end after the login.
    let mounted = "i=0; until findmnt -n /home && swapon --show=NAME --noheadings | grep -q .; \
                   do i=$((i + 1)); [ $i -lt 120 ] || exit 1; sleep 1; done";
    let healthy = "systemctl is-system-running --wait";
    boot(&card, &format!("systemd-grows-{board}"), &[mounted, healthy, "echo kept > /home/note"]);
    let once = grown(&card);
    let second = boot(&card, &format!("systemd-grown-{board}"), &[mounted, healthy, "cat /home/note"]);
    assert_eq!(second[2], "kept");
    assert_eq!(grown(&card), once);
}

#[test]
fn systemd_repart_grows_a_gpt() {
    systemd_grows("qemu-aarch64");
}

#[test]
fn the_initramfs_grows_an_mbr_for_systemd() {
    systemd_grows("pine64-lts");
}
