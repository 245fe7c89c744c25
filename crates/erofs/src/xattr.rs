//! Extended attributes, which stand right behind their inode.

use bringup_tree::Meta;

use crate::Error;
use crate::error::lossy;

/// Namespaces and their numbers (Linux, fs/erofs/erofs_fs.h, `EROFS_XATTR_INDEX_*`). Those of
/// access control lists are whole names; the list is in the form in which Linux passes it.
const NAMESPACES: [(&[u8], u8, bool); 5] = [
    (b"user.", 1, false),
    (b"system.posix_acl_access", 2, true),
    (b"system.posix_acl_default", 3, true),
    (b"trusted.", 4, false),
    (b"security.", 6, false),
];
/// `struct erofs_xattr_ibody_header`: name filter, number of shared attributes, reserved. All
/// zero, as there is neither.
const HEADER: usize = 12;
/// What a length counts in behind the header, and what entries are aligned to.
const UNIT: usize = 4;
/// The length is a u16 that counts the header as one unit.
const MAX_BODY: usize = HEADER + UNIT * (u16::MAX as usize - 1);

/// The attributes' bytes, or none if there are no attributes.
pub(crate) fn body(path: &[u8], meta: &Meta) -> Result<Vec<u8>, Error> {
    if meta.xattrs.is_empty() {
        return Ok(Vec::new());
    }
    let mut body = vec![0; HEADER];
    for (full, value) in &meta.xattrs {
        let known = NAMESPACES.iter().find_map(|&(prefix, index, whole)| {
            let name = full.strip_prefix(prefix)?;
            (name.is_empty() == whole).then_some((index, name))
        });
        let Some((index, name)) = known else {
            return Err(Error::XattrNamespace { path: lossy(path), name: lossy(full) });
        };
        let too_long =
            |part, len, most| Error::XattrTooLong { path: lossy(path), name: lossy(full), part, len, most };
        let name_len =
            u8::try_from(name.len()).map_err(|_| too_long("name", name.len(), usize::from(u8::MAX)))?;
        let value_len =
            u16::try_from(value.len()).map_err(|_| too_long("value", value.len(), usize::from(u16::MAX)))?;
        // struct erofs_xattr_entry
        body.extend_from_slice(&[name_len, index]);
        body.extend_from_slice(&value_len.to_le_bytes());
        body.extend_from_slice(name);
        body.extend_from_slice(value);
        body.resize(body.len().next_multiple_of(UNIT), 0);
    }
    if body.len() > MAX_BODY {
        return Err(Error::XattrsTooLarge { path: lossy(path), len: body.len(), most: MAX_BODY });
    }
    Ok(body)
}

/// `i_xattr_icount` of a body.
pub(crate) fn count(body: &[u8]) -> u16 {
    if body.is_empty() { 0 } else { (1 + (body.len() - HEADER) / UNIT) as u16 }
}
