//! `ls`, `copy`, `rm`: files in a finished image.

use std::error::Error as StdError;
use std::path::Path;

use bringup_bootchain::volume::FileKind;
use bringup_files::{Attributes, Edited, Entry, Image, Place, Ran, Tools, copy_out, list, put, read, remove};
use bringup_sandbox::{Access, Command, Ids, Root, Way};
use bringup_spec::Bytes;
use bringup_tools::set_of;
use serde_json::{Value, json};

use crate::args::{Copy, Global, Ls, Rm};
use crate::commands::look::without_controls;
use crate::error::Error;
use crate::output::{print, print_line};
use crate::session::Session;
use crate::table::table;

pub(crate) fn ls(asked: &Ls) -> Result<(), Error> {
    let Some(place) = Place::parse(&asked.place) else { return partitions(asked) };
    let entries = list(&place)?;
    if asked.json {
        let rows: Vec<Value> = entries.iter().map(entry_json).collect();
        return print_line(format_args!("{:#}", json!(rows)));
    }
    let rows: Vec<Vec<String>> = entries.iter().map(entry_row).collect();
    print(without_controls(&table(&["MODE", "OWNER", "SIZE", "NAME"], &rows)))
}

fn partitions(asked: &Ls) -> Result<(), Error> {
    let image = Image::open(Path::new(&asked.place))?;
    let kind = |identity: &Option<_>| {
        identity.as_ref().map(|identity: &bringup_bootchain::volume::Identity| identity.kind)
    };
    if asked.json {
        let row = |one: &bringup_files::Partition| {
            json!({
                "number": one.number,
                "name": one.name,
                "file_system": kind(&one.identity),
                "start_bytes": one.start,
                "len_bytes": one.len,
            })
        };
        let rows: Vec<Value> = image.partitions.iter().map(row).collect();
        return print_line(format_args!("{:#}", json!(rows)));
    }
    let row = |one: &bringup_files::Partition| {
        vec![
            one.number.to_string(),
            one.name.clone(),
            kind(&one.identity).unwrap_or("-").to_owned(),
            format!("{:#x}", one.start),
            Bytes(one.len).to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = image.partitions.iter().map(row).collect();
    print(without_controls(&table(&["NUMBER", "NAME", "FILE SYSTEM", "START", "SIZE"], &rows)))
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "name": entry.name,
        "kind": match entry.kind {
            FileKind::File => "file",
            FileKind::Directory => "directory",
            FileKind::Symlink => "symlink",
            FileKind::Other => "other",
        },
        "mode": format!("{:04o}", entry.mode),
        "owner": entry.owner,
        "group": entry.group,
        "len_bytes": entry.len,
        "target": entry.target,
    })
}

fn entry_row(entry: &Entry) -> Vec<String> {
    let kind = match entry.kind {
        FileKind::File => '-',
        FileKind::Directory => 'd',
        FileKind::Symlink => 'l',
        FileKind::Other => '?',
    };
    let name = match &entry.target {
        Some(target) => format!("{} -> {target}", entry.name),
        None => entry.name.clone(),
    };
    let owner = format!("{}:{}", entry.owner, entry.group);
    vec![format!("{kind}{:04o}", entry.mode), owner, entry.len.to_string(), name]
}

pub(crate) fn copy(global: &Global, asked: &Copy) -> Result<(), Error> {
    let attributes = Attributes { mode: asked.mode, owner: asked.owner };
    match (Place::parse(&asked.from), Place::parse(&asked.to)) {
        (Some(place), None) if attributes == Attributes::default() => {
            if asked.to == "-" {
                read(&place, &mut std::io::stdout())?;
            } else {
                copy_out(&place, Path::new(&asked.to))?;
            }
            Ok(())
        }
        (None, Some(place)) => {
            let session = Session::open(global)?;
            let edited = put(&store_tools(&session)?, Path::new(&asked.from), &place, &attributes)?;
            tell(&place.image, &edited);
            Ok(())
        }
        _ => Err(Error::NotOnePlace { from: asked.from.clone(), to: asked.to.clone() }),
    }
}

pub(crate) fn rm(global: &Global, asked: &Rm) -> Result<(), Error> {
    let place = Place::parse(&asked.place).ok_or_else(|| Error::NoPlace { text: asked.place.clone() })?;
    let session = Session::open(global)?;
    let edited = remove(&store_tools(&session)?, &place, asked.recursive)?;
    tell(&place.image, &edited);
    Ok(())
}

/// What no longer holds.
fn tell(image: &Path, edited: &Edited) {
    let image = image.display();
    if let Some(manifest) = &edited.manifest {
        let manifest = manifest.display();
        eprintln!(
            "note: `{manifest}` and its digests tell of the image as it was built; `verify {image}` proves it anew"
        );
    }
    for map in &edited.maps {
        eprintln!("note: `{}` was of the image as it was, and is removed", map.display());
    }
}

/// Programs from the store.
struct StoreTools {
    root: Root,
}

fn store_tools(session: &Session) -> Result<StoreTools, Error> {
    let set = set_of("debugfs")?;
    let toolbox = session.toolbox(Way::Auto)?;
    let root = toolbox.packages(set).and_then(|packages| toolbox.root(set, &packages));
    session.fetched();
    Ok(StoreTools { root: root? })
}

impl Tools for StoreTools {
    fn run(
        &self,
        folder: &Path,
        program: &str,
        arguments: &[String],
        environment: &[(&str, String)],
    ) -> Result<Ran, Box<dyn StdError + Send + Sync>> {
        let mut command = Command::new(&self.root, program)?;
        command.args(arguments).ids(Ids::Same).cwd(folder).bind(folder, Access::ReadWrite);
        for (name, value) in environment {
            command.env(name, value);
        }
        let output = command.output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(Ran { status: output.status.code().unwrap_or(-1), said })
    }
}
