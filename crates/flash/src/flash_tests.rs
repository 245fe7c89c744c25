use std::io::{Cursor, Write};
use std::sync::Mutex;

use super::*;
use crate::testing::{Fake, Fault, eio, map_text};

const MIB: usize = 1 << 20;

/// An image of that many bytes, no two sectors of which are the same.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| ((at / 512) as u32).wrapping_mul(2_654_435_761).to_le_bytes()[at % 4]).collect()
}

fn stream(bytes: &[u8]) -> Image {
    Image::stream(Cursor::new(bytes.to_vec())).unwrap()
}

fn file(bytes: &[u8]) -> Image {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    Image::open(file.path()).unwrap()
}

fn write(image: Image, target: &Fake) -> Result<Flashed, Error> {
    flash(image, target, &(), &AtomicBool::new(false))
}

/// What became of a device of 16 MiB with these faults to which 10 MiB were written.
fn faulty(faults: impl IntoIterator<Item = Fault>) -> (Vec<u8>, Error) {
    let target = Fake::new(16 * MIB, faults);
    let error = write(file(&bytes(10 * MIB)), &target).unwrap_err();
    (target.take(), error)
}

/// The reason of an unfinished flashing.
fn reason(error: Error) -> (u64, Error) {
    match error {
        Error::Unfinished { written, source } => (written, *source),
        other => panic!("{other:?}"),
    }
}

fn is_blank(device: &[u8]) -> bool {
    device[..HEAD as usize].iter().all(|byte| *byte == 0)
}

#[test]
fn every_byte_arrives_and_none_behind_the_image_changes() {
    // Shorter than the head, as long, longer, and not a whole number of sectors.
    for len in [512, 4 * MIB, 9 * MIB + 512, 9 * MIB + 100] {
        let bytes = bytes(len);
        for image in [file(&bytes), stream(&bytes)] {
            let target = Fake::new(16 * MIB, []);
            let flashed = write(image, &target).unwrap();
            assert_eq!(flashed.written, len.next_multiple_of(512) as u64);
            let device = target.take();
            let (head, end) = (HEAD as usize, len.next_multiple_of(512));
            assert!(device[..len] == bytes, "{len}");
            assert!(device[len..end.max(head)].iter().all(|byte| *byte == 0), "{len}");
            assert!(device[end.max(head)..].iter().all(|byte| *byte == 0xFF), "{len}");
        }
    }
}

#[test]
fn the_first_bytes_are_cleared_first_and_written_last() {
    let target = Fake::new(16 * MIB, []);
    write(file(&bytes(10 * MIB)), &target).unwrap();
    let chunk = CHUNK as usize;
    let order = [(0, chunk), (CHUNK, chunk), (2 * CHUNK, 2 * MIB), (0, chunk)];
    assert_eq!(*target.writes.lock().unwrap(), order);
}

#[test]
fn short_writes_are_gone_on_with() {
    let target = Fake::new(16 * MIB, [Fault::ShortWrites(3 * 512)]);
    write(file(&bytes(5 * MIB)), &target).unwrap();
    assert!(target.take()[..5 * MIB] == bytes(5 * MIB));
}

#[test]
fn a_sector_that_cannot_be_written_is_named_and_leaves_no_table() {
    let (device, error) = faulty([Fault::WriteFails(9 * MIB as u64 + 7)]);
    assert_eq!(
        error.to_string(),
        "the device is not usable now: 4 MiB of the image were written, and its table was not"
    );
    let (written, reason) = reason(error);
    assert_eq!((written, reason.to_string()), (CHUNK, "cannot write 2 MiB at 0x800000".to_owned()));
    assert!(matches!(reason, Error::Write { source, .. } if source.raw_os_error() == eio().raw_os_error()));
    assert!(is_blank(&device));
}

#[test]
fn a_sector_that_cannot_be_read_back_leaves_no_table() {
    let (device, error) = faulty([Fault::ReadFails(9 * MIB as u64)]);
    let (_, reason) = reason(error);
    assert_eq!(reason.to_string(), "cannot read 2 MiB back at 0x800000");
    assert!(is_blank(&device));
}

