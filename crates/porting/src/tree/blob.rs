//! Compiled device trees, which say everything.

use bringup_inspect::fdt::{self, DeviceTree, Node};

use super::{Storage, Tree, is_storage, serial_index};
use crate::{Error, Said};

pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Tree, Error> {
    let tree = fdt::parse(bytes).map_err(|source| Error::BadBlob { file: file.to_owned(), source })?;
    let mut facts = Tree { file: file.to_owned(), ..Tree::default() };
    let at = |path: &str, property: &str| format!("{file}, {path}: {property}");
    facts.model = tree.model().map(|model| Said { value: model.to_owned(), source: at("/", "model") });
    // `linux,stdout-path` is the name that it had before 2014 (Linux, drivers/of/base.c).
    let stdout = |property: &'static str| Some((property, tree.node("/chosen")?.string(property)?));
    if let Some((property, path)) = stdout("stdout-path").or_else(|| stdout("linux,stdout-path")) {
        let said = Said { value: path.to_owned(), source: at("/chosen", property) };
        facts.take_stdout(&said, |path| {
            tree.aliases()
                .into_iter()
                .find_map(|(name, target)| (target == path).then(|| serial_index(name)).flatten())
        });
    }
    let memory = tree.memory().iter().try_fold(0u64, |sum, region| sum.checked_add(region.len));
    facts.memory = memory.filter(|&len| len > 0).map(|value| Said { value, source: at("/memory", "reg") });
    facts.storage = (0..tree.nodes().len())
        .filter(|&node| takes_a_disk(&tree, node))
        .map(|node| {
            let path = &tree.nodes()[node].path;
            Said { value: Storage::Path(path.clone()), source: format!("{file}, {path}") }
        })
        .collect();
    Ok(facts)
}

/// Whether the node is a storage controller that is switched on, with all that it is in, and not the
/// one that a soldered Wi-Fi chip hangs on.
fn takes_a_disk(tree: &DeviceTree<'_>, at: usize) -> bool {
    let node = &tree.nodes()[at];
    let mut above = std::iter::successors(Some(at), |&at| tree.parent(at));
    // A power sequence is a wireless chip's (Linux, bindings/mmc/mmc-pwrseq-simple.yaml), but an
    // eMMC's has a name of its own and says that nothing but eMMC is there.
    let is_wireless = |child: usize| matches!(tree.nodes()[child].plain_name(), "wifi" | "wlcore" | "wlan");
    let for_card = |node: &Node<'_>| node.property("no-sd").is_none() || node.property("no-mmc").is_none();
    is_storage(node.plain_name())
        && above.all(|at| tree.nodes()[at].is_enabled())
        && !tree.children(at).any(is_wireless)
        && (node.property("mmc-pwrseq").is_none() || node.property("no-sdio").is_some())
        && for_card(node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture::Blob;

    fn tree() -> Tree {
        let blob = Blob::default()
            .begin("")
            .property("model", b"Maker Board\0")
            .property("#address-cells", &[0, 0, 0, 1])
            .property("#size-cells", &[0, 0, 0, 1])
            .begin("chosen")
            .property("stdout-path", b"/soc/serial@20\0")
            .end()
            .begin("aliases")
            .property("mmc0", b"/soc/serial@20\0")
            .property("serial1", b"/soc/serial@20\0")
            .end()
            .begin("memory@80000000")
            .property("device_type", b"memory\0")
            .property("reg", &[0x80, 0, 0, 0, 0x20, 0, 0, 0])
            .end()
            .begin("soc")
            .begin("mmc@1000")
            .property("status", b"okay\0")
            .end()
            .begin("mmc@2000")
            .property("mmc-pwrseq", &[0, 0, 0, 1])
            .end()
            .begin("mmc@3000")
            .property("status", b"disabled\0")
            .end()
            .begin("mmc@4000")
            .begin("wifi@1")
            .end()
            .end()
            .begin("mmc@5000")
            .property("mmc-pwrseq", &[0, 0, 0, 2])
            .property("no-sdio", b"")
            .end()
            .begin("bus@1")
            .property("status", b"disabled\0")
            .begin("sata@6000")
            .end()
            .end()
            .end()
            .end()
            .finish();
        Tree::parse("board.dtb", &blob).unwrap()
    }

    #[test]
    fn it_says_everything() {
        let tree = tree();
        assert_eq!(tree.name(), "board");
        let model = Said { value: "Maker Board".to_owned(), source: "board.dtb, /: model".to_owned() };
        assert_eq!(tree.model, Some(model));
        let console = Said { value: 1, source: "board.dtb, /chosen: stdout-path".to_owned() };
        assert_eq!(tree.console, Some(console));
        assert_eq!(tree.baud, None);
        assert_eq!(tree.memory.unwrap().value, 512 << 20);
    }

    #[test]
    fn storage_is_what_is_on_and_no_wireless_chip() {
        let paths: Vec<Storage> = tree().storage.into_iter().map(|said| said.value).collect();
        let expected = ["/soc/mmc@1000", "/soc/mmc@5000"].map(|path| Storage::Path(path.to_owned()));
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_damaged_blob_is_an_error() {
        let blob = Blob::default().begin("").end().finish();
        let error = Tree::parse("board.dtb", &blob[..blob.len() - 1]).unwrap_err();
        assert!(matches!(error, Error::BadBlob { file, .. } if file == "board.dtb"));
    }
}
