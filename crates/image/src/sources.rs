//! The repositories that a record adds to the caller's.

use bringup_debian::{Keyring, PackageSource, Repository};

use crate::{Context, Error, Request};

/// Where the packages come from if the record has repositories of its own; none if it has none.
///
/// Theirs come last: what Debian has, too, is taken from there if the versions are equal.
pub(crate) fn of_record(
    context: &Context<'_>,
    request: &Request<'_>,
) -> Result<Option<PackageSource>, Error> {
    let system = request.system;
    if system.repositories.is_empty() {
        return Ok(None);
    }
    let mut repositories = context.source.repositories().to_vec();
    for wanted in &system.repositories {
        let keyring = Keyring::parse(&wanted.signed_by, system.source(&wanted.signed_by)?)?;
        let components = wanted.components.iter().map(String::as_str);
        let mut repository = Repository::new(&wanted.uri, &wanted.suite, components, keyring)?;
        repository.check_valid_until = wanted.check_valid_until;
        repositories.push(repository);
    }
    Ok(Some(context.source.of_repositories(repositories)))
}
