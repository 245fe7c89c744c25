use super::*;
use crate::menu::{Kind, Module};

pub(crate) const FIXTURE: &str = r#"
# As update-grub writes it, shortened.
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
else
   set default="0"
fi
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
function load_video {
  insmod efi_gop
}
if loadfont unicode ; then set gfxmode=auto; fi
for word in a b; do echo $word; done
set timeout=5
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-1' {
	insmod ext2
	set root='hd0,gpt2'
	if [ x$feature_platform_search_hint = xy ]; then
	  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 --hint-efi hd0,gpt2 1111-2222
	else
	  search --no-floppy --fs-uuid --set=root wrong
	fi
	linux /vmlinuz-6.12 root=UUID=1 ro "a b"
	initrd /ucode.img /initrd.img-6.12
	devicetree ($root)/board.dtb
}
submenu 'More' {
	menuentry 'GNU/Hurd' {
		search.fs_label HURD
		multiboot /boot/gnumach.gz root=part:1:device:hd0 console=com0
		module /hurd/ext2fs.static ext2fs --readonly \
			--multiboot-command-line='${kernel-command-line}' \
			-T typed '${root}' '$(task-create)'
		module (hd1)/lib/ld.so.1 exec
	}
}
menuentry "Shell" { chainloader /shell.efi; }
configfile ($root)/more.cfg
"#;

fn find<'a>(menu: &'a GrubCfg, title: &str) -> &'a BootEntry {
    menu.entries.iter().find(|entry| entry.title == title).unwrap()
}

#[test]
fn a_linux_entry_is_read() {
    let menu = parse(FIXTURE.as_bytes()).unwrap();
    let setting = Setting { key: "insmod".to_owned(), value: "ext2".to_owned(), line: 21 };
    let expected = BootEntry {
        name: "gnulinux-1".to_owned(),
        title: "Debian GNU/Linux".to_owned(),
        kernel: Some("/vmlinuz-6.12".to_owned()),
        initrds: vec!["/ucode.img".to_owned(), "/initrd.img-6.12".to_owned()],
        device_tree: Some("/board.dtb".to_owned()),
        arguments: "root=UUID=1 ro \"a b\"".to_owned(),
        root: Some(Root::Uuid("1111-2222".to_owned())),
        other: vec![setting],
        line: 20,
        ..BootEntry::default()
    };
    assert_eq!(menu.started(), Some(&expected));
    assert_eq!((menu.default.as_deref(), menu.timeout.as_deref()), (Some("0"), Some("5")));
    assert!(menu.is_conditional, "whether a font can be loaded is not known");
}

#[test]
fn a_multiboot_entry_is_read() {
    let menu = parse(FIXTURE.as_bytes()).unwrap();
    let hurd = find(&menu, "GNU/Hurd");
    assert_eq!((hurd.kind, hurd.kernel.as_deref()), (Kind::Multiboot, Some("/boot/gnumach.gz")));
    assert_eq!(hurd.arguments, "root=part:1:device:hd0 console=com0");
    assert_eq!(hurd.root, Some(Root::Label("HURD".to_owned())));
    let arguments =
        "ext2fs --readonly --multiboot-command-line=${kernel-command-line} -T typed ${root} $(task-create)";
    let modules = [
        Module { path: "/hurd/ext2fs.static".to_owned(), arguments: arguments.to_owned(), line: 36 },
        Module { path: "(hd1)/lib/ld.so.1".to_owned(), arguments: "exec".to_owned(), line: 39 },
    ];
    assert_eq!(hurd.modules, modules);
}

#[test]
fn another_menu_is_named() {
    let menu = parse(FIXTURE.as_bytes()).unwrap();
    let shell = find(&menu, "Shell");
    assert_eq!((shell.kind, shell.kernel.as_deref(), &shell.root), (Kind::Chain, Some("/shell.efi"), &None));
    // `root` is not set outside of the entries.
    let next = Next { path: "/more.cfg".to_owned(), root: None, comes_back: false, line: 43 };
    assert_eq!(menu.next, [next]);
    let stub =
        b"search.fs_uuid 77 root hd0,gpt2\nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n";
    let next = Next {
        path: "/boot/grub/grub.cfg".to_owned(),
        root: Some(Root::Uuid("77".to_owned())),
        comes_back: false,
        line: 3,
    };
    assert_eq!(parse(stub).unwrap().next, [next]);
}

