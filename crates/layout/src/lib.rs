//! Plans a disk: every byte has an owner, overlaps are impossible.
//!
//! The partition table's own sectors, the boot programs and the partitions are
//! all [claims](Claim), so that one rule covers them all: no two claims share a
//! byte. What nobody claims is an explicit [gap](Owner::Gap). When claims do
//! collide, the [error](Error) carries [fixes](Fix) that were each tried by
//! planning again.
//!
//! Nothing here does I/O.

mod check;
mod claim;
mod dump;
mod error;
mod fix;
mod plan;
mod planner;
mod remedy;
mod request;

pub use bringup_spec::{Guid, PartitionType};
pub use claim::{Claim, Owner};
pub use error::Error;
pub use fix::Fix;
pub use plan::{DiskPlan, GptPlan, HybridMbr, PlannedPartition, Table};
pub use planner::plan;
pub use request::{
    DEFAULT_ALIGNMENT, DEFAULT_GPT_ENTRY_COUNT, DISK_SIZE_MAX, GPT_ENTRY_BYTES, GPT_ENTRY_COUNT_MAX,
    MBR_BOOT_CODE, MIRRORED_MAX, PartitionRequest, PartitionSize, Request, SECTOR_SIZES,
};
