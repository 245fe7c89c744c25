use bringup_spec::{Board, Tier};

use crate::record::Record;
use crate::{Check, Error, Proposal, Proposals, check_name, lists};

/// The workspace's list of crates.
const WORKSPACE: &str = "Cargo.toml";

/// The catalog's list of crates.
const CATALOG_MANIFEST: &str = "crates/catalog/Cargo.toml";

/// The catalog's list of boards.
const CATALOG: &str = "crates/catalog/src/lib.rs";

/// The fields that a board shares with few others.
const OWN_FIELDS: [&str; 9] = [
    "title",
    "firmware",
    "device_tree",
    "console",
    "first_partition",
    "ram",
    "root_storage",
    "twin",
    "disagreements",
];

/// The files that a new board is made from, as they are.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// The old board's `Cargo.toml`.
    pub manifest: &'a str,
    /// The old board's `src/lib.rs`.
    pub record: &'a str,
    /// The old board's `README.md`.
    pub readme: &'a str,
    /// The old board's `plan.txt` below `tests/golden`, if it has one.
    pub golden: Option<&'a str>,
    /// The workspace's `Cargo.toml`.
    pub workspace: &'a str,
    /// The catalog's `Cargo.toml`.
    pub catalog_manifest: &'a str,
    /// The catalog's `src/lib.rs`.
    pub catalog: &'a str,
}

/// What makes a new board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBoard {
    /// Files that are not there yet: paths from the workspace's top folder, and texts.
    pub created: Vec<(String, String)>,
    /// Files that are there, and their new texts.
    pub changed: Vec<(String, String)>,
    /// The proposals that are in the record.
    pub applied: Vec<Proposal>,
    /// What a porter has to look at, in the order of the lines.
    pub checks: Vec<Check>,
}

/// The files of a new board called `name`: those of `like`, with `proposals` in them and a line for it
/// in each list of boards.
///
/// `boards` are those that there are, in the order of their names. The new board's tier is
/// [`Tier::Built`] until somebody has seen it boot.
///
/// # Errors
/// The name is taken or not in kebab-case; or a text does not have the form that all boards have.
pub fn new_board(
    name: &str,
    like: &Board,
    boards: &[&Board],
    proposals: &Proposals,
    texts: &Texts<'_>,
) -> Result<NewBoard, Error> {
    check_name(name, boards.iter().map(|board| board.name))?;
    let title = proposals.title.as_deref().unwrap_or(like.title);
    let file = |path: &str| format!("boards/{name}/{path}");
    let (record, applied, checks) = record(&file("src/lib.rs"), like, name, proposals, texts.record)?;
    let mut checks = checks;
    checks.push(Check {
        file: file("README.md"),
        line: 3,
        about: "README".to_owned(),
        remark: format!("all but the title is still that of `{}`", like.name),
    });
    let mut created = vec![
        (file("Cargo.toml"), manifest(&file("Cargo.toml"), name, title, texts.manifest)?),
        (file("src/lib.rs"), record),
        (file("README.md"), readme(title, like, texts.readme)),
    ];
    if let Some(golden) = texts.golden {
        created.push((format!("tests/golden/{name}/plan.txt"), golden.to_owned()));
    }
    let changed = lists(name, boards, texts)?;
    Ok(NewBoard { created, changed, applied, checks })
}

/// The record, what of the proposals is in it, and what is left to look at.
fn record(
    file: &str,
    like: &Board,
    name: &str,
    proposals: &Proposals,
    text: &str,
) -> Result<(String, Vec<Proposal>, Vec<Check>), Error> {
    let old = format!("boards/{}/src/lib.rs", like.name);
    let mut record = Record::new(&old, text)?;
    let title = proposals.title.as_deref().unwrap_or(like.title);
    record.set_documentation(&format!("{title} ({}).", like.soc.name));
    record.set("name", &format!("{name:?}"), "")?;
    if like.tier != Tier::Built {
        record.set("tier", "Tier::Built", "Nobody has seen it boot yet.")?;
    }
    let mut applied = Vec::new();
    for proposal in &proposals.fields {
        record.set(proposal.field, &proposal.value, &format!("{}.", proposal.source))?;
        applied.push(proposal.clone());
    }
    for (old, proposal) in &proposals.texts {
        if record.has(old) {
            record.replace(old, &proposal.value);
            applied.push(proposal.clone());
        }
    }
    let checks = checks(file, like, &record, &applied, proposals)?;
    Ok((record.text(), applied, checks))
}

