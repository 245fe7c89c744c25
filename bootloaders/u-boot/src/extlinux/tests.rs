use super::*;

fn entry() -> Entry {
    Entry {
        label: "linux".to_owned(),
        title: "Debian GNU/Linux".to_owned(),
        kernel: "/boot/vmlinuz".to_owned(),
        fdtdir: Some("/usr/lib/linux-image".to_owned()),
        initrd: Some("/boot/initrd.img".to_owned()),
        append: "root=UUID=0c1f ro".to_owned(),
    }
}

fn menu() -> Menu {
    Menu { timeout_tenths: 20, default: "linux".to_owned(), entries: vec![entry()] }
}

/// The error of the valid menu with one change to its only entry.
fn refused(change: fn(&mut Entry)) -> String {
    let mut menu = menu();
    change(&mut menu.entries[0]);
    menu.to_text().unwrap_err().to_string()
}

#[test]
fn a_menu_is_written_line_by_line() {
    assert_eq!(
        menu().to_text().unwrap(),
        "timeout 20\ndefault linux\n\nlabel linux\n\tmenu label Debian GNU/Linux\n\
         \tkernel /boot/vmlinuz\n\tinitrd /boot/initrd.img\n\tfdtdir /usr/lib/linux-image\n\
         \tappend root=UUID=0c1f ro\n"
    );
}

#[test]
fn what_is_not_there_is_not_written() {
    let mut menu = menu();
    menu.entries[0] = Entry { fdtdir: None, initrd: None, append: String::new(), ..entry() };
    assert_eq!(
        menu.to_text().unwrap(),
        "timeout 20\ndefault linux\n\nlabel linux\n\tmenu label Debian GNU/Linux\n\tkernel /boot/vmlinuz\n"
    );
}

#[test]
fn a_command_line_may_not_end_its_line() {
    assert_eq!(
        refused(|entry| entry.append = "ro\nkernel /evil".to_owned()),
        r"extlinux menu: the command line `ro\nkernel /evil` holds '\n'"
    );
    assert_eq!(
        refused(|entry| entry.append = "ro\0".to_owned()),
        r"extlinux menu: the command line `ro\0` holds '\0'"
    );
}

#[test]
fn a_title_may_not_end_its_line() {
    assert_eq!(
        refused(|entry| entry.title = "a\rb".to_owned()),
        r"extlinux menu: the title `a\rb` holds '\r'"
    );
}

#[test]
fn labels_and_paths_are_one_word() {
    assert_eq!(
        refused(|entry| entry.label = "my linux".to_owned()),
        "extlinux menu: the label `my linux` holds ' '"
    );
    assert_eq!(
        refused(|entry| entry.initrd = Some("/a\tb".to_owned())),
        r"extlinux menu: the initramfs's path `/a\tb` holds '\t'"
    );
}

#[test]
fn a_kernel_is_needed() {
    assert_eq!(refused(|entry| entry.kernel.clear()), "extlinux menu: the kernel's path of entry 0 is empty");
}

#[test]
fn labels_are_unique() {
    let mut menu = menu();
    menu.entries.push(entry());
    assert_eq!(menu.to_text().unwrap_err(), Error::DuplicateLabel { label: "linux".to_owned() });
}

#[test]
fn the_default_is_an_entry() {
    let mut menu = menu();
    menu.default = "linus".to_owned();
    assert_eq!(
        menu.to_text().unwrap_err().to_string(),
        "extlinux menu: the default `linus` is no entry's label\nhelp: the labels are `linux`"
    );
}
