//! QEMU's monitor: the QEMU Machine Protocol (docs/interop/qmp-spec), as far as it is needed.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Error;

/// How long QEMU may take for an answer; it answers between two instructions of the guest.
const ANSWER: Duration = Duration::from_secs(30);
/// How often a socket that is not there yet is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How much of a wrong answer an error shows, in characters.
const SHOWN: usize = 200;

/// A connection to a machine's monitor.
#[derive(Debug)]
pub struct Qmp {
    stream: BufReader<UnixStream>,
}

impl Qmp {
    /// Connects to the socket that QEMU makes at `path`, within `timeout`.
    ///
    /// # Errors
    /// The socket is not there in time, or there is no QEMU behind it.
    pub fn connect(path: &Path, timeout: Duration) -> Result<Self, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            match UnixStream::connect(path) {
                Ok(stream) => return Self::over(stream),
                Err(source) if Instant::now() >= deadline => {
                    return Err(Error::NoMonitor { path: path.to_owned(), waited: timeout, source });
                }
                Err(_) => thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// Takes a connection to a monitor that has said nothing yet.
    ///
    /// # Errors
    /// There is no QEMU at its other end.
    pub fn over(stream: UnixStream) -> Result<Self, Error> {
        stream
            .set_read_timeout(Some(ANSWER))
            .map_err(|source| Error::Io { operation: "set the monitor's timeout", source })?;
        let mut qmp = Self { stream: BufReader::new(stream) };
        let greeting = qmp.read("a greeting")?;
        if greeting.get("QMP").is_none() {
            return Err(bad("a greeting", &greeting));
        }
        qmp.execute("qmp_capabilities", Value::Null)?;
        Ok(qmp)
    }

    /// Runs any command; `arguments` is an object, or null for none. Events are passed over.
    ///
    /// # Errors
    /// QEMU refuses the command, gives no answer in time, or has ended.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Result<Value, Error> {
        let mut message = json!({ "execute": command });
        if !arguments.is_null() {
            message["arguments"] = arguments;
        }
        let line = format!("{message}\n");
        let sent = self.stream.get_mut().write_all(line.as_bytes());
        sent.map_err(|source| Error::Io { operation: "write to QEMU's monitor", source })?;
        loop {
            let mut answer = self.read("an answer")?;
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = answer.get("error") {
                let field = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
                let (class, description) = (field("class"), field("desc"));
                return Err(Error::Refused { command: command.to_owned(), class, description });
            }
            if answer.get("event").is_none() {
                return Err(bad("an answer", &answer));
            }
        }
    }

    /// The machine's state: `running`, `paused`, `shutdown`, ...
    ///
    /// # Errors
    /// As for [`execute`](Self::execute).
    pub fn query_status(&mut self) -> Result<String, Error> {
        let answer = self.execute("query-status", Value::Null)?;
        answer["status"].as_str().map(str::to_owned).ok_or_else(|| bad("a status", &answer))
    }

    /// Presses the machine's power button.
    ///
    /// # Errors
    /// As for [`execute`](Self::execute).
    pub fn system_powerdown(&mut self) -> Result<(), Error> {
        self.execute("system_powerdown", Value::Null).map(drop)
    }

    /// Ends QEMU at once.
    ///
    /// # Errors
    /// As for [`execute`](Self::execute).
    pub fn quit(mut self) -> Result<(), Error> {
        self.execute("quit", Value::Null).map(drop)
    }

    fn read(&mut self, wanted: &'static str) -> Result<Value, Error> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line);
        let failed = |source| Error::Io { operation: "read from QEMU's monitor", source };
        if read.map_err(failed)? == 0 {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        }
        serde_json::from_str(&line).map_err(|_| bad(wanted, &line.trim_end()))
    }
}

fn bad(wanted: &'static str, found: &dyn std::fmt::Display) -> Error {
    Error::BadAnswer { wanted, found: found.to_string().chars().take(SHOWN).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREETING: &str = r#"{"QMP": {"version": {}, "capabilities": []}}"#;
    const EVENT: &str = r#"{"timestamp": {}, "event": "RESUME"}"#;

    /// A monitor that says `greeting`, then answers each command with the lines of the next answer;
    /// gives back the commands it heard.
    fn with_monitor(
        greeting: &str,
        answers: &'static [&'static [&'static str]],
        test: impl FnOnce(UnixStream),
    ) -> Vec<String> {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut says = theirs.try_clone().unwrap();
        writeln!(says, "{greeting}").unwrap();
        let fake = thread::spawn(move || {
            let mut heard = Vec::new();
            for (line, answer) in BufReader::new(theirs).lines().map_while(Result::ok).zip(answers) {
                heard.push(line);
                answer.iter().for_each(|line| writeln!(says, "{line}").unwrap());
            }
            heard
        });
        test(ours);
        fake.join().unwrap()
    }

    #[test]
    fn events_between_command_and_answer_are_passed_over() {
        let heard = with_monitor(
            GREETING,
            &[
                &[r#"{"return": {}}"#],
                &[EVENT, r#"{"return": {"status": "running"}}"#],
                &[r#"{"return": {}}"#],
            ],
            |stream| {
                let mut qmp = Qmp::over(stream).unwrap();
                assert_eq!(qmp.query_status().unwrap(), "running");
                qmp.quit().unwrap();
            },
        );
        let expected =
            [r#"{"execute":"qmp_capabilities"}"#, r#"{"execute":"query-status"}"#, r#"{"execute":"quit"}"#];
        assert_eq!(heard, expected);
    }

    #[test]
    fn a_refusal_says_command_and_reason() {
        let refusal = r#"{"error": {"class": "CommandNotFound", "desc": "no such command"}}"#;
        let answers: &[&[&str]] =
            Box::leak(Box::new([&[r#"{"return": {}}"#][..], Box::leak(Box::new([refusal]))]));
        let heard = with_monitor(GREETING, answers, |stream| {
            let error = Qmp::over(stream).unwrap().execute("fly", json!({ "high": true })).unwrap_err();
            assert_eq!(error.to_string(), "QEMU refused `fly`: no such command (CommandNotFound)");
        });
        assert_eq!(heard[1], r#"{"execute":"fly","arguments":{"high":true}}"#);
    }

    #[test]
    fn what_is_not_qmp_is_told() {
        for (greeting, wanted) in [("SSH-2.0", "SSH-2.0"), (r#"{"hello": 1}"#, r#"{"hello":1}"#)] {
            with_monitor(greeting, &[], |stream| {
                let error = Qmp::over(stream).unwrap_err();
                let expected = format!("QEMU's monitor said `{wanted}` where a greeting was expected");
                assert_eq!(error.to_string(), expected);
            });
        }
        with_monitor(GREETING, &[&["{}"]], |stream| {
            let error = Qmp::over(stream).unwrap_err();
            assert_eq!(error.to_string(), "QEMU's monitor said `{}` where an answer was expected");
        });
    }

    #[test]
    fn a_closed_monitor_is_an_error() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        assert!(matches!(Qmp::over(ours), Err(Error::Io { .. })));
    }

    #[test]
    fn a_missing_socket_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let error = Qmp::connect(&dir.path().join("qmp"), Duration::ZERO).unwrap_err();
        assert!(matches!(error, Error::NoMonitor { .. }), "{error}");
    }
}
