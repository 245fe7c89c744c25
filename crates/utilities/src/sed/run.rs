//! Runs a script of sed.

use bringup_shell::{Call, Failure, Status, Stop};
use bringup_tree::Kind;

use super::parse::{Address, Command, Part, Substitute, What};
use crate::common::{complain, folder, inputs, join, read};
use crate::options::unsupported;
use crate::pattern::Pattern;

/// What options ask for.
pub(super) struct Settings {
    pub(super) quiet: bool,
    pub(super) separate: bool,
    /// Files change, and this names their backups.
    pub(super) in_place: Option<String>,
    pub(super) follow: bool,
    /// What ends a line.
    pub(super) end: u8,
}

/// One line of input and whether it had its end.
type Line = (Vec<u8>, bool);

/// Lines of input, and where in them.
struct Input {
    lines: Vec<Line>,
    at: usize,
}

/// A range is in progress, up to what.
#[derive(Clone, Copy)]
enum Range {
    Off,
    /// Until the second address.
    On,
    /// Until this line.
    Until(usize),
    /// Not to begin again (`0,/x/` and lines).
    Over,
}

struct Machine<'a, 'c, 's> {
    commands: &'s [Command],
    settings: &'s Settings,
    ranges: Vec<Range>,
    number: usize,
    space: Vec<u8>,
    hold: Vec<u8>,
    /// Whether the last line read had its end.
    ended: bool,
    out: Vec<u8>,
    /// Whether the output lacks a line's end.
    open: bool,
    after: Vec<Vec<u8>>,
    last: Option<&'s Pattern>,
    writes: Vec<(String, Vec<u8>)>,
    name: String,
    call: &'a Call<'c>,
}

/// How a cycle ends.
enum Cycle {
    Next,
    /// `D`: without reading.
    Again,
    Quit(u8),
}

pub(super) fn run(
    call: &mut Call<'_>,
    commands: &[Command],
    settings: &Settings,
    operands: &[String],
) -> Result<Status, Stop> {
    let mut status = 0;
    let mut files: Vec<(String, Input)> = Vec::new();
    for operand in inputs(operands) {
        let bytes = if settings.in_place.is_some() && operand != "-" {
            editable(call, settings, &operand)
        } else {
            read(call, &operand)
        };
        match bytes {
            Ok(bytes) => {
                let input = Input { lines: split(&bytes, settings.end), at: 0 };
                files.push((operand, input));
            }
            Err(Failure::IsDirectory) if settings.in_place.is_some() => {
                complain(call, &format!("couldn't edit {operand}: not a regular file"));
                status = 4;
            }
            Err(Failure::IsDirectory) => return Err(unsupported(call, "a folder as input")),
            Err(failure) => {
                complain(call, &format!("can't read {operand}: {}", failure.text()));
                status = 2;
            }
        }
    }
    if !settings.separate && !files.is_empty() {
        let mut lines: Vec<Line> = Vec::new();
        for (_, input) in &mut files {
            if let Some(last) = lines.last_mut() {
                last.1 = true;
            }
            lines.append(&mut input.lines);
        }
        let name = files[0].0.clone();
        files = vec![(name, Input { lines, at: 0 })];
    }
    let mut outputs: Vec<(String, Vec<u8>)> = Vec::new();
    let writes;
    {
        let mut machine = Machine {
            commands,
            settings,
            ranges: vec![Range::Off; commands.len()],
            number: 0,
            space: Vec::new(),
            hold: Vec::new(),
            ended: true,
            out: Vec::new(),
            open: false,
            after: Vec::new(),
            last: None,
            writes: written(commands),
            name: String::new(),
            call: &*call,
        };
        for (name, mut input) in files {
            if settings.separate {
                machine.number = 0;
                machine.hold.clear();
                machine.ranges.fill(Range::Off);
            }
            machine.name.clone_from(&name);
            let quit = machine.file(&mut input)?;
            let out = std::mem::take(&mut machine.out);
            if settings.in_place.is_some() {
                machine.open = false;
            }
            outputs.push((name, out));
            if let Some(code) = quit {
                status = code;
                break;
            }
        }
        writes = machine.writes;
    }
    for (path, bytes) in writes {
        match path.as_str() {
            "/dev/stdout" => call.output.extend_from_slice(&bytes),
            "/dev/stderr" => call.errors.extend_from_slice(&bytes),
            path => {
                if let Err(failure) = call.world.write(path, bytes) {
                    complain(call, &format!("couldn't open file {path}: {}", failure.text()));
                    return Ok(4);
                }
            }
        }
    }
    for (name, out) in outputs {
        match &settings.in_place {
            Some(suffix) if name != "-" => replace(call, settings, &name, suffix, out),
            _ => call.output.extend_from_slice(&out),
        }
    }
    Ok(status)
}

