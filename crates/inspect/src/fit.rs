//! FIT: a device tree whose nodes hold images and say how to start them.
//!
//! Layout: Flat Image Tree specification 0.8 (U-Boot, doc/usage/fit/source_file_format.rst).

mod hash;

use std::ops::Range;

use crate::Error;
use crate::bytes::Reader;
use crate::fdt::{self, DeviceTree, Node};

pub use hash::Hash;

const WHAT: &str = "FIT";

/// What a configuration may refer to images by (U-Boot, include/image.h, `FIT_*_PROP`).
const REFERENCES: &[&str] =
    &["kernel", "ramdisk", "fdt", "firmware", "loadables", "standalone", "setup", "fpga", "script"];

/// What a FIT holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// `description`, for people.
    pub description: Option<String>,
    /// Its images, in their own order.
    pub images: Vec<Image>,
    /// Its configurations, in their own order.
    pub configurations: Vec<Configuration>,
    /// `default`, the configuration that is started if none is asked for.
    pub default: Option<String>,
}

/// One image of a FIT. Vocabularies are U-Boot's, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name of its node.
    pub name: String,
    /// `type`: `kernel`, `firmware`, `flat_dt`.
    pub kind: Option<String>,
    /// `arch`: `arm64`.
    pub arch: Option<String>,
    /// `os`: `linux`, `u-boot`, `arm-trusted-firmware`.
    pub os: Option<String>,
    /// `compression`: `none`.
    pub compression: Option<String>,
    /// `load`: where in memory it goes.
    pub load_address: Option<u64>,
    /// `entry`: where in memory it begins.
    pub entry_address: Option<u64>,
    /// Its bytes, from the start of the FIT.
    pub data: Range<u64>,
    /// Its hashes. Those that can be computed here have been, and agree.
    pub hashes: Vec<Hash>,
}

/// One way to start what a FIT holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The name of its node.
    pub name: String,
    /// `description`: for U-Boot's SPL, the name of the board's device tree.
    pub description: Option<String>,
    /// The images it refers to: the property, as in the FIT, and the image's name.
    pub images: Vec<(&'static str, String)>,
}

/// How far the hashes of a FIT vouch for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// Every image has a hash that agrees.
    Hashed,
    /// Some images have one that agrees, others have none.
    PartlyHashed,
    /// No image has one: nothing guards their bytes.
    Unhashed,
}

impl Fit {
    /// How far its hashes vouch for it.
    pub fn integrity(&self) -> Integrity {
        let hashed = self.images.iter().filter(|image| image.hashes.iter().any(|hash| hash.is_verified));
        match hashed.count() {
            0 => Integrity::Unhashed,
            all if all == self.images.len() => Integrity::Hashed,
            _ => Integrity::PartlyHashed,
        }
    }

    /// The image of that name.
    pub fn image(&self, name: &str) -> Option<&Image> {
        self.images.iter().find(|image| image.name == name)
    }

    /// The configuration that U-Boot's SPL chooses on the board of that device tree: the one with
    /// that description, else the default (U-Boot, boot/common_fit.c, `fit_find_config_node`).
    ///
    /// The name is without folder and `.dtb`, and so are descriptions taken.
    ///
    /// # Errors
    /// There is neither.
    pub fn configuration(&self, board: Option<&str>) -> Result<&Configuration, Error> {
        let describes = |configuration: &&Configuration| {
            board.is_some() && configuration.description.as_deref().map(stem) == board.map(stem)
        };
        let is_default = |configuration: &&Configuration| Some(&configuration.name) == self.default.as_ref();
        let found = self.configurations.iter().find(describes);
        found
            .or_else(|| self.configurations.iter().find(is_default))
            .ok_or(Error::Missing { what: WHAT, part: "configuration to start".to_owned() })
    }
}

fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.strip_suffix(".dtb").unwrap_or(file)
}

/// Whether a device tree has the node that makes it a FIT.
pub fn is_fit(tree: &DeviceTree<'_>) -> bool {
    tree.node("/images").is_some()
}

