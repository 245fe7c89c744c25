//! Runs a package's script.

use bringup_shell::{Io, Script, Stop, World};

use crate::machine::{CONFMODULE, Machine};
use crate::{Error, Package};

/// Why the work cannot go on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// For good.
    Error(Error),
    /// Not with this package.
    Stopped { package: usize, script: String, stop: Stop },
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Commands that one script may run. The longest of Debian's run some ten thousand.
const STEPS: u64 = 1_000_000;

/// A kernel that the oldest supported release has: scripts only ask whether theirs is recent enough.
const RELEASE: &str = "6.1.0";

/// Runs a script of package `at`, if it has it, and debconf's `config` before it where the script
/// talks to debconf; `printed` gets what they print.
pub(crate) fn run(
    machine: &mut Machine<'_>,
    world: &mut World,
    at: usize,
    script: &str,
    arguments: &[&str],
    printed: &mut Vec<(String, String)>,
) -> Result<(), Trouble> {
    let package = machine.packages[at];
    let Some(text) = package.control_text(script) else { return Ok(()) };
    let owner = if script == "preinst" { package.name().to_owned() } else { package.info_name() };
    // debconf's library starts a script anew, under a front end that has loaded the templates and run
    // `config`. Where it is sourced in any case, that is done first.
    let always =
        text.lines().any(|line| line.strip_prefix(". ").is_some_and(|rest| rest.starts_with(CONFMODULE)));
    machine.debconf.begin(&owner);
    machine.prepared = always;
    machine.wanted = false;
    if always {
        prepare(machine, world, at, &owner, arguments, printed)?;
    }
    let mut ended = one(machine, world, at, script, &text, arguments, printed);
    if machine.wanted {
        prepare(machine, world, at, &owner, arguments, printed)?;
        if ended.is_err() {
            ended = one(machine, world, at, script, &text, arguments, printed);
        }
    }
    ended?;
    machine.debconf.end();
    machine.debconf.save(world)?;
    Ok(())
}

/// Loads a package's templates and runs its `config`.
fn prepare(
    machine: &mut Machine<'_>,
    world: &mut World,
    at: usize,
    owner: &str,
    arguments: &[&str],
    printed: &mut Vec<(String, String)>,
) -> Result<(), Trouble> {
    let package = machine.packages[at];
    machine.prepared = true;
    machine.wanted = false;
    if let Some(templates) = package.control_text("templates") {
        machine.debconf.load(&templates, owner).map_err(|problem| Error::Control {
            package: package.name().to_owned(),
            file: "templates".to_owned(),
            problem: format!("has {problem}"),
        })?;
    }
    if let Some(config) = package.control_text("config") {
        let version = arguments.get(1).copied().unwrap_or_default();
        one(machine, world, at, "config", &config, &["configure", version], printed)?;
        machine.debconf.end();
        machine.debconf.begin(owner);
    }
    Ok(())
}

fn one(
    machine: &mut Machine<'_>,
    world: &mut World,
    at: usize,
    script: &str,
    text: &str,
    arguments: &[&str],
    printed: &mut Vec<(String, String)>,
) -> Result<(), Trouble> {
    let package = machine.packages[at];
    let shown = [&[script], arguments].concat().join(" ");
    environment(machine, world, &package, script);
    machine.current = Some(at);
    machine.sourced = false;
    let name = match script {
        "preinst" => "/var/lib/dpkg/tmp.ci/preinst".to_owned(),
        script => format!("/var/lib/dpkg/info/{}.{script}", package.info_name()),
    };
    let owned: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut io = Io { input: &[], output: &mut output, errors: &mut errors };
    let script_text = Script { name: &name, text, arguments: &owned };
    let ended = bringup_shell::run(&script_text, world, machine, &mut io);
    machine.current = None;
    machine.sourced = false;
    machine.assignments.clear();
    let mut said = String::from_utf8_lossy(&output).into_owned();
    said.push_str(&String::from_utf8_lossy(&errors));
    match ended {
        Ok(0) => {
            if !said.is_empty() {
                printed.push((package.name().to_owned(), said));
            }
            Ok(())
        }
        Ok(status) => Err(Trouble::Error(Error::Script {
            package: package.name().to_owned(),
            script: shown,
            status,
            output: said,
        })),
        Err(stop) => Err(Trouble::Stopped { package: at, script: shown, stop }),
    }
}

/// What dpkg puts into a script's environment: dpkg(1), "Internal environment".
fn environment<'a>(machine: &Machine<'a>, world: &mut World, package: &Package<'_>, script: &str) {
    let version = machine.packages.iter().find(|one| one.name() == "dpkg");
    let version = version.map_or("", |dpkg| dpkg.control.version());
    // What `uname -r` says: the kernel that will run.
    let kernel = |one: &Package<'a>| {
        let release = one.control.package().strip_prefix("linux-image-")?;
        release.starts_with(|first: char| first.is_ascii_digit()).then_some(release)
    };
    let release = machine.packages.iter().find_map(kernel).unwrap_or(RELEASE);
    world.cwd = "/".to_owned();
    world.umask = 0o022;
    world.steps = STEPS;
    world.environment = [
        ("DEBCONF_NONINTERACTIVE_SEEN", "true"),
        ("DEBIAN_FRONTEND", "noninteractive"),
        ("DPKG_ADMINDIR", "/var/lib/dpkg"),
        ("DPKG_MAINTSCRIPT_ARCH", package.control.architecture()),
        ("DPKG_MAINTSCRIPT_DEBUG", "0"),
        ("DPKG_MAINTSCRIPT_NAME", script),
        ("DPKG_MAINTSCRIPT_PACKAGE", package.name()),
        ("DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT", "1"),
        ("DPKG_ROOT", ""),
        ("DPKG_RUNNING_VERSION", version),
        ("HOME", "/root"),
        ("LC_ALL", "C.UTF-8"),
        ("UNAME_RELEASE", release),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
}
