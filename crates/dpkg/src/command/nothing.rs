//! Programs that need not run while an image is made.

/// Commands that do nothing and succeed, each with the reason.
pub const NOTHING: &[(&str, &str)] = &[
    ("bootctl", "an image's boot programs are placed when it is built"),
    ("dbus-uuidgen", "a machine gets its identity at its first boot"),
    ("depmod", "an image's modules are indexed when it is built"),
    ("initctl", "no init runs"),
    ("kernel-install", "an image's menu is written when it is built"),
    ("linux-run-hooks", "no boot loader's hooks: an image's menu is written when it is built"),
    ("linux-update-symlinks", "an image's menu names its kernel"),
    ("py3clean", "there is no byte code to remove"),
    ("py3compile", "byte code is made when a module is first used"),
    ("pypy3clean", "there is no byte code to remove"),
    ("pypy3compile", "byte code is made when a module is first used"),
    ("telinit", "no init runs"),
    ("udevadm", "no udev runs"),
    ("update-initramfs", "an image brings the initramfs that its board needs"),
    ("update-grub", "an image's menu is written when it is built"),
];
