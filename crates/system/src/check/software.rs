//! Packages, repositories, the kernel, components.

use super::{Check, word};
use crate::{Build, Error, Init};

impl Check<'_> {
    pub(super) fn software(&self) -> Result<(), Error> {
        let system = self.0;
        for (list, names) in [
            ("packages.install", &system.packages.install),
            ("initramfs.packages", &system.initramfs.packages),
        ] {
            for (at, name) in names.iter().enumerate() {
                self.want(package_name(name), &format!("{list}[{at}]"), name, PACKAGE_RULE)?;
            }
        }
        if let Some(package) = &system.kernel.package {
            self.want(package_name(package), "kernel.package", package, PACKAGE_RULE)?;
        }
        for (at, argument) in system.kernel.arguments.iter().enumerate() {
            let good = !argument.is_empty() && word(argument);
            let field = format!("kernel.arguments[{at}]");
            self.want(good, &field, argument, "one argument, without white space")?;
        }
        for (at, module) in system.initramfs.modules.iter().enumerate() {
            let good = !module.is_empty() && word(module) && !module.contains(['/', '.']);
            self.want(good, &format!("initramfs.modules[{at}]"), module, "a module's name, without `.ko`")?;
        }
        for (question, answer) in &system.debconf {
            let good = question.contains('/') && word(question) && !answer.contains('\n');
            let rule = "a question as `package/name` and an answer of one line";
            self.want(good, &format!("debconf.{question}"), answer, rule)?;
        }
        self.repositories()?;
        self.components()
    }

    fn repositories(&self) -> Result<(), Error> {
        let mut names = Vec::new();
        for (at, repository) in self.0.repositories.iter().enumerate() {
            let path = format!("repository[{at}]");
            let field = |key: &str| format!("{path}.{key}");
            // What apt reads of a folder of sources: sources.list(5).
            let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            let name = &repository.name;
            let rule = "letters, digits, `_`, `-` and `.`, for a file's name";
            let plain = !name.is_empty() && !name.starts_with('.') && name.chars().all(good);
            self.want(plain, &field("name"), name, rule)?;
            self.want(name != "debian", &field("name"), name, "another name: `debian` is the archive's")?;
            self.want(is_uri(&repository.uri), &field("uri"), &repository.uri, URI_RULE)?;
            let suite = &repository.suite;
            let good = !suite.is_empty() && word(suite) && !suite.ends_with('/');
            self.want(good, &field("suite"), suite, "a suite or codename")?;
            let rule = "at least one, of one word each";
            let good = |name: &String| !name.is_empty() && word(name);
            let all = !repository.components.is_empty() && repository.components.iter().all(good);
            self.want(all, &field("components"), &repository.components.join(" "), rule)?;
            let key = &repository.signed_by;
            let known = [".asc", ".gpg", ".pgp"].iter().any(|end| key.ends_with(end));
            let rule = "a file `.asc` (ASCII-armoured), `.gpg` or `.pgp` in the system's folder";
            self.want(known && word(key), &field("signed-by"), key, rule)?;
            self.0.source_for(&field("signed-by"), key)?;
            names.push((path, repository.name.as_str()));
        }
        self.once("repository", &names)?;
        let apt = &self.0.apt;
        for (field, uri) in [("apt.mirror", &apt.mirror), ("apt.security-mirror", &apt.security_mirror)] {
            if let Some(uri) = uri {
                self.want(is_uri(uri), field, uri, URI_RULE)?;
            }
        }
        Ok(())
    }

    fn components(&self) -> Result<(), Error> {
        let mut names = Vec::new();
        for (at, component) in self.0.components.iter().enumerate() {
            let path = format!("component[{at}]");
            let field = |key: &str| format!("{path}.{key}");
            let good = package_name(&component.name) || component.name.len() == 1;
            self.want(good, &field("name"), &component.name, "lower-case letters, digits, `+`, `-` and `.`")?;
            let there = [component.source.is_some(), component.debian_source.is_some()];
            self.exactly_one(&path, "component", &component.name, &["source", "debian-source"], &there)?;
            for (key, packages) in [("packages", &component.packages), ("tools", &component.tools)] {
                for (at, package) in packages.iter().enumerate() {
                    self.want(package_name(package), &field(&format!("{key}[{at}]")), package, PACKAGE_RULE)?;
                }
            }
            let rule = "missing: it is for `build = \"script\"`";
            let good = component.script.is_none() || component.build == Build::Script;
            self.want(good, &field("script"), component.build.name(), rule)?;
            for name in component.environment.keys() {
                let good = !name.is_empty() && word(name) && !name.contains('=');
                self.want(good, &field("environment"), name, "names of variables")?;
            }
            for (from, to) in &component.install {
                let inside = from.split('/').all(|part| !matches!(part, "" | "." | ".."));
                let rule = "a path of the build folder, relative and without `..`, and where it goes";
                self.want(inside, &field("install"), from, rule)?;
                self.path(&field(&format!("install.{from}")), to)?;
            }
            names.push((path, component.name.as_str()));
        }
        self.once("component", &names)?;
        let good = names.is_empty() || matches!(self.0.init, Init::Busybox | Init::Systemd);
        if good {
            return Ok(());
        }
        Err(Error::NeedsSystemd { place: self.place("component"), field: "component" })
    }
}

const PACKAGE_RULE: &str = "a package's name: lower-case letters, digits, `+`, `-` and `.`";
const URI_RULE: &str = "an address with `http://`, `https://` or `file://`";

/// Debian Policy, section 5.6.1.
fn package_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    name.len() >= 2 && name.bytes().all(good) && name.as_bytes()[0].is_ascii_alphanumeric()
}

fn is_uri(text: &str) -> bool {
    let rest = ["http://", "https://", "file://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && word(rest))
}
