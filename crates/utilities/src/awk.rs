//! `awk`, as much of it as scripts of packages use: no functions of its own, no pipes, no `getline`.

mod function;
mod lex;
mod parse;
mod run;
mod value;

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::{complain, read};
use crate::options::{parse as options, unsupported};

/// Runs a program over the lines of files.
pub(crate) fn awk(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = options(call, "+F:f:v:", &[])?;
    let mut operands = parsed.operands.clone();
    let text = if let Some(path) = parsed.value('f') {
        match read(call, path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| Stop::NotText { what: path.to_owned() })?,
            Err(failure) => {
                complain(call, &format!("cannot open {path} ({})", failure.text()));
                return Ok(2);
            }
        }
    } else if operands.is_empty() {
        return Err(unsupported(call, "no program"));
    } else {
        operands.remove(0)
    };
    let bad = |call: &Call<'_>, what: String| unsupported(call, &format!("the program ({what})"));
    let tokens = lex::tokens(&text).map_err(|what| bad(call, what))?;
    let program = parse::program(tokens).map_err(|what| bad(call, what))?;
    let mut sets: Vec<(String, String)> = Vec::new();
    for (option, value) in &parsed.options {
        match option {
            'F' => sets.push(("FS".to_owned(), value.clone())),
            'v' => {
                let (name, value) = value.split_once('=').ok_or_else(|| unsupported(call, "this `-v`"))?;
                sets.push((name.to_owned(), value.to_owned()));
            }
            _ => {}
        }
    }
    run::run(call, &program, &sets, &operands)
}
