//! The text that goldens hold.

mod common;

use bringup_layout::{PartitionRequest, Request, plan};
use bringup_spec::{Bytes, PartitionTable};
use common::{partition, placement, request};

#[test]
fn the_dump_lists_every_claim_and_partition() {
    let spl = [placement("spl.bin", Bytes::kib(8), Bytes::kib(1016))];
    let partitions = [PartitionRequest { bootable: true, ..partition(1, "root", Bytes::mib(6)) }];
    let wanted = Request { size: Some(Bytes::mib(8)), ..request(PartitionTable::Mbr, &spl, &partitions) };
    let expected = "\
disk of 8 MiB, MBR

start       end         size      owner               source
0x00000000  0x000001ff  512 B     MBR                 UEFI 2.10, 5.2.1
0x00000200  0x00001fff  7.5 KiB   gap
0x00002000  0x000fffff  1016 KiB  `spl.bin`           the data sheet
0x00100000  0x006fffff  6 MiB     partition 1 `root`
0x00700000  0x007fffff  1 MiB     gap

partition 1 `root`: Linux, bootable
";
    assert_eq!(plan(&wanted).unwrap().dump(), expected);
}

#[test]
fn the_dump_says_where_the_gpt_entries_are_and_no_guid() {
    let expected = "\
disk of 2 MiB, GPT of 128 entries at LBA 2, usable LBA 34 to 4062

start       end         size        owner               source
0x00000000  0x000001ff  512 B       protective MBR      UEFI 2.10, 5.2.3
0x00000200  0x000003ff  512 B       GPT header          UEFI 2.10, 5.3.2
0x00000400  0x000043ff  16 KiB      GPT entries         UEFI 2.10, 5.3.3
0x00004400  0x000fffff  1007 KiB    gap
0x00100000  0x001003ff  1 KiB       partition 1 `root`
0x00100400  0x001fbdff  1006.5 KiB  gap
0x001fbe00  0x001ffdff  16 KiB      backup GPT entries  UEFI 2.10, 5.3.3
0x001ffe00  0x001fffff  512 B       backup GPT header   UEFI 2.10, 5.3.2

partition 1 `root`: Linux
";
    let partitions = [partition(1, "root", Bytes::kib(1))];
    assert_eq!(plan(&request(PartitionTable::Gpt, &[], &partitions)).unwrap().dump(), expected);
}
