//! File descriptors: what they read from and write to.

use std::cell::RefCell;
use std::rc::Rc;

use crate::World;

/// An open file; several descriptors may share it, with its position.
#[derive(Debug)]
pub(crate) enum Stream {
    /// All that can be read, and how far it has been.
    Input { data: Rc<Vec<u8>>, at: usize },
    /// The end of a pipe that is written to, or what the caller gets.
    Buffer(Vec<u8>),
    /// A file that is written to: what is behind `at` in `pending` is not in the tree yet.
    File { path: String, at: usize, append: bool, pending: Vec<u8> },
    /// /dev/null
    Null,
}

pub(crate) type Shared = Rc<RefCell<Stream>>;

impl Stream {
    pub(crate) fn shared(self) -> Shared {
        Rc::new(RefCell::new(self))
    }

    pub(crate) fn input(data: Vec<u8>) -> Shared {
        Self::Input { data: Rc::new(data), at: 0 }.shared()
    }

    /// Puts into the tree what has been written to a file.
    pub(crate) fn flush(&mut self, world: &mut World) {
        let Self::File { path, at, append, pending } = self else { return };
        if pending.is_empty() {
            return;
        }
        // A file that was deleted while open takes what is written with it.
        let Ok(mut content) = world.read(path) else {
            pending.clear();
            return;
        };
        if *append {
            *at = content.len();
        }
        let end = *at + pending.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[*at..end].copy_from_slice(pending);
        *at = end;
        pending.clear();
        // It was opened for writing, so it takes bytes; one that became a folder since is not that file.
        let _ = world.write(path, content);
    }
}

/// The open descriptors, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptors(Vec<Option<Shared>>);

impl Descriptors {
    pub(crate) fn get(&self, fd: usize) -> Option<&Shared> {
        self.0.get(fd)?.as_ref()
    }

    pub(crate) fn set(&mut self, fd: usize, stream: Option<Shared>) {
        if self.0.len() <= fd {
            self.0.resize(fd + 1, None);
        }
        self.0[fd] = stream;
    }

    /// What is left to read, from where.
    pub(crate) fn readable(&self, fd: usize) -> Option<(Rc<Vec<u8>>, usize)> {
        match &*self.get(fd)?.borrow() {
            Stream::Input { data, at } => Some((Rc::clone(data), *at)),
            _ => None,
        }
    }

    /// Sets how far has been read.
    pub(crate) fn seek(&self, fd: usize, position: usize) {
        if let Some(stream) = self.get(fd)
            && let Stream::Input { at, .. } = &mut *stream.borrow_mut()
        {
            *at = position;
        }
    }
}
