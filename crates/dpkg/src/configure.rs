//! The whole way: unpack, configure, triggers, records.

use std::collections::{BTreeMap, BTreeSet};

use bringup_shell::{Stop, World};
use bringup_tree::Tree;

use crate::command::records;
use crate::machine::Machine;
use crate::order::{Needs, table_place};
use crate::script::{self, Trouble};
use crate::unpack;
use crate::{Configured, Error, How, Options, Package, Step, conffile, info, status};

/// How often one package's triggers may be processed; dpkg detects cycles by their content.
const TRIGGER_ROUNDS: usize = 20;

/// The scripts that a new installation runs.
const RUN: [&str; 3] = ["preinst", "config", "postinst"];

/// Unpacks packages into `base` and configures them, as dpkg would on the machine itself.
///
/// First come the essential packages with what they need, as when a system is bootstrapped, then the
/// others. A script that cannot be interpreted leaves its package unpacked, and those that depend on
/// it: everything is then begun anew without it, so that nothing of a half-run script remains.
///
/// # Errors
/// The packages do not fit together, their control files are damaged, or a script says that it failed.
pub fn configure(base: Tree, packages: &[Package<'_>], options: &Options<'_>) -> Result<Configured, Error> {
    let mut names = BTreeSet::new();
    if let Some(twice) = packages.iter().find(|package| !names.insert(package.info_name())) {
        return Err(Error::Twice { package: twice.name().to_owned() });
    }
    let needs = Needs::of(packages)?;
    let mut left: BTreeMap<usize, (String, Stop)> = BTreeMap::new();
    loop {
        let mut run = Run::new(base.clone(), packages, options, &needs, &left);
        match run.all() {
            Ok(()) => {
                let (tree, output, waits) = (run.world.tree, run.printed, run.waits);
                let report = report(packages, options, &waits, &mut left);
                return Ok(Configured { tree, report, output, tools: Vec::new() });
            }
            Err(Trouble::Error(error)) => return Err(error),
            Err(Trouble::Stopped { package, script, stop }) => {
                left.insert(package, (script, stop));
            }
        }
    }
}

fn report(
    packages: &[Package<'_>],
    options: &Options<'_>,
    waits: &BTreeMap<usize, usize>,
    left: &mut BTreeMap<usize, (String, Stop)>,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (at, package) in packages.iter().enumerate() {
        let skipped = options.skip.iter().find(|(name, _)| *name == package.name());
        let how = if let Some((script, stop)) = left.remove(&at) {
            How::Left { script, stop }
        } else if let Some((_, reason)) = skipped {
            How::Skipped { reason: (*reason).to_owned() }
        } else if options.keep_unpacked.contains(package.name()) {
            How::Skipped { reason: "it is to stay unpacked".to_owned() }
        } else if let Some(other) = waits.get(&at) {
            How::Waits { package: packages[*other].name().to_owned() }
        } else if RUN.iter().any(|script| package.control.files.get(script).is_some()) {
            How::Interpreted
        } else {
            How::NoScript
        };
        steps.push(Step { package: package.name().to_owned(), how });
    }
    steps.sort_by(|one, other| one.package.cmp(&other.package));
    steps
}

/// One attempt.
struct Run<'a> {
    world: World,
    machine: Machine<'a>,
    packages: &'a [Package<'a>],
    needs: &'a Needs,
    architecture: &'a str,
    /// Packages whose preinst is not run either.
    untouched: BTreeSet<usize>,
    /// Packages that are not configured, each with the one that is the reason.
    waits: BTreeMap<usize, usize>,
    printed: Vec<(String, String)>,
}

