//! The links that a proof gathers, each behind another.

use crate::{Link, Verdict};

/// A link's place in its [`Trail`].
pub(crate) type Id = usize;

/// Links in the order they were found.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    links: Vec<(Option<Id>, Link)>,
}

impl Trail {
    /// Puts a link behind another, or at the chain's start.
    pub(crate) fn add(&mut self, after: Option<Id>, link: Link) -> Id {
        self.links.push((after, link));
        self.links.len() - 1
    }

    /// Says of links that nothing can be known of them as a link in front of them is broken.
    pub(crate) fn unreached(&mut self, after: Option<Id>, names: &[&'static str]) {
        let mut after = after;
        for name in names {
            after = Some(
                self.add(after, Link::new(name, Verdict::NotReached, "a link in front of it is broken")),
            );
        }
    }

    /// Whether the last link of that name is broken.
    pub(crate) fn is_broken(&self, name: &str) -> bool {
        let found = self.links.iter().rev().find(|(_, link)| link.name == name);
        found.is_some_and(|(_, link)| link.verdict == Verdict::Broken)
    }

    /// As a tree.
    pub(crate) fn into_links(self) -> Vec<Link> {
        let mut roots = Vec::new();
        let mut behind: Vec<Vec<Link>> = self.links.iter().map(|_| Vec::new()).collect();
        // A link stands behind one that was there before it, so that the last ones are complete first.
        for (id, (after, mut link)) in self.links.into_iter().enumerate().rev() {
            link.next = std::mem::take(&mut behind[id]);
            link.next.reverse();
            match after {
                Some(parent) => behind[parent].push(link),
                None => roots.push(link),
            }
        }
        roots.reverse();
        roots
    }
}
