//! `find`.

use bringup_shell::{Call, Host, Status, Stop};
use bringup_tree::{Kind, Node};

use crate::accounts::{group_id, user_id, user_name};
use crate::common::{base, complain, folder, join, quote, run};
use crate::mode::Mode;
use crate::options::unsupported;
use crate::pattern::{Dialect, Flags, Pattern};
use crate::stat::{links, size, type_letter};

/// A test or action.
#[derive(Debug)]
enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    True,
    False,
    /// `-name`, or `-path` with slashes matched too; whether case counts not.
    Name(String, bool, bool),
    Link(String),
    Regex(Pattern),
    Type(String),
    Uid(Compare),
    Gid(Compare),
    NoUser,
    Size(Compare, u64),
    Links(Compare),
    Days(Compare),
    Newer(i64),
    Empty,
    Same(Option<bringup_tree::NodeId>),
    /// `-perm`: the sign, the bits.
    Mode(char, u32),
    Print(&'static str),
    Printf(String),
    Prune,
    Delete,
    Quit,
    /// The words, and the folder as current one (`-execdir` is not reproduced).
    Execute(Vec<String>),
    /// `+`: which collection.
    Collect(usize),
}

/// `+N`, `-N`, `N`.
#[derive(Clone, Copy, Debug)]
struct Compare(char, u64);

impl Compare {
    fn parse(text: &str) -> Option<Self> {
        let sign = text.chars().next().filter(|sign| matches!(sign, '+' | '-')).unwrap_or('=');
        text.trim_start_matches(['+', '-']).parse().ok().map(|number| Self(sign, number))
    }

    fn holds(self, value: u64) -> bool {
        match self.0 {
            '+' => value > self.1,
            '-' => value < self.1,
            _ => value == self.1,
        }
    }
}

#[derive(Default)]
struct Settings {
    follow: bool,
    follow_operands: bool,
    least: usize,
    most: Option<usize>,
    depth: bool,
    acts: bool,
    /// The commands of `-exec ... +` and what they get.
    collections: Vec<(Vec<String>, Vec<String>)>,
}

struct Parser<'a, 'c> {
    call: &'a mut Call<'c>,
    words: std::iter::Peekable<std::vec::IntoIter<String>>,
    settings: Settings,
}

/// Walks folders.
pub(crate) fn find(call: &mut Call<'_>, host: &mut dyn Host) -> Result<Status, Stop> {
    let words = call.arguments.to_vec();
    let mut words = words.into_iter().peekable();
    let mut settings = Settings::default();
    while let Some(option) = words.next_if(|word| matches!(word.as_str(), "-H" | "-L" | "-P")) {
        settings.follow = option == "-L";
        settings.follow_operands = option != "-P";
    }
    let mut starts = Vec::new();
    while let Some(word) = words.next_if(|word| !word.starts_with('-') && word != "(" && word != "!") {
        starts.push(word);
    }
    if starts.is_empty() {
        starts.push(".".to_owned());
    }
    let mut parser = Parser { call, words, settings };
    let mut expression = if parser.words.peek().is_none() { Expression::True } else { parser.or()? };
    if let Some(word) = parser.words.next() {
        return Err(unsupported(parser.call, &format!("`{word}` here")));
    }
    let settings = parser.settings;
    if !settings.acts {
        expression = Expression::And(Box::new(expression), Box::new(Expression::Print("\n")));
    }
    let mut walk = Walk { settings, expression, status: 0, pruned: false, quit: false };
    for start in &starts {
        let follow = walk.settings.follow || walk.settings.follow_operands;
        let there = call.world.lstat(start).is_some() || follow && call.world.stat(start).is_some();
        if start.is_empty() || !there {
            let failure = call.world.absence(start);
            complain(call, &format!("{}: {}", quote(start), failure.text()));
            walk.status = 1;
            continue;
        }
        walk.visit(call, host, start, 0)?;
    }
    for (command, paths) in std::mem::take(&mut walk.settings.collections) {
        if paths.is_empty() {
            continue;
        }
        let words: Vec<String> = command.into_iter().chain(paths).collect();
        if run(call, host, &words, None)? != 0 {
            walk.status = 1;
        }
    }
    Ok(walk.status)
}

