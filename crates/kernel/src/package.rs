//! Where things are in an unpacked kernel package.

use std::collections::BTreeSet;

use bringup_tree::{Kind, Tree};

use crate::{Error, Module};

/// Where a distribution puts modules; before merged `/usr` it was the second.
const MODULE_FOLDERS: [&str; 2] = ["usr/lib/modules", "lib/modules"];

/// Names of a kernel image in `boot/`: Debian uses `vmlinux` where the image is not compressed
/// by its own loader (riscv64, for one).
const IMAGE_NAMES: [&str; 2] = ["vmlinuz", "vmlinux"];

/// The paths of one kernel in a tree, without a leading slash.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KernelPackage {
    /// What `uname -r` will say: `6.12.107+deb13-arm64`.
    pub version: String,
    /// The kernel image: `boot/vmlinuz-VERSION`.
    pub image: String,
    /// Its configuration: `boot/config-VERSION`.
    pub config: Option<String>,
    /// The module folder: `usr/lib/modules/VERSION`.
    pub modules: String,
    /// The device-tree folder, `usr/lib/linux-image-VERSION`; none where firmware brings the device tree.
    pub device_trees: Option<String>,
}

impl KernelPackage {
    /// Finds the one kernel of `tree`.
    ///
    /// # Errors
    /// There is none, more than one, or it has no kernel image.
    pub fn find(tree: &Tree) -> Result<Self, Error> {
        let mut found: BTreeSet<(String, String)> = BTreeSet::new();
        for folder in MODULE_FOLDERS {
            for (path, node) in tree.below(folder.as_bytes()) {
                let Ok(version) = std::str::from_utf8(&path[folder.len() + 1..]) else { continue };
                if node.kind.is_directory() && !version.contains('/') {
                    found.insert((version.to_owned(), folder.to_owned()));
                }
            }
        }
        let versions: BTreeSet<String> = found.iter().map(|(version, _)| version.clone()).collect();
        if versions.len() > 1 {
            return Err(Error::SeveralKernels { versions: versions.into_iter().collect() });
        }
        let (version, folder) = found.pop_last().ok_or(Error::NoKernel)?;
        let is_file = |path: &String| tree.content(path).is_ok();
        let images = IMAGE_NAMES.map(|name| format!("boot/{name}-{version}"));
        let image = images
            .iter()
            .find(|path| is_file(path))
            .cloned()
            .ok_or_else(|| Error::MissingFile { version: version.clone(), paths: images.to_vec() })?;
        let device_trees = format!("usr/lib/linux-image-{version}");
        let has_device_trees = tree.get(&device_trees).is_some_and(|node| node.kind.is_directory());
        Ok(Self {
            image,
            config: Some(format!("boot/config-{version}")).filter(is_file),
            modules: format!("{folder}/{version}"),
            device_trees: has_device_trees.then_some(device_trees),
            version,
        })
    }

    /// Path of a module's file in the tree.
    pub fn module_path(&self, module: &Module) -> String {
        format!("{}/{}", self.modules, module.path)
    }

    /// Paths below the module folder of every module file, in byte order.
    pub(crate) fn module_files(&self, tree: &Tree) -> Vec<String> {
        let prefix = self.modules.len() + 1;
        tree.below(self.modules.as_bytes())
            .filter(|(_, node)| matches!(node.kind, Kind::File(_)))
            .filter_map(|(path, _)| std::str::from_utf8(&path[prefix..]).ok())
            .filter(|path| crate::module::stem(path).is_some())
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{VERSION, dir, package};

    #[test]
    fn a_package_holds_exactly_one_kernel() {
        let mut tree = package(&[]);
        let found = KernelPackage::find(&tree).unwrap();
        assert_eq!(found.version, VERSION);
        assert_eq!(found.image, format!("boot/vmlinuz-{VERSION}"));
        assert_eq!(found.modules, format!("usr/lib/modules/{VERSION}"));
        assert_eq!(found.device_trees, Some(format!("usr/lib/linux-image-{VERSION}")));
        tree.insert("usr/lib/modules/7.0", dir(), Kind::Directory).unwrap();
        let error = KernelPackage::find(&tree).unwrap_err();
        assert_eq!(error.to_string(), format!("2 kernels instead of one: {VERSION}, 7.0"));
    }

    #[test]
    fn a_tree_without_modules_is_no_kernel_package() {
        assert!(matches!(KernelPackage::find(&Tree::new(dir())), Err(Error::NoKernel)));
    }

    #[test]
    fn a_kernel_needs_its_image() {
        let mut tree = package(&[]);
        tree.remove(format!("boot/vmlinuz-{VERSION}"));
        let error = KernelPackage::find(&tree).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "kernel `{VERSION}`: none of `boot/vmlinuz-{VERSION}`, `boot/vmlinux-{VERSION}` is there"
            )
        );
    }
}
