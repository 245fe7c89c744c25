//! FIT: a device tree whose nodes hold images and say how to start them.
//!
//! Layout: Flat Image Tree specification 0.8 (U-Boot, doc/usage/fit/source_file_format.rst).

use bringup_spec::Bytes;

use crate::Error;
use crate::bytes::Reader;
use crate::fdt::{self, DeviceTree, Node};

const WHAT: &str = "FIT";

/// What a FIT holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// `description`, for people.
    pub description: Option<String>,
    /// Its images, in their own order.
    pub images: Vec<Image>,
    /// Its configurations' names, in their own order.
    pub configurations: Vec<String>,
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
    /// How long it is.
    pub len: Bytes,
}

/// Whether a device tree has the node that makes it a FIT.
pub fn is_fit(tree: &DeviceTree<'_>) -> bool {
    tree.node("/images").is_some()
}

/// Reads the FIT at the start of `bytes` and checks that every image's data is there, inside or
/// behind the device tree.
///
/// # Errors
/// As for [`fdt::parse`]; no `/images`; an image without data or with data that leaves `bytes`.
pub fn parse(bytes: &[u8]) -> Result<Fit, Error> {
    let tree = fdt::parse(bytes)?;
    if !is_fit(&tree) {
        return Err(Error::Missing { what: WHAT, part: "`/images`".to_owned() });
    }
    let images = children(&tree, "/images");
    let images = images.map(|(name, node)| image(bytes, &tree, name, node)).collect::<Result<_, _>>()?;
    let configurations = children(&tree, "/configurations").map(|(name, _)| name.to_owned()).collect();
    let text = |node: Option<&Node<'_>>, name| node.and_then(|node| node.string(name)).map(str::to_owned);
    Ok(Fit {
        description: text(Some(tree.root()), "description"),
        images,
        configurations,
        default: text(tree.node("/configurations"), "default"),
    })
}

fn children<'t, 'a>(tree: &'t DeviceTree<'a>, path: &str) -> impl Iterator<Item = (&'t str, &'t Node<'a>)> {
    let prefix = format!("{path}/");
    tree.nodes().iter().filter_map(move |node| {
        let name = node.path.strip_prefix(prefix.as_str())?;
        (!name.contains('/')).then_some((name, node))
    })
}

fn image(bytes: &[u8], tree: &DeviceTree<'_>, name: &str, node: &Node<'_>) -> Result<Image, Error> {
    let text = |name| node.string(name).map(str::to_owned);
    Ok(Image {
        name: name.to_owned(),
        kind: text("type"),
        arch: text("arch"),
        os: text("os"),
        compression: text("compression"),
        len: data_len(bytes, tree, node)?,
    })
}

/// Data is in the node, or outside at a place given from the FIT's start or from the end of its
/// device tree, which counts as a multiple of 4.
fn data_len(bytes: &[u8], tree: &DeviceTree<'_>, node: &Node<'_>) -> Result<Bytes, Error> {
    if let Some(data) = node.property("data") {
        return Ok(Bytes(data.len() as u64));
    }
    let behind_tree = u64::from(tree.total_size).next_multiple_of(4);
    let position = node.u32("data-position").map(u64::from);
    let offset = position.or_else(|| node.u32("data-offset").map(|offset| behind_tree + u64::from(offset)));
    let (Some(offset), Some(len)) = (offset, node.u32("data-size")) else {
        return Err(Error::Missing { what: WHAT, part: format!("data of `{}`", node.path) });
    };
    Reader::new(WHAT, bytes).get(offset, len.into())?;
    Ok(Bytes(len.into()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fdt::fixture::{Builder, board};

    fn fit(data: impl FnOnce(Builder) -> Builder) -> Vec<u8> {
        let builder = Builder::default()
            .begin("")
            .property("description", b"test\0")
            .begin("images")
            .begin("uboot")
            .property("type", b"standalone\0")
            .property("arch", b"arm64\0");
        data(builder)
            .end()
            .end()
            .begin("configurations")
            .property("default", b"config-1\0")
            .begin("config-1")
            .end()
            .end()
            .end()
            .finish()
    }

    /// A FIT with 8 bytes behind its device tree.
    pub(crate) fn fixture() -> Vec<u8> {
        let mut bytes = fit(|builder| {
            builder.property("data-offset", &[0, 0, 0, 4]).property("data-size", &[0, 0, 0, 4])
        });
        let len = bytes.len().next_multiple_of(4) + 8;
        bytes.resize(len, 0xaa);
        bytes
    }

    #[test]
    fn images_and_configurations_are_read() {
        let fit = parse(&fixture()).unwrap();
        assert_eq!(fit.description.as_deref(), Some("test"));
        assert_eq!(
            (fit.configurations, fit.default),
            (vec!["config-1".to_owned()], Some("config-1".to_owned()))
        );
        let image = Image {
            name: "uboot".to_owned(),
            kind: Some("standalone".to_owned()),
            arch: Some("arm64".to_owned()),
            os: None,
            compression: None,
            len: Bytes(4),
        };
        assert_eq!(fit.images, [image]);
    }

    #[test]
    fn data_may_lie_inside() {
        let bytes = fit(|builder| builder.property("data", b"abc"));
        assert_eq!(parse(&bytes).unwrap().images[0].len, Bytes(3));
    }

    #[test]
    fn data_must_be_there() {
        let bytes = fixture();
        let (len, cut) = (bytes.len(), bytes.len() - 1);
        assert_eq!(
            parse(&bytes[..cut]).unwrap_err().to_string(),
            format!("FIT: 4 B at {:#x} needed, but it ends at {cut:#x}", len - 4)
        );
        let bytes = fit(|builder| builder);
        assert_eq!(parse(&bytes).unwrap_err().to_string(), "FIT: it has no data of `/images/uboot`");
    }

    #[test]
    fn another_device_tree_is_no_fit() {
        assert_eq!(parse(&board()).unwrap_err().to_string(), "FIT: it has no `/images`");
    }
}