/// The files that a script writes: they are made even if nothing gets into them.
fn written(commands: &[Command]) -> Vec<(String, Vec<u8>)> {
    let name = |command: &Command| match &command.what {
        What::File('w', path) => Some(path.clone()),
        What::Substitute(one) => one.write.clone(),
        _ => None,
    };
    let mut names: Vec<String> = commands.iter().filter_map(name).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| (name, Vec::new())).collect()
}

/// What can be edited in place: regular files.
fn editable(call: &mut Call<'_>, settings: &Settings, path: &str) -> Result<Vec<u8>, Failure> {
    let node = if settings.follow { call.world.stat(path) } else { call.world.lstat(path) };
    match node.map(|node| &node.kind) {
        Some(Kind::Directory) => Err(Failure::IsDirectory),
        _ => call.world.read(path),
    }
}

/// A new file takes the old one's name, owner and mode: so a hard link or symbolic link is broken.
fn replace(call: &mut Call<'_>, settings: &Settings, path: &str, suffix: &str, out: Vec<u8>) {
    let target = if settings.follow {
        call.world
            .followed(path)
            .map_or_else(|_| path.to_owned(), |at| format!("/{}", String::from_utf8_lossy(&at)))
    } else {
        path.to_owned()
    };
    let Some(meta) = call.world.stat(&target).map(|node| node.meta.clone()) else { return };
    if !suffix.is_empty() {
        let name = crate::common::base(&target);
        let backup = if suffix.contains('*') { suffix.replace('*', name) } else { format!("{name}{suffix}") };
        let backup = if backup.contains('/') { backup } else { join(folder(&target), &backup) };
        let _ = call.world.rename(&target, &backup);
    } else {
        let _ = call.world.remove(&target);
    }
    let epoch = call.world.epoch;
    if call.world.write(&target, out).is_ok()
        && let Ok(node) = call.world.node_mut(&target, false)
    {
        node.meta.mode = meta.mode;
        (node.meta.uid, node.meta.gid) = (meta.uid, meta.gid);
        node.meta.mtime = epoch;
    }
}

fn split(bytes: &[u8], end: u8) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == end) {
        match line.strip_suffix(&[end]) {
            Some(body) => lines.push((body.to_vec(), true)),
            None => lines.push((line.to_vec(), false)),
        }
    }
    lines
}

impl<'s> Machine<'_, '_, 's> {
    /// Puts a line on the output.
    fn put(&mut self, line: &[u8], ended: bool) {
        self.join_lines();
        self.out.extend_from_slice(line);
        if ended {
            self.out.push(self.settings.end);
        } else {
            self.open = true;
        }
    }

    /// Ends a line that lacks its end, since something follows.
    fn join_lines(&mut self) {
        if std::mem::take(&mut self.open) {
            self.out.push(self.settings.end);
        }
    }

    fn print_space(&mut self) {
        let space = std::mem::take(&mut self.space);
        self.put(&space, self.ended);
        self.space = space;
    }

    /// Reads the next line, if there is one.
    fn next(&mut self, input: &mut Input) -> Option<Vec<u8>> {
        let (line, ended) = input.lines.get_mut(input.at)?;
        let line = std::mem::take(line);
        self.ended = *ended;
        input.at += 1;
        self.number += 1;
        Some(line)
    }

    /// What `a` and `r` have put off.
    fn flush(&mut self) {
        for text in std::mem::take(&mut self.after) {
            self.join_lines();
            self.out.extend_from_slice(&text);
        }
    }

    fn file(&mut self, input: &mut Input) -> Result<Option<u8>, Stop> {
        let mut again = false;
        loop {
            if !again {
                let Some(line) = self.next(input) else { return Ok(None) };
                self.space = line;
            }
            let cycle = self.cycle(input)?;
            match cycle {
                Cycle::Next => again = false,
                Cycle::Again => again = true,
                Cycle::Quit(status) => return Ok(Some(status)),
            }
        }
    }

    fn end_cycle(&mut self) {
        if !self.settings.quiet {
            self.print_space();
        }
        self.flush();
    }

