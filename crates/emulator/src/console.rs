//! A serial console: what it shows, with time stamps, and waiting for a text in it.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// What Linux prints when it gives up (kernel/panic.c, `panic`).
const PANIC: &str = "Kernel panic - not syncing: ";
/// How many lines an error shows.
const LAST_LINES: usize = 20;

/// A console that is being read by a thread of its own.
pub struct Console {
    shared: Arc<Shared>,
    input: Box<dyn Write + Send>,
    /// Where the next search starts.
    at: usize,
}

struct Shared {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// Where each line starts in `bytes`, and when it did, since the console was opened.
    lines: Vec<(usize, Duration)>,
    ended: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which of the texts, by position.
    pub which: usize,
    /// What stood between the last match and this one.
    pub before: String,
}

impl Console {
    /// Reads `output` until it ends and writes to `input`; time counts from now.
    pub fn new(mut output: impl Read + Send + 'static, input: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), grown: Condvar::new() });
        let reader = Arc::clone(&shared);
        let start = Instant::now();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A read that fails (the pipe broke) ends the console like its regular end.
            while let Ok(len @ 1..) = output.read(&mut buffer) {
                reader.lock().take_in(&buffer[..len], start.elapsed());
                reader.grown.notify_all();
            }
            reader.lock().ended = true;
            reader.grown.notify_all();
        });
        Self { shared, input: Box::new(input), at: 0 }
    }

    /// Waits until any of `wanted` shows up after what the last call found.
    ///
    /// The earliest in the output counts; escape sequences are part of the output.
    ///
    /// # Errors
    /// None of them within `timeout`, the output ended, or Linux panicked (unless one of them
    /// speaks of that).
    pub fn expect_any(&mut self, wanted: &[&str], timeout: Duration) -> Result<Match, Error> {
        let deadline = Instant::now() + timeout;
        let longest = wanted.iter().map(|text| text.len()).max().unwrap_or(0);
        let mut state = self.shared.lock();
        let mut searched = self.at;
        loop {
            let found = wanted
                .iter()
                .enumerate()
                .filter_map(|(which, text)| Some((find(&state.bytes[searched..], text)?, which)))
                .min();
            if let Some((offset, which)) = found {
                let start = searched + offset;
                let before = String::from_utf8_lossy(&state.bytes[self.at..start]).into_owned();
                self.at = start + wanted[which].len();
                return Ok(Match { which, before });
            }
            let names = || wanted.iter().map(|text| (*text).to_owned()).collect();
            if !wanted.iter().any(|text| text.to_ascii_lowercase().contains("panic"))
                && let Some(message) = state.panic_after(self.at)
            {
                return Err(Error::Panicked { wanted: names(), message, last: state.last_lines() });
            }
            // What was looked through need not be looked through again, but for a beginning at its end.
            searched = searched.max((state.bytes.len() + 1).saturating_sub(longest));
            if state.ended {
                return Err(Error::Stopped { wanted: names(), last: state.last_lines() });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Timeout { wanted: names(), waited: timeout, last: state.last_lines() });
            }
            state = self.shared.grown.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// [`expect_any`](Self::expect_any) for one text; gives what stood before it.
    ///
    /// # Errors
    /// As there.
    pub fn expect(&mut self, wanted: &str, timeout: Duration) -> Result<String, Error> {
        Ok(self.expect_any(&[wanted], timeout)?.before)
    }

    /// Waits until the output ends: the machine has stopped.
    ///
    /// # Errors
    /// It did not within `timeout`.
    pub fn expect_end(&mut self, timeout: Duration) -> Result<(), Error> {
        let state = self.shared.lock();
        let (state, _) = self
            .shared
            .grown
            .wait_timeout_while(state, timeout, |state| !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        if state.ended {
            return Ok(());
        }
        let wanted = vec!["the end of the output".to_owned()];
        Err(Error::Timeout { wanted, waited: timeout, last: state.last_lines() })
    }

    /// Types a line.
    ///
    /// # Errors
    /// The machine has stopped.
    pub fn send_line(&mut self, line: &str) -> Result<(), Error> {
        let typed = self.input.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.input.flush());
        typed.map_err(|source| Error::Io { operation: "type on the console", source })
    }

    /// Everything shown so far, each line behind the seconds since the console was opened.
    pub fn transcript(&self) -> String {
        let state = self.shared.lock();
        let mut text = String::new();
        for (number, (start, when)) in state.lines.iter().enumerate() {
            let end = state.lines.get(number + 1).map_or(state.bytes.len(), |(next, _)| *next);
            let line = String::from_utf8_lossy(&state.bytes[*start..end]);
            text += &format!("[{:9.3}] {}\n", when.as_secs_f64(), line.trim_end_matches(['\r', '\n']));
        }
        text
    }

    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.shared.lock().last_lines()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic of the reader leaves bytes that are fine as far as they go.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_in(&mut self, bytes: &[u8], now: Duration) {
        for &byte in bytes {
            if self.bytes.last().is_none_or(|last| *last == b'\n') {
                self.lines.push((self.bytes.len(), now));
            }
            self.bytes.push(byte);
        }
    }

    /// The reason of a panic, once its line is complete.
    fn panic_after(&self, at: usize) -> Option<String> {
        let start = at + find(&self.bytes[at..], PANIC)? + PANIC.len();
        let len = self.bytes[start..].iter().position(|&byte| byte == b'\n')?;
        Some(String::from_utf8_lossy(&self.bytes[start..start + len]).trim_end().to_owned())
    }

    fn last_lines(&self) -> Vec<String> {
        let from = self.lines.len().saturating_sub(LAST_LINES);
        let start = self.lines.get(from).map_or(0, |(start, _)| *start);
        let text = String::from_utf8_lossy(&self.bytes[start..]).into_owned();
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

fn find(bytes: &[u8], text: &str) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    const SOON: Duration = Duration::from_secs(10);
    const NOW: Duration = Duration::ZERO;

    /// A console whose machine says what the test writes into the other end.
    fn console() -> (Console, io::PipeWriter, io::PipeReader) {
        let (output, says) = io::pipe().unwrap();
        let (heard, input) = io::pipe().unwrap();
        (Console::new(output, input), says, heard)
    }

    #[test]
    fn a_text_is_found_although_it_comes_in_pieces() {
        let (mut console, mut says, _heard) = console();
        says.write_all(b"boot\r\nlog").unwrap();
        thread::spawn(move || says.write_all(b"in: ").unwrap());
        assert_eq!(console.expect("login: ", SOON).unwrap(), "boot\r\n");
    }

    #[test]
    fn the_earliest_of_several_counts_and_is_not_found_twice() {
        let (mut console, mut says, _heard) = console();
        says.write_all(b"one two one").unwrap();
        assert_eq!(console.expect_any(&["two", "one"], SOON).unwrap().which, 1);
        assert_eq!(console.expect_any(&["two", "one"], SOON).unwrap().which, 0);
        assert_eq!(console.expect("one", SOON).unwrap(), " ");
    }

    #[test]
    fn an_end_is_told_from_silence() {
        let (mut console, mut says, _heard) = console();
        says.write_all(b"Kernel panic\n").unwrap();
        drop(says);
        let error = console.expect("login: ", SOON).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the machine stopped before the console showed `login: `; it ended with:\n  Kernel panic"
        );
    }

    #[test]
    fn a_panic_is_noticed_at_once_and_can_be_waited_for() {
        let (mut console, mut says, _heard) = console();
        says.write_all(b"[ 1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\r\nmore").unwrap();
        let error = console.expect("login: ", SOON).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the kernel panicked before the console showed `login: `: VFS: Unable to mount root fs; \
             it ended with:\n  [ 1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\n  more"
        );
        assert_eq!(console.expect("Kernel panic", SOON).unwrap(), "[ 1.0] ");
    }

    #[test]
    fn silence_ends_in_a_timeout() {
        let (mut console, _says, _heard) = console();
        let error = console.expect_any(&["a", "b"], NOW).unwrap_err();
        assert_eq!(error.to_string(), "the console did not show `a` or `b` within 0 s, nor anything else");
    }

    #[test]
    fn a_transcript_has_a_time_for_each_line() {
        let (mut console, mut says, _heard) = console();
        says.write_all(b"first\r\nsecond").unwrap();
        console.expect("second", SOON).unwrap();
        let transcript = console.transcript();
        let lines: Vec<&str> = transcript.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with('[') && lines[0].ends_with("] first"), "{transcript}");
    }

    #[test]
    fn what_is_typed_arrives() {
        let (mut console, _says, mut heard) = console();
        console.send_line("uname -m").unwrap();
        let mut bytes = [0; 9];
        heard.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"uname -m\n");
    }
}
