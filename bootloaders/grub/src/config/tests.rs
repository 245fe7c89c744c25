use super::*;

const UUID: &str = "0c1f7a52-6c0e-5d3b-9a41-0242ac110002";

fn linux() -> Entry {
    Entry {
        title: "Debian GNU/Linux".to_owned(),
        root_uuid: UUID.to_owned(),
        start: Start::Linux {
            kernel: "/boot/vmlinuz".to_owned(),
            initrd: Some("/boot/initrd.img".to_owned()),
            device_tree: None,
            arguments: format!("root=UUID={UUID} ro"),
        },
    }
}

fn mach() -> Entry {
    Entry {
        title: "GNU Mach".to_owned(),
        root_uuid: UUID.to_owned(),
        start: Start::Multiboot {
            kernel: "/boot/gnumach.gz".to_owned(),
            arguments: "root=device:hd0s1 console=com0".to_owned(),
            modules: vec![(
                "/boot/task".to_owned(),
                "task --host-priv-port=${host-port} $(task-create) $(task-resume)".to_owned(),
            )],
        },
    }
}

fn menu(entry: Entry) -> Menu {
    Menu { timeout_seconds: 3, serial: false, default: 0, entries: vec![entry] }
}

/// The error of a valid menu with one change to its only entry, of Linux.
fn refused(change: fn(&mut Entry)) -> String {
    let mut menu = menu(linux());
    change(&mut menu.entries[0]);
    menu.to_text().unwrap_err().to_string()
}

#[test]
fn linux_starts_with_its_initramfs() {
    assert_eq!(
        menu(linux()).to_text().unwrap(),
        "set default=0\nset timeout=3\n\nmenuentry 'Debian GNU/Linux' {\n\
         \tsearch --no-floppy --fs-uuid --set=root 0c1f7a52-6c0e-5d3b-9a41-0242ac110002\n\
         \tlinux '/boot/vmlinuz' 'root=UUID=0c1f7a52-6c0e-5d3b-9a41-0242ac110002' 'ro'\n\
         \tinitrd '/boot/initrd.img'\n}\n"
    );
}

#[test]
fn mach_starts_with_its_modules_and_keeps_its_variables() {
    assert_eq!(
        menu(mach()).to_text().unwrap(),
        "set default=0\nset timeout=3\n\nmenuentry 'GNU Mach' {\n\
         \tsearch --no-floppy --fs-uuid --set=root 0c1f7a52-6c0e-5d3b-9a41-0242ac110002\n\
         \tmultiboot '/boot/gnumach.gz' 'root=device:hd0s1' 'console=com0'\n\
         \tmodule '/boot/task' 'task' '--host-priv-port=${host-port}' '$(task-create)' '$(task-resume)'\n}\n"
    );
}

#[test]
fn what_is_not_there_is_not_written() {
    let mut menu = menu(linux());
    menu.entries[0].start = Start::Linux {
        kernel: "/Image".to_owned(),
        initrd: None,
        device_tree: Some("/board.dtb".to_owned()),
        arguments: String::new(),
    };
    let text = menu.to_text().unwrap();
    assert!(text.ends_with("\n\tlinux '/Image'\n\tdevicetree '/board.dtb'\n}\n"), "{text}");
}

#[test]
fn the_serial_port_is_for_bios_only() {
    let menu = Menu { serial: true, ..menu(linux()) };
    let text = menu.to_text().unwrap();
    let serial = "if [ \"$grub_platform\" = pc ]; then\n\tserial --unit=0 --speed=115200\n\
                  \tterminal_input console serial\n\tterminal_output console serial\nfi\n";
    assert!(text.starts_with(&format!("set default=0\nset timeout=3\n{serial}\nmenuentry ")), "{text}");
}

#[test]
fn the_default_is_an_entry() {
    let menu = Menu { default: 1, ..menu(linux()) };
    assert_eq!(
        menu.to_text().unwrap_err().to_string(),
        "GRUB menu: the default is entry 1, counted from 0, but there are 1"
    );
    let second = Menu { default: 1, entries: vec![linux(), mach()], ..menu };
    assert!(second.to_text().unwrap().starts_with("set default=1\n"));
}