    fn cycle(&mut self, input: &mut Input) -> Result<Cycle, Stop> {
        let commands = self.commands;
        let mut at = 0;
        let mut replaced = false;
        let mut steps = 0_u32;
        while let Some(command) = commands.get(at) {
            steps += 1;
            if steps > 1_000_000 {
                return Err(unsupported(self.call, "a script that does not end"));
            }
            at += 1;
            let selected = self.selected(at - 1, command, input)? != command.negated;
            if !selected {
                if let What::Open(behind) = command.what {
                    at = behind;
                }
                continue;
            }
            match &command.what {
                What::Open(_) | What::Close | What::Label => {}
                What::Jump(kind, to) => {
                    let jumps = match kind {
                        't' => std::mem::take(&mut replaced),
                        'T' => !std::mem::take(&mut replaced),
                        _ => true,
                    };
                    if jumps {
                        at = to.unwrap_or(commands.len());
                    }
                }
                What::Text('a', text) => self.after.push(text.clone().into_bytes()),
                What::Text('i', text) => {
                    self.join_lines();
                    self.out.extend_from_slice(text.as_bytes());
                }
                What::Text(_, text) => {
                    let middle = command.to.is_some()
                        && !command.negated
                        && matches!(self.ranges[at - 1], Range::On | Range::Until(_));
                    if !middle {
                        self.join_lines();
                        self.out.extend_from_slice(text.as_bytes());
                    }
                    self.flush();
                    return Ok(Cycle::Next);
                }
                What::File('r', path) => {
                    let bytes = self.call.world.read(path).unwrap_or_default();
                    self.after.push(bytes);
                }
                What::File(_, path) => self.write(path),
                What::Quit(kind, status) => {
                    if *kind == 'q' {
                        self.end_cycle();
                    }
                    return Ok(Cycle::Quit(*status));
                }
                What::Substitute(one) => replaced |= self.substitute(one)?,
                What::Transliterate(table) => {
                    self.space.iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
                }
                What::Simple(letter) => match self.simple(*letter, input) {
                    Some(Cycle::Next) => {
                        self.flush();
                        return Ok(Cycle::Next);
                    }
                    Some(other) => return Ok(other),
                    None => {}
                },
            }
        }
        self.end_cycle();
        Ok(Cycle::Next)
    }

    fn simple(&mut self, letter: char, input: &mut Input) -> Option<Cycle> {
        match letter {
            'd' => return Some(Cycle::Next),
            'D' => match self.space.iter().position(|byte| *byte == b'\n') {
                None => return Some(Cycle::Next),
                Some(cut) => {
                    self.space.drain(..=cut);
                    self.flush();
                    return Some(Cycle::Again);
                }
            },
            'p' => self.print_space(),
            'P' => {
                let cut = self.space.iter().position(|byte| *byte == b'\n');
                let line = self.space[..cut.unwrap_or(self.space.len())].to_vec();
                self.put(&line, true);
            }
            'n' => {
                if input.at >= input.lines.len() {
                    // GNU prints before it ends when there is no next line.
                    self.end_cycle();
                    return Some(Cycle::Next);
                }
                self.end_cycle();
                self.space = self.next(input)?;
            }
            'N' => {
                if input.at >= input.lines.len() {
                    self.end_cycle();
                    return Some(Cycle::Next);
                }
                self.flush();
                let line = self.next(input)?;
                self.space.push(self.settings.end);
                self.space.extend_from_slice(&line);
            }
            'g' => self.space.clone_from(&self.hold),
            'G' => {
                self.space.push(b'\n');
                self.space.extend_from_slice(&self.hold);
            }
            'h' => self.hold.clone_from(&self.space),
            'H' => {
                self.hold.push(b'\n');
                self.hold.extend_from_slice(&self.space);
            }
            'x' => std::mem::swap(&mut self.space, &mut self.hold),
            '=' => {
                let text = format!("{}\n", self.number);
                self.join_lines();
                self.out.extend_from_slice(text.as_bytes());
            }
            'F' => {
                let name = self.name.clone();
                self.put(name.as_bytes(), true);
            }
            _ => self.space.clear(),
        }
        None
    }

    fn write(&mut self, path: &str) {
        let mut line = self.space.clone();
        line.push(self.settings.end);
        if path == "/dev/stdout" {
            let space = std::mem::take(&mut self.space);
            self.put(&space, self.ended);
            self.space = space;
            return;
        }
        match self.writes.iter_mut().find(|(name, _)| name == path) {
            Some((_, bytes)) => bytes.extend_from_slice(&line),
            None => self.writes.push((path.to_owned(), line)),
        }
    }

