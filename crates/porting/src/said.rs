use std::fmt;

/// A fact, and where a file says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// What is said.
    pub value: T,
    /// Where: `a64-olinuxino_defconfig, line 6: CONFIG_MACH_SUN50I=y`.
    pub source: String,
}

impl<T> Said<T> {
    /// `value`, as the line `text` at `line` of `file` has it.
    pub(crate) fn at_line(value: T, file: &str, line: usize, text: impl fmt::Display) -> Self {
        Self { value, source: format!("{file}, line {line}: {text}") }
    }

    /// Another value from the same place.
    pub(crate) fn with<U>(&self, value: U) -> Said<U> {
        Said { value, source: self.source.clone() }
    }
}