#[test]
fn quotes_in_titles_and_paths_are_kept() {
    let mut menu = menu(linux());
    menu.entries[0].title = r#"Ann's {"best"} $kernel\"#.to_owned();
    menu.entries[0].start = Start::Linux {
        kernel: "/a b'c".to_owned(),
        initrd: None,
        device_tree: None,
        arguments: "a  b; c".to_owned(),
    };
    let text = menu.to_text().unwrap();
    assert!(text.contains(r#"menuentry 'Ann'\''s {"best"} $kernel\' {"#), "{text}");
    assert!(text.contains(r"linux '/a b'\''c' 'a' 'b;' 'c'"), "{text}");
}

#[test]
fn a_title_is_one_line_of_something() {
    assert_eq!(refused(|entry| entry.title = " ".to_owned()), "GRUB menu: the title of entry 0 is empty");
    assert_eq!(refused(|entry| entry.title = "a\nb".to_owned()), r"GRUB menu: the title `a\nb` holds '\n'");
}

#[test]
fn arguments_hold_nothing_that_grub_changes() {
    let with = |value: &str| {
        let mut menu = menu(mach());
        let Start::Multiboot { arguments, .. } = &mut menu.entries[0].start else { panic!() };
        *arguments = value.to_owned();
        menu.to_text().unwrap_err().to_string()
    };
    let advice = "help: GRUB hands it on with a backslash, which the kernel reads as itself";
    assert_eq!(with(r#"a="b""#), format!("GRUB menu: the command line `a=\\\"b\\\"` holds '\"'\n{advice}"));
    assert_eq!(with("it's"), format!("GRUB menu: the command line `it\\'s` holds '\\''\n{advice}"));
    assert_eq!(with(r"a\b"), format!("GRUB menu: the command line `a\\\\b` holds '\\\\'\n{advice}"));
    assert_eq!(with("a\tb"), r"GRUB menu: the command line `a\tb` holds '\t'");
    assert_eq!(with("a\nboot"), r"GRUB menu: the command line `a\nboot` holds '\n'");
}

#[test]
fn a_modules_values_are_checked_too() {
    let with = |path: &str, text: &str| {
        let mut menu = menu(mach());
        let Start::Multiboot { modules, .. } = &mut menu.entries[0].start else { panic!() };
        modules[0] = (path.to_owned(), text.to_owned());
        menu.to_text().unwrap_err()
    };
    let field = "a module's path";
    assert_eq!(with("--nounzip", "x"), Error::RelativePath { field, value: "--nounzip".to_owned() });
    let (field, value) = ("a module's command line", "a\0".to_owned());
    assert_eq!(with("/x", "a\0"), Error::BadCharacter { field, value, character: '\0' });
}

#[test]
fn paths_begin_with_a_slash() {
    let kernel = |entry: &mut Entry, path: &str| {
        let Start::Linux { kernel, .. } = &mut entry.start else { panic!() };
        *kernel = path.to_owned();
    };
    let with = |path| {
        let mut menu = menu(linux());
        kernel(&mut menu.entries[0], path);
        menu.to_text().unwrap_err().to_string()
    };
    assert_eq!(with("vmlinuz"), "GRUB menu: the kernel's path `vmlinuz` does not begin with `/`");
    assert_eq!(with("(hd0)/x"), "GRUB menu: the kernel's path `(hd0)/x` does not begin with `/`");
    assert_eq!(with(""), "GRUB menu: the kernel's path of entry 0 is empty");
}

#[test]
fn a_root_is_named_by_its_uuid() {
    for value in ["", "rootfs", "$root", "-1234", "1234-", "0c1f 7a52"] {
        let mut menu = menu(linux());
        menu.entries[0].root_uuid = value.to_owned();
        assert_eq!(menu.to_text().unwrap_err(), Error::BadUuid { value: value.to_owned() });
    }
    for value in [UUID, "1A2B-3C4D", "0123456789ABCDEF"] {
        let mut menu = menu(linux());
        menu.entries[0].root_uuid = value.to_owned();
        assert!(menu.to_text().unwrap().contains(&format!("--set=root {value}\n")));
    }
}
