//! Progress bars on a terminal, and lines where there is none.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use bringup_debian::Progress;
use bringup_spec::Bytes;
use bringup_store::Store;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Shows downloads on standard error.
pub(crate) struct Shown {
    mode: Mode,
    bars: MultiProgress,
    by_name: Mutex<BTreeMap<String, ProgressBar>>,
}

enum Mode {
    Quiet,
    Lines,
    Bars,
}

impl Shown {
    pub(crate) fn new(quiet: bool) -> Self {
        let mode = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Mode::Quiet,
            (false, true) => Mode::Bars,
            (false, false) => Mode::Lines,
        };
        Self { mode, bars: MultiProgress::new(), by_name: Mutex::default() }
    }

    /// Clears the bars, and says what was wrong with the store and has been dealt with.
    pub(crate) fn done(&self, store: &Store) {
        let _ = self.bars.clear();
        for notice in store.take_notices() {
            eprintln!("note: {notice}");
        }
    }
}

impl Progress for Shown {
    fn started(&self, name: &str, size: u64) {
        match self.mode {
            Mode::Quiet => {}
            Mode::Lines => eprintln!("fetching {name}, {}", Bytes(size)),
            Mode::Bars => {
                let bar = self.bars.add(ProgressBar::new(size));
                let style = ProgressStyle::with_template("{wide_msg} {bytes}/{total_bytes} {bytes_per_sec}");
                bar.set_style(style.expect("the template is a constant"));
                bar.set_message(name.to_owned());
                self.by_name.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), bar);
            }
        }
    }

    fn advanced(&self, name: &str, received: u64) {
        if let Some(bar) = self.by_name.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            bar.set_position(received);
        }
    }

    fn finished(&self, name: &str) {
        if let Some(bar) = self.by_name.lock().unwrap_or_else(PoisonError::into_inner).remove(name) {
            bar.finish_and_clear();
        }
    }
}
