//! The text of a lock file.

use std::fmt::{self, Display};

use super::{ImageLock, Lock, LockedPackage, VERSION};

/// The whole file; the same content has the same text.
impl Display for Lock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "# Made by `cargo xtask lock`; not to be edited.")?;
        writeln!(formatter, "version = {VERSION}")?;
        let mut images: Vec<&ImageLock> = self.images.iter().collect();
        images.sort_by_key(|image| (&image.board, &image.system));
        images.into_iter().try_for_each(|image| write_image(formatter, image.clone()))
    }
}

fn write_image(out: &mut fmt::Formatter<'_>, mut image: ImageLock) -> fmt::Result {
    image.sort();
    writeln!(out, "\n[[image]]\nboard = {}\nsystem = {}", quoted(&image.board), quoted(&image.system))?;
    for package in &image.packages {
        writeln!(out, "\n[[image.package]]")?;
        write_package(out, package)?;
    }
    for tool in &image.tools {
        writeln!(out, "\n[[image.tool]]\nset = {}\nhost = {}", quoted(&tool.set), quoted(&tool.host))?;
        write_package(out, &tool.package)?;
    }
    Ok(())
}

fn write_package(out: &mut fmt::Formatter<'_>, package: &LockedPackage) -> fmt::Result {
    for (key, value) in [
        ("name", &package.name),
        ("version", &package.version),
        ("architecture", &package.architecture),
        ("repository", &package.repository),
        ("path", &package.path),
    ] {
        writeln!(out, "{key} = {}", quoted(value))?;
    }
    writeln!(out, "size = {}\nsha256 = \"{}\"", package.size, package.sha256)
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
