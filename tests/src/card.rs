//! A card: a disk larger than the image that was written to it, whose first boots are watched.

use std::fs::File;
use std::os::unix::fs::FileExt;

use serde_json::Value;

use crate::copy::ImageCopy;
use crate::machine::Booted;
use crate::{Image, bringup, expect_code};

/// A card with an image on it; it goes when the test ends.
pub struct Card<'a> {
    copy: ImageCopy<'a>,
    image: &'a Image,
    program: &'a str,
    size: &'static str,
}

/// A partition as a table has it: number, first byte, length.
pub type Place = (u64, u64, u64);

impl<'a> Card<'a> {
    /// Writes the image to a card of `size`, in the words of `--disk-size` and `--sizes` alike: `8GiB`.
    pub fn of(program: &'a str, image: &'a Image, size: &'static str) -> Self {
        Self { copy: ImageCopy::of(program, image), image, program, size }
    }

    /// Boots it; what the machine writes stays.
    pub fn boot(&self, name: &str) -> Booted {
        let arguments = ["--persist", "--disk-size", self.size];
        Booted::start_with(self.program, &self.image.board, name, &self.copy.path, &arguments)
    }

    /// What the first boot is to make of the table: `simulate-growth`.
    pub fn wanted(&self) -> Vec<Place> {
        let mut command = bringup(self.program);
        command.args(["simulate-growth", "--json", "--sizes", self.size]).arg(&self.image.path);
        let (stdout, _) = expect_code(&mut command, 0);
        let grown: Value = serde_json::from_str(&stdout).expect("it is JSON");
        let partitions = grown[0]["partitions"].as_array().expect("a list");
        let number = |partition: &Value, key: &str| partition[key].as_u64().expect("a number");
        partitions
            .iter()
            .map(|part| (number(part, "number"), number(part, "start_bytes"), number(part, "len_bytes")))
            .collect()
    }

    /// The table, as sfdisk reads it.
    pub fn table(&self) -> Vec<Place> {
        let mut command = bringup(self.program);
        command.args(["--quiet", "tool", "sfdisk", "--json"]).arg(&self.copy.path);
        let (stdout, _) = expect_code(&mut command, 0);
        let table: Value = serde_json::from_str(&stdout).expect("it is JSON");
        let partitions = table["partitiontable"]["partitions"].as_array().expect("a list");
        let bytes = |partition: &Value, key: &str| partition[key].as_u64().expect("a number") * 512;
        let number = |partition: &Value| {
            let node = partition["node"].as_str().expect("a path");
            let digits = node.trim_start_matches(|character: char| !character.is_ascii_digit());
            node[node.len() - digits.len().min(1)..].parse().expect("fewer than ten partitions")
        };
        partitions.iter().map(|part| (number(part), bytes(part, "start"), bytes(part, "size"))).collect()
    }

    /// Fails the test unless e2fsck finds the ext4 at that byte clean, and it fills `len` bytes but for
    /// less than a group of blocks, which may be too small to hold its own tables; says what never changes.
    pub fn clean_ext4(&self, start: u64, len: u64) -> Vec<u8> {
        let device = format!("{}?offset={start}", self.copy.path.display());
        expect_code(bringup(self.program).args(["--quiet", "tool", "e2fsck", "-fn", &device]), 0);
        // Linux, Documentation/filesystems/ext4/super.rst: s_blocks_count_lo at 4, s_uuid and
        // s_volume_name from 104 to 136.
        let superblock = self.read(start + 1024, 1024);
        let blocks = u32::from_le_bytes(superblock[4..8].try_into().expect("four bytes"));
        let bytes = u64::from(blocks) * 4096;
        assert!(bytes <= len && len - bytes < 128 << 20, "{bytes} of {len} bytes");
        [&superblock[4..8], &superblock[104..136]].concat()
    }

    /// Bytes of it.
    pub fn read(&self, offset: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let file = File::open(&self.copy.path).expect("it is there");
        file.read_exact_at(&mut bytes, offset).expect("it is on the card");
        bytes
    }
}