    /// Whether the command's addresses select the line.
    fn selected(&mut self, at: usize, command: &'s Command, input: &Input) -> Result<bool, Stop> {
        let Some(from) = &command.from else { return Ok(true) };
        let Some(to) = &command.to else { return self.matches(from, input) };
        if let Range::Off = self.ranges[at]
            && matches!(from, Address::Line(0))
        {
            self.ranges[at] = Range::On;
        }
        match self.ranges[at] {
            Range::On => {
                let ends = match to {
                    Address::Line(line) => {
                        if self.number > *line {
                            // The range was over before this line: only the first address counts.
                            self.ranges[at] = Range::Off;
                            return self.start(at, from, to, input);
                        }
                        self.number == *line
                    }
                    to => self.matches(to, input)?,
                };
                if ends {
                    let once = matches!(from, Address::Line(_));
                    self.ranges[at] = if once { Range::Over } else { Range::Off };
                }
                Ok(true)
            }
            Range::Until(last) => {
                if self.number >= last {
                    self.ranges[at] = Range::Off;
                }
                Ok(self.number <= last)
            }
            Range::Over if matches!(from, Address::Line(0)) => Ok(false),
            Range::Off | Range::Over => self.start(at, from, to, input),
        }
    }

    /// Whether a range begins at this line.
    fn start(&mut self, at: usize, from: &'s Address, to: &'s Address, input: &Input) -> Result<bool, Stop> {
        if !self.matches(from, input)? {
            return Ok(false);
        }
        self.ranges[at] = match to {
            Address::Line(line) if *line <= self.number => Range::Off,
            Address::Line(line) => Range::Until(*line),
            Address::Count(0) => Range::Off,
            Address::Count(count) => Range::Until(self.number + count),
            Address::Multiple(step) if *step == 0 || self.number.is_multiple_of(*step) => Range::Off,
            Address::Multiple(step) => Range::Until(self.number.next_multiple_of(*step)),
            Address::Last if input.at >= input.lines.len() => Range::Off,
            _ => Range::On,
        };
        Ok(true)
    }

    fn matches(&mut self, address: &'s Address, input: &Input) -> Result<bool, Stop> {
        Ok(match address {
            Address::Line(line) => self.number == *line,
            Address::Step(first, 0) => self.number == *first,
            Address::Step(first, step) => {
                self.number >= *first && (self.number - first).is_multiple_of(*step)
            }
            Address::Last => input.at >= input.lines.len(),
            Address::Match(pattern) => self.pattern(pattern.as_ref())?.is_match(&self.space),
            Address::Count(_) | Address::Multiple(_) => false,
        })
    }

    /// The pattern, or the last one used.
    fn pattern(&mut self, pattern: Option<&'s Pattern>) -> Result<&'s Pattern, Stop> {
        let pattern = pattern.or(self.last);
        self.last = pattern;
        pattern.ok_or_else(|| unsupported(self.call, "no previous regular expression"))
    }

    fn substitute(&mut self, one: &'s Substitute) -> Result<bool, Stop> {
        let pattern = self.pattern(one.pattern.as_ref())?;
        let space = std::mem::take(&mut self.space);
        let mut out = Vec::with_capacity(space.len());
        let (mut at, mut copied, mut count) = (0, 0, 0);
        let mut last_end = None;
        let mut done = false;
        while at <= space.len() {
            let Some(groups) = pattern.find_at(&space, at) else { break };
            let Some((start, stop)) = groups[0] else { break };
            if start == stop && last_end == Some(start) {
                // No empty match right behind another match.
                at = stop + 1;
                continue;
            }
            count += 1;
            last_end = Some(stop);
            at = if stop > start { stop } else { stop + 1 };
            if count < one.number {
                continue;
            }
            out.extend_from_slice(&space[copied..start]);
            expand(&mut out, &one.replacement, &space, &groups);
            copied = stop;
            done = true;
            if !one.global {
                break;
            }
        }
        out.extend_from_slice(&space[copied..]);
        self.space = if done { out } else { space };
        if done {
            if one.print {
                self.print_space();
            }
            if let Some(path) = &one.write {
                self.write(path);
            }
        }
        Ok(done)
    }
}

/// Puts a replacement on `out`, with the groups of a match in `text`.
fn expand(out: &mut Vec<u8>, parts: &[Part], text: &[u8], groups: &[Option<(usize, usize)>]) {
    let mut case = 'E';
    let mut once = None;
    for part in parts {
        let bytes = match part {
            Part::Text(bytes) => bytes.as_slice(),
            Part::Group(number) => {
                groups.get(*number).copied().flatten().map_or(&[][..], |(start, stop)| &text[start..stop])
            }
            Part::Case(letter @ ('u' | 'l')) => {
                once = Some(*letter);
                continue;
            }
            Part::Case(letter) => {
                case = *letter;
                once = None;
                continue;
            }
        };
        for byte in bytes {
            let byte = match (once.take(), case) {
                (Some('u'), _) | (None, 'U') => byte.to_ascii_uppercase(),
                (Some(_), _) | (None, 'L') => byte.to_ascii_lowercase(),
                _ => *byte,
            };
            out.push(byte);
        }
    }
}
