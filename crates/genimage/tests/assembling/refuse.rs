//! What is wrong, where, and what to do: one valid configuration, one change for each message.

use crate::common::Shop;

const VALID: &str = "image disk.img {
	hdimage { align = 1M }
	partition boot { partition-type = 0xc image = spl.bin }
	partition root { partition-type = 0x83 image = root.bin }
}
image boot.vfat {
	vfat { label = BOOT files = { spl.bin } }
	size = 4M
}
image root.ext2 {
	ext2 { }
	size = 1M
}
";

#[test]
fn the_configuration_is_valid() {
    Shop::new().assemble(VALID).unwrap();
}

#[test]
fn a_mistake_is_named_with_its_line() {
    let shop = Shop::new();
    shop.file("loop.cfg", b"include(\"loop.cfg\")");
    let mut wrong = Vec::new();
    for (from, to, message) in SYNTAX.iter().chain(VALUES).chain(PLACES) {
        let changed = VALID.replacen(from, to, 1);
        assert_ne!(changed, VALID, "{from}");
        let said = shop.refuse(&changed);
        if said != *message {
            wrong.push(format!("{to}\n{said}\n{message}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SYNTAX: &[(&str, &str, &str)] = &[
    ("{ }\n\tsize = 1M\n}", "{ }\n\tsize = 1M\n", "test.cfg:14: the end stands where a key or `}` should"),
    ("= BOOT", "= \"BOOT", "test.cfg:7: the string that begins here does not end"),
    ("= BOOT", "= 'BOOT", "test.cfg:7: the string that begins here does not end"),
    ("= BOOT", "= /* BOOT", "test.cfg:7: the comment that begins here does not end"),
    ("= BOOT", "= ${BOOT\n", "test.cfg:7: the variable that begins here does not end"),
    (
        "= BOOT",
        "= ${BOOT}",
        "test.cfg:7: the environment variable `BOOT` is not set\nhelp: set it, or write `${BOOT:-VALUE}` for what it is to be then",
    ),
    ("= BOOT", "= \"\\777\"", "test.cfg:7: `\\777` stands where an octal number up to `\\377` should"),
    ("= BOOT", "BOOT", "test.cfg:7: `files` stands where `{` after the title should"),
    ("= BOOT", "= + BOOT", "test.cfg:7: `+` stands where a key, a value or a brace should"),
    ("= BOOT", "= BOOT }", "test.cfg:9: `}` stands where a key should"),
    ("{ spl.bin }", "{ spl.bin root.bin }", "test.cfg:7: `root.bin` stands where `,` or `}` should"),
    ("image boot.vfat", "include(none.cfg) image boot.vfat", "test.cfg:6: `none.cfg` is in none of `.`, `.`"),
    ("image boot.vfat", "include(\"loop.cfg\") image boot.vfat", "loop.cfg:1: nested more than 10 deep"),
];

const VALUES: &[(&str, &str, &str)] = &[
    ("size = 4M", "sizes = 4M", "test.cfg:8: `image` has no key `sizes`\nhelp: did you mean `size`?"),
    ("size = 4M", "weight = 4M", "test.cfg:8: `image` has no key `weight`"),
    (
        "size = 4M",
        "size = 4T",
        "test.cfg:8: `size` is `4T`, but must be a number of bytes, with `s`, `k`, `M` or `G` behind it for 512, 2^10, 2^20, 2^30",
    ),
    ("size = 4M", "size { }", "test.cfg:8: `size` is `{`, but must be a value behind `=`"),
    ("size = 4M", "", "test.cfg:6: image `boot.vfat` has no size\nhelp: write `size = 64M` in it"),
    (
        "size = 4M",
        "size = 4M exec-pre = \"make\"",
        "test.cfg:8: `exec-pre` is not supported: it runs a command, and building an image runs none\n\
         help: run the command before or after `bringup assemble`, and leave the key out",
    ),
    (
        "ext2 { }",
        "ext3 { }",
        "test.cfg:11: `ext3` is not supported: a journal with ext2's own way of finding blocks is not written here\n\
         help: write `ext4 { }`, which has a journal too, or `ext2 { }`",
    ),
    (
        "ext2 { }",
        "ubifs { }",
        "test.cfg:11: `ubifs` is not supported: raw flash has no images here\n\
         help: let genimage make this image, and name the others with `--only`",
    ),
    (
        "ext2 { }",
        "ext2 { extraargs = \"-m 1 -T news\" }",
        "test.cfg:11: `extraargs` has `-T news`, which mke2fs would know, but no program is run here\n\
         help: leave it out if the image may do without, or let genimage make this image",
    ),
    (
        "ext2 { }",
        "ext2 { features = \"filetype,^sparse_super\" }",
        "test.cfg:11: `^sparse_super` cannot be had\n\
         help: the file system always has ext_attr, filetype, large_file, sparse_super, and nothing else",
    ),
    (
        "ext2 { }",
        "",
        "test.cfg:10: nothing says what image `root.ext2` is\nhelp: write `ext4 { }`, `vfat { }`, `hdimage { }` or another type",
    ),
    ("ext2 { }", "ext2 { } tar { }", "test.cfg:11: image `root.ext2` is `ext2` and `tar` at once"),
    (
        "image root.ext2",
        "image",
        "test.cfg:10: this `image` has no name\nhelp: write it in front of the brace",
    ),
    ("image root.ext2", "image ../a", "test.cfg:10: `image` is `../a`, but must be a path without `..`"),
    (
        "image root.ext2",
        "image boot.vfat",
        "test.cfg:10: there is image `boot.vfat` already, at test.cfg:6\n\
         help: rename one of them: genimage would leave out the first",
    ),
    (
        "image root.ext2",
        "image /root.ext2",
        "test.cfg:10: `image` is `/root.ext2`, but must be a path below the output path",
    ),
    (
        "partition root",
        "partition boot",
        "test.cfg:4: there is partition `boot` already, at test.cfg:3\n\
         help: rename one of them: genimage would leave out the first",
    ),
    ("0xc", "0x100", "test.cfg:3: `partition-type` is `0x100`, but must be 0 to 0xff"),
    ("0xc", "12 bootable = maybe", "test.cfg:3: `bootable` is `maybe`, but must be `true` or `false`"),
    ("align = 1M", "align = 100", "test.cfg:2: `align` is `100`, but must be a multiple of 512 bytes"),
    (
        "align = 1M",
        "disk-uuid = 01234567-89ab-4cde-8f01-23456789abcd",
        "test.cfg:2: `disk-uuid` is for the partition tables `gpt` and `hybrid` only\nhelp: leave it out, or choose one of them",
    ),
    (
        "align = 1M",
        "gpt = true",
        "test.cfg:3: `partition-type` is for the partition tables `mbr` and `hybrid` only\nhelp: leave it out, or choose one of them",
    ),
    ("root.bin }", "disk.img }", "test.cfg:1: image `disk.img` would contain itself"),
    (
        "size = 1M\n",
        "size = 1%\n",
        "test.cfg:10: image `root.ext2`: ext2: the files need 40 KiB, but the size is 0 B\nhelp: give at least 40960 bytes",
    ),
];

const PLACES: &[(&str, &str, &str)] = &[
    ("image = spl.bin", "image = .", "test.cfg:3: cannot read `input/.`: is a directory"),
    (
        "image = spl.bin",
        "image = no.bin",
        "test.cfg:3: cannot read `input/no.bin`: No such file or directory (os error 2)",
    ),
    (
        "0x83",
        "0x83 offset = 1M",
        "test.cfg:4: `disk.img`: `root` (0x100000 to 0x300000) overlaps `boot` (0x100000 to 0x200000)\n\
         help: let the later one start at 0x200000 or behind, or make the first one smaller",
    ),
    (
        "partition-type = 0xc",
        "in-partition-table = no",
        "test.cfg:1: `disk.img`: `[MBR]` (0x1b8 to 0x200) overlaps `boot` (0x0 to 0x4e20)\n\
         help: say with `holes` which ranges of the first one's image mean nothing, or move one of them",
    ),
    (
        "0x83",
        "0x83 offset = 3000k",
        "test.cfg:4: `root`: its offset is 3072000 (0x2ee000), which is not a multiple of 1048576",
    ),
    (
        "0x83",
        "0x83 size = 1000",
        "test.cfg:4: partition `root` is 1000 B, but `root.bin` is 1.0 MiB (1048579 B)",
    ),
    (
        "image = root.bin",
        "",
        "test.cfg:4: `root` would be empty\nhelp: give it a `size`, or an `image` that is not empty",
    ),
    (
        "image = root.bin",
        "size = 100",
        "test.cfg:4: `root`: its size is 100 (0x64), which is not a multiple of 512",
    ),
    ("image = root.bin", "in-partition-table = no", "test.cfg:4: partition `root` has no `image`"),
    (
        "hdimage {",
        "size = 3M hdimage {",
        "test.cfg:1: `disk.img` is 3 MiB, but its partitions and tables end at 4 MiB",
    ),
    (
        "image = root.bin",
        "autoresize = true",
        "test.cfg:4: `root` is to fill what is left of `disk.img`, which has no `size`",
    ),
    (
        "hdimage { align = 1M }\n\tpartition boot { partition-type = 0xc",
        "hdimage { }\n\tpartition a { size = 1000000000G }\n\tpartition b { size = 1000000000G }\n\tpartition c { partition-type = 0xc",
        "test.cfg:4: `b` would reach 1953125.0 TiB (2147483648000000512 B), but at most 1048576 TiB are possible",
    ),
    (
        "0x83",
        "0x83 size = 3000G",
        "test.cfg:4: `root` would reach 2.9 TiB (3221227569152 B), but at most 2 TiB are possible",
    ),
];