#[test]
fn the_default_is_a_place_an_id_or_a_title() {
    for (default, title) in [
        ("0", "Debian GNU/Linux"),
        ("1>0", "GNU/Hurd"),
        ("More>GNU/Hurd", "GNU/Hurd"),
        ("2", "Shell"),
        ("gnulinux-1", "Debian GNU/Linux"),
        ("nowhere", "Debian GNU/Linux"),
    ] {
        let text = format!("{FIXTURE}\nset default='{default}'");
        assert_eq!(parse(text.as_bytes()).unwrap().started().unwrap().title, title, "{default}");
    }
    assert_eq!(parse(b"").unwrap().started(), None);
}

/// The arguments of an entry's kernel.
fn arguments(text: &str) -> String {
    let text = format!("menuentry a {{\n{text}\n}}");
    parse(text.as_bytes()).unwrap().entries[0].arguments.clone()
}

#[test]
fn quotes_keep_what_they_hold() {
    for (text, expected) in [
        (r#"linux /k 'a $b' "c\$d" e\ f"#, r#""a $b" c$d "e f""#),
        (r#"set x="1 2"; linux /k $x "$x" ${x}3"#, r#"1 2 "1 2" 1 23"#),
        (r#"linux /k "" $none a$none"b""#, " ab"),
        ("linux /k a#b # c", "a#b"),
        (r#"linux /k "it's \n" $(x)"#, r#""it\'s \\n" $(x)"#),
        ("linux --nounzip /k a=b", "a=b"),
    ] {
        assert_eq!(arguments(text), expected, "{text}");
    }
}

#[test]
fn conditions_of_the_file_alone_are_decided() {
    for (condition, expected) in [
        ("[ a = a ]", "yes"),
        ("[ a = b ]", "no"),
        ("test a != b", "yes"),
        ("[ -z \"$x\" ]", "yes"),
        ("[ ! -n \"\" ]", "yes"),
        ("! [ a ]", "no"),
        ("[ ]", "no"),
        ("false", "no"),
        // Both, one after the other.
        ("[ -f /x ]", "no"),
        ("[ \"$grub_platform\" != pc ]", "no"),
    ] {
        let text = format!("if {condition}; then x=yes; else x=no; fi\nlinux /k $x");
        assert_eq!(arguments(&text), expected, "{condition}");
    }
    assert_eq!(arguments("if [ a = b ]; then x=1; elif [ a = a ]; then x=2; else x=3; fi; linux /k $x"), "2");
}

#[test]
fn what_an_entry_sets_is_its_own() {
    let menu =
        parse(b"set root=hd0\nmenuentry a { set root=(hd1)\nlinux /a }\nmenuentry b { linux /b }").unwrap();
    let roots: Vec<_> = menu.entries.iter().map(|entry| entry.root.clone().unwrap()).collect();
    assert_eq!(roots, [Root::Device("hd1".to_owned()), Root::Device("hd0".to_owned())]);
}

#[test]
fn blocks_and_quotes_have_an_end() {
    for (text, message) in [
        ("\nmenuentry a {", "line 2: `{` has no end"),
        ("}", "line 1: `}` ends nothing"),
        ("echo 'a\n", "line 1: a quote has no end"),
        ("echo \"a", "line 1: a quote has no end"),
        ("echo ${a", "line 1: `${` has no end"),
        ("if true; then\necho", "line 1: `if` lacks its `then` or `fi`"),
        ("while true; do x", "line 1: a loop lacks its `done`"),
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), format!("grub.cfg: {message}"));
    }
}

#[test]
fn hostile_menus_are_bounded() {
    assert_eq!(
        parse("if ".repeat(100).as_bytes()).unwrap_err().to_string(),
        "grub.cfg: it has more than 32 blocks within each other"
    );
    let doubling = format!("x=aaaaaaaa\n{}", "x=\"$x$x\"\n".repeat(100));
    let error = parse(doubling.as_bytes()).unwrap_err();
    assert!(matches!(error, Error::TooMany { part: "bytes of text from variables", .. }), "{error}");
    let many = "menuentry a {}\n".repeat(1025);
    assert_eq!(parse(many.as_bytes()).unwrap_err().to_string(), "grub.cfg: it has more than 1024 entries");
}
