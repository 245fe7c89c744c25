//! The devices that another one cannot work without.

use std::collections::BTreeSet;

use bringup_inspect::fdt::{DeviceTree, cells};

/// Properties that name suppliers, and the property of the supplier that says how many cells follow its
/// phandle. Of Linux, drivers/of/property.c, `of_supplier_bindings`, those that a storage controller's
/// driver asks for as a rule.
const COUNTED: &[(&str, &str)] =
    &[("clocks", "#clock-cells"), ("resets", "#reset-cells"), ("power-domains", "#power-domain-cells")];

/// Whether a property is a list of suppliers' phandles and nothing more.
fn is_list(property: &str) -> bool {
    let numbered = property.strip_prefix("pinctrl-");
    property.ends_with("-supply")
        || property == "mmc-pwrseq"
        || numbered.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Positions of all devices behind the node at `start`: buses that it is on, suppliers, and theirs.
pub(crate) fn suppliers(tree: &DeviceTree<'_>, start: usize) -> Vec<usize> {
    let mut seen = BTreeSet::from([start]);
    let mut left = vec![start];
    let mut found = Vec::new();
    while let Some(at) = left.pop() {
        let next = direct(tree, at).into_iter().chain(tree.parent(at));
        for next in next.filter_map(|next| device(tree, next)) {
            if seen.insert(next) && tree.nodes()[next].is_enabled() {
                found.push(next);
                left.push(next);
            }
        }
    }
    found
}

/// The device that a node is, or is a part of; none for the root.
fn device(tree: &DeviceTree<'_>, at: usize) -> Option<usize> {
    let mut at = at;
    while tree.nodes()[at].property("compatible").is_none() {
        at = tree.parent(at)?;
    }
    tree.parent(at).map(|_| at)
}

fn direct(tree: &DeviceTree<'_>, at: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for &(name, value) in &tree.nodes()[at].properties {
        let counted = COUNTED.iter().find(|(counted, _)| *counted == name).map(|(_, count)| *count);
        if counted.is_none() && !is_list(name) {
            continue;
        }
        let mut values = cells(value);
        while let Some(phandle) = values.next() {
            let Some(supplier) = tree.by_phandle(phandle) else { break };
            found.push(supplier);
            let arguments = counted.and_then(|count| tree.nodes()[supplier].cell(count)).unwrap_or(0);
            for _ in 0..arguments {
                if values.next().is_none() {
                    break;
                }
            }
        }
    }
    found
}
