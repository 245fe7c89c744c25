//! Where everything goes.

use std::collections::{BTreeMap, HashMap};

use bringup_tree::{Content, Kind, Node, NodeId, Tree};

use crate::directory::{Directory, GOES_ON, IS_DIRECTORY, Place, Record, Target, set_block, set_place};
use crate::error::Error;
use crate::name::{Identifiers, VERSION};
use crate::volume::{PathEntry, path_entry_len, path_tables};
use crate::{BLOCK, date, rock};

/// The most directories: a path table has 16 bits for the parent's number (ECMA-119, 9.4.4).
const MOST_DIRECTORIES: usize = 0xffff;

/// The most bytes of one section of a file: 32 bits in whole blocks. A longer file has several,
/// one behind the other (ECMA-119, 6.5.1).
const SECTION: u64 = 0xffff_f800;

/// A file's bytes, once for all of its names.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) content: Content,
    /// Its first block; 0 for an empty file.
    pub(crate) block: u32,
}

/// Path tables and directories, and the files they name.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Both path tables, then the directories, in whole blocks from the first one on.
    pub(crate) metadata: Vec<u8>,
    /// Bytes of one path table.
    pub(crate) path_table: usize,
    pub(crate) root: Place,
    pub(crate) root_date: [u8; 7],
    /// In the order of their places.
    pub(crate) files: Vec<File>,
    /// Every file's path and number.
    pub(crate) paths: BTreeMap<Vec<u8>, usize>,
    /// The first block that nobody has.
    pub(crate) end: u64,
}

/// A name in a directory, with what stands there.
struct Entry<'a> {
    identifier: Vec<u8>,
    path: &'a [u8],
    id: NodeId,
    node: &'a Node,
}

/// A directory in the path table's order: those of one depth by their parents, then by identifier.
struct Folder<'a> {
    path: &'a [u8],
    parent: usize,
    identifier: Vec<u8>,
    entries: Vec<Entry<'a>>,
}

impl Layout {
    /// Lays out `tree` from block `first` on, `reserved` blocks being left between the directories
    /// and the files, and the file at `last` behind all others.
    pub(crate) fn new(tree: &Tree, first: u32, reserved: u32, last: Option<&[u8]>) -> Result<Self, Error> {
        let folders = folders(tree)?;
        let numbers: HashMap<&[u8], usize> =
            folders.iter().enumerate().map(|(number, folder)| (folder.path, number)).collect();
        let (mut files, paths, by_id) = files(tree, last);
        let nodes = Nodes { links: links(tree), files: by_id, numbers };

        let path_table = folders.iter().map(|folder| path_entry_len(&folder.identifier)).sum::<usize>();
        let tables = 2 * path_table.next_multiple_of(BLOCK as usize);
        let mut metadata = vec![0; tables];
        let mut places = Vec::with_capacity(folders.len());
        let mut targets = Vec::new();
        for (number, folder) in folders.iter().enumerate() {
            let block = block_at(u64::from(first) * BLOCK + metadata.len() as u64)?;
            let directory = nodes.directory(tree, folder, number)?;
            let finished = directory.finish(block, &mut metadata);
            places.push(finished.place);
            targets.extend(finished.targets);
        }
        let entries = folders.iter().zip(&places).map(|(folder, place)| PathEntry {
            identifier: &folder.identifier,
            block: place.block,
            parent: folder.parent as u16 + 1,
        });
        metadata[..tables].copy_from_slice(&path_tables(entries));

        let mut end = u64::from(first) + metadata.len() as u64 / BLOCK + u64::from(reserved);
        for file in files.iter_mut().filter(|file| !file.content.is_empty()) {
            file.block = block_at(end * BLOCK)?;
            end += file.content.len().div_ceil(BLOCK);
        }
        for (at, target) in targets {
            match target {
                Target::Directory(number) => set_place(&mut metadata, at, places[number]),
                Target::File(number, from) => set_block(&mut metadata, at, files[number].block + from),
                Target::Nothing => {}
            }
        }
        let root_date = date_of(tree, b"")?;
        Ok(Self { metadata, path_table, root: places[0], root_date, files, paths, end })
    }
}

/// What directories say about nodes.
struct Nodes<'a> {
    /// Names of a node, subdirectories of a directory included, and its number.
    links: HashMap<NodeId, (u32, u32)>,
    files: HashMap<NodeId, usize>,
    numbers: HashMap<&'a [u8], usize>,
}