#[test]
fn what_a_device_silently_loses_or_changes_is_found() {
    let at = 9 * MIB as u64;
    for fault in [Fault::Dropped(at), Fault::Flipped(at), Fault::Ends(at)] {
        let (device, error) = faulty([fault]);
        let (written, reason) = reason(error);
        assert_eq!(written, 6 * MIB as u64);
        assert!(
            matches!(&reason, Error::Differs { first, len: 0x20_0000 } if *first == (0x80_0000..0xA0_0000)),
            "{fault:?}: {reason:?}"
        );
        assert!(is_blank(&device), "{fault:?}");
    }
}

#[test]
fn all_that_differs_is_counted() {
    let (_, error) = faulty([Fault::Flipped(5 * MIB as u64), Fault::Flipped(9 * MIB as u64)]);
    assert_eq!(
        reason(error).1.to_string(),
        "6 MiB read back as something else than was written, the first within 0x400000-0x7fffff\n\
         help: the device, its reader or the cable is broken, or it has less room than it says"
    );
}

#[test]
fn a_table_that_does_not_read_back_is_taken_away_again() {
    // Whichever bit turns in zeros turns again; all else of the head must be zero.
    let (mut device, error) = faulty([Fault::Flipped(100)]);
    assert!(matches!(reason(error).1, Error::Differs { first, .. } if first == (0..HEAD)));
    device[100] = 0;
    assert!(is_blank(&device));
}

#[test]
fn a_device_that_cannot_settle_is_in_doubt() {
    let (_, error) = faulty([Fault::SettleFails]);
    assert!(matches!(reason(error), (0, Error::Write { at: 0, len: 0, .. })));
}

#[test]
fn too_small_a_device_is_not_touched_if_the_image_says_how_long_it_is() {
    let target = Fake::new(4 * MIB, []);
    let error = write(file(&bytes(5 * MIB)), &target).unwrap_err();
    assert_eq!(error.to_string(), "`the device` has 4 MiB, but the image needs 5 MiB");
    assert!(target.take().iter().all(|byte| *byte == 0xFF));
}

#[test]
fn too_small_a_device_shows_when_a_stream_goes_on() {
    let target = Fake::new(9 * MIB, []);
    let (written, reason) = reason(write(stream(&bytes(20 * MIB)), &target).unwrap_err());
    assert_eq!(written, CHUNK);
    assert!(matches!(reason, Error::TooSmall { needed: Bytes(0xC0_0000), .. }), "{reason:?}");
    assert!(is_blank(&target.take()));
}

#[test]
fn nothing_is_touched_for_an_image_that_cannot_be_read() {
    let packed = zstd::encode_all(&bytes(MIB)[..], 1).unwrap();
    let cut = packed[..packed.len() / 2].to_vec();
    for (image, says) in [(cut, "cannot read the image at 0x0"), (vec![], "the image is empty")] {
        let target = Fake::new(16 * MIB, []);
        assert_eq!(write(stream(&image), &target).unwrap_err().to_string(), says);
        assert!(target.take().iter().all(|byte| *byte == 0xFF));
    }
}

#[test]
fn an_image_that_ends_early_leaves_no_table() {
    let packed = zstd::encode_all(&bytes(10 * MIB)[..], 1).unwrap();
    let target = Fake::new(16 * MIB, []);
    let (_, reason) = reason(write(stream(&packed[..packed.len() - 100]), &target).unwrap_err());
    assert!(matches!(reason, Error::Read { .. }), "{reason:?}");
    assert!(is_blank(&target.take()));
}

/// Two chunks of 12 MiB with a map of the first 4 KiB, and of 16 KiB from 9 MiB on.
fn mapped(image: &[u8]) -> String {
    let at = 9 * MIB;
    map_text(image, &[0..4096, at..at + 16384])
}

