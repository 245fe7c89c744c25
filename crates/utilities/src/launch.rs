//! Programs that run others: `xargs`, `env`, `run-parts`, `nice`, `nohup`, `ionice`, `timeout`.

use bringup_shell::{Call, Host, Status, Stop};
use bringup_tree::Kind;

use crate::common::{complain, join, print, read, run};
use crate::options::{parse, parse_words, unsupported};
use crate::pattern::{Dialect, Flags, Pattern};

/// Standard input as arguments.
pub(crate) fn xargs(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("arg-file", 'a'),
        ("delimiter", 'd'),
        ("max-args", 'n'),
        ("max-lines", 'L'),
        ("max-procs", 'P'),
        ("no-run-if-empty", 'r'),
        ("null", '0'),
        ("replace", 'I'),
        ("verbose", 't'),
    ];
    let parsed = parse(call, "+0a:d:I:L:n:P:rt", LONG)?;
    let all = match parsed.value('a') {
        None => call.take_input().to_vec(),
        Some(path) => match read(call, path) {
            Ok(all) => all,
            Err(failure) => {
                complain(call, &format!("Cannot open input file '{path}': {}", failure.text()));
                return Ok(1);
            }
        },
    };
    let text = String::from_utf8(all).map_err(|_| Stop::NotText { what: "input of `xargs`".to_owned() })?;
    let delimiter = match parsed.last_of("0d") {
        Some('0') => Some('\0'),
        Some(_) => match parsed.value('d').unwrap_or_default() {
            "\\n" => Some('\n'),
            "\\0" => Some('\0'),
            "\\t" => Some('\t'),
            one if one.chars().count() == 1 => one.chars().next(),
            other => return Err(unsupported(call, &format!("`-d {other}`"))),
        },
        None => None,
    };
    let lines = parsed.has('L');
    let items = match delimiter {
        Some(delimiter) => {
            let body = text.strip_suffix(delimiter).unwrap_or(&text);
            let split = body.split(delimiter).map(str::to_owned);
            if text.is_empty() { Vec::new() } else { split.collect() }
        }
        None if parsed.has('I') => {
            if text.contains(['\'', '"', '\\']) {
                return Err(unsupported(call, "quotes with `-I`"));
            }
            text.lines().map(|line| line.trim_start().to_owned()).filter(|line| !line.is_empty()).collect()
        }
        None if lines => return Err(unsupported(call, "`-L`")),
        None => split(&text).ok_or_else(|| unsupported(call, "an open quote"))?,
    };
    let command = if parsed.operands.is_empty() { vec!["echo".to_owned()] } else { parsed.operands.clone() };
    let most = match parsed.value('n') {
        None => usize::MAX,
        Some(text) => {
            text.parse().ok().filter(|most| *most > 0).ok_or_else(|| unsupported(call, "this `-n`"))?
        }
    };
    let mut calls: Vec<Vec<String>> = Vec::new();
    if let Some(sign) = parsed.value('I') {
        for item in &items {
            calls.push(command.iter().map(|word| word.replace(sign, item)).collect());
        }
    } else if items.is_empty() {
        if !parsed.has('r') {
            calls.push(command);
        }
    } else {
        for part in items.chunks(most.min(items.len())) {
            calls.push(command.iter().chain(part).cloned().collect());
        }
    }
    let mut status = 0;
    for words in calls {
        if parsed.has('t') {
            let line = format!("{}\n", words.join(" "));
            call.errors.extend_from_slice(line.as_bytes());
        }
        match run(call, host, &words, Some(b""))? {
            0 => {}
            127 => {
                complain(call, &format!("{}: No such file or directory", words[0]));
                return Ok(127);
            }
            255 => {
                complain(call, &format!("{}: exited with status 255; aborting", words[0]));
                return Ok(124);
            }
            _ => status = 123,
        }
    }
    Ok(status)
}

/// Words with quotes and backslashes; none if a quote stays open.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(letters.next()?),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\n' => return None,
                        other if other == letter => break,
                        other => word.push(other),
                    }
                }
            }
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