impl<'a> Run<'a> {
    fn new(
        base: Tree,
        packages: &'a [Package<'a>],
        options: &Options<'a>,
        needs: &'a Needs,
        left: &BTreeMap<usize, (String, Stop)>,
    ) -> Self {
        let skip = |name: &str| options.skip.iter().any(|(skipped, _)| *skipped == name);
        let mut blocked: BTreeSet<usize> = left.keys().copied().collect();
        let mut untouched = BTreeSet::new();
        for (at, package) in packages.iter().enumerate() {
            let name = package.name();
            if skip(name) || left.get(&at).is_some_and(|(script, _)| script.starts_with("preinst")) {
                untouched.insert(at);
            }
            if skip(name) || options.keep_unpacked.contains(name) {
                blocked.insert(at);
            }
        }
        Self {
            world: World::new(base, options.architecture, options.epoch),
            machine: Machine::new(packages, options.answers),
            packages,
            needs,
            architecture: options.architecture,
            untouched,
            waits: needs.blocked(&blocked),
            printed: Vec::new(),
        }
    }

    fn all(&mut self) -> Result<(), Trouble> {
        info::begin(&mut self.world, self.architecture)?;
        let first = self.essential();
        for at in &first {
            unpack::unpack(&mut self.world, &mut self.machine.owners, self.packages, *at, true)?;
        }
        for at in &first {
            self.preinst(*at)?;
            if self.waits.contains_key(at) {
                // Whoever configures it later looks for these.
                unpack::conffiles_anew(&mut self.world, &self.packages[*at])?;
            }
            self.record(*at)?;
        }
        self.configure_all(first.clone())?;
        self.triggers()?;
        let done: BTreeSet<usize> = first.into_iter().collect();
        let rest: Vec<usize> = self.sorted((0..self.packages.len()).filter(|at| !done.contains(at)));
        let order = self.needs.order(rest, &done, |at| self.has_postinst(at));
        let early = self.needs.wanted_early(&order.iter().copied().collect());
        for at in order {
            self.preinst(at)?;
            unpack::unpack(&mut self.world, &mut self.machine.owners, self.packages, at, false)?;
            self.record(at)?;
            if early.contains(&at) && !self.machine.configured.contains(&at) {
                // Somebody cannot be unpacked before this one is configured.
                let ready = self.needs.closure([at]);
                let ready = ready.into_iter().filter(|at| self.machine.unpacked.contains(at)).collect();
                self.configure_all(ready)?;
            }
        }
        let mut pending: Vec<usize> = self.machine.unpacked.iter().copied().collect();
        pending.sort_by_key(|at| table_place(self.packages[*at].name()));
        self.configure_all(pending)?;
        self.triggers()?;
        self.write()?;
        Ok(())
    }

    /// The essential packages with what they need, base-files before all for its links of merged `/usr`.
    fn essential(&self) -> Vec<usize> {
        let yes = |at: &usize| self.packages[*at].control.field("Essential") == Some("yes");
        let roots: Vec<usize> = (0..self.packages.len()).filter(yes).collect();
        let mut all = self.sorted(self.needs.closure(roots));
        all.sort_by_key(|at| self.packages[*at].name() != "base-files");
        all
    }

    fn sorted(&self, all: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut all: Vec<usize> = all.into_iter().collect();
        all.sort_by_key(|at| self.packages[*at].name());
        all
    }

    fn has_postinst(&self, at: usize) -> bool {
        self.packages[at].control.files.get("postinst").is_some()
    }

    fn preinst(&mut self, at: usize) -> Result<(), Trouble> {
        if self.untouched.contains(&at) {
            return Ok(());
        }
        self.script(at, "preinst", &["install"])
    }

    fn script(&mut self, at: usize, script: &str, arguments: &[&str]) -> Result<(), Trouble> {
        script::run(&mut self.machine, &mut self.world, at, script, arguments, &mut self.printed)
    }

    /// What dpkg notes once a package's files are there.
    fn record(&mut self, at: usize) -> Result<(), Trouble> {
        let package = &self.packages[at];
        let list = self.machine.owners.list(at).to_vec();
        info::add(&mut self.world, package, &list)?;
        self.machine.unpacked.insert(at);
        self.machine.triggers.add(at, package)?;
        for path in &list {
            self.machine.activate(path);
        }
        self.activations(at);
        Ok(())
    }

    fn activations(&mut self, at: usize) {
        for trigger in self.machine.triggers.activations(at) {
            self.machine.activate(&trigger);
        }
    }

    /// Configures those of `queue` that can be, in dpkg's order.
    fn configure_all(&mut self, mut queue: Vec<usize>) -> Result<(), Trouble> {
        queue.retain(|at| !self.machine.configured.contains(at) && !self.waits.contains_key(at));
        for at in self.needs.order(queue, &self.machine.configured, |at| self.has_postinst(at)) {
            let package = &self.packages[at];
            let hashes = conffile::install(&mut self.world, package)?;
            self.machine.hashes.insert(at, hashes);
            self.machine.triggers.forget(at);
            self.script(at, "postinst", &["configure", ""])?;
            self.machine.configured.insert(at);
            self.activations(at);
        }
        Ok(())
    }

    /// Processes what is pending until nothing is.
    fn triggers(&mut self) -> Result<(), Trouble> {
        let mut rounds: BTreeMap<usize, usize> = BTreeMap::new();
        while let Some((at, triggers)) = self.machine.triggers.next() {
            let times = rounds.entry(at).or_default();
            *times += 1;
            if *times > TRIGGER_ROUNDS {
                let package = self.packages[at].name().to_owned();
                return Err(Error::TriggerCycle { package, times: TRIGGER_ROUNDS }.into());
            }
            self.script(at, "postinst", &["triggered", &triggers.join(" ")])?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Error> {
        let mut text = String::new();
        for at in self.machine.by_name() {
            let installed = self.machine.configured.contains(&at);
            let conffiles = self.machine.conffiles(at);
            text += &status::stanza(&self.packages[at], installed, conffiles.as_deref());
        }
        records::write(&mut self.world, "/var/lib/dpkg/status", text)?;
        self.machine.triggers.write(&mut self.world)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Made, read};
    use bringup_tree::Meta;

    fn run(made: &[Made], keep: &[&str]) -> Result<(World, Vec<String>), Error> {
        let packages: Vec<Package<'_>> = made.iter().map(Made::package).collect();
        let keep_unpacked = keep.iter().map(|name| (*name).to_owned()).collect();
        let options = Options {
            architecture: "arm64",
            epoch: 1_700_000_000,
            answers: &BTreeMap::new(),
            keep_unpacked: &keep_unpacked,
            skip: &[],
        };
        let done = configure(Tree::new(Meta::root(0o755, 1)), &packages, &options)?;
        let report = done.report.iter().map(|step| format!("{} {:?}", step.package, step.how)).collect();
        Ok((World::new(done.tree, "arm64", 1), report))
    }

    #[test]
    fn scripts_run_in_order_and_records_tell_of_it() {
        let made = [
            Made::new("a", &[("Depends", "b")])
                .file("etc/a", "conf")
                .control("conffiles", "/etc/a\n")
                .control("preinst", "#!/bin/sh\necho \"a $*\" >>/log\ntest ! -e /etc/a\n")
                .control("postinst", "#!/bin/sh\necho \"a $*\" >>/log\ntest -e /etc/a\ndpkg-trigger t\n"),
            Made::new("b", &[("Essential", "yes")])
                .control("triggers", "interest t\ninterest /etc\n")
                .control("postinst", "#!/bin/sh\necho \"b $*\" >>/log\n"),
        ];
        let (world, report) = run(&made, &[]).unwrap();
        assert_eq!(read(&world, "/log"), "b configure \na install\na configure \nb triggered t /etc\n");
        assert_eq!(report, ["a Interpreted", "b Interpreted"]);
        let status = read(&world, "/var/lib/dpkg/status");
        assert!(status.contains("Conffiles:\n /etc/a 3a8e4c06e471595f6eb262bb9b5582d9\n"), "{status}");
        assert_eq!(read(&world, "/var/lib/dpkg/info/a.list"), "/.\n/etc\n/etc/a\n");
    }

    #[test]
    fn nothing_remains_of_a_script_that_cannot_be_interpreted() {
        let made = [
            Made::new("a", &[]).control("postinst", "#!/bin/sh\n>/half\ndpkg --unpack x\n"),
            Made::new("b", &[("Depends", "a")]).file("etc/b", "").control("conffiles", "/etc/b\n"),
            Made::new("c", &[]).control("postinst", "#!/bin/sh\n>/done\n"),
        ];
        let (world, report) = run(&made, &[]).unwrap();
        assert!(world.stat("/half").is_none() && world.stat("/done").is_some());
        assert!(report[0].starts_with("a Left { script: \"postinst configure \""), "{}", report[0]);
        assert_eq!(report[1..], ["b Waits { package: \"a\" }", "c Interpreted"]);
        // As dpkg leaves what it has unpacked and not configured.
        assert!(world.stat("/etc/b").is_none() && world.stat("/etc/b.dpkg-new").is_some());
        let status = read(&world, "/var/lib/dpkg/status");
        assert!(status.contains("Package: b\nStatus: install ok unpacked\n"), "{status}");
        assert!(status.contains("Conffiles:\n /etc/b newconffile\n"), "{status}");
    }

    #[test]
    fn an_essential_package_that_is_left_has_its_conffiles_as_dpkg_wants_them() {
        let made = [Made::new("a", &[("Essential", "yes")])
            .file("etc/a", "conf")
            .control("conffiles", "/etc/a\n")
            .control("postinst", "#!/bin/sh\ndpkg --unpack x\n")];
        let (world, _) = run(&made, &[]).unwrap();
        assert_eq!((read(&world, "/etc/a"), read(&world, "/etc/a.dpkg-new")), ("conf".into(), "conf".into()));
    }

    #[test]
    fn a_script_that_fails_is_an_error_with_its_output() {
        let made = [Made::new("a", &[]).control("postinst", "#!/bin/sh\necho no\nexit 3\n")];
        assert_eq!(
            run(&made, &[]).unwrap_err().to_string(),
            "package `a`: its script `postinst configure ` ended with status 3\nno\n"
        );
    }

    #[test]
    fn the_same_file_of_two_packages_is_an_error() {
        let made = [Made::new("a", &[]).file("f", ""), Made::new("b", &[]).file("f", "")];
        assert_eq!(run(&made, &[]).unwrap_err().to_string(), "package `b`: `/f` is also in package `a`");
        let made = [Made::new("a", &[]).file("f", "a"), Made::new("b", &[("Replaces", "a")]).file("f", "b")];
        let (world, _) = run(&made, &["a"]).unwrap();
        assert_eq!(read(&world, "/f"), "b");
    }
}
