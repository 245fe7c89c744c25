//! `sed`.

mod parse;
mod run;

use bringup_shell::{Call, Host, Status, Stop};

use crate::common::complain;
use crate::options::{parse as options, unsupported};
use crate::pattern::Dialect;

/// Edits streams, or files in place.
pub(crate) fn sed(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("expression", 'e'),
        ("file", 'f'),
        ("follow-symlinks", '#'),
        ("in-place", 'i'),
        ("null-data", 'z'),
        ("posix", '='),
        ("quiet", 'n'),
        ("regexp-extended", 'E'),
        ("separate", 's'),
        ("silent", 'n'),
        ("unbuffered", 'u'),
    ];
    let mut parsed = options(call, "e:Ef:i::nrsuz#=", LONG)?;
    if parsed.has('=') {
        return Err(unsupported(call, "`--posix`"));
    }
    let mut script: Option<String> = None;
    for (option, value) in &parsed.options {
        let part = match option {
            'e' => value.clone(),
            'f' => {
                let bytes = match crate::common::read(call, value) {
                    Ok(bytes) => bytes,
                    Err(failure) => {
                        complain(call, &format!("couldn't open file {value}: {}", failure.text()));
                        return Ok(1);
                    }
                };
                let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: value.clone() })?;
                text.strip_suffix('\n').map_or(text.clone(), str::to_owned)
            }
            _ => continue,
        };
        script = Some(match script {
            None => part,
            Some(before) => format!("{before}\n{part}"),
        });
    }
    let mut script = match script {
        Some(script) => script,
        None if parsed.operands.is_empty() => {
            call.errors.extend_from_slice(
                b"Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n",
            );
            return Ok(1);
        }
        None => parsed.operands.remove(0),
    };
    let mut quiet = parsed.has('n');
    if script.starts_with("#n\n") {
        quiet = true;
        script.replace_range(..2, "");
    }
    let dialect = if parsed.has('E') || parsed.has('r') { Dialect::Extended } else { Dialect::Basic };
    let commands = parse::Parser::new(call, &script, dialect, parsed.has('z')).all()?;
    let in_place = parsed.value('i').map(str::to_owned);
    let settings = run::Settings {
        quiet,
        separate: parsed.has('s') || in_place.is_some(),
        in_place,
        follow: parsed.has('#'),
        end: if parsed.has('z') { 0 } else { b'\n' },
    };
    run::run(call, &commands, &settings, &parsed.operands)
}
