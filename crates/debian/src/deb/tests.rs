use super::fixture::{Entry, FILE, Fixture, compress, tar, write};
use super::*;

const COMPRESSIONS: [Compression; 4] =
    [Compression::None, Compression::Gzip, Compression::Xz, Compression::Zstd];

/// The error for these bytes, with the folder's name left out.
fn error_of(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), bytes);
    let error = Deb::open(&file.path).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

fn changed(change: impl FnOnce(&mut Fixture)) -> String {
    let mut fixture = Fixture::new(Compression::None);
    change(&mut fixture);
    error_of(&fixture.bytes())
}

fn with_control(control: &str) -> String {
    error_of(&Fixture::with(control, &tar(&[]), Compression::Xz).bytes())
}

#[test]
fn control_information_is_read_in_every_compression() {
    for compression in COMPRESSIONS {
        let folder = tempfile::tempdir().unwrap();
        let deb = Deb::open(&Fixture::new(compression).write(folder.path()).path).unwrap();
        let control = &deb.control;
        assert_eq!(
            (control.package(), control.version(), control.architecture()),
            ("hello", "1.0-1", "arm64")
        );
        assert_eq!(control.field("description"), Some("says hello\n in one line"));
        assert_eq!(control.installed_size_kib(), 4);
        assert_eq!(control.scripts().collect::<Vec<_>>(), ["postinst"]);
        assert_eq!(control.files.read("conffiles").unwrap(), b"/etc/hello\n");
        assert_eq!(deb.data.compression, compression);
        let mut data = Vec::new();
        deb.copy_data(Effort { threads: 2, memory: 1 << 24 }, 1 << 20, &mut data).unwrap();
        assert_eq!(data, tar(&fixture::ENTRIES));
    }
}

#[test]
fn members_that_dpkg_skips_are_skipped() {
    let mut fixture = Fixture::new(Compression::Gzip);
    fixture.members.insert(1, ("_signature".to_owned(), b"odd".to_vec()));
    fixture.members.push(("extra/".to_owned(), b"odd".to_vec()));
    fixture.members[0].1 = b"2.1\nmore\n".to_vec();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Deb::open(&fixture.write(folder.path()).path).unwrap().data.name, "data.tar.gz");
}

#[test]
fn what_is_no_package_is_refused() {
    assert_eq!(
        error_of(b"!<arch>"),
        "`hello.deb`: the archive's magic number ends at byte 8, but the file has 7 bytes"
    );
    assert_eq!(error_of(b"PK\x03\x04 and so on"), "`hello.deb` is no Debian package: it is no `ar` archive");
    for text in ["3.0\n", "2\n", "", "2.0"] {
        assert_eq!(
            changed(|fixture| fixture.members[0].1 = text.into()),
            format!("`hello.deb`: package format `{}` is not supported, only `2.0` is", text.trim_end())
        );
    }
    assert_eq!(
        changed(|fixture| drop(fixture.members.remove(0))),
        "`hello.deb` is no Debian package: its first member is not `debian-binary`"
    );
}

#[test]
fn control_and_data_must_be_there_in_this_order() {
    assert_eq!(changed(|fixture| drop(fixture.members.pop())), "`hello.deb` has no member `data.tar`");
    assert_eq!(changed(|fixture| fixture.members.truncate(1)), "`hello.deb` has no member `control.tar`");
    assert_eq!(
        changed(|fixture| fixture.members.swap(1, 2)),
        "`hello.deb`: member `data.tar` is where `control.tar` should be"
    );
    assert_eq!(
        changed(|fixture| fixture.members[2].0 = "data.tar.bz2".to_owned()),
        "`hello.deb`: the compression of `data.tar.bz2` is not supported; `.gz`, `.xz` and `.zst` are"
    );
}

