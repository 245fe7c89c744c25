//! The drivers that reaching root takes: in the initramfs, or in the kernel.

use std::collections::BTreeSet;

use bringup_inspect::{elf as inspect_elf, fdt};
use bringup_spec::RootStorage;

use super::Chain;
use super::arch::{Arch, mismatch};
use super::suppliers::suppliers;
use super::trail::Id;
use crate::archive::Archive;
use crate::volume::Volume;
use crate::{Link, elf};

const NAME: &str = "initramfs-modules";
const RULE: &str = "Linux, Documentation/kbuild/kbuild.rst (modules.builtin); depmod(8), modules.alias";

/// The longest of a kernel's lists; Debian's modules.alias has 1.5 MiB.
const LIST_MAX: u64 = 16 << 20;

/// How many of the drivers that are there are named.
const SHOWN: usize = 4;

/// What a kernel has and where it is said.
#[derive(Default)]
struct Drivers {
    /// Names of modules in the initramfs, `-` as `_`.
    loadable: BTreeSet<String>,
    /// Names of what is built in; none if nothing says so.
    builtin: Option<BTreeSet<String>>,
    /// Aliases of modules, and of what is built in: pattern and name.
    aliases: Vec<(String, String)>,
}

impl Chain<'_> {
    /// Proves that the drivers for root's file system and storage are there.
    pub(crate) fn modules(
        &mut self,
        after: Id,
        archive: Option<&Archive>,
        arch: Option<Arch>,
        release: Option<&str>,
        device_tree: Option<&[u8]>,
        root: Option<&Volume<'_>>,
    ) {
        if !self.is_linux() {
            return;
        }
        let by_node =
            self.machine.root_storage.iter().any(|way| matches!(way, RootStorage::DeviceTreeNode(_)));
        if by_node && self.trail.is_broken("device-tree") {
            // Which drivers these are is in the device tree.
            self.trail.unreached(Some(after), &[NAME]);
            return;
        }
        let mut drivers = Drivers::default();
        let listed = match archive.map(|archive| listed(archive, arch)) {
            None => 0,
            Some(Err(what)) => {
                self.trail.add(Some(after), Link::broken(NAME, what).rule(RULE));
                return;
            }
            Some(Ok(names)) => {
                drivers.loadable = names;
                drivers.loadable.len()
            }
        };
        drivers.read_lists(archive, root, release);
        let mut found = Vec::new();
        let mut missing = Vec::new();
        let mut unknown = Vec::new();
        if let Some(root) = root {
            let kind = root.identity.kind;
            match drivers.has(kind) {
                Some(how) => found.push(format!("{kind} {how}")),
                None if drivers.builtin.is_none() => unknown.push(format!("the driver of {kind}")),
                None => missing.push(format!("the driver of {kind}, which root is")),
            }
        }
        for storage in self.machine.root_storage {
            match storage {
                RootStorage::Modules(names) => {
                    for name in *names {
                        match drivers.has(name) {
                            Some(how) => found.push(format!("{name} {how}")),
                            None if drivers.builtin.is_none() => unknown.push((*name).to_owned()),
                            None => missing.push(format!("`{name}`, which root's storage needs")),
                        }
                    }
                }
                RootStorage::DeviceTreeNode(node) => match drivers.of_node(node, device_tree) {
                    Driver::Found(what) => found.push(what),
                    Driver::Missing(what) => missing.push(what),
                    Driver::Unknown(what) => unknown.push(what),
                },
            }
        }
        let link = if let Some(first) = missing.first() {
            let many =
                if missing.len() > 1 { format!(" (and {} more)", missing.len() - 1) } else { String::new() };
            Link::broken(NAME, format!("neither among {listed} modules nor built in: {first}{many}"))
                .help("put the module into the initramfs, with what it needs")
        } else if !unknown.is_empty() {
            Link::not_checked(
                NAME,
                format!(
                    "nothing says what is built in, so that it is not known where to find {}",
                    unknown.join(", ")
                ),
            )
        } else {
            // Two nodes may have one driver.
            let mut seen = BTreeSet::new();
            found.retain(|what| seen.insert(what.clone()));
            let more = found.len().saturating_sub(SHOWN);
            found.truncate(SHOWN);
            let more = if more > 0 { format!(" and {more} more that root needs") } else { String::new() };
            Link::holds(NAME, format!("{listed} modules; {}{more}", found.join(", ")))
        };
        self.trail.add(Some(after), link.rule(RULE));
    }
}

