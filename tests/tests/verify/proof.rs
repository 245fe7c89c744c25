//! What `bringup verify --json` says.

use std::path::Path;

use bringup_tests::bringup;
use serde_json::Value;

/// A chain's links, and how the command ended.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) code: i32,
    pub(crate) json: Value,
}

/// One of its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) verdict: String,
    pub(crate) what: String,
    /// The names of all that are behind it.
    pub(crate) behind: Vec<String>,
    /// First byte and end of what it rests on.
    pub(crate) bytes: Vec<(u64, u64)>,
}

/// Proves an image, for a board if one is given.
pub(crate) fn verify(program: &str, image: &Path, board: Option<&str>) -> Proof {
    let mut command = bringup(program);
    command.args(["--quiet", "verify", "--json"]).arg(image);
    if let Some(board) = board {
        command.args(["--board", board]);
    }
    let output = command.output().expect("the command starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let json = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr));
    });
    Proof { code: output.status.code().expect("it ends by itself"), json }
}

impl Proof {
    /// Every link, in the order of the chain.
    pub(crate) fn links(&self) -> Vec<Link> {
        let mut links = Vec::new();
        collect(&self.json["links"], &mut links);
        links
    }

    /// The link of that name, the first if there are several.
    pub(crate) fn link(&self, name: &str) -> Link {
        let found = self.links().into_iter().find(|link| link.name == name);
        found.unwrap_or_else(|| panic!("no link `{name}` in {:#}", self.json))
    }

    /// Names and reasons of the links with that verdict.
    pub(crate) fn with(&self, verdict: &str) -> Vec<(String, String)> {
        let links = self.links().into_iter().filter(|link| link.verdict == verdict);
        links.map(|link| (link.name, link.what)).collect()
    }

    /// The boards that it fits.
    pub(crate) fn fits(&self) -> Vec<&str> {
        let fits = self.json["fits"].as_array().expect("a list");
        fits.iter().filter_map(Value::as_str).collect()
    }
}

fn collect(links: &Value, into: &mut Vec<Link>) {
    for link in links.as_array().expect("a list of links") {
        let at = into.len();
        let text = |key: &str| link[key].as_str().expect("a text").to_owned();
        let number = |range: &Value, key: &str| range[key].as_u64().expect("a number");
        let bytes = link["bytes"].as_array().expect("a list of ranges").iter();
        into.push(Link {
            name: text("name"),
            verdict: text("verdict"),
            what: text("what"),
            behind: Vec::new(),
            bytes: bytes.map(|range| (number(range, "start"), number(range, "end"))).collect(),
        });
        collect(&link["next"], into);
        into[at].behind = into[at + 1..].iter().map(|link| link.name.clone()).collect();
    }
}
