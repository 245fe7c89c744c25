//! dpkg's records: what they say, and whether it is true. What `dpkg --audit` and `dpkg --verify` say.

mod depends;
mod files;
mod status;
#[cfg(test)]
mod tests;

use bringup_tree::Tree;

use crate::finding::Findings;
use crate::{Allowed, Error, look};

const STATUS: &[u8] = b"var/lib/dpkg/status";

pub(crate) fn check(root: &Tree, allow: &Allowed, found: &mut Findings) -> Result<(), Error> {
    // A root that was made from packages' files alone has no records.
    let Some(text) = look::text(root, STATUS)? else { return Ok(()) };
    let records = status::read(&text, found);
    status::check(&records, allow, found);
    depends::check(&records, allow, found);
    files::check(root, &records, allow, found)
}
