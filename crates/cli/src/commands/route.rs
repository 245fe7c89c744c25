//! `route`: how each package of an image gets configured, and whether it matters.

use std::collections::{BTreeMap, BTreeSet};

use bringup_image::{Request, Room, Routes, TYPES, routes};
use bringup_route::{Choice, Route, Wishes};

use crate::args::{self, Global, Routing};
use crate::commands::compare;
use crate::error::Error;
use crate::output::{print, print_line};
use crate::session::Session;
use crate::table::table;
use crate::{host, subject};

pub(crate) fn run(global: &Global, asked: &args::Route) -> Result<(), Error> {
    if asked.compare {
        return compare::run(global, asked);
    }
    let board = asked.board.as_deref().ok_or(Error::NoBoard)?;
    let board = bringup_catalog::board_among(&global.boards, board)?;
    let system = subject::system(board, asked.system.as_deref())?;
    let deferred = deferred(&asked.routing);
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
        bootloader: None,
        firmware: Vec::new(),
        secrets: BTreeMap::new(),
        root_keys: Vec::new(),
        sources: subject::folder(asked.system.as_deref())?,
        cargo_home: host::cargo_home(),
        wishes: wishes(&asked.routing, &deferred),
        output: subject::image_path(board, &TYPES[0], None)?,
        lock: host::absolute(&asked.lock)?,
        locked: false,
        epoch: host::epoch()?,
        force: false,
        program: host::program()?,
    };
    let found = routes(&session.context()?, &request);
    session.fetched();
    let found = found?;
    if asked.json {
        return print_line(format_args!("{:#}", found.to_json()));
    }
    print(rows(&found))
}

/// The packages that the command line leaves for the first boot.
pub(crate) fn deferred(routing: &Routing) -> BTreeSet<String> {
    routing.defer.iter().cloned().collect()
}

/// What the command line says of routes.
pub(crate) fn wishes<'a>(routing: &Routing, deferred: &'a BTreeSet<String>) -> Wishes<'a> {
    Wishes { only: routing.route, deferred: Some(deferred).filter(|names| !names.is_empty()) }
}

fn rows(routes: &Routes) -> String {
    let row = |choice: &Choice| {
        vec![choice.package.clone(), choice.route.to_string(), choice.reason.clone(), refused(choice)]
    };
    let rows: Vec<Vec<String>> = routes.steps.iter().chain(&routes.packages).map(row).collect();
    let count = |route| routes.packages.iter().filter(|choice| choice.route == route).count();
    let counts = Route::ALL.map(|route| (route, count(route)));
    let counts: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(route, count)| format!("{count} {route}"))
        .collect();
    let table = table(&["WHAT", "ROUTE", "WHY", "WHY NOT ANOTHER"], &rows);
    format!("{table}{} packages: {}\n", routes.packages.len(), counts.join(", "))
}

/// The routes that would have come before, each with the reason against it.
pub(crate) fn refused(choice: &Choice) -> String {
    let refused = choice.refused.iter().map(|(route, why)| format!("{route}: {why}"));
    refused.collect::<Vec<_>>().join("; ")
}
