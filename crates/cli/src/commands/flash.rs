//! `flash`: an image to a card or a stick.

use std::ffi::OsString;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bringup_flash::{Device, Host, Image, Kind, OpenDevice, Phase, Progress, flash};
use bringup_spec::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag::{register, register_conditional_shutdown};

use crate::args::{Flash, Global};
use crate::error::Error;
use crate::output::print_line;

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

pub(crate) fn run(global: &Global, asked: &Flash) -> Result<(), Error> {
    let device = Device::find(&host()?, &asked.to)?;
    let image = open(asked)?;
    image.is_not(&device)?;
    device.judge(&asked.to, asked.i_mean.as_deref(), image.len_bytes())?;
    if !asked.yes {
        confirm(asked, &device, image.len_bytes())?;
    }
    let open = OpenDevice::open(&device)?;
    let gauge = Gauge::new(global.quiet);
    let done = flash(image, &open, &gauge, &*stop()?);
    gauge.bar.finish_and_clear();
    let done = done?;
    let to = asked.to.display();
    if let Err(error) = open.reread_table() {
        eprintln!("note: {error}; pull `{to}` out and put it in again to use it here");
    }
    drop(open);
    if !global.quiet {
        print_line(format_args!("wrote {} to `{to}` and read them back", Bytes(done.written)))?;
        if device.kind == Kind::Removable {
            print_line(format_args!("eject `{to}` before it is pulled out: it may get mounted"))?;
        }
    }
    Ok(())
}

/// Where Linux says what devices there are and what uses them.
fn host() -> Result<Host, Error> {
    let read = |path: &str| {
        let failed = |source| Error::Io { operation: "read", path: path.into(), source };
        std::fs::read_to_string(path).map_err(failed)
    };
    // What this process cannot see may be mounted for others; not everybody may ask the first one.
    let everywhere = read("/proc/1/mountinfo").unwrap_or_default();
    let mountinfo = read("/proc/self/mountinfo")? + &everywhere;
    // A kernel without swap has no such file.
    let swaps = read("/proc/swaps").unwrap_or_default();
    Ok(Host { sys: "/sys".into(), mountinfo, swaps })
}

fn open(asked: &Flash) -> Result<Image, Error> {
    let is_stream = asked.image == Path::new("-");
    let image = if is_stream { Image::stream(std::io::stdin())? } else { Image::open(&asked.image)? };
    let map = match (&asked.bmap, is_stream) {
        (Some(map), _) => Some(map.clone()),
        (None, true) => None,
        (None, false) => beside(&asked.image),
    };
    let Some(map) = map else { return Ok(image) };
    let text = std::fs::read_to_string(&map);
    let text = text.map_err(|source| Error::Io { operation: "read", path: map.clone(), source })?;
    image.mapped(&text).map_err(|source| Error::BlockMap { path: map, source })
}

/// The block map beside an image: `disk.img.xz.bmap`, `disk.img.bmap` or `disk.bmap`, as bmaptool(1)
/// looks for it.
fn beside(image: &Path) -> Option<PathBuf> {
    let mut name = image.to_owned();
    loop {
        let mut map = OsString::from(&name);
        map.push(".bmap");
        let map = PathBuf::from(map);
        if map.is_file() {
            return Some(map);
        }
        name.extension()?;
        name.set_extension("");
    }
}

fn confirm(asked: &Flash, device: &Device, needed: Option<u64>) -> Result<(), Error> {
    let (to, image) = (asked.to.display(), asked.image.display());
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || asked.image == Path::new("-") {
        return Err(Error::NobodyToAsk);
    }
    let serial = device.serial.as_ref().map(|serial| format!(", serial number {serial}")).unwrap_or_default();
    let model: String =
        format!("{}{serial}", device.model).chars().filter(|character| !character.is_control()).collect();
    eprintln!("`{to}`: {model}, {}", device.size);
    let size = needed.map(|len| format!(", {},", Bytes(len))).unwrap_or_default();
    eprint!("write `{image}`{size} over everything on it? yes or no: ");
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    read.map_err(|source| Error::Io { operation: "read", path: "standard input".into(), source })?;
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err(Error::NotWanted { to: asked.to.clone() }),
    }
}

/// What turns true when this process is asked to end; asked once more, it does at once.
fn stop() -> Result<Arc<AtomicBool>, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    for &signal in TERM_SIGNALS {
        let registered = register_conditional_shutdown(signal, INTERRUPTED, stop.clone())
            .and_then(|_| register(signal, stop.clone()));
        registered.map_err(|source| Error::Io { operation: "listen for", path: "signals".into(), source })?;
    }
    Ok(stop)
}

/// A bar on a terminal, a line for each phase elsewhere.
struct Gauge {
    bar: ProgressBar,
    quiet: bool,
}

impl Gauge {
    fn new(quiet: bool) -> Self {
        Self { bar: if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() }, quiet }
    }
}

impl Progress for Gauge {
    fn begins(&self, phase: Phase, total: Option<u64>) {
        let what = match phase {
            Phase::Write => "writing",
            Phase::Verify => "reading back",
        };
        if !self.quiet && self.bar.is_hidden() {
            eprintln!("{what}{}", total.map(|total| format!(" {}", Bytes(total))).unwrap_or_default());
        }
        let template = match total {
            Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
            None => "{msg} {bytes} {bytes_per_sec}",
        };
        self.bar.reset();
        self.bar.set_style(ProgressStyle::with_template(template).expect("the template is a constant"));
        match total {
            Some(total) => self.bar.set_length(total),
            None => self.bar.unset_length(),
        }
        self.bar.set_message(what);
    }

    fn reached(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }
}
