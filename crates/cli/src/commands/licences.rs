//! `licences`.

use std::collections::{BTreeMap, BTreeSet};

use bringup_audit::{Described, licences};
use bringup_image::{Request, Room, TYPES, describe};
use serde_json::json;

use crate::args::{Global, Licences};
use crate::error::Error;
use crate::output::{print, print_line};
use crate::session::Session;
use crate::table::table;
use crate::{host, subject};

pub(crate) fn run(global: &Global, asked: &Licences) -> Result<(), Error> {
    let (board, system) = subject::find(global, &asked.subject)?;
    let session = Session::open(global)?;
    let request = Request {
        board,
        system: &system,
        image_type: &TYPES[0],
        second: None,
        room: Room::Least,
        compress: None,
        block_map: false,
        max_layers: None,
        bootloader: asked.variant.bootloader,
        firmware: asked.variant.firmware.clone(),
        secrets: BTreeMap::new(),
        root_keys: Vec::new(),
        sources: subject::folder(asked.subject.system.as_deref())?,
        cargo_home: None,
        wishes: Default::default(),
        output: subject::image_path(board, &TYPES[0], None)?,
        lock: host::absolute(&asked.subject.lock)?,
        locked: false,
        epoch: None,
        force: false,
        program: host::program()?,
    };
    let packages = describe(&session.context()?, &request);
    session.fetched();
    let packages = packages?;
    if asked.json {
        return print_line(format_args!("{:#}", to_json(&packages)));
    }
    if asked.sources {
        let sources: BTreeSet<(&str, &str)> = packages
            .iter()
            .map(|package| (package.source.as_str(), package.source_version.as_str()))
            .collect();
        let rows = sources.iter().map(|(name, version)| vec![(*name).to_owned(), (*version).to_owned()]);
        return print(format_args!("{}", table(&["SOURCE", "VERSION"], &rows.collect::<Vec<_>>())));
    }
    let rows = licences(&packages).into_iter().map(|(licence, packages)| vec![licence, names(&packages)]);
    print(format_args!("{}", table(&["LICENCE", "PACKAGES"], &rows.collect::<Vec<_>>())))
}

fn names(packages: &[&Described]) -> String {
    packages.iter().map(|package| package.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn to_json(packages: &[Described]) -> serde_json::Value {
    let table: Vec<_> = licences(packages)
        .into_iter()
        .map(|(licence, packages)| {
            let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
            json!({ "licence": licence, "packages": names })
        })
        .collect();
    let packages: Vec<_> = packages
        .iter()
        .map(|package| {
            json!({
                "name": package.name,
                "version": package.version,
                "architecture": package.architecture,
                "source": package.source,
                "source_version": package.source_version,
                "licence": package.licence.expression,
            })
        })
        .collect();
    json!({ "licences": table, "packages": packages })
}
