//! `verify`, `inspect`, `explain`, `diff`, `why-no-boot`: looking at what is there.

use std::fmt::Display;
use std::path::Path;

use bringup_bootchain::{Disk, Options};
use bringup_emulator::{Diagnosis, Evidence};
use bringup_spec::Board;
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::{Global, Look, Verify};
use crate::error::Error;
use crate::host;
use crate::output::{print, print_line};

pub(crate) fn verify(global: &Global, verify: &Verify) -> Result<(), Error> {
    let look = &verify.look;
    let board = board(global, look)?;
    let disk = open(&look.file)?;
    let options = Options { boards: &global.boards, jobs: host::jobs(global), programs: !verify.no_programs };
    let proof = bringup_bootchain::verify(&disk, board, &options);
    show(look, &proof)?;
    if proof.is_whole() { Ok(()) } else { Err(Error::ChainBroken { image: look.file.clone() }) }
}

pub(crate) fn inspect(global: &Global, look: &Look) -> Result<(), Error> {
    show(look, &bringup_bootchain::map(&open(&look.file)?, board(global, look)?))
}

pub(crate) fn explain(global: &Global, look: &Look, offset: u64) -> Result<(), Error> {
    show(look, &bringup_bootchain::explain(&open(&look.file)?, board(global, look)?, offset))
}

/// As diff(1): a difference is exit code 1.
pub(crate) fn diff(global: &Global, look: &Look, other: &Path) -> Result<(), Error> {
    let found = bringup_bootchain::diff(&open(&look.file)?, &open(other)?, board(global, look)?);
    let difference = found.map_err(|source| Error::Unreadable { path: look.file.clone(), source })?;
    show(look, &difference)?;
    if difference.changes.is_empty() { Ok(()) } else { Err(Error::Differ) }
}

pub(crate) fn why_no_boot(global: &Global, look: &Look) -> Result<(), Error> {
    let path = &look.file;
    let bytes = std::fs::read(path);
    let bytes = bytes.map_err(|source| Error::Io { operation: "read", path: path.clone(), source })?;
    let log = String::from_utf8_lossy(&bytes);
    let diagnosis = bringup_emulator::why_no_boot(&log, board(global, look)?);
    if look.json {
        print_line(format_args!("{:#}", to_json(&diagnosis)))?;
    } else {
        print(format_args!("{diagnosis}"))?;
    }
    Ok(())
}

fn to_json(diagnosis: &Diagnosis) -> Value {
    let evidence = |evidence: &Option<Evidence>| {
        evidence.as_ref().map(|evidence| json!({ "line": evidence.line, "text": evidence.text }))
    };
    json!({
        "reached": format!("{:?}", diagnosis.reached),
        "evidence": evidence(&diagnosis.evidence),
        "boots": diagnosis.boots,
        "failure": diagnosis.failure.as_ref().map(|failure| json!({
            "link": failure.link.name(),
            "evidence": evidence(&failure.evidence),
            "meaning": failure.meaning,
            "advice": failure.advice,
            "hints": failure.hints,
        })),
    })
}

fn board(global: &Global, look: &Look) -> Result<Option<&'static Board>, Error> {
    let found = look.board.as_ref().map(|name| bringup_catalog::board_among(&global.boards, name));
    Ok(found.transpose()?)
}

fn open(path: &Path) -> Result<Disk<'static>, Error> {
    Disk::open(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}

fn show(look: &Look, found: &(impl Display + Serialize)) -> Result<(), Error> {
    if look.json {
        let text = serde_json::to_string_pretty(found).expect("reports have only text and numbers");
        print_line(format_args!("{text}"))?;
    } else {
        print(without_controls(&found.to_string()))?;
    }
    Ok(())
}

/// Names in an image may hold anything; a terminal obeys some of it.
pub(crate) fn without_controls(text: &str) -> String {
    let harmless = |character: char| !character.is_control() || character == '\n';
    text.chars().map(|c| if harmless(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_terminal_gets_no_commands_from_an_image() {
        assert_eq!(super::without_controls("a\u{1b}[2J\nb"), "a\u{fffd}[2J\nb");
    }
}
