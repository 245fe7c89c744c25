//! Which nodes a node cannot work without.

use bringup_inspect::fdt::{DeviceTree, Node, cells};

use crate::Error;

/// How the suppliers stand in a property.
#[derive(Clone, Copy)]
enum Form {
    /// Phandles alone.
    Phandles,
    /// Each phandle is followed by as many cells as this property of its node says.
    Counted(&'static str),
}

/// How a property is recognised.
#[derive(Clone, Copy)]
enum Name {
    Is(&'static str),
    EndsWith(&'static str),
    /// Followed by a number: `pinctrl-0`.
    Numbered(&'static str),
}

/// A property that names suppliers.
struct Binding {
    name: Name,
    form: Form,
    /// Kernel folders of the drivers that can serve it, for the parts of a multi-function device.
    folders: &'static [&'static str],
}

const fn binding(name: Name, form: Form, folders: &'static [&'static str]) -> Binding {
    Binding { name, form, folders }
}

use Form::{Counted, Phandles};
use Name::{EndsWith, Is, Numbered};

/// What Linux itself waits for before it probes a device: `of_supplier_bindings` in
/// `drivers/of/property.c` (6.12), less what no storage controller has (`backlight`, `leds`,
/// `panel`, `remote-endpoint`, `pses`) and `post-init-providers`, which are needed later only.
/// `mmc-pwrseq` is added: `drivers/mmc/core/pwrseq.c` defers the probe until it is there.
const BINDINGS: &[Binding] = &[
    binding(EndsWith("-supply"), Phandles, &["kernel/drivers/regulator/"]),
    binding(Is("mmc-pwrseq"), Phandles, &["kernel/drivers/mmc/"]),
    binding(Is("clocks"), Counted("#clock-cells"), &["kernel/drivers/clk/"]),
    binding(Is("resets"), Counted("#reset-cells"), &["kernel/drivers/reset/"]),
    binding(Numbered("pinctrl-"), Phandles, &["kernel/drivers/pinctrl/"]),
    binding(EndsWith("-gpios"), Counted("#gpio-cells"), GPIO),
    binding(EndsWith("-gpio"), Counted("#gpio-cells"), GPIO),
    binding(Is("gpios"), Counted("#gpio-cells"), GPIO),
    binding(Is("gpio"), Counted("#gpio-cells"), GPIO),
    binding(Is("power-domains"), Counted("#power-domain-cells"), &["kernel/drivers/pmdomain/"]),
    binding(Is("dmas"), Counted("#dma-cells"), &["kernel/drivers/dma/"]),
    binding(Is("phys"), Counted("#phy-cells"), &["kernel/drivers/phy/"]),
    binding(Is("iommus"), Counted("#iommu-cells"), &["kernel/drivers/iommu/"]),
    binding(Is("interconnects"), Counted("#interconnect-cells"), &["kernel/drivers/interconnect/"]),
    binding(Is("mboxes"), Counted("#mbox-cells"), &["kernel/drivers/mailbox/"]),
    binding(Is("hwlocks"), Counted("#hwlock-cells"), &["kernel/drivers/hwspinlock/"]),
    binding(Is("io-channels"), Counted("#io-channel-cells"), &["kernel/drivers/iio/"]),
    binding(Is("io-backends"), Counted("#io-backend-cells"), &["kernel/drivers/iio/"]),
    binding(Is("nvmem-cells"), Counted("#nvmem-cell-cells"), &["kernel/drivers/nvmem/"]),
    binding(Is("pwms"), Counted("#pwm-cells"), &["kernel/drivers/pwm/"]),
    binding(Is("extcon"), Phandles, &["kernel/drivers/extcon/"]),
    binding(Is("wakeup-parent"), Phandles, &["kernel/drivers/irqchip/"]),
    binding(Is("power-supplies"), Phandles, &["kernel/drivers/power/"]),
    binding(Is("access-controllers"), Counted("#access-controller-cells"), &[]),
    binding(Is("msi-parent"), Counted("#msi-cells"), &["kernel/drivers/irqchip/"]),
    binding(Is("interrupts-extended"), Counted("#interrupt-cells"), &["kernel/drivers/irqchip/"]),
];

const GPIO: &[&str] = &["kernel/drivers/gpio/", "kernel/drivers/pinctrl/"];

impl Binding {
    fn is_for(&self, property: &str) -> bool {
        match self.name {
            Is(name) => property == name,
            EndsWith(suffix) => property.ends_with(suffix) && !property.ends_with(COUNT),
            Numbered(prefix) => property
                .strip_prefix(prefix)
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())),
        }
    }
}

/// Ends like a supplier's property, but holds a number (`parse_gpios` in `drivers/of/property.c`).
const COUNT: &str = "nr-gpios";

/// A node that another one needs, and the property that says so.
pub(super) struct Supplier {
    pub(super) property: String,
    pub(super) node: usize,
    pub(super) folders: &'static [&'static str],
}

