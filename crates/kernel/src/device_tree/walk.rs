//! Every device that one device needs, and by which way it was reached.

use std::collections::VecDeque;

use bringup_inspect::fdt::DeviceTree;

use super::suppliers;
use crate::Error;

/// A node that is needed.
pub(super) struct Visit {
    pub(super) node: usize,
    /// Why: the property of `from` that names it, or `parent`.
    via: String,
    /// Position of the visit it was reached from; the first one's is its own.
    from: usize,
    /// Kernel folders of drivers that can serve the property.
    pub(super) folders: Vec<&'static str>,
}

/// How the step from a device to its bus is shown.
const PARENT: &str = "parent";

/// The nodes that `start` needs, itself first, nearest first.
pub(super) fn needed(tree: &DeviceTree<'_>, start: usize, alias: &str) -> Result<Vec<Visit>, Error> {
    let mut visits = vec![Visit { node: start, via: alias.to_owned(), from: 0, folders: vec![] }];
    let mut place: Vec<Option<usize>> = vec![None; tree.nodes().len()];
    place[start] = Some(0);
    let mut queue = VecDeque::from([0]);
    while let Some(at) = queue.pop_front() {
        let node = visits[at].node;
        let mut next = Vec::new();
        for supplier in suppliers::of(tree, node)? {
            next.push((supplier.property, supplier.node, supplier.folders.to_vec()));
        }
        if let Some(parent) = tree.parent(node) {
            // A node that is no device of its own (one output of a PMIC) is served by its
            // parent's driver or by a part of it, so what was asked of it is asked of its parent.
            let folders = if is_device(tree, node) { vec![] } else { visits[at].folders.clone() };
            next.push((PARENT.to_owned(), parent, folders));
        }
        for (via, node, folders) in next {
            if node == 0 || !tree.nodes()[node].is_enabled() {
                continue;
            }
            match place[node] {
                None => {
                    place[node] = Some(visits.len());
                    queue.push_back(visits.len());
                    visits.push(Visit { node, via, from: at, folders });
                }
                Some(known) => {
                    let missing: Vec<_> = folders
                        .into_iter()
                        .filter(|folder| !visits[known].folders.contains(folder))
                        .collect();
                    if !missing.is_empty() {
                        visits[known].folders.extend(missing);
                        // Once more, so that its parent hears of it too; the folders are few, so this ends.
                        queue.push_back(known);
                    }
                }
            }
        }
    }
    Ok(visits)
}

/// The way to a visit: `mmc0 -> vmmc-supply -> /soc/rsb@1f03400/pmic@3a3`.
pub(super) fn reason(tree: &DeviceTree<'_>, visits: &[Visit], at: usize) -> String {
    let mut way = vec![at];
    while let Some(&last) = way.last().filter(|&&last| last != 0) {
        way.push(visits[last].from);
    }
    way.reverse();
    let mut text = visits[0].via.clone();
    let mut asked: Option<&str> = None;
    for (step, &at) in way.iter().enumerate().skip(1) {
        let visit = &visits[at];
        // Only the device itself is shown of a node within a device and the way up to it.
        let via = asked.take().filter(|_| visit.via == PARENT).unwrap_or(&visit.via);
        let goes_up = way.get(step + 1).is_some_and(|&next| visits[next].via == PARENT);
        if goes_up && !is_device(tree, visit.node) {
            asked = Some(via);
        } else {
            text += &format!(" -> {via} -> {}", tree.nodes()[visit.node].path);
        }
    }
    text
}

fn is_device(tree: &DeviceTree<'_>, node: usize) -> bool {
    tree.nodes()[node].property("compatible").is_some()
}