#[test]
fn a_truncated_archive_is_refused_wherever_it_ends() {
    let bytes = Fixture::new(Compression::None).bytes();
    let header = 8 + 60 + 4;
    let control = 8 + 60 + 4 + 60;
    let data = bytes.len() - tar(&fixture::ENTRIES).len();
    for (len, what, end) in [
        (header + 59, "a member's header".to_owned(), header + 60),
        (control + 100, "member `control.tar`".to_owned(), data - 60),
        (bytes.len() - 1, "member `data.tar`".to_owned(), bytes.len()),
    ] {
        assert_eq!(
            error_of(&bytes[..len]),
            format!("`hello.deb`: {what} ends at byte {end}, but the file has {len} bytes")
        );
    }
    assert_eq!(error_of(&bytes[..data - 60]), "`hello.deb` has no member `data.tar`");
}

#[test]
fn a_member_header_must_make_sense() {
    let valid = Fixture::new(Compression::None).bytes();
    let at = 8 + 60 + 4;
    for (offset, byte, problem) in [
        (58, b'\'', "its end mark is missing"),
        (48, b'-', "the size is not a decimal number"),
        (0, 0xff, "the name is not ASCII"),
    ] {
        let mut bytes = valid.clone();
        bytes[at + offset] = byte;
        assert_eq!(error_of(&bytes), format!("`hello.deb`, member header at byte 72 (0x48): {problem}"));
    }
}

#[test]
fn junk_behind_the_members_is_refused() {
    let mut bytes = Fixture::new(Compression::None).bytes();
    let (offset, len) = (bytes.len(), bytes.len() + 60);
    bytes.resize(len, b'x');
    assert_eq!(
        error_of(&bytes),
        format!("`hello.deb`, member header at byte {offset} (0x{offset:x}): its end mark is missing")
    );
    bytes.truncate(offset + 3);
    assert_eq!(
        error_of(&bytes),
        format!("`hello.deb`: a member's header ends at byte {len}, but the file has {} bytes", offset + 3)
    );
}

#[test]
fn compressed_control_data_must_be_whole() {
    for (compression, member) in [
        (Compression::Gzip, "control.tar.gz"),
        (Compression::Xz, "control.tar.xz"),
        (Compression::Zstd, "control.tar.zst"),
    ] {
        let valid = Fixture::new(compression);
        for keep in [valid.members[1].1.len() - 1, valid.members[1].1.len() / 2, 3, 0] {
            let mut fixture = Fixture::new(compression);
            fixture.members[1].1.truncate(keep);
            assert_eq!(
                error_of(&fixture.bytes()),
                format!("`hello.deb`: the compressed data of `{member}` ends too early"),
                "{keep}"
            );
        }
    }
}

#[test]
fn nothing_may_follow_compressed_data() {
    let mut fixture = Fixture::new(Compression::Xz);
    fixture.members[1].1.extend(b"junk");
    assert_eq!(
        error_of(&fixture.bytes()),
        "`hello.deb`: something follows the compressed data of `control.tar.xz`"
    );
}

#[test]
fn control_needs_its_fields() {
    assert_eq!(with_control(""), "`hello.deb`: control file `control` has no field `Package`");
    assert_eq!(
        with_control("Package: a\nVersion: 1\n"),
        "`hello.deb`: control file `control` has no field `Architecture`"
    );
    assert_eq!(with_control("Package\n"), "`hello.deb`: control file `control` has no field in line 1");
    assert_eq!(with_control(" a: b\n"), "`hello.deb`: control file `control` continues nothing in line 1");
    assert_eq!(
        with_control("Package: a\npackage: b\n"),
        "`hello.deb`: control file `control` repeats field `package` in line 2"
    );
    assert_eq!(with_control("A: b\n\nC: d\n"), "`hello.deb`: control file `control` has no field in line 2");
}

#[test]
fn control_holds_files_only() {
    let link = Entry { path: "./control", kind: tar::EntryType::Symlink, content: "/etc/passwd" };
    let outside = Entry { path: "../control", kind: FILE, content: "" };
    for (entry, wanted) in [
        (link, "`hello.deb`: control file `./control` is neither a file nor a directory"),
        (outside, "`hello.deb`: `control.tar`"),
    ] {
        let error = changed(|fixture| fixture.members[1].1 = compress(&tar(&[entry]), Compression::None));
        assert_eq!(error, wanted);
    }
    let error = changed(|fixture| fixture.members[1].1 = tar(&[]));
    assert_eq!(error, "`hello.deb`: control file `control` is missing");
}
