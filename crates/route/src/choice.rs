//! Which package takes which route, as data.

use std::collections::BTreeSet;
use std::fmt;

use bringup_dpkg::{How, Step};

/// How a package gets configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// Its scripts are interpreted; no code of the target runs.
    Cross,
    /// Its scripts run: the host's machine is the target's.
    Native,
    /// Its scripts run under QEMU's user emulation.
    Emulated,
    /// It stays unpacked, and its scripts run at the first boot.
    Deferred,
}

impl Route {
    /// Every route, the preferred first: a cross result does not depend on the host, the others run what
    /// had to be left.
    pub const ALL: [Self; 4] = [Self::Cross, Self::Native, Self::Emulated, Self::Deferred];

    /// The route of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cross => "cross",
            Self::Native => "native",
            Self::Emulated => "emulated",
            Self::Deferred => "deferred",
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(self.name())
    }
}

/// The route of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The package's name.
    pub package: String,
    /// What it takes.
    pub route: Route,
    /// Why.
    pub reason: String,
    /// What it does not take although that would have been preferred, and why.
    pub refused: Vec<(Route, String)>,
}

/// What a host can do for a target; each refusal says why and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    /// Whether the host's machine runs the target's programs.
    pub native: Result<(), String>,
    /// What emulates them.
    pub emulated: Result<String, String>,
}

/// What the caller decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'a> {
    /// The one route to use. With `Native` and `Emulated` every package takes it; with `Cross` nothing else
    /// is allowed; with `Deferred` nothing is run here.
    pub only: Option<Route>,
    /// Packages to configure at first boot.
    pub deferred: Option<&'a BTreeSet<String>>,
}

impl Wishes<'_> {
    fn defers(&self, package: &str) -> bool {
        self.deferred.is_some_and(|names| names.contains(package))
    }
}

/// The route of every package, from what interpretation came to; in the same order.
///
/// A package that cannot be configured in the way that is wished has a choice with that route refused
/// and no other: see [`refusal`].
pub fn choose(report: &[Step], means: &Means, wishes: &Wishes<'_>) -> Vec<Choice> {
    report.iter().map(|step| choice(step, means, wishes)).collect()
}

/// What whatever cannot be interpreted would take, before anything is known of it: its name is that of no
/// package.
pub fn otherwise(means: &Means, wishes: &Wishes<'_>) -> Choice {
    let name = "what cannot be interpreted";
    let how = How::Skipped { reason: "not interpreted".into() };
    let mut choice = choice(&Step { package: name.to_owned(), how }, means, wishes);
    choice.refused.retain(|(route, _)| *route != Route::Cross);
    choice
}

/// The first package that must take a route which the wishes exclude, and why it must.
pub fn refusal<'a>(table: &'a [Choice], wishes: &Wishes<'_>) -> Option<&'a Choice> {
    let only = wishes.only?;
    table.iter().find(|choice| {
        choice.route != only
            && !wishes.defers(&choice.package)
            && choice.refused.iter().any(|(route, _)| *route == only)
    })
}

fn choice(step: &Step, means: &Means, wishes: &Wishes<'_>) -> Choice {
    let mut refused = Vec::new();
    let package = step.package.clone();
    let take = |route, reason: String, refused| Choice { package: package.clone(), route, reason, refused };
    match &step.how {
        How::NoScript => return take(Route::Cross, "it has no script".into(), refused),
        How::Interpreted => return take(Route::Cross, "its scripts are interpreted".into(), refused),
        How::Left { script, stop } => refused.push((Route::Cross, format!("{script}: {stop}"))),
        How::Waits { package } => {
            refused.push((Route::Cross, format!("it depends on `{package}`, which waits")))
        }
        How::Skipped { reason } => refused.push((Route::Cross, reason.clone())),
        other => refused.push((Route::Cross, format!("{other:?}"))),
    }
    if wishes.defers(&package) {
        return take(Route::Deferred, "the system says so".into(), refused);
    }
    if wishes.only == Some(Route::Deferred) {
        return take(Route::Deferred, "nothing is to run here".into(), refused);
    }
    // Who asks for emulation alone gets it on the target's own machine, too.
    if wishes.only != Some(Route::Emulated) {
        match &means.native {
            Ok(()) => return take(Route::Native, "the host's machine is the target's".into(), refused),
            Err(why) => refused.push((Route::Native, why.clone())),
        }
    }
    if wishes.only != Some(Route::Native) {
        match &means.emulated {
            Ok(by) => return take(Route::Emulated, format!("by {by}"), refused),
            Err(why) => refused.push((Route::Emulated, why.clone())),
        }
    }
    take(Route::Deferred, "no other route is open".into(), refused)
}

#[cfg(test)]
mod tests {
    use bringup_shell::Stop;

    use super::*;

    fn left(package: &str) -> Step {
        let stop = Stop::Unknown { command: "frob".into() };
        Step { package: package.into(), how: How::Left { script: "postinst configure".into(), stop } }
    }

    fn means(native: bool, emulated: bool) -> Means {
        Means {
            native: if native { Ok(()) } else { Err("other machine".into()) },
            emulated: if emulated { Ok("QEMU".into()) } else { Err("old kernel".into()) },
        }
    }

    const CROSS: (Route, &str) = (Route::Cross, "postinst configure: `frob` is a program of the target");
    const NATIVE: (Route, &str) = (Route::Native, "other machine");
    const EMULATED: (Route, &str) = (Route::Emulated, "old kernel");

    fn check(means: Means, wishes: Wishes<'_>, route: Route, refused: &[(Route, &str)]) {
        let table = choose(&[left("a")], &means, &wishes);
        let shown: Vec<(Route, &str)> =
            table[0].refused.iter().map(|(route, why)| (*route, why.as_str())).collect();
        assert_eq!((table[0].route, &shown[..]), (route, refused));
    }

    #[test]
    fn what_is_left_takes_the_next_route_that_is_open() {
        let any = Wishes::default();
        check(means(true, true), any, Route::Native, &[CROSS]);
        check(means(false, true), any, Route::Emulated, &[CROSS, NATIVE]);
        check(means(false, false), any, Route::Deferred, &[CROSS, NATIVE, EMULATED]);
    }

    #[test]
    fn one_route_may_be_asked_for() {
        let only = |route| Wishes { only: Some(route), deferred: None };
        check(means(true, true), only(Route::Emulated), Route::Emulated, &[CROSS]);
        check(means(true, true), only(Route::Deferred), Route::Deferred, &[CROSS]);
        check(means(false, true), only(Route::Native), Route::Deferred, &[CROSS, NATIVE]);
        let names = BTreeSet::from(["a".to_owned()]);
        check(means(true, true), Wishes { only: None, deferred: Some(&names) }, Route::Deferred, &[CROSS]);
    }

    #[test]
    fn a_route_that_cannot_be_kept_to_is_noticed() {
        let report = [Step { package: "b".into(), how: How::Interpreted }, left("a")];
        for (route, means, refused) in [
            (Route::Cross, means(true, true), true),
            (Route::Native, means(true, true), false),
            (Route::Native, means(false, true), true),
            (Route::Emulated, means(true, false), true),
            (Route::Deferred, means(true, true), false),
        ] {
            let wishes = Wishes { only: Some(route), deferred: None };
            let table = choose(&report, &means, &wishes);
            let found = refusal(&table, &wishes).map(|choice| choice.package.as_str());
            assert_eq!(found, refused.then_some("a"), "{route}");
        }
    }
}
