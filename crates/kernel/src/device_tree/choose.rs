//! From the nodes that are needed to the modules that drive them.

use bringup_inspect::fdt::{self, DeviceTree, Node};

use super::walk::{self, Visit};
use crate::closure::Walk;
use crate::{Error, Module, ModuleIndex};

/// A module that a board needs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chosen<'a> {
    /// The module.
    pub module: &'a Module,
    /// The way through the device tree that leads to it (`mmc0 -> vmmc-supply -> /soc/rsb@1f03400/pmic@3a3`),
    /// or which module needs it.
    pub because: String,
}

/// Drivers that a bus loads for what is plugged into it, which no device tree tells: the start
/// of a controller's alias or name, or a module that its driver pulls in, and the alias that the
/// bus asks for.
const CARDS: &[(&str, &str, &str)] = &[
    // drivers/mmc/core/bus.c, `mmc_bus_uevent`.
    ("mmc", "mmc_core", "mmc:block"),
    // drivers/scsi/scsi_sysfs.c, `scsi_bus_uevent`; type 0 is a disk.
    ("sata", "libata", "scsi:t-0x00"),
    ("ufs", "ufshcd_core", "scsi:t-0x00"),
];

/// The modules without which a kernel cannot use the storage controller `storage` of the board
/// that `dtb` describes, in load order.
///
/// As for Linux's `of_find_node_by_path`, `storage` is a full path (`/soc/mmc@1c0f000`) or, without
/// a leading slash, an alias (`mmc0`). From there every supplier that Linux would wait for is
/// followed (regulators, clocks, resets, pins, power domains, interrupts and so on), and every
/// bus on the way up, and theirs in turn; nodes that are switched off are not. A node whose
/// driver is built in needs nothing.
///
/// # Errors
/// The blob is damaged, `storage` names nothing or a device that is switched off, or a module
/// depends on one that is not there.
pub fn modules_for_device_tree<'a>(
    dtb: &[u8],
    storage: &str,
    index: &'a ModuleIndex,
) -> Result<Vec<Chosen<'a>>, Error> {
    let tree = fdt::parse(dtb)?;
    let start = find_storage(&tree, storage)?;
    let visits = walk::needed(&tree, start, storage)?;
    let mut chosen = Choice { walk: Walk::new(index), done: Vec::new() };
    // The farthest suppliers first, so that few probes have to be repeated.
    for at in (0..visits.len()).rev() {
        chosen.add_drivers(index, &tree, &visits, at)?;
    }
    for &(name, module, alias) in CARDS {
        let is_named = storage.starts_with(name) || tree.nodes()[start].plain_name() == name;
        if is_named || chosen.done.iter().any(|one| one.module.name == module) {
            for module in index.by_alias(alias) {
                chosen.add(module, &format!("{storage} -> {alias}"))?;
            }
        }
    }
    Ok(chosen.done)
}

fn find_storage(tree: &DeviceTree<'_>, storage: &str) -> Result<usize, Error> {
    let path = if storage.starts_with('/') { storage } else { aliased(tree, storage)? };
    let at = tree.find(path).ok_or_else(|| {
        let last = path.rsplit('/').next().unwrap_or(path);
        let name = last.split('@').next().unwrap_or(last);
        let like = tree.nodes().iter().filter(|node| node.plain_name() == name);
        Error::UnknownNode { path: path.to_owned(), near: like.map(|node| node.path.clone()).collect() }
    })?;
    let node = &tree.nodes()[at];
    if !node.is_enabled() {
        let status = node.status().unwrap_or_default().to_owned();
        return Err(Error::DisabledStorage { path: node.path.clone(), status });
    }
    Ok(at)
}

fn aliased<'a>(tree: &DeviceTree<'a>, alias: &str) -> Result<&'a str, Error> {
    let aliases = tree.aliases();
    if let Some((_, path)) = aliases.iter().find(|(name, _)| *name == alias) {
        return Ok(path);
    }
    let mut aliases: Vec<String> = aliases.iter().map(|(name, _)| (*name).to_owned()).collect();
    aliases.sort_unstable();
    Err(Error::UnknownAlias { alias: alias.to_owned(), aliases })
}

