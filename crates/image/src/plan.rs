//! What a build would do, without doing it.

use std::fmt;

use bringup_debian::LockedPackage;
use bringup_spec::Bytes;
use serde_json::{Value, json};

use crate::method::boot_method;
use crate::packages::locked_packages;
use crate::routes::{Foreseen, foresee};
use crate::volumes::roles;
use crate::{Context, Error, Request, disk_plan, sources};

/// What a build would do.
#[derive(Clone, Debug)]
pub struct Plan {
    board: String,
    system: String,
    packages: Vec<(LockedPackage, bool)>,
    disk: String,
    routes: Foreseen,
}

/// A size for root in a plan whose packages may not be there yet: only where it starts is exact.
const NOMINAL_ROOT: Bytes = Bytes::mib(256);

/// Plans a build: its packages, which of them the store has, and the disk.
///
/// # Errors
/// As for [`build`](crate::build), up to where packages would be fetched.
pub fn plan(context: &Context<'_>, request: &Request<'_>) -> Result<Plan, Error> {
    let source = sources::of_record(context, request)?;
    let context = &Context { source: source.as_ref().unwrap_or(context.source), ..*context };
    let locked = locked_packages(context, request)?;
    let seed = locked.seed(request);
    let method = boot_method(request.board, request.bootloader)?;
    let volumes = roles(request.system, method).into_iter().map(|role| (role.name(), NOMINAL_ROOT));
    let disk = disk_plan(request.board, &volumes.collect::<Vec<_>>(), None, &seed)?;
    let routes = foresee(context, request, seed, locked.packages.len())?;
    let mut packages = Vec::new();
    for package in locked.packages {
        let there = context.store.get(&package.sha256, package.size)?.is_some();
        packages.push((package, there));
    }
    Ok(Plan {
        board: request.board.name.to_owned(),
        system: request.system.name.clone(),
        packages,
        disk: disk.dump(),
        routes,
    })
}

impl Plan {
    /// For programs.
    pub fn to_json(&self) -> Value {
        let packages = self.packages.iter().map(|(package, there)| {
            json!({
                "name": package.name,
                "version": package.version,
                "size_bytes": package.size,
                "in_store": there,
            })
        });
        json!({
            "board": self.board,
            "system": self.system,
            "packages": packages.collect::<Vec<_>>(),
            "disk": self.disk,
            "routes": self.routes.to_json(),
        })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} for {}", self.system, self.board)?;
        writeln!(f, "\npackages:")?;
        for (package, there) in &self.packages {
            let what =
                if *there { "in the store".to_owned() } else { format!("to fetch, {}", Bytes(package.size)) };
            writeln!(f, "  {} {}: {what}", package.name, package.version)?;
        }
        writeln!(f, "\nroutes:")?;
        for line in self.routes.lines() {
            writeln!(f, "  {line}")?;
        }
        write!(f, "\ndisk, if each file system were {NOMINAL_ROOT}:\n{}", self.disk)
    }
}