enum Driver {
    Found(String),
    Missing(String),
    Unknown(String),
}

impl Drivers {
    fn has(&self, name: &str) -> Option<&'static str> {
        let name = name.replace('-', "_");
        // Linux mounts ext2 and ext3 by ext4 (fs/ext4/super.c).
        let names: &[&str] = if matches!(&*name, "ext2" | "ext3") { &[&name, "ext4"] } else { &[&name] };
        names.iter().find_map(|name| {
            if self.loadable.contains(*name) {
                return Some("as a module");
            }
            self.builtin.as_ref().filter(|builtin| builtin.contains(*name)).map(|_| "built in")
        })
    }

    fn read_lists(&mut self, archive: Option<&Archive>, root: Option<&Volume<'_>>, release: Option<&str>) {
        let release = release.map(str::to_owned).or_else(|| only_release(archive, root));
        let Some(release) = release else { return };
        let read = |name: &str| {
            let path = format!("lib/modules/{release}/{name}");
            let packed = archive.and_then(|archive| archive.find(&path)).map(|(_, file)| file);
            // Longer ones are not kept whole.
            let packed =
                packed.filter(|file| file.len == file.head.len() as u64).map(|file| file.head.clone());
            packed.or_else(|| root.and_then(|root| root.read(&path, LIST_MAX).ok()))
        };
        if let Some(bytes) = read("modules.builtin") {
            let text = String::from_utf8_lossy(&bytes);
            self.builtin = Some(text.lines().map(module_name).collect());
        }
        if let Some(bytes) = read("modules.alias") {
            let text = String::from_utf8_lossy(&bytes);
            let lines = text.lines().filter_map(|line| line.strip_prefix("alias of:")?.rsplit_once(' '));
            self.aliases.extend(lines.map(|(pattern, name)| (pattern.to_owned(), name.to_owned())));
        }
        if let Some(bytes) = read("modules.builtin.modinfo") {
            let text = String::from_utf8_lossy(&bytes);
            let pairs = text.split('\0').filter_map(|pair| {
                let (name, pattern) = pair.split_once(".alias=of:")?;
                Some((pattern.to_owned(), name.to_owned()))
            });
            self.aliases.extend(pairs);
        }
    }

    /// The drivers that any of the names is an alias of.
    fn drivers_of(&self, compatible: &[&str]) -> BTreeSet<&str> {
        let matching = self.aliases.iter().filter(|(pattern, _)| {
            // `N*T*C<compatible>` or `N*T*C<compatible>C*` (Linux, scripts/mod/file2alias.c, do_of_entry).
            let name = pattern.split_once("T*C").map(|(_, name)| name.strip_suffix("C*").unwrap_or(name));
            name.is_some_and(|name| compatible.contains(&name))
        });
        matching.map(|(_, name)| name.as_str()).collect()
    }

    /// The driver of a node of the device tree, if those of all its suppliers are there, too: any whose alias is one of its `compatible`.
    fn of_node(&self, path: &str, device_tree: Option<&[u8]>) -> Driver {
        let Some(bytes) = device_tree else { return Driver::Unknown(format!("the driver of `{path}`")) };
        let Ok(tree) = fdt::parse(bytes) else { return Driver::Unknown(format!("the driver of `{path}`")) };
        let Some(node) = tree.node(path) else {
            return Driver::Missing(format!("the driver of `{path}`, which the device tree does not have"));
        };
        if self.aliases.is_empty() {
            return Driver::Unknown(format!("the driver of `{path}`"));
        }
        let compatible = node.strings("compatible");
        let names = self.drivers_of(&compatible);
        let there = names.iter().find_map(|name| self.has(name).map(|how| format!("{name} {how}")));
        match there {
            Some(what) => {
                let start = tree.find(path);
                let behind = start.map(|start| suppliers(&tree, start)).unwrap_or_default();
                let lacking = behind.into_iter().find_map(|at| {
                    let compatible = tree.nodes()[at].strings("compatible");
                    let names = self.drivers_of(&compatible);
                    // Drivers that no list names are in the kernel itself.
                    let missing = !names.is_empty() && !names.iter().any(|name| self.has(name).is_some());
                    let names = || names.into_iter().collect::<Vec<_>>().join(" or ");
                    let supplier = &tree.nodes()[at].path;
                    missing.then(|| format!("{} for `{supplier}`, which `{path}` needs", names()))
                });
                lacking.map_or(Driver::Found(what), Driver::Missing)
            }
            None => Driver::Missing(format!(
                "a driver of `{path}` ({}){}",
                compatible.join(", "),
                match names.is_empty() {
                    true => String::new(),
                    false => format!(", such as {}", names.into_iter().collect::<Vec<_>>().join(" or ")),
                }
            )),
        }
    }
}