struct Choice<'a> {
    walk: Walk<'a>,
    done: Vec<Chosen<'a>>,
}

impl<'a> Choice<'a> {
    fn add(&mut self, module: &'a Module, because: &str) -> Result<(), Error> {
        self.walk.add(module)?;
        for new in &self.walk.done.modules[self.done.len()..] {
            let because = if new.name == module.name {
                because.to_owned()
            } else {
                format!("needed by {}", module.name)
            };
            self.done.push(Chosen { module: new, because });
        }
        Ok(())
    }

    fn add_drivers(
        &mut self,
        index: &'a ModuleIndex,
        tree: &DeviceTree<'_>,
        visits: &[Visit],
        at: usize,
    ) -> Result<(), Error> {
        let visit = &visits[at];
        let drivers = drivers(index, &tree.nodes()[visit.node]);
        let because = || walk::reason(tree, visits, at);
        let serves = |module: &Module| visit.folders.iter().any(|folder| module.path.starts_with(folder));
        let mut served = drivers.iter().any(|driver| serves(driver));
        for driver in drivers {
            self.add(driver, &because())?;
            for part in parts(index, driver).filter(|part| serves(part)) {
                self.add(part, &format!("{}, part of {}", because(), driver.name))?;
                served = true;
            }
        }
        if !served && !visit.folders.is_empty() && is_chip(tree, visit.node) {
            for part in family_parts(index, &tree.nodes()[visit.node]).filter(|part| serves(part)) {
                self.add(part, &format!("{}, by its name a part of a built-in driver", because()))?;
            }
        }
        Ok(())
    }
}

/// The modules that drive a node.
fn drivers<'a>(index: &'a ModuleIndex, node: &Node<'_>) -> Vec<&'a Module> {
    let compatible: Vec<&str> = node.texts("compatible").collect();
    if compatible.is_empty() {
        return Vec::new();
    }
    // drivers/of/module.c, `of_modalias`: what is missing prints as `(null)`, blanks as `_`.
    let kind = node.texts("device_type").next().unwrap_or("(null)");
    let all: String = compatible.iter().map(|one| format!("C{}", one.replace(' ', "_"))).collect();
    let found = index.by_alias(&format!("of:N{}T{kind}{all}", node.plain_name()));
    if !found.is_empty() {
        return found;
    }
    // A driver on these buses may be known by the device's name alone, which is the compatible
    // string without its vendor (`of_alias_from_compatible` in drivers/of/base.c).
    let on = |one: &&str| ["spi", "i2c"].map(|bus| format!("{bus}:{}", without_vendor(one)));
    let names = compatible.iter().flat_map(on);
    names.map(|alias| index.by_alias(&alias)).find(|found| !found.is_empty()).unwrap_or_default()
}

/// The modules for the parts of a multi-function device.
///
/// Its driver makes the parts by name (`struct mfd_cell`). What they are for, the folders of
/// their drivers say.
fn parts<'a>(index: &'a ModuleIndex, driver: &Module) -> impl Iterator<Item = &'a Module> {
    let related = std::iter::once(driver).chain(driver.depends.iter().filter_map(|name| index.get(name)));
    let names: Vec<String> =
        related.flat_map(|module| &module.parts).map(|part| format!("platform:{part}")).collect();
    index.modules.iter().filter(move |module| module.aliases.iter().any(|alias| names.contains(alias)))
}

/// The modules that may drive parts of a chip whose own driver is built in.
///
/// Nothing in a package says which parts a built-in driver makes (Debian's armhf kernel has
/// AXP PMICs built in and their regulators as a module), so those are taken whose names are of
/// the chip's family: `platform:axp20x-regulator` for `x-powers,axp221`.
fn family_parts<'a>(index: &'a ModuleIndex, chip: &Node<'_>) -> impl Iterator<Item = &'a Module> {
    let families: Vec<&str> = chip.texts("compatible").map(|one| family(without_vendor(one))).collect();
    let is_of_family = move |alias: &String| {
        alias.strip_prefix("platform:").is_some_and(|part| families.contains(&family(part)))
    };
    index.modules.iter().filter(move |module| module.aliases.iter().any(&is_of_family))
}