impl Parser<'_, '_> {
    fn bad(&self, what: &str) -> Stop {
        unsupported(self.call, &format!("`{what}`"))
    }

    fn value(&mut self, word: &str) -> Result<String, Stop> {
        self.words.next().ok_or_else(|| self.bad(&format!("{word} without a value")))
    }

    fn or(&mut self) -> Result<Expression, Stop> {
        let mut left = self.and()?;
        while self.words.next_if(|word| word == "-o" || word == "-or").is_some() {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, Stop> {
        let mut left = self.not()?;
        loop {
            let explicit = self.words.next_if(|word| word == "-a" || word == "-and").is_some();
            let ends = |word: &String| matches!(word.as_str(), ")" | "-o" | "-or" | ",");
            if !explicit && self.words.peek().is_none_or(ends) {
                return Ok(left);
            }
            left = Expression::And(Box::new(left), Box::new(self.not()?));
        }
    }

    fn not(&mut self) -> Result<Expression, Stop> {
        if self.words.next_if(|word| word == "!" || word == "-not").is_some() {
            return Ok(Expression::Not(Box::new(self.not()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expression, Stop> {
        let word = self.words.next().ok_or_else(|| self.bad("an expression that ends early"))?;
        Ok(match word.as_str() {
            "(" => {
                let inner = self.or()?;
                self.words.next_if_eq(")").ok_or_else(|| self.bad("( without )"))?;
                inner
            }
            "-true" => Expression::True,
            "-false" => Expression::False,
            "-depth" | "-d" => {
                self.settings.depth = true;
                Expression::True
            }
            "-follow" => {
                self.settings.follow = true;
                Expression::True
            }
            "-xdev" | "-mount" | "-noleaf" | "-ignore_readdir_race" => Expression::True,
            "-maxdepth" | "-mindepth" => {
                let text = self.value(&word)?;
                let number = text.parse().map_err(|_| self.bad(&text))?;
                if word == "-maxdepth" {
                    self.settings.most = Some(number);
                } else {
                    self.settings.least = number;
                }
                Expression::True
            }
            "-name" => Expression::Name(self.value(&word)?, false, false),
            "-iname" => Expression::Name(self.value(&word)?, false, true),
            "-path" | "-wholename" => Expression::Name(self.value(&word)?, true, false),
            "-ipath" => Expression::Name(self.value(&word)?, true, true),
            "-lname" => Expression::Link(self.value(&word)?),
            "-regex" => {
                let text = self.value(&word)?;
                // Emacs' syntax is that of basic expressions where `+` and `?` repeat.
                if text.contains(['+', '?', '{']) {
                    return Err(self.bad(&format!("-regex {text}")));
                }
                let flags = Flags { lines: true, ..Flags::default() };
                Expression::Regex(Pattern::new(&text, Dialect::Basic, flags).map_err(|bad| self.bad(&bad.0))?)
            }
            "-type" => {
                let text = self.value(&word)?;
                if !text.split(',').all(|one| one.len() == 1 && "bcdflps".contains(one)) {
                    return Err(self.bad(&format!("-type {text}")));
                }
                Expression::Type(text)
            }
            "-user" | "-uid" => {
                let text = self.value(&word)?;
                let named = if word == "-user" { user_id(self.call.world, &text) } else { None };
                let compare = named.map(|uid| Compare('=', u64::from(uid))).or(Compare::parse(&text));
                Expression::Uid(compare.ok_or_else(|| self.bad(&format!("{word} {text}")))?)
            }
            "-group" | "-gid" => {
                let text = self.value(&word)?;
                let named = if word == "-group" { group_id(self.call.world, &text) } else { None };
                let compare = named.map(|gid| Compare('=', u64::from(gid))).or(Compare::parse(&text));
                Expression::Gid(compare.ok_or_else(|| self.bad(&format!("{word} {text}")))?)
            }
            "-nouser" => Expression::NoUser,
            "-links" => {
                let text = self.value(&word)?;
                Expression::Links(Compare::parse(&text).ok_or_else(|| self.bad(&text))?)
            }
            "-mtime" => {
                let text = self.value(&word)?;
                Expression::Days(Compare::parse(&text).ok_or_else(|| self.bad(&text))?)
            }
            "-size" => {
                let text = self.value(&word)?;
                let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
                let unit = match &text[digits.len()..] {
                    "" | "b" => 512,
                    "c" => 1,
                    "w" => 2,
                    "k" => 1 << 10,
                    "M" => 1 << 20,
                    "G" => 1 << 30,
                    _ => return Err(self.bad(&format!("-size {text}"))),
                };
                Expression::Size(Compare::parse(digits).ok_or_else(|| self.bad(&text))?, unit)
            }
            "-newer" | "-samefile" => {
                let path = self.value(&word)?;
                if word == "-samefile" {
                    Expression::Same(self.call.world.id(&path, self.settings.follow))
                } else {
                    let node = self.call.world.stat(&path);
                    Expression::Newer(
                        node.map(|node| node.meta.mtime)
                            .ok_or_else(|| self.bad(&format!("-newer {path}")))?,
                    )
                }
            }
            "-empty" => Expression::Empty,
            "-perm" => {
                let text = self.value(&word)?;
                let sign = text.chars().next().filter(|sign| matches!(sign, '-' | '/')).unwrap_or('=');
                let mode = Mode::parse(text.trim_start_matches(['-', '/'])).ok_or_else(|| self.bad(&text))?;
                Expression::Mode(sign, mode.apply(0, false, 0))
            }
            "-prune" => Expression::Prune,
            "-print" | "-print0" => {
                self.settings.acts = true;
                Expression::Print(if word == "-print" { "\n" } else { "\0" })
            }
            "-printf" => {
                self.settings.acts = true;
                Expression::Printf(self.value(&word)?)
            }
            "-delete" => {
                self.settings.acts = true;
                self.settings.depth = true;
                Expression::Delete
            }
            "-quit" => {
                self.settings.acts = true;
                Expression::Quit
            }
            "-exec" => self.exec()?,
            _ => return Err(self.bad(&word)),
        })
    }

    fn exec(&mut self) -> Result<Expression, Stop> {
        self.settings.acts = true;
        let mut words: Vec<String> = Vec::new();
        loop {
            let word = self.value("-exec")?;
            if word == ";" {
                return Ok(Expression::Execute(words));
            }
            if word == "+" && words.last().is_some_and(|last| last == "{}") {
                words.pop();
                self.settings.collections.push((words, Vec::new()));
                return Ok(Expression::Collect(self.settings.collections.len() - 1));
            }
            words.push(word);
        }
    }
}

struct Walk {
    settings: Settings,
    expression: Expression,
    status: Status,
    pruned: bool,
    quit: bool,
}

impl Walk {
    fn node(&self, call: &Call<'_>, path: &str, depth: usize) -> Option<Node> {
        let follow = self.settings.follow || depth == 0 && self.settings.follow_operands;
        let followed = if follow { call.world.stat(path) } else { None };
        followed.or_else(|| call.world.lstat(path)).cloned()
    }

    fn visit(
        &mut self,
        call: &mut Call<'_>,
        host: &mut dyn Host,
        path: &str,
        depth: usize,
    ) -> Result<(), Stop> {
        let Some(node) = self.node(call, path, depth) else { return Ok(()) };
        let applies = depth >= self.settings.least;
        self.pruned = false;
        if applies && !self.settings.depth {
            self.apply(call, host, path, &node, depth)?;
        }
        let descends = !self.pruned && self.settings.most.is_none_or(|most| depth < most);
        if descends && node.kind.is_directory() && !self.quit {
            if depth > 200 {
                return Err(unsupported(call, "so deep a folder"));
            }
            for name in call.world.names(path) {
                self.visit(call, host, &join(path, &name), depth + 1)?;
                if self.quit {
                    return Ok(());
                }
            }
        }
        if applies && self.settings.depth && !self.quit {
            self.apply(call, host, path, &node, depth)?;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        call: &mut Call<'_>,
        host: &mut dyn Host,
        path: &str,
        node: &Node,
        depth: usize,
    ) -> Result<(), Stop> {
        let expression = std::mem::replace(&mut self.expression, Expression::True);
        let result = self.holds(&expression, call, host, path, node, depth);
        self.expression = expression;
        result.map(drop)
    }

    fn holds(
        &mut self,
        expression: &Expression,
        call: &mut Call<'_>,
        host: &mut dyn Host,
        path: &str,
        node: &Node,
        depth: usize,
    ) -> Result<bool, Stop> {
        let follow = self.settings.follow || depth == 0 && self.settings.follow_operands;
        Ok(match expression {
            Expression::And(left, right) => {
                self.holds(left, call, host, path, node, depth)?
                    && (self.quit || self.holds(right, call, host, path, node, depth)?)
            }
            Expression::Or(left, right) => {
                self.holds(left, call, host, path, node, depth)?
                    || self.quit
                    || self.holds(right, call, host, path, node, depth)?
            }
            Expression::Not(inner) => !self.holds(inner, call, host, path, node, depth)?,
            Expression::True => true,
            Expression::False => false,
            Expression::Name(glob, whole, fold) => {
                let text = if *whole { path } else { base(path) };
                matches(glob.as_bytes(), text.as_bytes(), *fold)
            }
            Expression::Link(glob) => match &node.kind {
                Kind::Symlink(target) => matches(glob.as_bytes(), target, false),
                _ => false,
            },
            Expression::Regex(pattern) => pattern.is_match(path.as_bytes()),
            Expression::Type(letters) => {
                let letter = type_letter(node);
                letters.contains(if letter == '-' { 'f' } else { letter })
            }
            Expression::Uid(compare) => compare.holds(u64::from(node.meta.uid)),
            Expression::Gid(compare) => compare.holds(u64::from(node.meta.gid)),
            Expression::NoUser => user_name(call.world, node.meta.uid).is_none(),
            Expression::Size(compare, unit) => compare.holds(size(node).div_ceil(*unit)),
            Expression::Links(compare) => compare.holds(links(call, path, follow, node) as u64),
            Expression::Days(compare) => {
                compare.holds((call.world.epoch - node.meta.mtime).max(0) as u64 / 86_400)
            }
            Expression::Newer(time) => node.meta.mtime > *time,
            Expression::Empty => match &node.kind {
                Kind::File(content) => content.is_empty(),
                Kind::Directory => call.world.names(path).is_empty(),
                _ => false,
            },
            Expression::Same(id) => id.is_some() && call.world.id(path, follow) == *id,
            Expression::Mode(sign, bits) => match sign {
                '-' => node.meta.mode & bits == *bits,
                '/' => *bits == 0 || node.meta.mode & bits != 0,
                _ => node.meta.mode == *bits,
            },
            Expression::Print(end) => {
                call.output.extend_from_slice(path.as_bytes());
                call.output.extend_from_slice(end.as_bytes());
                true
            }
            Expression::Printf(format) => {
                let text = printf(call, format, path, node, depth)?;
                call.output.extend_from_slice(text.as_bytes());
                true
            }
            Expression::Prune => {
                self.pruned = true;
                true
            }
            Expression::Delete => {
                if path == "." {
                    return Ok(true);
                }
                match call.world.remove(path) {
                    Ok(()) => true,
                    Err(failure) => {
                        complain(call, &format!("cannot delete {}: {}", quote(path), failure.text()));
                        self.status = 1;
                        false
                    }
                }
            }
            Expression::Quit => {
                self.quit = true;
                true
            }
            Expression::Execute(words) => {
                let words: Vec<String> = words.iter().map(|word| word.replace("{}", path)).collect();
                run(call, host, &words, None)? == 0
            }
            Expression::Collect(at) => {
                self.settings.collections[*at].1.push(path.to_owned());
                true
            }
        })
    }
}

fn printf(call: &Call<'_>, format: &str, path: &str, node: &Node, depth: usize) -> Result<String, Stop> {
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('0') => out.push('\0'),
                Some('\\') => out.push('\\'),
                _ => return Err(unsupported(call, &format!("`-printf {format}`"))),
            },
            '%' => {
                out += &match letters.next() {
                    Some('%') => "%".to_owned(),
                    Some('p') => path.to_owned(),
                    Some('f') => base(path).to_owned(),
                    Some('h') => folder(path).to_owned(),
                    Some('P') if depth == 0 => String::new(),
                    Some('P') => path
                        .splitn(path.matches('/').count() + 2 - depth, '/')
                        .last()
                        .unwrap_or_default()
                        .to_owned(),
                    Some('d') => depth.to_string(),
                    Some('m') => format!("{:o}", node.meta.mode),
                    Some('s') => size(node).to_string(),
                    Some('U') => node.meta.uid.to_string(),
                    Some('G') => node.meta.gid.to_string(),
                    Some('u') => {
                        user_name(call.world, node.meta.uid).unwrap_or_else(|| node.meta.uid.to_string())
                    }
                    Some('y') => (if type_letter(node) == '-' { 'f' } else { type_letter(node) }).to_string(),
                    Some('l') => match &node.kind {
                        Kind::Symlink(target) => String::from_utf8_lossy(target).into_owned(),
                        _ => String::new(),
                    },
                    _ => return Err(unsupported(call, &format!("`-printf {format}`"))),
                };
            }
            letter => out.push(letter),
        }
    }
    Ok(out)
}

/// fnmatch(3) without flags: `*`, `?`, `[...]`, a backslash; slashes and leading dots are nothing special.
pub(crate) fn matches(glob: &[u8], text: &[u8], fold: bool) -> bool {
    let same = |one: u8, other: u8| if fold { one.eq_ignore_ascii_case(&other) } else { one == other };
    let Some((&first, rest)) = glob.split_first() else { return text.is_empty() };
    match first {
        b'*' => (0..=text.len()).any(|at| matches(rest, &text[at..], fold)),
        b'?' => !text.is_empty() && matches(rest, &text[1..], fold),
        b'[' => {
            let Some((&byte, left)) = text.split_first() else { return false };
            match set(rest, byte, fold) {
                Some((holds, len)) => holds && matches(&rest[len..], left, fold),
                None => byte == b'[' && matches(rest, left, fold),
            }
        }
        b'\\' if !rest.is_empty() => {
            text.first().is_some_and(|byte| same(*byte, rest[0])) && matches(&rest[1..], &text[1..], fold)
        }
        byte => text.first().is_some_and(|other| same(*other, byte)) && matches(rest, &text[1..], fold),
    }
}

/// Whether a byte is in a set behind its `[`, and how long the set is with its `]`.
fn set(glob: &[u8], byte: u8, fold: bool) -> Option<(bool, usize)> {
    let negated = matches!(glob.first(), Some(b'!' | b'^'));
    let mut at = usize::from(negated);
    let start = at;
    let mut found = false;
    let candidates = if fold { [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] } else { [byte, byte] };
    loop {
        let low = *glob.get(at)?;
        if low == b']' && at > start {
            return Some((found != negated, at + 1));
        }
        if low == b'[' && matches!(glob.get(at + 1), Some(b':' | b'.' | b'=')) {
            return None;
        }
        if glob.get(at + 1) == Some(&b'-') && glob.get(at + 2).is_some_and(|high| *high != b']') {
            let high = glob[at + 2];
            found |= candidates.iter().any(|byte| (low..=high).contains(byte));
            at += 3;
        } else {
            found |= candidates.contains(&low);
            at += 1;
        }
    }
}