#[test]
fn only_what_is_mapped_is_written_but_for_the_head() {
    let image = bytes(12 * MIB);
    for source in [file(&image), stream(&image), stream(&zstd::encode_all(&image[..], 1).unwrap())] {
        let target = Fake::new(16 * MIB, []);
        let flashed = write(source.mapped(&mapped(&image)).unwrap(), &target).unwrap();
        assert_eq!(flashed, Flashed { image_len: 12 * MIB as u64, written: HEAD + 16384 });
        let device = target.take();
        let (head, at) = (HEAD as usize, 9 * MIB);
        assert!(device[..head] == image[..head] && device[at..at + 16384] == image[at..at + 16384]);
        assert!(device[head..at].iter().chain(&device[at + 16384..]).all(|byte| *byte == 0xFF));
    }
}

#[test]
fn an_image_that_is_not_as_mapped_leaves_no_table() {
    let mut image = bytes(12 * MIB);
    let map = mapped(&image);
    image[9 * MIB + 5000] ^= 1;
    let target = Fake::new(16 * MIB, []);
    let (_, reason) = reason(write(file(&image).mapped(&map).unwrap(), &target).unwrap_err());
    assert_eq!(
        reason.to_string(),
        "bytes 0x900000-0x903fff of the image have another checksum than its block map says"
    );
    assert!(is_blank(&target.take()));
}

#[test]
fn an_image_of_another_length_than_its_map_is_refused() {
    let image = bytes(12 * MIB);
    let shorter = file(&image[..11 * MIB]).mapped(&mapped(&image));
    assert!(matches!(shorter, Err(Error::WrongLen { .. })));
    for len in [11 * MIB, 13 * MIB] {
        let target = Fake::new(16 * MIB, []);
        let other = stream(&bytes(len)).mapped(&mapped(&image)).unwrap();
        let (_, reason) = reason(write(other, &target).unwrap_err());
        assert!(matches!(reason, Error::WrongLen { expected: Bytes(0xC0_0000), .. }), "{len}: {reason:?}");
        assert!(is_blank(&target.take()));
    }
}

/// Says stop when a phase has reached so many bytes, and writes down what it hears.
struct Listener<'a> {
    stop: &'a AtomicBool,
    at: Option<(Phase, u64)>,
    heard: Mutex<Vec<(Phase, Option<u64>, u64)>>,
}

impl Progress for Listener<'_> {
    fn begins(&self, phase: Phase, total: Option<u64>) {
        self.heard.lock().unwrap().push((phase, total, 0));
    }

    fn reached(&self, bytes: u64) {
        let mut heard = self.heard.lock().unwrap();
        let (phase, _, reached) = heard.last_mut().unwrap();
        *reached = bytes;
        if self.at.is_some_and(|(when, least)| *phase == when && bytes >= least) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn an_interrupted_flashing_says_so_and_leaves_no_table() {
    for at in [(Phase::Write, CHUNK), (Phase::Verify, CHUNK)] {
        let stop = AtomicBool::new(false);
        let listener = Listener { stop: &stop, at: Some(at), heard: Mutex::default() };
        let target = Fake::new(16 * MIB, []);
        let error = flash(file(&bytes(15 * MIB)), &target, &listener, &stop).unwrap_err();
        assert!(matches!(reason(error).1, Error::Interrupted));
        assert!(is_blank(&target.take()));
    }
}

#[test]
fn progress_has_a_total_where_the_length_is_known() {
    let stop = AtomicBool::new(false);
    let heard = |image| {
        let listener = Listener { stop: &stop, at: None, heard: Mutex::default() };
        flash(image, &Fake::new(16 * MIB, []), &listener, &stop).unwrap();
        listener.heard.into_inner().unwrap()
    };
    let (all, behind) = (10 * MIB as u64, 6 * MIB as u64);
    let (write, verify) = (Phase::Write, Phase::Verify);
    assert_eq!(heard(file(&bytes(10 * MIB))), [(write, Some(all), behind), (verify, Some(all), all)]);
    assert_eq!(heard(stream(&bytes(10 * MIB))), [(write, None, behind), (verify, Some(all), all)]);
}
