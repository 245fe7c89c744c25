use crate::RelationError;

/// Why there is no selection of packages for a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Nothing has this name.
    #[error("no package is called `{name}`{}", did_you_mean(near))]
    UnknownPackage {
        /// The name asked for.
        name: String,
        /// Names that look like it, the nearest first.
        near: Vec<String>,
    },
    /// The name is known, but not in this version.
    #[error("`{wanted}`: the archive has {}", have.join(", "))]
    NoSuchVersion {
        /// What was asked for.
        wanted: String,
        /// The versions there are, the newest first.
        have: Vec<String>,
    },
    /// The name is known, but this request may not have it.
    #[error("`{wanted}` is asked for, but {why}")]
    Hidden {
        /// What was asked for.
        wanted: String,
        /// Why not.
        why: String,
    },
    /// A package that was asked for is no relation.
    #[error("the request for `{wanted}`")]
    BadRequest {
        /// What was asked for.
        wanted: String,
        /// What is wrong with it.
        source: RelationError,
    },
    /// The packages needed contradict each other, or are not there.
    #[error("the packages asked for cannot be installed together:{}", lines(chain))]
    Unsatisfiable {
        /// One sentence a line, from the request to the contradiction.
        chain: Vec<String>,
    },
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() {
        return String::new();
    }
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    format!("\nhelp: did you mean {}?", near.join(", "))
}

fn lines(chain: &[String]) -> String {
    chain.iter().map(|line| format!("\n  {line}")).collect()
}