/// `kernel/fs/ext4/ext4.ko.xz` is the module `ext4`.
fn module_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split(".ko").next().unwrap_or(file).replace('-', "_")
}

/// The modules of an initramfs; each that is listed must be there and be for this processor.
fn listed(archive: &Archive, arch: Option<Arch>) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    let mut loaded = BTreeSet::new();
    let order = archive.files.get(&b"modules/order"[..]);
    let lines = order.map(|file| String::from_utf8_lossy(&file.head).into_owned()).unwrap_or_default();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let path = format!("modules/{line}");
        let Some((_, file)) = archive.find(&path) else {
            return Err(format!("its list names `{path}`, which is not in it"));
        };
        // What is built in is in no module's `depends=`.
        let missing = file.depends.iter().flatten().find(|name| !loaded.contains(*name));
        if let Some(name) = missing {
            return Err(format!("`{path}` needs `{name}`, which its list does not have in front of it"));
        }
        loaded.insert(module_name(line));
    }
    for (path, file) in &archive.files {
        let path = String::from_utf8_lossy(path);
        let is_module = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"].iter().any(|end| path.ends_with(end));
        if !is_module || !file.is_file() {
            continue;
        }
        if path.ends_with(".ko") {
            let found = elf::read(&file.head[..]).ok().flatten();
            let Some(found) = found else { return Err(format!("`{path}` is no ELF file")) };
            if let Some(wrong) = mismatch(arch, &found) {
                return Err(format!("`{path}` {wrong}"));
            }
            // ET_REL: what the kernel's loader takes.
            if found.kind != 1 {
                return Err(format!("`{path}` is an ELF file of type {}, not 1 (relocatable)", found.kind));
            }
        } else if inspect_elf::detect(&file.head) {
            return Err(format!("`{path}` is not compressed"));
        }
        names.insert(module_name(&path));
    }
    Ok(names)
}

/// The release of the only folder of modules that there is.
fn only_release(archive: Option<&Archive>, root: Option<&Volume<'_>>) -> Option<String> {
    let mut names = BTreeSet::new();
    for path in archive.into_iter().flat_map(|archive| archive.files.keys()) {
        let path = String::from_utf8_lossy(path);
        let below = path.strip_prefix("usr/").unwrap_or(&path).strip_prefix("lib/modules/");
        names.extend(below.and_then(|rest| rest.split('/').next()).map(str::to_owned));
    }
    if names.is_empty() {
        let entries = root.and_then(|root| root.list("/lib/modules").ok()).unwrap_or_default();
        names.extend(entries.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()));
    }
    if names.len() == 1 { names.pop_first() } else { None }
}
