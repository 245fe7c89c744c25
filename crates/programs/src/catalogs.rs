//! `update-xmlcatalog` of xml-core and `update-catalog` of sgml-base: lists of document types.

use std::collections::BTreeMap;

use bringup_shell::{Call, Command, Host, Status, Stop, World};

use crate::arguments::{Given, Spec, unsupported};
use crate::print;

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] =
    &[("update-catalog", update_catalog), ("update-xmlcatalog", update_xmlcatalog)];

const XML_OPTIONS: &[Spec] = &[
    (' ', &["add"], false),
    (' ', &["del"], false),
    (' ', &["id"], true),
    (' ', &["local"], true),
    (' ', &["package"], true),
    (' ', &["root"], false),
    (' ', &["sort"], false),
    (' ', &["type"], true),
];

/// Adds an entry to the root catalog or a package's, or takes one away; both are written anew from
/// what `/var/lib/xml-core` knows.
fn update_xmlcatalog(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const NAME: &str = "update-xmlcatalog";
    let given = Given::parse(NAME, call.arguments, XML_OPTIONS)?;
    let (Some(package), Some(kind), Some(id)) =
        (given.value("package"), given.value("type"), given.value("id"))
    else {
        return Err(unsupported(NAME, "a catalog that is not a package's"));
    };
    // Without it Perl's order of a hash's keys decides, another one each time.
    if !given.has("sort") || given.has("add") == given.has("del") {
        return Err(unsupported(NAME, "anything but adding to or taking from a sorted catalog"));
    }
    let (field, element) = match kind {
        "public" => ("publicIdStartString", "delegatePublic"),
        "system" => ("systemIdStartString", "delegateSystem"),
        "uri" => ("uriStartString", "delegateURI"),
        _ => return Err(unsupported(NAME, format!("the type `{kind}`"))),
    };
    let own = format!("/etc/xml/{package}.xml");
    let (catalog, data, entry, needed) = if given.has("root") {
        let entry = format!("catalog=\"file://{own}\"");
        ("/etc/xml/catalog".to_owned(), "/var/lib/xml-core/catalog".to_owned(), entry, own)
    } else {
        let local = given.value("local").unwrap_or_default().to_owned();
        let entry = format!("catalog=\"file://{local}\"");
        (own, format!("/var/lib/xml-core/{package}"), entry, local)
    };
    if given.has("add") && call.world.read(&needed).is_err() {
        let what = if given.has("root") { "package" } else { "local" };
        print!(call.errors, "{NAME}: error: {what} catalog {needed} not found\n");
        return Ok(1);
    }
    let mut entries = BTreeMap::new();
    if call.world.stat(&data).is_some() {
        for line in text(call.world, &data)?.lines() {
            let mut parts = line.split('>').map(|part| part.strip_prefix('<').unwrap_or(part).to_owned());
            entries.insert(parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        }
    }
    let key = format!("{element} {field}=\"{id}\"");
    if given.has("del") {
        if entries.remove(&key).is_none() {
            print!(call.errors, "{NAME}: error: entity not registered\n");
            return Ok(1);
        }
    } else if let Some(old) = entries.get(&key).filter(|old| **old != entry) {
        print!(
            call.errors,
            "{NAME}: error: entity already registered with a different value\n Entity   : [{key}]\n Old value: [{old}]\n New value: [{entry}]\n"
        );
        return Ok(1);
    } else {
        entries.insert(key, entry);
    }
    let header = text(call.world, "/usr/share/xml-core/catalog.header")?;
    let footer = text(call.world, "/usr/share/xml-core/catalog.footer")?;
    backup(call.world, &catalog)?;
    if entries.is_empty() {
        call.world.remove(&data).map_err(|why| unsupported(NAME, why.text()))?;
        return Ok(0);
    }
    let lines: String = entries.iter().map(|(key, entry)| format!("<{key}><{entry}>\n")).collect();
    let elements: String = entries.iter().map(|(key, entry)| format!("<{key} {entry}/>\n")).collect();
    put(call.world, &data, lines)?;
    put(call.world, &catalog, format!("{header}{elements}{footer}"))?;
    Ok(0)
}

const SGML_OPTIONS: &[Spec] = &[(' ', &["quiet"], false), (' ', &["update-super"], false)];

/// Writes the list of all catalogs whose own catalogs are there.
fn update_catalog(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const NAME: &str = "update-catalog";
    const SUPER: &str = "/var/lib/sgml-base/supercatalog";
    let given = Given::parse(NAME, call.arguments, SGML_OPTIONS)?;
    if !given.has("update-super") || !given.operands.is_empty() {
        return Err(unsupported(NAME, "changing a single catalog"));
    }
    let quiet = given.has("quiet");
    if !quiet {
        print!(call.output, "Updating the super catalog...\n");
    }
    let mut list = "--\n## This file is created by update-catalog with update-super.\n\
                    ## Please see update-catalog(8) for how to modify this file.\n--\n"
        .to_owned();
    for name in call.world.names("/etc/sgml") {
        let path = format!("/etc/sgml/{name}");
        if name.starts_with('.') || name.len() < 5 || !name.ends_with(".cat") {
            continue;
        }
        if call.world.read(&path).is_err() {
            if !quiet {
                print!(call.output, "Warning: Ignoring unreadable catalog file `{path}'.\n");
            }
        } else if !is_complete(call.world, &path)? {
            if !quiet {
                print!(
                    call.output,
                    "Warning ignoring catalog `{path}' which references non-existent catalogs. See man update-catalog for details.\n"
                );
            }
        } else {
            list.push_str(&format!("CATALOG {path}\n"));
        }
    }
    backup(call.world, SUPER)?;
    put(call.world, SUPER, list)?;
    Ok(0)
}

/// Whether every `CATALOG` of a catalog is there; `BASE` is where relative ones count from.
fn is_complete(world: &World, path: &str) -> Result<bool, Stop> {
    let content = text(world, path)?;
    let mut base = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut before = String::new();
    let mut rest = content.as_str();
    while let Some(first) = rest.chars().next() {
        let space = rest.len() - rest.trim_start().len();
        let closed = |mark: &str| {
            rest.strip_prefix(mark).and_then(|rest| rest.find(mark)).map(|at| at + 2 * mark.len())
        };
        if let Some(skip) = Some(space).filter(|space| *space > 0).or_else(|| closed("--")) {
            rest = &rest[skip..];
            continue;
        }
        let quoted = if first == '\'' || first == '"' { closed(&first.to_string()) } else { None };
        let len = quoted.unwrap_or_else(|| rest.find(char::is_whitespace).unwrap_or(rest.len()));
        let token = if quoted.is_some() { &rest[1..len - 1] } else { &rest[..len] };
        rest = &rest[len..];
        match std::mem::take(&mut before).as_str() {
            "base" => token.clone_into(&mut base),
            "catalog" => {
                let other = if token.starts_with('/') { token.to_owned() } else { format!("{base}/{token}") };
                if world.read(&other).is_err() {
                    return Ok(false);
                }
            }
            _ => before = token.to_ascii_lowercase(),
        }
    }
    Ok(true)
}

/// Moves what is there to `PATH.old`.
fn backup(world: &mut World, path: &str) -> Result<(), Stop> {
    let at = world.named(path).map_err(|why| unsupported("mv", format!("`{path}`: {}", why.text())))?;
    let Some(node) = world.tree.get(&at).cloned() else { return Ok(()) };
    world.tree.insert([&at[..], b".old"].concat(), node.meta, node.kind)?;
    world.tree.remove(&at);
    Ok(())
}

fn text(world: &World, path: &str) -> Result<String, Stop> {
    let bytes = world.read(path).map_err(|why| unsupported("cat", format!("`{path}`: {}", why.text())))?;
    String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.to_owned() })
}

