//! `doctor`: what this host lacks.

use bringup_catalog::PLATFORMS;
use bringup_route::{Finding, Host, State, doctor};
use bringup_spec::Platform;
use bringup_store::Store;
use serde_json::json;

use crate::args::{Doctor, Global};
use crate::commands::list::{find_platform, print_json};
use crate::error::Error;
use crate::host;
use crate::output::print_line;
use crate::progress::Shown;

pub(crate) fn run(global: &Global, asked: &Doctor) -> Result<(), Error> {
    let platforms: Vec<&'static Platform> = match &asked.platforms[..] {
        [] => PLATFORMS.to_vec(),
        names => names.iter().map(|name| find_platform(name)).collect::<Result<_, _>>()?,
    };
    let own = bringup_catalog::platform_for_host_arch(std::env::consts::ARCH)?;
    let place = host::store_path(global)?;
    let host = Host { architecture: own.debian_arch, store: &place, platforms: &platforms };
    let mut findings = doctor(&host);
    let store = Store::open(&place);
    findings.push(match &store {
        Ok(_) => Finding::ok("store", format!("`{}` can be written to", place.display())),
        Err(error) => Finding::lacks(
            "store",
            State::Missing,
            format!("{}: nothing can be kept", chain(error)),
            "make it writable, or choose another place with `--store DIR`",
        ),
    });
    findings.push(packages(global, store.ok().as_ref(), own.debian_arch));
    if asked.json {
        print_json(findings.iter().map(to_json).collect())?;
    } else {
        for finding in &findings {
            print_line(format_args!("{:<9} {}: {}", finding.state.name(), finding.name, finding.found))?;
            if let Some(help) = &finding.help {
                print_line(format_args!("{:<9} help: {help}", ""))?;
            }
        }
    }
    match findings.iter().filter(|finding| finding.state == State::Missing).count() {
        0 => Ok(()),
        count => Err(Error::Unmet { count }),
    }
}

/// Whether there are packages: a mirror that answers with what Debian's keys have signed, or a store that
/// has it.
fn packages(global: &Global, store: Option<&Store>, architecture: &str) -> Finding {
    let name = "packages";
    let help = "give a mirror with `--mirror URL` or BRINGUP_MIRROR; with `--offline` locked packages of the \
                store are enough";
    let missing = |found: String| Finding::lacks(name, State::Missing, found, help);
    let source = match host::package_source(global) {
        Ok(source) => source,
        Err(error) => return missing(chain(&error)),
    };
    let Some(store) = store else { return missing("not tried without a store".to_owned()) };
    let shown = Shown::new(true);
    match source.index(store, architecture, host::jobs(global), &shown) {
        Ok(_) if global.offline => Finding::ok(name, "the store has a signed index; nothing was asked"),
        Ok(_) => Finding::ok(name, "the mirror answers, and its index is signed by keys that are known"),
        Err(error) => missing(chain(&error)),
    }
}

/// An error and its causes in one line, without what helps.
fn chain(error: &dyn std::error::Error) -> String {
    let all = std::iter::successors(Some(error), |error| error.source());
    let first = |error: &dyn std::error::Error| error.to_string().lines().next().map(str::to_owned);
    all.filter_map(first).collect::<Vec<_>>().join(": ")
}

fn to_json(finding: &Finding) -> serde_json::Value {
    json!({
        "name": finding.name,
        "state": finding.state.name(),
        "found": finding.found,
        "help": finding.help,
    })
}
