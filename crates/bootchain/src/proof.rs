//! All links together, and how they are shown.

use std::fmt;

use bringup_spec::Bytes;
use serde::Serialize;

use crate::{Link, Verdict};

/// What is known about an image's boot chain. `Display` draws it as a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The board it was proved for; none where the bytes alone had to say.
    pub board: Option<String>,
    /// What kind of machine it boots, as far as that is known: `Allwinner A64`, `UEFI X64`.
    pub machine: String,
    /// The boards of a given list that it would boot, where no board was given.
    pub fits: Vec<String>,
    /// The first links; the others are behind them.
    pub links: Vec<Link>,
}

impl Proof {
    /// Every link, in the order of the chain.
    pub fn all(&self) -> Vec<&Link> {
        self.links.iter().flat_map(Link::walk).collect()
    }

    /// Whether the chain holds: no link is broken, and none was out of reach.
    pub fn holds(&self) -> bool {
        !self.all().iter().any(|link| matches!(link.verdict, Verdict::Broken | Verdict::NotReached))
    }

    /// Whether it [holds](Self::holds), and the chain was followed to a kernel: it may also end at a
    /// program that is not known here.
    pub fn is_whole(&self) -> bool {
        let kernel = |link: &&Link| link.name == "kernel" && link.verdict == Verdict::Holds;
        self.holds() && self.all().iter().any(kernel)
    }

    /// The links that are broken.
    pub fn broken(&self) -> Vec<&Link> {
        self.all().into_iter().filter(|link| link.verdict == Verdict::Broken).collect()
    }

    /// The link of that name, the first if there are several.
    pub fn link(&self, name: &str) -> Option<&Link> {
        self.all().into_iter().find(|link| link.name == name)
    }

    /// How many links hold: a measure of how far the machine gets.
    pub(crate) fn reach(&self) -> usize {
        let counts = |link: &&&Link| matches!(link.verdict, Verdict::Holds | Verdict::Doubtful);
        self.all().iter().filter(counts).count()
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.board {
            Some(board) => writeln!(f, "boot chain on `{board}` ({})", self.machine)?,
            None => writeln!(f, "boot chain on {}", self.machine)?,
        }
        if !self.fits.is_empty() {
            writeln!(f, "fits: {}", self.fits.join(", "))?;
        }
        show(f, &self.links, 0)?;
        let broken = self.broken();
        match broken.as_slice() {
            [] if self.is_whole() => writeln!(f, "it boots, as far as bytes can tell"),
            [] if self.holds() => writeln!(f, "nothing is broken, but not all of the chain is known here"),
            [] => writeln!(f, "it does not boot"),
            [first, ..] => writeln!(f, "it does not boot: `{}` is broken", first.name),
        }
    }
}

fn mark(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "[ok]",
        Verdict::Doubtful => "[??]",
        Verdict::Broken => "[NO]",
        Verdict::Absent => "[--]",
        Verdict::NotReached => "[  ]",
        Verdict::NotChecked(_) => "[..]",
    }
}

/// A chain goes down, and only where it branches to the right.
fn show(f: &mut fmt::Formatter<'_>, links: &[Link], depth: usize) -> fmt::Result {
    let indent = "  ".repeat(depth);
    let mut unreached = Vec::new();
    for link in links {
        if link.verdict == Verdict::NotReached {
            unreached.extend(link.walk().iter().map(|link| link.name));
            continue;
        }
        writeln!(f, "{indent}{} {}: {}", mark(&link.verdict), link.name, link.what)?;
        let ranges: Vec<String> = link.bytes.iter().take(3).map(range).collect();
        if !ranges.is_empty() {
            let more = link.bytes.len() - ranges.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            writeln!(f, "{indent}       bytes {}{more}", ranges.join(", "))?;
        }
        if !link.source.is_empty() {
            writeln!(f, "{indent}       rule: {}", link.source)?;
        }
        if let Some(help) = &link.help {
            writeln!(f, "{indent}       help: {help}")?;
        }
        show(f, &link.next, depth + usize::from(link.next.len() > 1 || links.len() > 1))?;
    }
    if !unreached.is_empty() {
        writeln!(f, "{indent}[  ] not reached: {}", unreached.join(", "))?;
    }
    Ok(())
}

fn range(range: &std::ops::Range<u64>) -> String {
    format!("{:#x}-{:#x} ({})", range.start, range.end.saturating_sub(1), Bytes(range.end - range.start))
}