fn put(world: &mut World, path: &str, bytes: String) -> Result<(), Stop> {
    world.write(path, bytes).map_err(|why| unsupported("cat", format!("`{path}`: {}", why.text())))
}

#[cfg(test)]
mod tests {
    use crate::testing::{ok, run, text, world};

    #[test]
    fn a_packages_catalog_comes_before_its_place_in_the_root() {
        let mut world = world(&[
            ("usr/share/xml-core/catalog.header", "<catalog>\n"),
            ("usr/share/xml-core/catalog.footer", "</catalog>\n"),
            ("usr/share/xml/p/catalog.xml", ""),
            ("etc/xml/x", ""),
            ("var/lib/xml-core/x", ""),
        ]);
        let root = "update-xmlcatalog --sort --add --type public --id -//P --package p --root";
        let (status, _, errors) = run(&mut world, root, "").unwrap();
        assert_eq!(status, 1);
        assert_eq!(errors, "update-xmlcatalog: error: package catalog /etc/xml/p.xml not found\n");
        let own = "update-xmlcatalog --sort --add --package p --local /usr/share/xml/p/catalog.xml";
        ok(&mut world, &format!("{own} --type system --id http://p"));
        ok(&mut world, &format!("{own} --type public --id -//P"));
        ok(&mut world, root);
        let public = "delegatePublic publicIdStartString=\"-//P\"";
        let system = "delegateSystem systemIdStartString=\"http://p\"";
        let file = "catalog=\"file:///usr/share/xml/p/catalog.xml\"";
        assert_eq!(
            text(&world, "/etc/xml/p.xml"),
            format!("<catalog>\n<{public} {file}/>\n<{system} {file}/>\n</catalog>\n")
        );
        assert_eq!(text(&world, "/var/lib/xml-core/p"), format!("<{public}><{file}>\n<{system}><{file}>\n"));
        assert!(text(&world, "/etc/xml/p.xml.old").contains("http://p"));
        assert!(text(&world, "/etc/xml/catalog").contains("catalog=\"file:///etc/xml/p.xml\"/>"));
    }

    #[test]
    fn only_complete_catalogs_are_listed() {
        let mut world = world(&[
            ("etc/sgml/a.cat", "-- CATALOG /x --\nCATALOG /etc/sgml/one\n"),
            ("etc/sgml/b.cat", "CATALOG \"missing\"\n"),
            ("etc/sgml/c.cat", "base '/etc' catalog sgml/one\n"),
            ("etc/sgml/one", ""),
            ("var/lib/sgml-base/supercatalog", "old\n"),
        ]);
        ok(&mut world, "update-catalog --quiet --update-super");
        let list = text(&world, "/var/lib/sgml-base/supercatalog");
        let listed: Vec<&str> = list.lines().filter(|line| line.starts_with("CATALOG")).collect();
        assert_eq!(listed, ["CATALOG /etc/sgml/a.cat", "CATALOG /etc/sgml/c.cat"]);
        assert_eq!(text(&world, "/var/lib/sgml-base/supercatalog.old"), "old\n");
    }
}