fn checks(
    file: &str,
    like: &Board,
    record: &Record,
    applied: &[Proposal],
    proposals: &Proposals,
) -> Result<Vec<Check>, Error> {
    let check = |line, about: &str, remark: String| {
        let (file, about) = (file.to_owned(), about.to_owned());
        Check { file, line, about, remark }
    };
    let still = format!("still that of `{}`", like.name);
    let mut checks = Vec::new();
    for field in OWN_FIELDS {
        let known = applied.iter().any(|proposal| proposal.field == field);
        let nothing = field == "disagreements" && like.disagreements.is_empty();
        if !known && !nothing {
            checks.push(check(record.line_of(field)?, field, still.clone()));
        }
    }
    for (field, remark) in &proposals.remarks {
        checks.push(check(record.line_of(field)?, field, remark.clone()));
    }
    for (name, line) in record.constants() {
        checks.push(check(line, name, format!("{still}, and so is what is said above it")));
    }
    checks.push(check(
        record.line_of("tier")?,
        "tier",
        "`bringup boot` or the board itself tells".to_owned(),
    ));
    checks.sort_by_key(|check| check.line);
    Ok(checks)
}

fn manifest(file: &str, name: &str, title: &str, text: &str) -> Result<String, Error> {
    let set = |text: &str, key: &str, value: String| {
        let begins = format!("{key} = ");
        let old = text.lines().find(|line| line.starts_with(&begins));
        let old = old.ok_or_else(|| Error::NoLine { file: file.to_owned(), line: begins.clone() })?;
        Ok(text.replacen(old, &format!("{begins}{value:?}"), 1))
    };
    let text = set(text, "name", format!("bringup-board-{name}"))?;
    set(&text, "description", format!("{title}."))
}

fn readme(title: &str, like: &Board, text: &str) -> String {
    let mut out = format!("# {title}\n\n");
    out += &format!("> Still that of the {}: check each line, then remove this one.\n", like.title);
    for line in text.lines().skip(1) {
        match line.starts_with("| Tier |") {
            true => out += "| Tier | built: nobody has seen it boot yet |",
            false => out += line,
        }
        out.push('\n');
    }
    out
}

/// The lists of boards with a line more.
fn lists(name: &str, boards: &[&Board], texts: &Texts<'_>) -> Result<Vec<(String, String)>, Error> {
    let next = boards.iter().map(|board| board.name).find(|other| *other > name);
    let add = |file: &str, text: &str, line: &dyn Fn(&str) -> String, prefix: &str| {
        let next = next.map(line);
        let text = lists::insert(file, text, &line(name), next.as_deref(), prefix)?;
        Ok((file.to_owned(), text))
    };
    let dependency = |name: &str| format!("bringup-board-{name} = {{ path = \"boards/{name}\" }}");
    let inherited = |name: &str| format!("bringup-board-{name}.workspace = true");
    let entry = |name: &str| format!("    &bringup_board_{}::BOARD,", name.replace('-', "_"));
    Ok(vec![
        add(WORKSPACE, texts.workspace, &dependency, "bringup-board-")?,
        add(CATALOG_MANIFEST, texts.catalog_manifest, &inherited, "bringup-board-")?,
        add(CATALOG, texts.catalog, &entry, "    &bringup_board_")?,
    ])
}

#[cfg(test)]
mod tests;
