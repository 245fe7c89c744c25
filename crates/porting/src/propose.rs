mod firmware;
#[cfg(test)]
pub(crate) mod fixture;

use bringup_spec::{Board, Class};

use crate::{Config, Error, Said, Storage, Tree, chip, literal};

/// A value for a field of the record, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The field.
    pub field: &'static str,
    /// Its value, as Rust.
    pub value: String,
    /// The lines that say so.
    pub source: String,
}

/// What files say about a new board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposals {
    /// The board's name for people.
    pub title: Option<String>,
    /// Values for fields.
    pub fields: Vec<Proposal>,
    /// Texts of the old record that become others, wherever they are: where its firmware is, and what
    /// place a boot program has.
    pub texts: Vec<(String, Proposal)>,
    /// What the files say and a porter has to make something of: the field that it is about, and the
    /// remark.
    pub remarks: Vec<(&'static str, String)>,
}

/// What U-Boot's configuration and Linux's device tree say about a new board that is like `like`.
///
/// Of two sources for one fact, Linux's counts: the record is about what Linux is given. `boards` are
/// those that there are.
///
/// # Errors
/// The configuration is for another chip or platform than `like` has, and a better board is known or
/// none would do.
pub fn propose(
    like: &Board,
    boards: &[&'static Board],
    config: Option<&Config>,
    tree: Option<&Tree>,
) -> Result<Proposals, Error> {
    let mut all = Proposals::default();
    if let Some(config) = config
        && let Some(chip) = chip::check(config, like, boards)?
    {
        let (soc, old, source) = (chip.value.soc, like.soc.name, chip.source);
        all.remark("soc", format!("the new board has the {soc} ({source}), this is the {old}"));
        all.remark("load", format!("where U-Boot loads to on the {old}; look for the {soc}"));
    }
    if let Some(model) = tree.and_then(|tree| tree.model.as_ref()) {
        all.title = Some(model.value.clone());
        all.field("title", literal::string(&model.value), &model.source);
    }
    device_tree(&mut all, like, config, tree);
    console(&mut all, like, config, tree);
    if let Some(memory) = tree.and_then(|tree| tree.memory.as_ref()) {
        all.field("ram", literal::bytes(memory.value), &memory.source);
    }
    if let Some(tree) = tree {
        // The record of a board without a device tree has no word for a node.
        if like.device_tree.is_some() {
            root_storage(&mut all, tree);
        }
        if !tree.includes.is_empty() {
            let (file, includes) = (&tree.file, tree.includes.join("`, `"));
            all.remark("device_tree", format!("`{file}` includes `{includes}`: not read; a .dtb has all"));
        }
    }
    if let Some(config) = config {
        firmware::propose(&mut all, like, config);
    }
    Ok(all)
}

impl Proposals {
    fn field(&mut self, field: &'static str, value: String, source: &str) {
        self.fields.push(Proposal { field, value, source: source.to_owned() });
    }

    fn text(&mut self, old: String, field: &'static str, value: String, source: String) {
        self.texts.push((old, Proposal { field, value, source }));
    }

    fn remark(&mut self, field: &'static str, remark: String) {
        self.remarks.push((field, remark));
    }
}

fn device_tree(all: &mut Proposals, like: &Board, config: Option<&Config>, tree: Option<&Tree>) {
    let of_config = config.and_then(|config| {
        config.string("DEFAULT_FDT_FILE").or_else(|| config.string("DEFAULT_DEVICE_TREE"))
    });
    let base = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.strip_suffix(".dtb").unwrap_or(name).to_owned()
    };
    let of_tree = tree.map(|tree| Said { value: tree.name().to_owned(), source: tree.file.clone() });
    if let (Some(config), Some(tree)) = (&of_config, &of_tree)
        && base(&config.value) != tree.value
    {
        let (file, said) = (&tree.source, &config.source);
        all.remark("device_tree", format!("U-Boot was made for another ({said}) than `{file}`"));
    }
    let Some(said) = of_tree.or(of_config) else { return };
    let name = base(&said.value);
    // Debian keeps the device trees of 32-bit Arm in one folder, those of 64-bit ones by maker, as
    // Linux's `dtbs_install` does.
    let folder = match (like.platform.elf.class, said.value.rsplit_once('/'), like.device_tree) {
        (Class::Elf32, ..) => None,
        (Class::Elf64, Some((folder, _)), _) => Some(folder),
        (Class::Elf64, None, like) => like.and_then(|path| path.rsplit_once('/')).map(|(folder, _)| folder),
    };
    let path = folder.map_or_else(|| format!("{name}.dtb"), |folder| format!("{folder}/{name}.dtb"));
    all.field("device_tree", format!("Some({})", literal::string(&path)), &said.source);
}

fn console(all: &mut Proposals, like: &Board, config: Option<&Config>, tree: Option<&Tree>) {
    // The driver names the device: boards of one chip have one driver.
    let driver = like.console.tty.trim_end_matches(|char: char| char.is_ascii_digit());
    // U-Boot counts its 16550s from 1 (drivers/serial/Kconfig, CONS_INDEX).
    let of_config = || {
        let index = config?.number("CONS_INDEX").filter(|index| driver == "ttyS" && index.value > 0)?;
        Some(index.with(u32::try_from(index.value - 1).ok()?))
    };
    let baud = |config: &Config| {
        let baud = config.number("BAUDRATE")?;
        Some(baud.with(u32::try_from(baud.value).ok()?))
    };
    let index = tree.and_then(|tree| tree.console.clone()).or_else(of_config);
    let baud = tree.and_then(|tree| tree.baud.clone()).or_else(|| config.and_then(baud));
    let sources = match (&index, &baud) {
        (Some(index), Some(baud)) if index.source != baud.source => {
            format!("{}; {}", index.source, baud.source)
        }
        (Some(said), _) | (None, Some(said)) => said.source.clone(),
        (None, None) => return,
    };
    let old = like.console;
    if index.is_none() {
        all.remark("console", format!("nothing says which port; `{}` is that of `{}`", old.tty, like.name));
    }
    if baud.is_none() {
        all.remark("console", format!("nothing says how fast; {} is that of `{}`", old.baud, like.name));
    }
    let tty = index.map_or_else(|| old.tty.to_owned(), |index| format!("{driver}{}", index.value));
    let baud = literal::number(baud.map_or(old.baud, |baud| baud.value).into());
    all.field("console", format!("Console {{ tty: {}, baud: {baud} }}", literal::string(&tty)), &sources);
}

fn root_storage(all: &mut Proposals, tree: &Tree) {
    let node = |said: &Said<Storage>| match &said.value {
        Storage::Path(path) => Some(format!("RootStorage::DeviceTreeNode({})", literal::string(path))),
        Storage::Label(_) => None,
    };
    let nodes: Vec<String> = tree.storage.iter().filter_map(node).collect();
    if !nodes.is_empty() {
        let source = format!("{}: the storage controllers that are on", tree.file);
        all.field("root_storage", literal::array("root_storage", &nodes), &source);
    }
    for said in &tree.storage {
        if let Storage::Label(label) = &said.value {
            let source = &said.source;
            all.remark("root_storage", format!("`{label}` is on ({source}); its path is in the chip's file"));
        }
    }
}

#[cfg(test)]
mod tests;
