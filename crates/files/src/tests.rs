use std::fs;
use std::path::{Path, PathBuf};

use bringup_bootchain::volume::FileKind;

use crate::testing::{Idle, alone, boot};
use crate::{Attributes, Entry, Error, Image, Place, copy_out, list, put, read, remove};

fn place(image: &Path, rest: &str) -> Place {
    Place::parse(&format!("{}:{rest}", image.display())).unwrap()
}

fn names(image: &Path, rest: &str) -> Vec<String> {
    list(&place(image, rest)).unwrap().into_iter().map(|entry| entry.name).collect()
}

fn text(image: &Path, rest: &str) -> Result<String, Error> {
    let mut bytes = Vec::new();
    read(&place(image, rest), &mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn a_partition_is_found_by_number_label_or_use() {
    let (_folder, image) = alone();
    for root in ["/", "root:/", "ROOT:/", "2:/"] {
        assert_eq!(names(&image, root), ["conf", "empty", "etc", "lost+found", "round"], "{root}");
    }
    for boot in ["boot:/", "1:/"] {
        assert_eq!(names(&image, boot), ["EFI"]);
    }
    assert_eq!(
        Image::open(&image).unwrap().partition(Some("home")).unwrap_err().to_string(),
        format!("`{}` has no partition `home`; it has 1 (`BOOT`), 2 (`root`)", image.display())
    );
}

#[test]
fn a_file_system_without_a_table_is_the_one_partition() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("esp.img");
    fs::write(&path, boot()).unwrap();
    assert_eq!(names(&path, "/efi"), ["a.txt"]);
}

#[test]
fn a_listing_has_owners_modes_and_targets() {
    let (_folder, image) = alone();
    let hostname = |name: &str| Entry {
        name: name.to_owned(),
        kind: FileKind::File,
        mode: 0o640,
        owner: 7,
        group: 8,
        len: 6,
        target: None,
    };
    let entries = list(&place(&image, "/conf")).unwrap();
    assert_eq!(entries[0], hostname("hostname"));
    assert_eq!(entries[1].target.as_deref(), Some("hostname"));
    assert_eq!(list(&place(&image, "/conf/name")).unwrap(), [hostname("/etc/hostname")]);
}

#[test]
fn paths_go_through_links_and_never_out() {
    let (_folder, image) = alone();
    assert_eq!(text(&image, "/conf/../../conf/./name").unwrap(), "board\n");
    assert_eq!(text(&image, "1:/efi/A.TXT").unwrap(), "a");
    for (path, says) in [
        ("/etc/no", "there is no `/etc/no`"),
        ("/no/file", "there is no directory `/no`"),
        ("/etc/hostname/x", "there is no directory `/etc/hostname`"),
        ("/etc", "`/etc` is no regular file"),
    ] {
        assert_eq!(text(&image, path).unwrap_err().to_string(), says);
    }
    assert!(matches!(
        text(&image, "/round").unwrap_err(),
        Error::Path { source: bringup_bootchain::Error::TooManyLinks { .. }, .. }
    ));
}

#[test]
fn files_and_folders_come_out_with_their_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, image) = alone();
    let out = folder.path().join("out");
    assert_eq!(copy_out(&place(&image, "/etc"), &out).unwrap(), out);
    assert_eq!(fs::read(out.join("hostname")).unwrap(), b"board\n");
    assert_eq!(fs::metadata(out.join("hostname")).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_link(out.join("name")).unwrap(), Path::new("hostname"));
    // Into a folder that is there; one of the same name is not mixed with it.
    assert_eq!(copy_out(&place(&image, "/etc/hostname"), &out).unwrap(), out.join("hostname"));
    assert!(
        matches!(copy_out(&place(&image, "/etc"), folder.path()).unwrap(), path if path.ends_with("etc"))
    );
    assert!(matches!(copy_out(&place(&image, "/etc"), folder.path()), Err(Error::Exists { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

/// Fails to change the image with tools that do nothing; says what they were asked and the error.
fn idle(change: impl FnOnce(&Idle, &Path, &Path) -> Result<crate::Edited, Error>) -> (Vec<String>, String) {
    let (folder, image) = alone();
    let before = fs::read(&image).unwrap();
    let file: PathBuf = folder.path().join("new file");
    fs::write(&file, "new\n").unwrap();
    let tools = Idle::default();
    let error = change(&tools, &image, &file).unwrap_err();
    assert!(fs::read(&image).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-done is left");
    (tools.asked.into_inner(), error.to_string())
}

#[test]
fn what_a_tool_did_not_do_is_seen_and_the_image_left_as_it_is() {
    let said = |program: &str| format!("`{program}` did not do it; it said: no; room");
    let none = Attributes::default();
    let put_at = |rest: &'static str| idle(|tools, image, file| put(tools, file, &place(image, rest), &none));
    let remove_at = |rest: &'static str| idle(|tools, image, _| remove(tools, &place(image, rest), true));
    for (rest, program) in [("/etc/", "debugfs"), ("/conf/hostname", "debugfs"), ("1:/EFI", "mcopy")] {
        assert_eq!(put_at(rest).1, said(program), "{rest}");
    }
    for (rest, program) in
        [("/etc", "debugfs"), ("/round", "debugfs"), ("1:/EFI/A.TXT", "mdel"), ("boot:/efi", "mdeltree")]
    {
        assert_eq!(remove_at(rest).1, said(program), "{rest}");
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_owner_and_mode() {
    let attributes = Attributes { mode: Some(0o4711), owner: None };
    let (asked, _) = idle(|tools, image, file| put(tools, file, &place(image, "/conf/name"), &attributes));
    assert_eq!(
        asked,
        ["debugfs -w -f requests image?offset=5242880\n\
          rm \"/etc/hostname\"\n\
          cd \"/etc\"\n\
          write content \"hostname\"\n\
          set_inode_field \"/etc/hostname\" mode 0104711\n\
          set_inode_field \"/etc/hostname\" uid 7\n\
          set_inode_field \"/etc/hostname\" gid 8\n"]
    );
}

#[test]
fn a_directory_is_emptied_before_it_goes_and_links_go_themselves() {
    let (asked, _) = idle(|tools, image, _| remove(tools, &place(image, "/conf/../etc"), true));
    let requests = asked[0].split_once('\n').unwrap().1;
    assert_eq!(requests, "rm \"/etc/hostname\"\nrm \"/etc/name\"\nrmdir \"/etc\"\n");
    let (asked, _) = idle(|tools, image, _| remove(tools, &place(image, "/conf"), false));
    assert_eq!(asked[0].split_once('\n').unwrap().1, "rm \"/conf\"\n");
}

#[test]
fn what_cannot_be_is_refused_before_any_tool_runs() {
    let none = Attributes::default();
    let put_at = |rest: &'static str| idle(|tools, image, file| put(tools, file, &place(image, rest), &none));
    let remove_at = |rest: &'static str| idle(|tools, image, _| remove(tools, &place(image, rest), false));
    let mode = Attributes { mode: Some(0o600), owner: None };
    for ((asked, error), says) in [
        (put_at("/no/file"), "there is no directory `/no`"),
        (put_at("/new/"), "there is no directory `/new/`"),
        (put_at("1:/a?b"), "the name `a?b` has characters that FAT does not take: \" * / : < > ? \\ |"),
        (put_at("1:/a."), "the name `a.` ends in a dot or a blank, which FAT drops"),
        (
            idle(|tools, image, file| put(tools, file, &place(image, "1:/x"), &mode)),
            "FAT knows neither modes nor owners\nhelp: leave `--mode` and `--owner` out",
        ),
        (
            idle(|tools, image, file| put(tools, file.parent().unwrap(), &place(image, "/x"), &none)),
            "is no regular file",
        ),
        (remove_at("/"), "the root directory cannot be removed"),
        (remove_at("/no"), "there is no `/no`"),
        (
            remove_at("/etc"),
            "`/etc` is a directory that is not empty\nhelp: `-r` removes it with all that is in it",
        ),
    ] {
        assert!(asked.is_empty() && error.ends_with(says), "{asked:?} {error}");
    }
}

#[test]
fn a_file_system_with_errors_is_not_changed() {
    let (asked, error) = idle(|tools, image, file| {
        let mut bytes = fs::read(image).unwrap();
        // The second FAT is behind BPB_RsvdSecCnt and BPB_FATSz16 sectors (fatgen103).
        let boot = 1 << 20;
        let sectors = |at: usize| usize::from(u16::from_le_bytes([bytes[boot + at], bytes[boot + at + 1]]));
        let second = boot + (sectors(14) + sectors(22)) * 512;
        bytes[second + 3] ^= 1;
        fs::write(file, bytes).unwrap();
        put(tools, image, &place(file, "1:/x"), &Attributes::default())
    });
    assert!(asked.is_empty(), "{asked:?}");
    assert_eq!(
        error,
        "partition 1 (`BOOT`): its two FATs differ\n\
         help: `bringup tool e2fsck` or `bringup tool fsck.fat` mends it"
    );
}
