//! The order of modules within a line of `modules.dep`.

use crate::{Error, ModuleIndex};

/// Which modules each one depends on, by position in the index.
pub(super) struct Order {
    direct: Vec<Vec<usize>>,
    /// Smaller for a module than for any that it depends on.
    rank: Vec<usize>,
}

impl Order {
    /// A topological order of all modules, users first, in the way depmod (34,
    /// `depmod_calculate_dependencies`) makes it: of the modules whose users are all done, it
    /// goes on with the one that became free last.
    pub(super) fn of(index: &ModuleIndex) -> Result<Self, Error> {
        let mut direct: Vec<Vec<usize>> = Vec::new();
        for module in &index.modules {
            let mut own: Vec<usize> = Vec::new();
            for dependency in index.direct(module)? {
                if !own.contains(&dependency) {
                    own.push(dependency);
                }
            }
            direct.push(own);
        }
        let mut users = vec![0; direct.len()];
        for &dependency in direct.iter().flatten() {
            users[dependency] += 1;
        }
        let mut free: Vec<usize> = (0..direct.len()).filter(|&at| users[at] == 0).collect();
        // Those in a circle never become free; they stay behind all others.
        let mut rank = vec![direct.len(); direct.len()];
        for next in 0.. {
            let Some(at) = free.pop() else { break };
            rank[at] = next;
            for &dependency in &direct[at] {
                users[dependency] -= 1;
                if users[dependency] == 0 {
                    free.push(dependency);
                }
            }
        }
        Ok(Self { direct, rank })
    }

    /// All modules that the one at `at` depends on, each before what it depends on itself.
    pub(super) fn dependencies(&self, at: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut stack = vec![at];
        while let Some(next) = stack.pop() {
            for &dependency in &self.direct[next] {
                if dependency != at && !found.contains(&dependency) {
                    found.push(dependency);
                    stack.push(dependency);
                }
            }
        }
        found.sort_by_key(|&dependency| (self.rank[dependency], dependency));
        found
    }
}
