//! A shell on a console: log in, run commands, read their output and exit status.

use std::time::Duration;

use crate::{Console, Error};

/// How the prompts of shells end, root's and everybody else's.
const PROMPTS: [&str; 2] = ["# ", "$ "];

/// A shell that waits for commands.
pub struct Shell<'a> {
    console: &'a mut Console,
    timeout: Duration,
    commands: u32,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its exit status.
    pub status: i32,
    /// What it printed, line ends as `\n`, without the last one.
    pub text: String,
}

impl<'a> Shell<'a> {
    /// Waits for a login prompt and logs in as a user who needs no password.
    ///
    /// `timeout` holds for the prompt, and later for each command.
    ///
    /// # Errors
    /// No prompt in time, or the machine stopped.
    pub fn log_in(console: &'a mut Console, user: &str, timeout: Duration) -> Result<Self, Error> {
        console.expect("login: ", timeout)?;
        console.send_line(user)?;
        // What is typed while login(1) works is thrown away, so the shell's own prompt has to be there.
        console.expect_any(&PROMPTS, timeout)?;
        let mut shell = Self { console, timeout, commands: 0 };
        // Not the user's own shell, which may edit lines and send control sequences for that.
        shell.run("stty -echo 2>/dev/null; PS1= exec sh")?;
        Ok(shell)
    }

    /// Runs a command and waits for its end.
    ///
    /// # Errors
    /// It did not end in time, or the machine stopped.
    pub fn run(&mut self, command: &str) -> Result<Output, Error> {
        self.commands += 1;
        // The marks are put together by the shell, so that an echo of the command is none of them.
        let (begin, end) = (format!("<<{}", self.commands), format!("{}>>", self.commands));
        let number = self.commands;
        self.console.send_line(&format!(
            "printf '%s%s\\n' '<<' {number}; {command}\nprintf '\\n%s%s%s\\n' $? ' {number}' '>>'"
        ))?;
        self.console.expect(&format!("{begin}\r\n"), self.timeout)?;
        let text = self.console.expect(&format!(" {end}"), self.timeout)?;
        // systemd takes its progress line away (ECMA-48, 8.3.41 EL) whenever a service has started.
        let text = text.replace('\r', "").replace("\x1b[K", "");
        let (text, status) = text.rsplit_once('\n').unwrap_or(("", &text));
        let status = status
            .trim()
            .parse()
            .map_err(|_| Error::NoStatus { command: command.to_owned(), found: status.to_owned() })?;
        Ok(Output { status, text: text.trim_end_matches('\n').to_owned() })
    }

    /// Types a command that ends the shell (`reboot`, `poweroff`) and does not wait.
    ///
    /// # Errors
    /// The machine has stopped.
    pub fn leave(self, command: &str) -> Result<(), Error> {
        self.console.send_line(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, BufRead, BufReader, Write};
    use std::thread;

    /// A machine whose shell is the host's `sh` would depend on the host; this one only knows `printf`
    /// as the shell of these tests types it, and answers each command with `answer`.
    fn fake(answer: &'static str, status: i32) -> Console {
        let (output, mut says) = io::pipe().unwrap();
        let (heard, input) = io::pipe().unwrap();
        thread::spawn(move || {
            says.write_all(b"tiny login: ").unwrap();
            let mut lines = BufReader::new(heard).lines().map_while(Result::ok);
            assert_eq!(lines.next().as_deref(), Some("root"));
            says.write_all(b"root\r\ntiny:~# ").unwrap();
            while let (Some(command), Some(_status)) = (lines.next(), lines.next()) {
                let number = command.split("'<<' ").nth(1).unwrap().split(';').next().unwrap().to_owned();
                // The terminal shows what is typed.
                write!(says, "{command}\r\n<<{number}\r\n{answer}\r\n{status} {number}>>\r\n").unwrap();
            }
        });
        Console::new(output, input)
    }

    #[test]
    fn output_and_status_are_read_past_the_echo() {
        let mut console = fake("aarch64\r\n", 3);
        let mut shell = Shell::log_in(&mut console, "root", Duration::from_secs(10)).unwrap();
        let output = shell.run("uname -m").unwrap();
        assert_eq!(output, Output { status: 3, text: "aarch64".to_owned() });
    }
}
