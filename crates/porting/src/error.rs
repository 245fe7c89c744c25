/// Why there is no new board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is not in kebab-case.
    #[error(
        "`{name}` is no board's name\n\
         help: lower case letters and digits, with `-` between words, as in the name of its device tree"
    )]
    BadName {
        /// The name as given.
        name: String,
    },
    /// There is such a board.
    #[error("there is a board `{name}` already\nhelp: see `boards/{name}`")]
    Taken {
        /// The name as given.
        name: String,
    },
    /// A line of a U-Boot configuration is none.
    #[error("`{file}`, line {line}: `{text}` is no line of a U-Boot configuration")]
    BadConfigLine {
        /// The file's name.
        file: String,
        /// Which line, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// No line sets anything.
    #[error("`{file}` sets nothing\nhelp: give a file of U-Boot's `configs/`, or the `.config` of a build")]
    EmptyConfig {
        /// The file's name.
        file: String,
    },
    /// The file is neither form of a device tree.
    #[error(
        "`{file}` is no device tree: neither text nor a blob\n\
         help: give a `.dts` of Linux's tree, or a compiled `.dtb`"
    )]
    NotATree {
        /// The file's name.
        file: String,
    },
    /// The source's structure is broken.
    #[error("`{file}`, line {line}: {what}")]
    BadSource {
        /// The file's name.
        file: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A compiled device tree is damaged.
    #[error("`{file}`")]
    BadBlob {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        source: bringup_inspect::Error,
    },
    /// The files are about another kind of board than the one to start from.
    #[error("the new board has {says} ({because}), but `{like}` has {has}\n{}", better_help(better))]
    WrongModel {
        /// What the new board has: `an Allwinner H3`.
        says: String,
        /// The line that says so.
        because: String,
        /// The board to start from.
        like: &'static str,
        /// What that has.
        has: String,
        /// The boards of the catalog that have the same.
        better: Vec<&'static str>,
    },
    /// A text is not in the form that lines can be added to.
    #[error("`{file}` has no line `{line}`")]
    NoLine {
        /// The file's path in the workspace.
        file: String,
        /// The line that was looked for.
        line: String,
    },
    /// A board's record is not in the form in which all are written.
    #[error("`{file}`: no field `{field}` in its `BOARD`")]
    NoField {
        /// The file's path in the workspace.
        file: String,
        /// The field that was looked for.
        field: &'static str,
    },
}

fn better_help(better: &[&str]) -> String {
    match better {
        [] => "help: no board of the catalog has that; see `docs/porting.md`, \"Another chip\"".to_owned(),
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`--like {name}`")).collect();
            format!("help: {}", names.join(" or "))
        }
    }
}
