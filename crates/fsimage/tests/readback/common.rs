//! A sink that holds the image in memory and checks that every byte comes exactly once.

use std::io;

use bringup_fsimage::{FileSystem, RegionSink};
use bringup_tree::{Content, Kind, Meta, Tree};

#[derive(Default)]
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    pub(crate) covered: Vec<(u64, u64)>,
    /// Pieces of data, as opposed to zeros.
    pub(crate) pieces: usize,
}

impl RegionSink for Image {
    fn data(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.bytes[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        self.covered.push((offset, offset + bytes.len() as u64));
        self.pieces += 1;
        Ok(())
    }

    fn zeros(&mut self, offset: u64, len: u64) -> io::Result<()> {
        self.covered.push((offset, offset + len));
        Ok(())
    }
}

/// The whole file system in memory.
pub(crate) fn image(fs: &dyn FileSystem) -> Image {
    let mut image = Image { bytes: vec![0; fs.size().0 as usize], ..Image::default() };
    fs.write(&mut image).unwrap();
    image.covered.sort_unstable();
    let mut end = 0;
    for &(from, to) in &image.covered {
        assert_eq!(from, end, "every byte is written once");
        end = to;
    }
    assert_eq!(end, fs.size().0);
    image
}

pub(crate) fn dir() -> Meta {
    Meta::root(0o755, 1_700_000_000)
}

pub(crate) fn file(bytes: impl Into<Vec<u8>>) -> Kind {
    Kind::File(Content::bytes(bytes))
}

/// A tree with nothing but directories and files.
pub(crate) fn plain(files: &[(&str, Vec<u8>)]) -> Tree {
    let mut tree = Tree::new(dir());
    for (path, bytes) in files {
        tree.insert_all(path, dir(), file(bytes.clone()), &dir()).unwrap();
    }
    tree
}

/// What another reader makes of an ext2 or ext4.
pub(crate) fn load(bytes: Vec<u8>) -> ext4_view::Ext4 {
    ext4_view::Ext4::load(Box::new(bytes)).unwrap()
}

/// Every node of the tree is there as it was, but for the owner, mode and time of `own`, which the
/// writer makes its own.
pub(crate) fn expect_nodes(view: &ext4_view::Ext4, tree: &Tree, own: Option<&[u8]>) {
    for (path, _, node) in tree.iter() {
        let path = [b"/", path].concat();
        let found = view.symlink_metadata(path.as_slice()).unwrap();
        if Some(path.as_slice()) != own {
            let meta = &node.meta;
            assert_eq!((u32::from(found.mode()), found.uid(), found.gid()), (meta.mode, meta.uid, meta.gid));
            assert_eq!(found.modified().seconds(), meta.mtime);
        }
        let kind = found.file_type();
        match &node.kind {
            Kind::Directory => assert!(kind.is_dir()),
            Kind::File(content) => {
                assert!(view.read(path.as_slice()).unwrap() == content.read().unwrap(), "{path:?}");
            }
            Kind::Symlink(target) => assert_eq!(view.read_link(path.as_slice()).unwrap(), *target),
            Kind::CharDevice(_) => assert!(kind.is_char_dev()),
            Kind::BlockDevice(_) => assert!(kind.is_block_dev()),
            Kind::Fifo => assert!(kind.is_fifo()),
            Kind::Socket => assert!(kind.is_socket()),
        }
    }
}
