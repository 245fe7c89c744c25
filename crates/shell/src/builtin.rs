//! The shell's own commands.

mod flow;
mod format;
mod options;
mod read;
mod test;
mod variables;

use crate::shell::{Outcome, Shell};

/// A command of the shell itself.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    /// Special as in POSIX: found before functions, its assignments stay, its errors end a script.
    pub(crate) special: bool,
    /// Whether there is a program of this name too, so that others than the shell can run it.
    pub(crate) program: bool,
    pub(crate) run: fn(&mut Shell<'_>, &[String]) -> Outcome,
}

/// Builtins that neither look at files nor run anything, so what was written to files may wait.
pub(crate) const PURE: [&str; 10] =
    [":", "break", "continue", "echo", "export", "false", "printf", "read", "shift", "true"];

type Run = fn(&mut Shell<'_>, &[String]) -> Outcome;

const fn special(name: &'static str, run: Run) -> Builtin {
    Builtin { name, special: true, program: false, run }
}

const fn regular(name: &'static str, run: Run) -> Builtin {
    Builtin { name, special: false, program: false, run }
}

const fn program(name: &'static str, run: Run) -> Builtin {
    Builtin { name, special: false, program: true, run }
}

/// In byte order.
static BUILTINS: [Builtin; 37] = [
    special(".", flow::dot),
    special(":", flow::yes),
    program("[", test::bracket),
    regular("alias", flow::alias),
    regular("bg", flow::jobs),
    special("break", flow::break_),
    regular("cd", variables::cd),
    regular("command", flow::command),
    special("continue", flow::continue_),
    program("echo", format::echo),
    special("eval", flow::eval),
    special("exec", flow::exec),
    special("exit", flow::exit),
    special("export", variables::export),
    program("false", flow::no),
    regular("fg", flow::jobs),
    regular("getopts", options::getopts),
    regular("hash", flow::yes),
    regular("jobs", flow::jobs),
    regular("local", variables::local),
    program("printf", format::printf),
    program("pwd", variables::pwd),
    regular("read", read::read),
    special("readonly", variables::readonly),
    special("return", flow::return_),
    special("set", options::set),
    special("shift", variables::shift),
    program("test", test::test),
    special("times", flow::times),
    special("trap", flow::trap),
    program("true", flow::yes),
    regular("type", flow::type_),
    regular("ulimit", flow::ulimit),
    regular("umask", variables::umask),
    regular("unalias", flow::alias),
    special("unset", variables::unset),
    regular("wait", flow::wait),
];

/// bash has another name for `.`.
static SOURCE: Builtin = special("source", flow::dot);

pub(crate) fn find(name: &str, bash: bool) -> Option<&'static Builtin> {
    if bash && name == "source" {
        return Some(&SOURCE);
    }
    let index = BUILTINS.binary_search_by(|builtin| builtin.name.cmp(name)).ok()?;
    Some(&BUILTINS[index])
}

/// A text so that the shell reads it as one word, as dash prints it.
pub(crate) fn quoted(text: &str) -> String {
    let mut result = String::new();
    for (index, piece) in text.split('\'').enumerate() {
        if index > 0 {
            result.push_str("\"'\"");
        }
        if !piece.is_empty() || text.is_empty() {
            result.push_str(&format!("'{piece}'"));
        }
    }
    result
}