/// The letters a chip's name begins with (`axp` of `axp20x`), or if that is only one, four
/// characters (`s2mp` of `s2mps11`).
fn family(name: &str) -> &str {
    let letters = name.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(name.len());
    if letters >= 2 { &name[..letters] } else { name.get(..4).unwrap_or(name) }
}

/// Whether a node is a chip on a serial bus (I2C, SPI, RSB): its address there has no size.
fn is_chip(tree: &DeviceTree<'_>, node: usize) -> bool {
    tree.parent(node).is_some_and(|bus| tree.nodes()[bus].cell("#size-cells") == Some(0))
}

fn without_vendor(compatible: &str) -> &str {
    compatible.rsplit(',').next().unwrap_or(compatible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Dt, Fake, index};

    /// A controller whose regulator is one output of a PMIC on a bus, as on the Pine A64.
    fn board(status: &str) -> Vec<u8> {
        let mut dt = Dt::new();
        dt.open("").text("compatible", &["x,board"]);
        dt.open("aliases").text("mmc0", &["/soc/mmc@1"]).text("serial0", &["/soc/uart"]).close();
        dt.open("soc").text("compatible", &["simple-bus"]);
        dt.open("mmc@1").text("compatible", &["x,mmc"]).text("status", &[status]);
        dt.cells("vmmc-supply", &[1]).cells("clocks", &[2]).close();
        dt.open("ccu")
            .text("compatible", &["x,ccu"])
            .cells("phandle", &[2])
            .text("status", &["disabled"])
            .close();
        dt.open("rsb@2").text("compatible", &["x,rsb"]).cells("#size-cells", &[0]);
        dt.open("pmic@3").text("compatible", &["x,pmic"]);
        dt.open("regulators");
        dt.open("dcdc1").cells("phandle", &[1]).close();
        dt.close().close().close().close();
        dt.finish()
    }

    fn modules() -> ModuleIndex {
        index(&[
            Fake::new("kernel/drivers/mmc/host/x-mmc.ko")
                .info("alias", "of:N*T*Cx,mmc")
                .info("depends", "helper"),
            Fake::new("kernel/drivers/mmc/helper.ko").info("license", "GPL"),
            Fake::new("kernel/drivers/clk/x-ccu.ko").info("alias", "of:N*T*Cx,ccu"),
            Fake::new("kernel/drivers/bus/x-rsb.ko")
                .info("alias", "of:N*T*Cx,rsbC*")
                .info("alias", "of:N*T*Cx,rsb"),
            Fake::new("kernel/drivers/mfd/x-pmic.ko")
                .info("alias", "of:N*T*Cx,pmic")
                .string("x-regulator")
                .string("x-key"),
            Fake::new("kernel/drivers/regulator/x-regulator.ko").info("alias", "platform:x-regulator"),
            Fake::new("kernel/drivers/input/x-key.ko").info("alias", "platform:x-key"),
        ])
    }

    #[test]
    fn every_supplier_brings_its_driver_and_its_reason() {
        let index = modules();
        let chosen = modules_for_device_tree(&board("okay"), "mmc0", &index).unwrap();
        let shown: Vec<(&str, &str)> = chosen.iter().map(|one| (&*one.module.name, &*one.because)).collect();
        let pmic = "mmc0 -> vmmc-supply -> /soc/rsb@2/pmic@3";
        assert_eq!(
            shown,
            [
                ("x_rsb", &*format!("{pmic} -> parent -> /soc/rsb@2")),
                ("x_pmic", pmic),
                ("x_regulator", &*format!("{pmic}, part of x_pmic")),
                ("helper", "needed by x_mmc"),
                ("x_mmc", "mmc0"),
            ]
        );
    }

    #[test]
    fn an_unknown_alias_lists_the_known_ones() {
        let error = modules_for_device_tree(&board("okay"), "mmc1", &modules()).unwrap_err();
        assert_eq!(error.to_string(), "device tree has no alias `mmc1`\nhelp: it has mmc0, serial0");
    }

    #[test]
    fn parts_of_a_builtin_driver_are_known_by_their_family() {
        let index = index(&[
            Fake::new("kernel/drivers/regulator/p.ko").info("alias", "platform:pmic20x-regulator"),
            Fake::new("kernel/drivers/regulator/q.ko").info("alias", "platform:other-regulator"),
            Fake::new("kernel/drivers/input/r.ko").info("alias", "platform:pmic20x-key"),
        ]);
        let chosen = modules_for_device_tree(&board("okay"), "mmc0", &index).unwrap();
        let shown: Vec<(&str, &str)> = chosen.iter().map(|one| (&*one.module.name, &*one.because)).collect();
        let because = "mmc0 -> vmmc-supply -> /soc/rsb@2/pmic@3, by its name a part of a built-in driver";
        assert_eq!(shown, [("p", because)]);
    }

    #[test]
    fn a_family_is_what_names_of_chips_begin_with() {
        for (name, expected) in
            [("axp20x-regulator", "axp"), ("rk805", "rk"), ("s2mps11-pmic", "s2mp"), ("x", "x"), ("", "")]
        {
            assert_eq!(family(name), expected);
        }
    }

    #[test]
    fn storage_is_found_by_path_too() {
        let index = modules();
        let by_path = modules_for_device_tree(&board("okay"), "/soc/mmc@1", &index).unwrap();
        let by_alias = modules_for_device_tree(&board("okay"), "mmc0", &index).unwrap();
        let names =
            |chosen: &[Chosen<'_>]| chosen.iter().map(|one| one.module.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&by_path), names(&by_alias));
        assert_eq!(by_path[4].because, "/soc/mmc@1");
    }

    #[test]
    fn a_path_must_lead_to_a_node() {
        let fails =
            |storage| modules_for_device_tree(&board("okay"), storage, &modules()).unwrap_err().to_string();
        assert_eq!(fails("serial0"), "device tree has no node `/soc/uart`");
        assert_eq!(
            fails("/soc/mmc@2"),
            "device tree has no node `/soc/mmc@2`\nhelp: near matches: /soc/mmc@1"
        );
    }

    #[test]
    fn storage_must_be_switched_on() {
        let error = modules_for_device_tree(&board("disabled"), "mmc0", &modules()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "device tree: `/soc/mmc@1` cannot be used for storage, its status is `disabled`"
        );
    }

    #[test]
    fn a_blob_that_is_no_device_tree_is_told() {
        let error = modules_for_device_tree(b"junk", "mmc0", &modules()).unwrap_err();
        assert_eq!(error.to_string(), "device tree: bytes at 0x0 are `junk`, not d0 0d fe ed");
    }

    #[test]
    fn damage_never_ends_in_a_panic() {
        let index = modules();
        let whole = board("okay");
        let expected = modules_for_device_tree(&whole, "mmc0", &index).unwrap().len();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x03;
            if let Ok(chosen) = modules_for_device_tree(&flipped, "mmc0", &index) {
                // A changed compatible string or switched-on clock is a tree too, of modules that exist.
                assert!(chosen.len() <= expected + 1, "byte {at}");
            }
        }
    }

    #[test]
    fn a_card_brings_its_block_driver() {
        let mut fakes = vec![Fake::new("kernel/drivers/mmc/core/mmc_card.ko").info("alias", "mmc:block")];
        fakes.push(Fake::new("kernel/drivers/mmc/host/x-mmc.ko").info("alias", "of:N*T*Cx,mmc"));
        let index = index(&fakes);
        let chosen = modules_for_device_tree(&board("okay"), "/soc/mmc@1", &index).unwrap();
        assert_eq!(chosen[1].module.name, "mmc_card");
        assert_eq!(chosen[1].because, "/soc/mmc@1 -> mmc:block");
    }
}