/// The suppliers that node `at` names itself, in the order of its properties.
pub(super) fn of(tree: &DeviceTree<'_>, at: usize) -> Result<Vec<Supplier>, Error> {
    let node = &tree.nodes()[at];
    let mut found = Vec::new();
    for &(property, value) in &node.properties {
        let Some(binding) = BINDINGS.iter().find(|binding| binding.is_for(property)) else { continue };
        // A line that a GPIO controller holds for itself (Documentation/devicetree/bindings/gpio).
        if node.property("gpio-hog").is_some() && matches!(property, "gpios") {
            continue;
        }
        for target in targets(tree, at, property, value, binding.form)? {
            found.push(Supplier { property: property.to_owned(), node: target, folders: binding.folders });
        }
    }
    let has_own = node.property("interrupts").is_some() && node.property("interrupts-extended").is_none();
    if has_own && let Some(parent) = interrupt_parent(tree, at)? {
        let folders = &["kernel/drivers/irqchip/"];
        found.push(Supplier { property: "interrupts".to_owned(), node: parent, folders });
    }
    Ok(found)
}

fn targets(
    tree: &DeviceTree<'_>,
    at: usize,
    property: &str,
    value: &[u8],
    form: Form,
) -> Result<Vec<usize>, Error> {
    let mut found = Vec::new();
    let mut cells = cells(value);
    while let Some(phandle) = cells.next() {
        // An empty place in a list (Documentation/devicetree/bindings, "may be zero").
        if phandle == 0 {
            continue;
        }
        let target = resolve(tree, at, property, phandle)?;
        if let Form::Counted(count) = form {
            // The cells that follow describe which of the supplier's outputs is meant.
            let skipped = tree.nodes()[target].cell(count).unwrap_or(0);
            if cells.by_ref().take(skipped as usize).count() < skipped as usize {
                found.push(target);
                break;
            }
        }
        found.push(target);
    }
    Ok(found)
}

fn resolve(tree: &DeviceTree<'_>, at: usize, property: &str, phandle: u32) -> Result<usize, Error> {
    tree.by_phandle(phandle).ok_or_else(|| Error::DanglingPhandle {
        node: tree.nodes()[at].path.clone(),
        property: property.to_owned(),
        phandle,
    })
}

/// The interrupt controller of a node: its own `interrupt-parent`, or that of the nearest
/// ancestor, or the nearest ancestor that is a controller (Devicetree Specification 2.4).
fn interrupt_parent(tree: &DeviceTree<'_>, at: usize) -> Result<Option<usize>, Error> {
    let is_controller = |node: &Node<'_>| {
        node.property("interrupt-controller").is_some() || node.property("interrupt-map").is_some()
    };
    let mut node = at;
    loop {
        if let Some(phandle) = tree.nodes()[node].cell("interrupt-parent") {
            return resolve(tree, node, "interrupt-parent", phandle).map(Some);
        }
        let Some(parent) = tree.parent(node) else { return Ok(None) };
        node = parent;
        if is_controller(&tree.nodes()[node]) {
            return Ok(Some(node));
        }
    }
}

#[cfg(test)]
mod tests {
    use bringup_inspect::fdt;

    use super::*;
    use crate::testing::Dt;

    /// Two clocks with one cell each, a fixed regulator, and a consumer with one property.
    fn suppliers(property: &str, value: &[u32]) -> Result<Vec<String>, Error> {
        let mut dt = Dt::new();
        dt.open("").cells("interrupt-parent", &[3]);
        dt.open("a").cells("phandle", &[1]).cells("#clock-cells", &[1]).cells("#gpio-cells", &[2]).close();
        dt.open("b").cells("phandle", &[2]).cells("#clock-cells", &[0]).close();
        dt.open("gic").cells("phandle", &[3]).close();
        dt.open("user").cells(property, value).close();
        let blob = dt.finish();
        let tree = fdt::parse(&blob).unwrap();
        let found = of(&tree, tree.find("/user").unwrap())?;
        Ok(found.into_iter().map(|supplier| tree.nodes()[supplier.node].path.clone()).collect())
    }

    #[test]
    fn each_form_of_property_names_its_suppliers() {
        for (property, value, expected) in [
            ("clocks", &[1, 9, 2, 1, 8][..], &["/a", "/b", "/a"][..]),
            ("clocks", &[0, 2], &["/b"]),
            ("vmmc-supply", &[2], &["/b"]),
            ("cd-gpios", &[1, 5, 6, 2], &["/a", "/b"]),
            ("pinctrl-0", &[1, 2], &["/a", "/b"]),
            ("pinctrl-names", &[1], &[]),
            ("nr-gpios", &[99], &[]),
            ("interrupts", &[0, 60, 4], &["/gic"]),
            ("assigned-clocks", &[99], &[]),
        ] {
            assert_eq!(suppliers(property, value).unwrap(), expected, "{property}");
        }
    }

    #[test]
    fn a_dangling_phandle_is_told() {
        let error = suppliers("vmmc-supply", &[9]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "device tree: `vmmc-supply` of `/user` refers to phandle 0x9, which no node has"
        );
    }
}
