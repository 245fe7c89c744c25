//! Why a unit cannot be enabled, disabled or masked.

/// Why a unit cannot be enabled, disabled or masked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such unit.
    #[error("no unit `{unit}`{}", near_help(near))]
    Unknown {
        /// Its name.
        unit: String,
        /// Units with similar names, the nearest first.
        near: Vec<String>,
    },
    /// The name has no known ending, or letters that no name has.
    #[error("`{name}` is not a unit's name\nhelp: give it with its ending, such as `.service`")]
    BadName {
        /// The name.
        name: String,
    },
    /// The unit is masked.
    #[error("unit `{unit}` is masked by `{path}`\nhelp: unmask it first")]
    Masked {
        /// Its name.
        unit: String,
        /// What masks it.
        path: String,
    },
    /// The name is an alias that somebody enabled, or a linked unit.
    #[error("unit `{unit}` is an alias or a linked unit\nhelp: name the unit it stands for")]
    Alias {
        /// Its name.
        unit: String,
    },
    /// The unit has nothing to be enabled by.
    #[error("unit `{unit}` has no `[Install]` section, so it cannot be enabled\nhelp: other units start it")]
    NotInstallable {
        /// Its name.
        unit: String,
    },
    /// What `Alias=` says cannot be an alias of this unit.
    #[error("unit `{unit}` cannot have the alias `{alias}`")]
    BadAlias {
        /// Its name.
        unit: String,
        /// The alias.
        alias: String,
    },
    /// What `WantedBy=`, `RequiredBy=` or `UpheldBy=` says is no unit.
    #[error("unit `{unit}` is wanted by `{by}`, which is not a unit's name")]
    BadDestination {
        /// Its name.
        unit: String,
        /// Who wants it.
        by: String,
    },
    /// A template has to be enabled as one of its instances.
    #[error("unit `{unit}` is a template\nhelp: name an instance, `{}`", .unit.replacen('@', "@NAME", 1))]
    NeedsInstance {
        /// Its name.
        unit: String,
    },
    /// The default has to be a target.
    #[error("`{unit}` is not a target, or `default.target` itself")]
    NotTarget {
        /// Its name.
        unit: String,
    },
    /// Something else is where a link has to be.
    #[error("`{path}` is in the way of a link to `{target}`")]
    Exists {
        /// Where the link has to be.
        path: String,
        /// Where it has to point.
        target: String,
    },
    /// A specifier in an `[Install]` section is not reproduced here.
    #[error("unit `{unit}`: `{text}` is only known on the machine")]
    Specifier {
        /// Its name.
        unit: String,
        /// What the section says.
        text: String,
    },
    /// A unit's file cannot be read, or is no text.
    #[error("`{path}` cannot be read as a unit")]
    Unreadable {
        /// The file.
        path: String,
    },
    /// The tree refuses.
    #[error(transparent)]
    Tree(#[from] bringup_tree::Error),
}

fn near_help(near: &[String]) -> String {
    if near.is_empty() {
        return String::new();
    }
    let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    format!("\nhelp: did you mean {}?", names.join(" or "))
}
