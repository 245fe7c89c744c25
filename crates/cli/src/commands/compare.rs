//! `route --compare`: packages configured in two ways, and where the roots differ.

use std::collections::BTreeMap;
use std::path::Path;

use bringup_debian::{Provided, Request as Wanted};
use bringup_route::{Choice, Comparison, Request, Route, Settings, Wishes, compare_routes, select};
use bringup_sandbox::Way;
use bringup_spec::{Board, Platform};
use bringup_system::System;
use bringup_tree::{Kind, Meta, Tree};
use serde_json::json;

use crate::args::{self, Global};
use crate::commands::component::publish;
use crate::commands::list::find_platform;
use crate::commands::route::refused;
use crate::error::Error;
use crate::output::{print, print_line};
use crate::session::Session;
use crate::table::table;
use crate::{host, subject};

/// What differs without a reason that is known.
const UNEXPECTED: &str = "UNEXPECTED";

pub(crate) fn run(global: &Global, asked: &args::Route) -> Result<(), Error> {
    let session = Session::open(global)?;
    let toolbox = session.toolbox(Way::Auto)?;
    let own = bringup_catalog::platform_for_host_arch(std::env::consts::ARCH)?;
    let board = match &asked.board {
        Some(name) => Some(bringup_catalog::board_among(&global.boards, name)?),
        None => None,
    };
    let platform = match (board, &asked.platform) {
        (Some(board), _) => board.platform,
        (None, Some(name)) => find_platform(name)?,
        (None, None) => own,
    };
    let other = match asked.routing.route {
        Some(route @ (Route::Native | Route::Emulated)) => route,
        None if platform.debian_arch == own.debian_arch => Route::Native,
        None => Route::Emulated,
        Some(route) => return Err(Error::NotComparable { route }),
    };
    if let Some(output) = asked.output.as_ref().filter(|path| std::fs::symlink_metadata(path).is_ok()) {
        return Err(Error::OutputExists { path: output.clone() });
    }
    let system = subject::system_on(platform.kernel, asked.system.as_deref())?;
    let wanted = wanted(platform, board, &system, &asked.packages);
    let answers = if asked.packages.is_empty() { system.answers() } else { BTreeMap::new() };
    let settings = Settings { epoch: host::epoch()?, answers: &answers };
    let locked = |set| Ok(toolbox.packages(set).map_err(Box::new)?);
    let request = Request { platform, wishes: Wishes::default(), locked: &locked };
    let compared = select(&toolbox, &wanted).and_then(|packages| {
        let compared = compare_routes(&toolbox, &packages, &settings, &request, other)?;
        Ok((packages.len(), compared))
    });
    session.fetched();
    let (packages, compared) = compared?;
    if let Some(output) = &asked.output {
        publish(&both(&compared)?, &host::absolute(output)?)?;
    }
    show(asked.json, packages, platform, other, &compared)?;
    match compared.differences.iter().filter(|difference| difference.reason.is_none()).count() {
        0 => Ok(()),
        count => Err(Error::Unexpected { count }),
    }
}

/// The packages named, or else the system's and the board's kernel; with Debian's essential ones.
fn wanted(platform: &Platform, board: Option<&Board>, system: &System, named: &[String]) -> Wanted {
    let mut install = named.to_vec();
    if named.is_empty() {
        install.clone_from(&system.packages.install);
        let kernel = system.kernel.package.as_deref().or(board.map(|board| board.kernel_package));
        install.extend(kernel.map(str::to_owned));
    }
    let provided = system.packages.supplied.iter().map(|supplied| Provided {
        name: supplied.name.clone(),
        version: None,
        reason: supplied.reason.clone(),
    });
    Wanted {
        architecture: platform.debian_arch.to_owned(),
        install,
        provided: provided.collect(),
        essential: true,
        ..Wanted::default()
    }
}

fn show(
    as_json: bool,
    packages: usize,
    platform: &Platform,
    other: Route,
    compared: &Comparison,
) -> Result<(), Error> {
    let left: Vec<&Choice> =
        compared.cross.table.iter().filter(|choice| choice.route != Route::Cross).collect();
    if as_json {
        return print_line(format_args!(
            "{:#}",
            json!({
                "platform": platform.name,
                "packages": packages,
                "other": other.name(),
                "not_interpreted": left.iter().map(|choice| json!({
                    "package": choice.package,
                    "route": choice.route.name(),
                    "reason": refused(choice),
                })).collect::<Vec<_>>(),
                "differences": compared.differences.iter().map(|difference| json!({
                    "path": difference.path,
                    "what": difference.what,
                    "reason": difference.reason,
                })).collect::<Vec<_>>(),
            })
        ));
    }
    for choice in &left {
        print_line(format_args!("`{}` is not interpreted: {}", choice.package, refused(choice)))?;
    }
    let rows: Vec<Vec<String>> = compared
        .differences
        .iter()
        .map(|difference| {
            let reason = difference.reason.unwrap_or(UNEXPECTED).to_owned();
            vec![difference.path.clone(), difference.what.clone(), reason]
        })
        .collect();
    if !rows.is_empty() {
        print(table(&["PATH", "CROSS AGAINST THE OTHER", "WHY"], &rows))?;
    }
    print_line(format_args!(
        "{packages} packages for {}, cross against {other}: {} paths differ",
        platform.name,
        rows.len()
    ))
}

/// Both versions of every file and link that differs, below `cross` and `other`.
fn both(compared: &Comparison) -> Result<Tree, Error> {
    let folder = Meta::root(0o755, 0);
    let mut both = Tree::new(folder.clone());
    for (name, tree) in [("cross", &compared.cross.tree), ("other", &compared.other.tree)] {
        both.insert(name, folder.clone(), Kind::Directory).map_err(bringup_route::Error::Tree)?;
        for difference in &compared.differences {
            let Some(node) = tree.get(&difference.path) else { continue };
            if matches!(node.kind, Kind::File(_) | Kind::Symlink(_)) {
                let path = Path::new(name).join(&difference.path);
                let meta = Meta::root(0o644, node.meta.mtime);
                both.insert_all(path.as_os_str().as_encoded_bytes(), meta, node.kind.clone(), &folder)
                    .map_err(bringup_route::Error::Tree)?;
            }
        }
    }
    Ok(both)
}
