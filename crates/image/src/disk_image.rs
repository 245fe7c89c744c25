//! The disk of an image: file systems, firmware, tables, and the proof that it boots.

use std::ops::Range;

use bringup_bootchain::{Proof, Verdict};
use bringup_disk::ImageWriter;
use bringup_layout::{DEFAULT_ALIGNMENT, DiskPlan, Owner};
use bringup_spec::{Board, BootMethod, Bytes};
use bringup_store::Digest;
use bringup_tree::{Content, Tree};

use crate::boot::{BootFiles, device_tree};
use crate::file_systems::{VolumeParts, Volumes};
use crate::firmware::{Placed, Programs};
use crate::packages::Ready;
use crate::partitions::{self, PartitionParts};
use crate::volumes::Role;
use crate::{Context, Error, Request, Room, disk_plan, efi};

/// What a disk is made of.
pub(crate) struct DiskParts<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) request: &'a Request<'a>,
    pub(crate) method: BootMethod,
    pub(crate) ready: &'a Ready,
    pub(crate) roles: &'a [Role],
    /// The whole root tree.
    pub(crate) tree: &'a Tree,
    pub(crate) boot: &'a BootFiles,
    pub(crate) seed: &'a Digest,
    pub(crate) epoch: i64,
}

/// A disk whose every byte has its place.
pub(crate) struct Layout {
    pub(crate) volumes: Volumes,
    pub(crate) plan: DiskPlan,
}

/// A disk with all of its bytes, but without its name.
pub(crate) struct Written<'a> {
    pub(crate) writer: ImageWriter<'a>,
    pub(crate) placed: Vec<Placed>,
    /// The ranges that somebody owns but for what file systems do not use: they are written even where
    /// they are zero.
    pub(crate) owned: Vec<Range<u64>>,
    proofs: Vec<Proof>,
}

impl Written<'_> {
    /// What was proved, in one line.
    pub(crate) fn proved(&self) -> String {
        let links: Vec<_> = self.proofs.iter().flat_map(Proof::all).collect();
        let held = links.iter().filter(|link| link.verdict == Verdict::Holds).count();
        format!("boot chain proved: {held} of {} links hold, none is broken", links.len())
    }
}

/// Lays the disk out in the room that there is for it.
pub(crate) fn lay_out(parts: &DiskParts<'_>) -> Result<Layout, Error> {
    let DiskParts { request, roles, seed, .. } = *parts;
    let mut volume_parts = VolumeParts {
        request,
        roles,
        tree: parts.tree,
        device_trees: parts.boot.device_trees.as_deref(),
        last: None,
        seed,
        epoch: parts.epoch,
        jobs: parts.context.jobs,
    };
    let mut volumes = Volumes::lay_out(&volume_parts)?;
    let least = disk_plan(request.board, &volumes.sizes(), None, seed)?;
    let limit = match request.room {
        Room::Least => return Ok(Layout { volumes, plan: least }),
        Room::AtMost(limit) | Room::Exactly(limit) => limit,
    };
    let needed = least.size();
    if needed > limit {
        let largest = parts.ready.largest(request)?;
        return Err(Error::DoesNotFit { needed, limit, largest });
    }
    if let Room::AtMost(_) = request.room {
        return Ok(Layout { volumes, plan: least });
    }
    // What is left goes to the file system that is written to, in whole units of alignment.
    let more = (limit.0 - needed.0) / DEFAULT_ALIGNMENT.0 * DEFAULT_ALIGNMENT.0;
    if more > 0 {
        let size = volumes.sizes().last().map_or(0, |(_, size)| size.0);
        volume_parts.last = Some(Bytes(size + more));
        volumes = Volumes::lay_out(&volume_parts)?;
    }
    let plan = disk_plan(request.board, &volumes.sizes(), Some(limit), seed)?;
    Ok(Layout { volumes, plan })
}

/// Writes the disk and proves that it boots.
pub(crate) fn write<'a>(parts: &DiskParts<'_>, layout: &'a Layout) -> Result<Written<'a>, Error> {
    let DiskParts { request, ready, .. } = *parts;
    let ways = request.ways(parts.method);
    let programs = Programs::new(ready, request.board, parts.method, &request.firmware)?;
    let mut placed = programs.placements(request.board)?;
    let mut esp = parts.boot.esp.clone();
    let mut efi_programs = Vec::new();
    for (board, method) in &ways {
        efi_programs.extend(efi::program_file(board, *method, &programs)?);
    }
    esp.extend(
        efi_programs.iter().map(|program| (program.name.clone(), Content::bytes(program.bytes.clone()))),
    );
    let (filled, in_partitions) = partitions::fill(
        &PartitionParts {
            board: request.board,
            programs: &programs,
            esp: &esp,
            device_tree: &|name| device_tree(request.board, Some(name), ready.kernel(request.board)?.0),
            seed: parts.seed,
            epoch: parts.epoch,
        },
        &layout.plan,
    )?;

    let writer = ImageWriter::create(&request.output, &layout.plan)?;
    layout.volumes.write(request.board, &writer)?;
    partitions::write(&writer, &filled)?;
    for program in &placed {
        writer.place(&program.name, &program.bytes)?;
    }
    placed.extend(in_partitions);
    placed.extend(efi_programs);
    writer.tables()?;
    let proofs = ways.iter().map(|(board, _)| prove(parts, board, &writer)).collect::<Result<_, _>>()?;
    let owned = owned(&layout.plan);
    Ok(Written { writer, placed, owned, proofs })
}

/// What a card has to hold whatever it held before: all that is claimed outside of partitions, and the
/// first bytes of each of these, where an old file system would be found.
fn owned(plan: &DiskPlan) -> Vec<Range<u64>> {
    let claims = plan.claims().iter().map(|claim| {
        let len = match claim.owner {
            Owner::Partition { .. } => claim.len.0.min(SIGNATURES.0),
            _ => claim.len.0,
        };
        claim.start.0..claim.start.0 + len
    });
    claims.collect()
}

/// Where file systems have what they are known by: the farthest is that of btrfs (util-linux,
/// libblkid/src/superblocks/).
const SIGNATURES: Bytes = Bytes::mib(1);

/// Reads the image back as the board would, before it gets its name.
fn prove(parts: &DiskParts<'_>, board: &Board, writer: &ImageWriter<'_>) -> Result<Proof, Error> {
    let path = &parts.request.output;
    let failed = |source| Error::Io { operation: "read back", path: path.clone(), source };
    let disk = bringup_bootchain::Disk::from_file(writer.file().try_clone().map_err(failed)?)?;
    let options = bringup_bootchain::Options { jobs: parts.context.jobs, ..Default::default() };
    let proof = bringup_bootchain::verify(&disk, Some(board), &options);
    if proof.is_whole() { Ok(proof) } else { Err(Error::NotBootable { proof: Box::new(proof) }) }
}