/// Reads the FIT at the start of `bytes`: every image's data must be there, inside or behind the
/// device tree, with the hashes it has, and every name must lead somewhere.
///
/// # Errors
/// As for [`fdt::parse`]; no `/images`; an image without data, with data that leaves `bytes` or does
/// not agree with a hash; a configuration that names an image, or a default that names a
/// configuration, which is not there.
pub fn parse(bytes: &[u8]) -> Result<Fit, Error> {
    let tree = fdt::parse(bytes)?;
    if !is_fit(&tree) {
        return Err(Error::Missing { what: WHAT, part: "`/images`".to_owned() });
    }
    let images = children(&tree, "/images");
    let images = images.map(|(name, at)| image(bytes, &tree, name, at)).collect::<Result<Vec<_>, _>>()?;
    let configurations = children(&tree, "/configurations");
    let configurations: Vec<_> =
        configurations.map(|(name, at)| configuration(name, &tree.nodes()[at])).collect();
    for configuration in &configurations {
        let lost =
            configuration.images.iter().find(|(_, name)| !images.iter().any(|image| image.name == *name));
        if let Some((property, name)) = lost {
            return Err(Error::Dangling {
                what: WHAT,
                from: format!("`{property}` of `{}`", configuration.name),
                name: name.clone(),
                among: "images",
            });
        }
    }
    let text = |node: Option<&Node<'_>>, name| node.and_then(|node| node.string(name)).map(str::to_owned);
    let default = text(tree.node("/configurations"), "default");
    if let Some(name) = &default
        && !configurations.iter().any(|configuration| configuration.name == *name)
    {
        let (from, name) = ("`default`".to_owned(), name.clone());
        return Err(Error::Dangling { what: WHAT, from, name, among: "configurations" });
    }
    Ok(Fit { description: text(Some(tree.root()), "description"), images, configurations, default })
}

fn children<'t>(tree: &'t DeviceTree<'_>, path: &str) -> impl Iterator<Item = (&'t str, usize)> {
    let parent = tree.nodes().iter().position(|node| node.path == path);
    let within = parent.into_iter().flat_map(|parent| tree.children(parent));
    within.map(|at| (tree.nodes()[at].name, at))
}

fn image(bytes: &[u8], tree: &DeviceTree<'_>, name: &str, at: usize) -> Result<Image, Error> {
    let node = &tree.nodes()[at];
    let text = |name| node.string(name).map(str::to_owned);
    let (data, content) = data(bytes, tree, node)?;
    let hashes = hash::verify(tree, at, content)?;
    Ok(Image {
        name: name.to_owned(),
        kind: text("type"),
        arch: text("arch"),
        os: text("os"),
        compression: text("compression"),
        load_address: node.property("load").and_then(address),
        entry_address: node.property("entry").and_then(address),
        data,
        hashes,
    })
}

/// One or two cells.
fn address(value: &[u8]) -> Option<u64> {
    let cells: Vec<u32> = fdt::cells(value).collect();
    match cells[..] {
        [low] => Some(low.into()),
        [high, low] => Some(u64::from(high) << 32 | u64::from(low)),
        _ => None,
    }
}

fn configuration(name: &str, node: &Node<'_>) -> Configuration {
    let images = |&property: &&'static str| {
        let names = node.texts(property);
        names.map(|image| (property, image.to_owned())).collect::<Vec<_>>()
    };
    Configuration {
        name: name.to_owned(),
        description: node.string("description").map(str::to_owned),
        images: REFERENCES.iter().flat_map(images).collect(),
    }
}

/// Data is in the node, or outside at a place given from the FIT's start or from the end of its
/// device tree, which counts as a multiple of 4.
fn data<'a>(
    bytes: &'a [u8],
    tree: &DeviceTree<'a>,
    node: &Node<'a>,
) -> Result<(Range<u64>, &'a [u8]), Error> {
    if let Some(data) = node.property("data") {
        // A property's value is a part of the blob, so its place follows from its address.
        let start = (data.as_ptr().addr() - bytes.as_ptr().addr()) as u64;
        return Ok((start..start + data.len() as u64, data));
    }
    let behind_tree = u64::from(tree.total_size).next_multiple_of(4);
    let position = node.u32("data-position").map(u64::from);
    let offset = position.or_else(|| node.u32("data-offset").map(|offset| behind_tree + u64::from(offset)));
    let (Some(offset), Some(len)) = (offset, node.u32("data-size")) else {
        return Err(Error::Missing { what: WHAT, part: format!("data of `{}`", node.path) });
    };
    let data = Reader::new(WHAT, bytes).get(offset, len.into())?;
    Ok((offset..offset + u64::from(len), data))
}

#[cfg(test)]
pub(crate) mod tests;
