//! File modes as chmod(1) writes them.

/// A parsed mode.
#[derive(Debug, Clone)]
pub(crate) enum Mode {
    /// Octal; whether it says all twelve bits, so that a folder's set-id bits go too.
    Octal(u32, bool),
    /// Symbolic clauses, in order.
    Symbolic(Vec<Clause>),
}

/// `WHO OPERATION WHAT` of a symbolic mode.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    /// The bits of the classes meant; none if not said, so that the umask counts.
    who: Option<u32>,
    operation: char,
    what: String,
}

const USER: u32 = 0o4700;
const GROUP: u32 = 0o2070;
// The sticky bit goes with the others.
const OTHER: u32 = 0o1007;
const ALL: u32 = 0o7777;

impl Mode {
    /// Reads a mode; none if it is no mode.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            let bits = u32::from_str_radix(text, 8).ok().filter(|bits| *bits <= ALL)?;
            return Some(Self::Octal(bits, text.len() > 4));
        }
        let mut clauses = Vec::new();
        for part in text.split(',') {
            let start = part.find(['+', '-', '='])?;
            let (classes, mut rest) = part.split_at(start);
            let mut who = 0;
            for class in classes.chars() {
                who |= match class {
                    'u' => USER,
                    'g' => GROUP,
                    'o' => OTHER,
                    'a' => ALL,
                    _ => return None,
                };
            }
            let who = (!classes.is_empty()).then_some(who);
            while let Some(operation) = rest.chars().next() {
                let behind = &rest[1..];
                let end = behind.find(['+', '-', '=']).unwrap_or(behind.len());
                let what = behind[..end].to_owned();
                let copies = what.len() == 1 && "ugo".contains(&what);
                if !copies && !what.chars().all(|letter| "rwxXst".contains(letter)) {
                    return None;
                }
                clauses.push(Clause { who, operation, what });
                rest = &behind[end..];
            }
        }
        Some(Self::Symbolic(clauses))
    }

    /// The mode that this makes of another.
    pub(crate) fn apply(&self, old: u32, directory: bool, umask: u32) -> u32 {
        match self {
            Self::Octal(bits, all) => {
                // GNU keeps a folder's set-id bits unless they are given or all digits are.
                let kept = if directory && !all { old & 0o6000 } else { 0 };
                bits | kept
            }
            Self::Symbolic(clauses) => {
                clauses.iter().fold(old, |mode, clause| clause.apply(mode, directory, umask))
            }
        }
    }
}

impl Clause {
    fn apply(&self, old: u32, directory: bool, umask: u32) -> u32 {
        let mut bits = 0;
        for letter in self.what.chars() {
            let triple = |bits: u32| (bits & 7) * 0o111;
            bits |= match letter {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' if directory || old & 0o111 != 0 => 0o111,
                's' => 0o6000,
                't' => 0o1000,
                'u' => triple(old >> 6),
                'g' => triple(old >> 3),
                'o' => triple(old),
                _ => 0,
            };
        }
        let meant = self.who.unwrap_or(ALL & !umask);
        let bits = bits & meant;
        match self.operation {
            '+' => old | bits,
            '-' => old & !bits,
            _ => {
                let mut cleared = self.who.map_or(ALL, |_| meant);
                if directory {
                    // As for octal modes: set-id bits of a folder stay unless named.
                    cleared &= !0o6000 | bits;
                }
                (old & !cleared) | bits
            }
        }
    }
}

/// `-rwxr-xr-x` without its first letter.
pub(crate) fn letters(mode: u32) -> String {
    let mut text = String::with_capacity(9);
    for (shift, special, set) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => set,
            (true, false) => set.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}