impl Nodes<'_> {
    fn directory(&self, tree: &Tree, folder: &Folder<'_>, number: usize) -> Result<Directory, Error> {
        let mut directory = Directory::default();
        // The directory itself and its parent, whose identifiers are the bytes 0 and 1 (ECMA-119, 6.8.2.2).
        let parent_path = match folder.path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => &folder.path[..slash],
            None => &[],
        };
        for (identifier, path, number) in [(0, folder.path, number), (1, parent_path, folder.parent)] {
            let Some((node, id)) = tree.get(path).zip(tree.id(path)) else { continue };
            let mut fields = Vec::new();
            if folder.path.is_empty() && identifier == 0 {
                fields.push(rock::indicator());
            }
            let date = date_of(tree, path)?;
            self.common(&mut fields, node, id, date);
            if folder.path.is_empty() && identifier == 0 {
                fields.push(rock::reference());
            }
            let target = Target::Directory(number);
            let record = Record { identifier: &[identifier], flags: IS_DIRECTORY, date, len: 0, target };
            directory.add(&record, &fields);
        }
        for entry in &folder.entries {
            self.entry(&mut directory, entry)?;
        }
        Ok(directory)
    }

    fn entry(&self, directory: &mut Directory, entry: &Entry<'_>) -> Result<(), Error> {
        let Entry { identifier, path, id, node } = entry;
        let date = date::short(path, node.meta.mtime)?;
        let mut fields = Vec::new();
        self.common(&mut fields, node, *id, date);
        fields.extend(rock::name(path, last_part(path))?);
        match &node.kind {
            Kind::Symlink(target) => fields.extend(rock::target(path, target)?),
            Kind::CharDevice(device) | Kind::BlockDevice(device) => fields.push(rock::device(path, *device)?),
            _ => {}
        }
        let mut add = |identifier: &[u8], flags, len, target| {
            directory.add(&Record { identifier, flags, date, len, target }, &fields);
        };
        if node.kind.is_directory() {
            add(identifier, IS_DIRECTORY, 0, Target::Directory(self.numbers[path]));
            return Ok(());
        }
        let identifier = [identifier, VERSION].concat();
        let Kind::File(content) = &node.kind else {
            add(&identifier, 0, 0, Target::Nothing);
            return Ok(());
        };
        if content.is_empty() {
            add(&identifier, 0, 0, Target::Nothing);
        }
        let mut from = 0;
        while from < content.len() {
            let len = (content.len() - from).min(SECTION);
            let flags = if from + len < content.len() { GOES_ON } else { 0 };
            add(&identifier, flags, len as u32, Target::File(self.files[id], (from / BLOCK) as u32));
            from += len;
        }
        Ok(())
    }

    fn common(&self, fields: &mut Vec<Vec<u8>>, node: &Node, id: NodeId, date: [u8; 7]) {
        let (links, serial) = self.links[&id];
        fields.push(rock::attributes(node, links, serial));
        fields.push(rock::modified(date));
    }
}

/// Every directory, the root first, then level by level.
fn folders(tree: &Tree) -> Result<Vec<Folder<'_>>, Error> {
    let mut folders = vec![Folder { path: b"", parent: 0, identifier: vec![0], entries: Vec::new() }];
    let mut number = 0;
    while number < folders.len() {
        let mut identifiers = Identifiers::default();
        let mut entries = Vec::new();
        for (path, node) in tree.children(folders[number].path) {
            let Some(id) = tree.id(path) else { continue };
            let identifier = identifiers.give(last_part(path), node.kind.is_directory());
            entries.push(Entry { identifier, path, id, node });
        }
        // Without versions this is the order of names, then extensions (ECMA-119, 9.3), as the dot
        // between them sorts in front of all that a name can have.
        entries.sort_by(|one, other| one.identifier.cmp(&other.identifier));
        for entry in entries.iter().filter(|entry| entry.node.kind.is_directory()) {
            let identifier = entry.identifier.clone();
            folders.push(Folder { path: entry.path, parent: number, identifier, entries: Vec::new() });
        }
        folders[number].entries = entries;
        number += 1;
    }
    if folders.len() > MOST_DIRECTORIES {
        return Err(Error::TooManyDirectories { directories: folders.len(), most: MOST_DIRECTORIES });
    }
    Ok(folders)
}

type Files = (Vec<File>, BTreeMap<Vec<u8>, usize>, HashMap<NodeId, usize>);

/// Every file in the order of the paths, `last` behind the others; hard links are one.
fn files(tree: &Tree, last: Option<&[u8]>) -> Files {
    let last = last.and_then(|path| tree.id(path));
    let (mut files, mut paths, mut by_id) = (Vec::new(), BTreeMap::new(), HashMap::new());
    for is_last in [false, true] {
        for (path, id, node) in tree.iter().filter(|(_, id, _)| (Some(*id) == last) == is_last) {
            let Kind::File(content) = &node.kind else { continue };
            let number = *by_id.entry(id).or_insert_with(|| {
                files.push(File { content: content.clone(), block: 0 });
                files.len() - 1
            });
            paths.insert(path.to_vec(), number);
        }
    }
    (files, paths, by_id)
}

/// How often each node is named, and a number for it that does not depend on how the tree was made.
fn links(tree: &Tree) -> HashMap<NodeId, (u32, u32)> {
    let mut links: HashMap<NodeId, (u32, u32)> = HashMap::new();
    for (path, id, node) in tree.iter() {
        let serial = links.len() as u32 + 1;
        let is_directory = node.kind.is_directory();
        links.entry(id).or_insert((u32::from(is_directory), serial)).0 += 1;
        if is_directory && !path.is_empty() {
            let slash = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            if let Some(parent) = tree.id(&path[..slash]) {
                links.entry(parent).or_default().0 += 1;
            }
        }
    }
    links
}

fn date_of(tree: &Tree, path: &[u8]) -> Result<[u8; 7], Error> {
    let shown = if path.is_empty() { b"/" } else { path };
    date::short(shown, tree.get(path).map_or(0, |node| node.meta.mtime))
}

fn last_part(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

fn block_at(offset: u64) -> Result<u32, Error> {
    u32::try_from(offset / BLOCK).map_err(|_| crate::iso::too_large(offset))
}
