//! dpkg's record of what the image itself brings in place of packages.

use bringup_shell::World;
use bringup_tree::Tree;

use crate::{Error, Request};

/// The package that stands for the image.
const NAME: &str = "bringup-image";

/// dpkg's database.
const STATUS: &str = "/var/lib/dpkg/status";

/// Where a kernel package has its modules.
const MODULES: &[u8] = b"usr/lib/modules";

/// Adds to dpkg's database a package that provides what the record calls supplied, so that `apt`
/// finds every dependency fulfilled, and holds the kernel: nothing on the system makes an initramfs
/// and a menu for another one, so an upgrade could leave a system that does not start.
pub(crate) fn record(world: &mut World, request: &Request<'_>, kernel: &Tree) -> Result<(), Error> {
    let failed = |_| Error::NoFile { path: STATUS };
    let text = String::from_utf8_lossy(&world.read(STATUS).map_err(failed)?).into_owned();
    let held: Vec<&str> = kernel_packages(request, kernel);
    let mut stanzas: Vec<String> = text
        .split("\n\n")
        .filter(|stanza| !stanza.trim().is_empty())
        .map(|stanza| hold(stanza.trim_matches('\n'), &held))
        .collect();
    if !request.system.packages.supplied.is_empty() {
        let provides: Vec<&str> =
            request.system.packages.supplied.iter().map(|supplied| supplied.name.as_str()).collect();
        stanzas.push(format!(
            "Package: {NAME}\nStatus: install ok installed\nPriority: optional\nSection: admin\n\
             Installed-Size: 0\nMaintainer: whoever made this image\nArchitecture: all\n\
             Version: {}\nProvides: {}\n\
             Description: what the image brings in place of packages\n \
             Made while the image was built: initramfs, boot menu. Install a package that\n \
             provides the same and release the kernel with `apt-mark unhold` to let the system\n \
             make its own.",
            env!("CARGO_PKG_VERSION"),
            provides.join(", "),
        ));
        let list = format!("/var/lib/dpkg/info/{NAME}.list");
        world.write(&list, "/.\n").map_err(failed)?;
        // It has no file, but `dpkg --audit` asks for the list of their digests.
        world.write(&format!("/var/lib/dpkg/info/{NAME}.md5sums"), "").map_err(failed)?;
    }
    stanzas.sort_by(|left, right| name(left).cmp(name(right)));
    world.write(STATUS, stanzas.join("\n\n") + "\n\n").map_err(failed)
}

/// The kernel's packages: that which the board or record names, and that which it stands for.
fn kernel_packages<'a>(request: &'a Request<'_>, kernel: &'a Tree) -> Vec<&'a str> {
    let mut names = vec![request.kernel_package()];
    let version = kernel.below(MODULES).next().map(|(path, _)| &path[MODULES.len() + 1..]);
    let version = version.and_then(|version| std::str::from_utf8(version).ok());
    names.extend(version);
    names
}

/// The stanza, its package held if it is one of these, or the image of one of these versions.
fn hold(stanza: &str, kernels: &[&str]) -> String {
    let package = name(stanza);
    let is_kernel = kernels
        .iter()
        .any(|kernel| package == *kernel || package.strip_prefix("linux-image-") == Some(kernel));
    if !is_kernel {
        return stanza.to_owned();
    }
    stanza.replacen("Status: install ok", "Status: hold ok", 1)
}

fn name(stanza: &str) -> &str {
    stanza.lines().find_map(|line| line.strip_prefix("Package: ")).unwrap_or_default()
}
