//! What `License:` says: names with `and`, `or` and commas.

/// A licence, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// One, as Debian calls it.
    Name(String),
    /// All of these hold.
    All(Vec<Expression>),
    /// Any of these may be chosen.
    Any(Vec<Expression>),
}

impl Expression {
    /// Reads a synopsis: `and` binds tighter than `or`, but not across a comma; copyright-format 1.0,
    /// "Syntax".
    ///
    /// A text with a name missing is one name as a whole.
    pub(super) fn parse(text: &str) -> Self {
        parts(text).unwrap_or_else(|| Self::Name(text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }

    /// Every name, in order.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Name(name) => vec![name],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::names).collect(),
        }
    }

    /// As SPDX writes it, each name by `id`.
    pub(super) fn to_spdx(&self, id: &dyn Fn(&str) -> String) -> String {
        let joined = |parts: &[Self], word: &str| {
            let mut texts: Vec<String> = Vec::new();
            for part in parts {
                let text = part.to_spdx(id);
                let text =
                    if text.contains(" OR ") || text.contains(" AND ") { bracketed(text) } else { text };
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
            texts.join(word)
        };
        match self {
            Self::Name(name) => id(name),
            Self::All(parts) => joined(parts, " AND "),
            Self::Any(parts) => joined(parts, " OR "),
        }
    }
}

/// In parentheses, unless it is already.
pub(super) fn bracketed(text: String) -> String {
    if text.starts_with('(') && text.find(')') == Some(text.len() - 1) { text } else { format!("({text})") }
}

fn parts(text: &str) -> Option<Expression> {
    let mut whole: Option<Expression> = None;
    for clause in text.split(',') {
        let words: Vec<&str> = clause.split_whitespace().collect();
        let first = words.first().copied().unwrap_or_default();
        // A comma stands before `and` or `or`; in a list it stands for the `and`.
        let (joint, words) =
            if is(first, "and") || is(first, "or") { (first, &words[1..]) } else { ("and", &words[..]) };
        let clause = any(words)?;
        whole = Some(match whole {
            None if joint == "and" && !is(first, "and") => clause,
            None => return None,
            Some(left) if is(joint, "or") => Expression::Any(vec![left, clause]),
            Some(Expression::All(mut left)) => {
                left.push(clause);
                Expression::All(left)
            }
            Some(left) => Expression::All(vec![left, clause]),
        });
    }
    whole
}

fn any(words: &[&str]) -> Option<Expression> {
    let all = |words: &[&str]| {
        let names =
            words.split(|word| is(word, "and")).map(|name| (!name.is_empty()).then(|| name.join(" ")));
        let names: Vec<Expression> = names.map(|name| name.map(Expression::Name)).collect::<Option<_>>()?;
        Some(one(names, Expression::All))
    };
    let parts: Vec<Expression> = words.split(|word| is(word, "or")).map(all).collect::<Option<_>>()?;
    Some(one(parts, Expression::Any))
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

fn one(mut parts: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_binds_tighter_than_or_but_not_across_a_comma() {
        for (text, expected) in [
            ("GPL-2+", "GPL-2+"),
            ("a or b and c", "a OR (b AND c)"),
            ("a or b, and c", "(a OR b) AND c"),
            ("a, and b or c", "a AND (b OR c)"),
            ("a and b and c", "a AND b AND c"),
            ("a or a", "a"),
            ("a with x exception OR b", "a with x exception OR b"),
            ("a, b", "a AND b"),
            ("a or", "a or"),
            ("and a", "and a"),
            ("", ""),
        ] {
            assert_eq!(Expression::parse(text).to_spdx(&str::to_owned), expected, "{text}");
        }
        assert_eq!(Expression::parse("a or b, and c").names(), ["a", "b", "c"]);
    }
}
