//! Passwords.

use bringup_tree::Tree;

use crate::finding::Findings;
use crate::{Allowed, Error, Rule, look};

/// Where passwords are, by file: the field's number from 0 is 1 in all; passwd(5), shadow(5), gshadow(5).
const FILES: [(&[u8], &str); 4] = [
    (b"etc/passwd", "the user"),
    (b"etc/shadow", "the user"),
    (b"etc/group", "the group"),
    (b"etc/gshadow", "the group"),
];

/// What a field of a password says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// In the other file: `x`.
    Elsewhere,
    /// None is the right one: `*`, `!`, and a hash behind a `!`.
    Locked,
    /// None is needed.
    Empty,
    /// A hash.
    Hash,
}

impl Field {
    fn of(text: &str) -> Self {
        match text {
            "" => Self::Empty,
            "x" => Self::Elsewhere,
            // A locked account whose hash stays can be unlocked: it is a password all the same.
            text if text.trim_start_matches('!').starts_with('$') => Self::Hash,
            text if text.starts_with(['*', '!']) => Self::Locked,
            _ => Self::Hash,
        }
    }
}

pub(super) fn check(root: &Tree, allow: &Allowed, found: &mut Findings) -> Result<(), Error> {
    for (path, who) in FILES {
        // The backup beside each has the same fields, of a moment before.
        let backup = [path, b"-"].concat();
        for path in [path.to_vec(), backup] {
            let Some(text) = look::text(root, &path)? else { continue };
            for line in text.lines() {
                let mut fields = line.split(':');
                let (Some(name), Some(field)) = (fields.next(), fields.next()) else { continue };
                one(&path, who, name, Field::of(field), allow, found);
            }
        }
    }
    Ok(())
}

fn one(path: &[u8], who: &str, name: &str, field: Field, allow: &Allowed, found: &mut Findings) {
    let is_group = who == "the group";
    match field {
        Field::Elsewhere | Field::Locked => {}
        // A group without a password is one that nobody joins by it; gshadow(5).
        Field::Empty if is_group || allow.no_password.contains(name) => {}
        Field::Hash if !is_group && allow.password.contains(name) => {}
        Field::Empty => found.error(
            Rule::Password,
            path,
            format!("{who} `{name}` logs in without a password, and no record says so"),
            "lock the account, or write `password = \"none-needed\"` in its `[[user]]`",
        ),
        Field::Hash => found.error(
            Rule::Password,
            path,
            format!("{who} `{name}` has a password that no record names"),
            "lock the account, or write the hash in `password` of its `[[user]]`",
        ),
    }
}