/// Another environment for one command, or what the environment is.
pub(crate) fn env(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] =
        &[("chdir", 'C'), ("ignore-environment", 'i'), ("null", '0'), ("unset", 'u')];
    let parsed = parse(call, "+0C:iu:", LONG)?;
    let mut environment = if parsed.has('i') { Default::default() } else { call.world.environment.clone() };
    for (_, name) in parsed.options.iter().filter(|(option, _)| *option == 'u') {
        environment.remove(name);
    }
    let mut words = parsed.operands.as_slice();
    if !parsed.has('i') && words.first().is_some_and(|word| word == "-") {
        environment.clear();
        words = &words[1..];
    }
    while let Some((name, value)) = words.first().and_then(|word| word.split_once('=')) {
        environment.insert(name.to_owned(), value.to_owned());
        words = &words[1..];
    }
    if words.is_empty() {
        let end = if parsed.has('0') { '\0' } else { '\n' };
        for (name, value) in environment {
            print(call, &format!("{name}={value}{end}"));
        }
        return Ok(0);
    }
    let before = std::mem::replace(&mut call.world.environment, environment);
    let cwd = call.world.cwd.clone();
    if let Some(path) = parsed.value('C') {
        call.world.cwd = call.world.absolute(path);
    }
    let words = words.to_vec();
    let result = run(call, host, &words, None);
    call.world.environment = before;
    call.world.cwd = cwd;
    let status = result?;
    if status == 127 {
        call.errors.extend_from_slice(format!("env: '{}': No such file or directory\n", words[0]).as_bytes());
    }
    Ok(status)
}

/// `nice`, `nohup`, `ionice`, `setsid`, `chrt`, `timeout`: only the rest of the line matters.
pub(crate) fn rest(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let (short, long): (&str, &[(&str, char)]) = match call.name {
        "nice" => ("+n:", &[("adjustment", 'n')]),
        "ionice" => ("+c:n:t", &[("class", 'c'), ("classdata", 'n'), ("ignore", 't')]),
        "timeout" => ("+k:s:v", &[("kill-after", 'k'), ("signal", 's'), ("verbose", 'v')]),
        "setsid" => ("+cfw", &[("ctty", 'c'), ("fork", 'f'), ("wait", 'w')]),
        _ => ("+", &[]),
    };
    let parsed = parse_words(call, call.arguments, short, long)?;
    let skip = usize::from(call.name == "timeout");
    let words = parsed.operands.get(skip..).unwrap_or_default().to_vec();
    if words.is_empty() {
        return Err(unsupported(call, "to run nothing"));
    }
    run(call, host, &words, None)
}

/// The programs of a folder, run or listed in order.
pub(crate) fn run_parts(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("arg", 'a'),
        ("debug", 'd'),
        ("exit-on-error", '#'),
        ("list", '%'),
        ("lsbsysinit", '@'),
        ("regex", '='),
        ("report", '^'),
        ("reverse", '~'),
        ("test", '_'),
        ("umask", 'u'),
        ("verbose", 'v'),
    ];
    let parsed = parse(call, "a:dvu:#%@=:^~_", LONG)?;
    if parsed.has('@') || parsed.has('d') || parsed.has('u') {
        return Err(unsupported(call, "an option"));
    }
    let [folder] = parsed.operands.as_slice() else { return Err(unsupported(call, "not one folder")) };
    if !call.world.is_directory(folder) {
        let failure = match call.world.stat(folder) {
            Some(_) => bringup_shell::Failure::NotDirectory,
            None => call.world.absence(folder),
        };
        complain(call, &format!("failed to open directory {folder}: {}", failure.text()));
        return Ok(1);
    }
    let regex = parsed.value('=').unwrap_or("^[a-zA-Z0-9_-]+$");
    let pattern = Pattern::new(regex, Dialect::Extended, Flags::default());
    let pattern = pattern.map_err(|bad| unsupported(call, &format!("the pattern ({})", bad.0)))?;
    let mut names = call.world.names(folder);
    names.retain(|name| pattern.is_match(name.as_bytes()));
    if parsed.has('~') {
        names.reverse();
    }
    let arguments: Vec<String> =
        parsed.options.iter().filter(|(option, _)| *option == 'a').map(|(_, value)| value.clone()).collect();
    let mut status = 0;
    for name in names {
        let path = join(folder, &name);
        let Some(node) = call.world.stat(&path) else {
            complain(call, &format!("component {path} is a broken symbolic link"));
            status = 1;
            continue;
        };
        if !matches!(node.kind, Kind::File(_)) {
            continue;
        }
        let runs = node.meta.mode & 0o111 != 0;
        if parsed.has('%') || parsed.has('_') {
            if runs || parsed.has('%') {
                print(call, &format!("{path}\n"));
            }
            continue;
        }
        if !runs {
            continue;
        }
        if parsed.has('v') {
            let text: String = arguments.iter().map(|argument| format!(" {argument}")).collect();
            call.errors.extend_from_slice(format!("run-parts: executing {path}{text}\n").as_bytes());
        }
        let words: Vec<String> = std::iter::once(path.clone()).chain(arguments.iter().cloned()).collect();
        let code = run(call, host, &words, Some(b""))?;
        if code != 0 {
            complain(call, &format!("{path} exited with return code {code}"));
            status = 1;
            if parsed.has('#') {
                break;
            }
        }
    }
    Ok(status)
}
