//! Why a machine did not boot, from what its serial line showed.
//!
//! Two tables know the words of the programs in a boot chain: [what shows progress](progress) and
//! [what shows a failure](failures). A boot that got further than a complaint has got over it; of
//! the complaints that are left the first one is the cause. Where none is, the machine fell silent,
//! and the step that should have come next is to blame.

mod board;
mod failures;
mod progress;
mod report;
mod text;

use std::fmt;

use bringup_spec::Board;

/// A link of the boot chain, as in the proof of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Link {
    /// The boot ROM, or a PC's firmware, finds the first program.
    BootRom,
    /// The first program finds the next one.
    NextStage,
    /// The boot loader finds the partition with the boot menu.
    BootPartition,
    /// The boot menu is there and has an entry.
    BootMenu,
    /// The kernel is there and for this machine.
    Kernel,
    /// The device tree is there and this board's.
    DeviceTree,
    /// The initramfs, or the kernel's modules in a multiboot menu.
    Initramfs,
    /// What is loaded does not overlap.
    LoadAddresses,
    /// The root file system is found and mounted.
    Root,
    /// The first program of the system and what it needs.
    Init,
}

impl Link {
    /// Its name in kebab-case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BootRom => "boot-rom",
            Self::NextStage => "next-stage",
            Self::BootPartition => "boot-partition",
            Self::BootMenu => "boot-menu",
            Self::Kernel => "kernel",
            Self::DeviceTree => "device-tree",
            Self::Initramfs => "initramfs",
            Self::LoadAddresses => "load-addresses",
            Self::Root => "root",
            Self::Init => "root-init",
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a boot got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The console showed nothing that is known.
    #[default]
    Nothing,
    /// A PC's own firmware runs.
    Firmware,
    /// The first program from the disk runs: SPL, a boot sector, an EFI program.
    FirstProgram,
    /// The boot loader runs.
    BootLoader,
    /// It has found a boot menu.
    Menu,
    /// It loads what the menu names.
    Loading,
    /// It has handed over to the kernel.
    Handover,
    /// The kernel runs.
    Kernel,
    /// The initramfs runs.
    Initramfs,
    /// The root file system is mounted.
    Root,
    /// Somebody can log in.
    Up,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing has run",
            Self::Firmware => "the machine's firmware runs",
            Self::FirstProgram => "the first program runs",
            Self::BootLoader => "the boot loader runs",
            Self::Menu => "the boot menu was found",
            Self::Loading => "what the menu names is being loaded",
            Self::Handover => "the kernel was started",
            Self::Kernel => "the kernel runs",
            Self::Initramfs => "the initramfs runs",
            Self::Root => "the root file system is mounted",
            Self::Up => "the system is up",
        })
    }
}

/// A line of the log that something follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its number, from 1.
    pub line: usize,
    /// What it says, without control characters, cut after 160 characters.
    pub text: String,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The link of the boot chain that failed.
    pub link: Link,
    /// The line that says so; none where the machine fell silent.
    pub evidence: Option<Evidence>,
    /// What that means.
    pub meaning: &'static str,
    /// What to try.
    pub advice: &'static str,
    /// What the board's own facts add: where it looks, what it expects.
    pub hints: Vec<String>,
}

/// What a log says about a boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// How far it got.
    pub reached: Stage,
    /// The line that shows that; none where nothing is known to have run.
    pub evidence: Option<Evidence>,
    /// What went wrong; none where the system is up.
    pub failure: Option<Failure>,
    /// How many boots the log shows: a machine that panics may start again and again.
    pub boots: usize,
}

/// Says from a serial log how far a boot got and which link of the boot chain failed.
///
/// `log` may have time stamps, escape sequences and several boots, of which the last one that came
/// to an end counts. With `board` the failure names what that board expects.
pub fn why_no_boot(log: &str, board: Option<&Board>) -> Diagnosis {
    let boots = boots(log);
    // The last one may have been cut off; one before it that says why it ended is then better.
    let told = |boot: &&Boot<'_>| boot.reached == Stage::Up || boot.failure().is_some();
    let last = boots.last().filter(told).or_else(|| boots.iter().rev().find(told));
    let boot = last.or(boots.last()).cloned().unwrap_or_default();
    let failure = (boot.reached != Stage::Up).then(|| {
        let (link, evidence, meaning, advice) = match boot.failure() {
            Some(found) => {
                let evidence = text::evidence(found.line, found.text, found.sign.text);
                (found.sign.link, Some(evidence), found.sign.meaning, found.sign.advice)
            }
            None => {
                let silence = failures::silence(boot.reached);
                (silence.link, None, silence.meaning, silence.advice)
            }
        };
        let hints = board.map(|board| board::hints(board, link, boot.reached)).unwrap_or_default();
        Failure { link, evidence, meaning, advice, hints }
    });
    let evidence = boot.shown.map(|(line, text, pattern)| text::evidence(line, text, pattern));
    Diagnosis { reached: boot.reached, evidence, failure, boots: boots.len() }
}

/// What one boot showed.
#[derive(Clone, Default)]
struct Boot<'a> {
    reached: Stage,
    /// Line, text and pattern of the first sign of that.
    shown: Option<(usize, &'a str, &'static str)>,
    complaints: Vec<Complaint<'a>>,
    /// Which of the signs that each boot shows once were seen.
    started: Vec<&'static str>,
}

#[derive(Clone)]
struct Complaint<'a> {
    line: usize,
    text: &'a str,
    sign: &'static failures::Sign,
}

impl<'a> Boot<'a> {
    /// The first complaint that the boot did not get over.
    fn failure(&self) -> Option<&Complaint<'a>> {
        self.complaints.iter().find(|complaint| complaint.sign.stage >= self.reached)
    }
}

/// The boots in a log, at least one.
fn boots(log: &str) -> Vec<Boot<'_>> {
    let mut boots = vec![Boot::default()];
    for (line, text) in (1..).zip(log.lines()) {
        for sign in progress::SIGNS.iter().filter(|sign| text.contains(sign.text)) {
            let mut boot = boots.pop().expect("there is always one, as each round puts one back");
            if sign.once && boot.started.contains(&sign.text) {
                boots.push(std::mem::take(&mut boot));
            }
            if sign.once {
                boot.started.push(sign.text);
            }
            if sign.stage > boot.reached {
                boot.reached = sign.stage;
                boot.shown = Some((line, text, sign.text));
            }
            boots.push(boot);
        }
        let boot = boots.last_mut().expect("there is always one");
        // Of several signs in a line the first of the table is the most special one; what a boot has
        // got over already is none.
        let said = |sign: &&failures::Sign| sign.stage >= boot.reached && text.contains(sign.text);
        if let Some(sign) = failures::signs().find(said) {
            boot.complaints.push(Complaint { line, text, sign });
        }
    }
    boots
}
