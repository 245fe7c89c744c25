//! The finished root of a system with systemd, looked at before it becomes a file system.

use std::collections::BTreeSet;

use bringup_audit::{Allowed, audit, changed_paths};
use bringup_route::{Choice, Route};
use bringup_system::{Password, System};
use bringup_tree::Tree;

use crate::Error;
use crate::root::Parts;

/// Refuses a root that no machine should get; gives lines about what somebody should know.
///
/// `configured` is the root before the record was applied.
pub(crate) fn check(
    parts: &Parts<'_>,
    configured: &Tree,
    root: &Tree,
    routes: &[Choice],
) -> Result<Vec<String>, Error> {
    let system = parts.request.system;
    let users = |has: fn(&Password) -> bool| -> BTreeSet<String> {
        system.users.iter().filter(|user| has(&user.password)).map(|user| user.name.clone()).collect()
    };
    let deferred = routes.iter().filter(|choice| choice.route == Route::Deferred);
    let allow = Allowed {
        no_password: users(|password| *password == Password::NoneNeeded),
        password: users(|password| matches!(password, Password::Hashed(_))),
        named: named(system),
        changed: changed_paths(configured, root),
        deferred: deferred.map(|choice| (choice.package.clone(), choice.reason.clone())).collect(),
        builder: vec![parts.context.store.root().as_os_str().as_encoded_bytes().to_vec()],
    };
    let report = audit(root, &parts.ready.for_audit(), &allow)?;
    let findings: Vec<_> = report.errors().cloned().collect();
    if !findings.is_empty() {
        return Err(Error::Audit { findings });
    }
    Ok(report
        .notes()
        .map(|note| format!("note: `{}`: {} [{}]", note.path, note.what, note.rule.name()))
        .collect())
}

/// What the record itself puts somewhere.
fn named(system: &System) -> BTreeSet<Vec<u8>> {
    let files = system.files.iter().map(|file| file.path.as_str());
    let folders = system.directories.iter().map(|folder| folder.path.as_str());
    let links = system.links.iter().map(|link| link.path.as_str());
    // Empty on a root that nobody writes: each boot has an id of its own.
    let machine_id = system.root.has_var().then_some("/etc/machine-id");
    let paths = files.chain(folders).chain(links).chain(machine_id);
    paths.map(|path| path.trim_start_matches('/').as_bytes().to_vec()).collect()
}
