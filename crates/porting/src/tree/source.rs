//! Sources of device trees, `.dts`: the syntax of the Devicetree Specification 0.4, chapter 6, and the
//! preprocessor's lines, which are skipped. What a source includes is not read.

use super::{Storage, Tree, serial_index};
use crate::{Error, Said};

/// Words behind the `#` of a preprocessor's line; other lines with a `#` are properties like
/// `#address-cells`.
const DIRECTIVES: [&str; 10] =
    ["include", "define", "undef", "if", "ifdef", "ifndef", "else", "elif", "endif", "error"];

/// A statement of a source.
struct Statement<'a> {
    /// Names of the nodes it is in, the outermost first: `/`, `chosen`; or `&mmc0`.
    inside: Vec<&'a str>,
    /// `status`.
    name: &'a str,
    /// What stands behind `=`: `"okay"`; nothing for a property without a value.
    value: &'a str,
    /// The number of its first line.
    line: usize,
}

pub(super) fn read(file: &str, text: &str) -> Result<Tree, Error> {
    let (text, includes) = blank_out(text);
    let statements = statements(file, &text)?;
    // A version, or something inside of a tree's root or of a node that another file has.
    let is_tree = |it: &Statement<'_>| {
        it.name.starts_with("/dts-v1/") || it.inside.first().is_some_and(|node| node.starts_with(['/', '&']))
    };
    if !statements.iter().any(is_tree) {
        return Err(Error::NotATree { file: file.to_owned() });
    }
    let mut tree = Tree { file: file.to_owned(), includes, ..Tree::default() };
    let said = |it: &Statement<'_>, value: String| Said::at_line(value, file, it.line, it.name);
    let strings = |path: &[&str], name: &str| {
        let found = statements.iter().rev().find(|it| it.inside == path && it.name == name)?;
        Some(said(found, string(found.value).or_else(|| reference(found.value))?))
    };
    tree.model = strings(&["/"], "model");
    if let Some(stdout) = strings(&["/", "chosen"], "stdout-path") {
        tree.take_stdout(&stdout, |target| {
            let aliases = statements.iter().filter(|it| it.inside.last() == Some(&"aliases"));
            let mut serial = aliases.filter_map(|it| Some((serial_index(it.name)?, it.value)));
            serial.find_map(|(index, value)| {
                let same = string(value).or_else(|| reference(value)).as_deref() == Some(target);
                same.then_some(index)
            })
        });
    }
    tree.memory = memory(file, &statements);
    tree.storage = storage(file, &statements);
    Ok(tree)
}

/// The text with blanks in place of comments and of the preprocessor's lines; line ends stay. And the
/// files that it includes.
fn blank_out(text: &str) -> (String, Vec<String>) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(char) = rest.chars().next() {
        let comment = match rest.get(..2) {
            Some("/*") if !quoted => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            Some("//") if !quoted => rest.find('\n').unwrap_or(rest.len()),
            _ => 0,
        };
        if comment > 0 {
            out.extend(rest[..comment].chars().filter(|char| *char == '\n'));
            // So that what it parts stays parted.
            out.push(' ');
            rest = &rest[comment..];
            continue;
        }
        // Escapes are rare here: `\"` inside a string.
        let len = if quoted && char == '\\' {
            rest.chars().take(2).map(char::len_utf8).sum()
        } else {
            char.len_utf8()
        };
        quoted ^= char == '"';
        out.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    let mut includes = Vec::new();
    let mut continued = false;
    let lines: Vec<&str> = out
        .lines()
        .map(|line| {
            let skipped = continued || directive(line, &mut includes);
            continued = skipped && line.trim_end().ends_with('\\');
            if skipped { "" } else { line }
        })
        .collect();
    (lines.join("\n"), includes)
}

/// Whether the line is the preprocessor's, or dtc's own `/include/`; takes the file that it includes.
fn directive(line: &str, includes: &mut Vec<String>) -> bool {
    let line = line.trim();
    let included = |text: &str| text.trim().trim_matches(['"', '<', '>']).to_owned();
    if let Some(file) = line.strip_prefix("/include/") {
        includes.push(included(file.trim_end_matches(';')));
        return true;
    }
    let Some(rest) = line.strip_prefix('#') else { return false };
    let rest = rest.trim_start();
    let word = rest.split(|char: char| !char.is_ascii_alphabetic()).next().unwrap_or_default();
    if word == "include" {
        includes.push(included(&rest[word.len()..]));
    }
    // `#include` ends behind the word; `#interrupt-cells` goes on with a hyphen.
    DIRECTIVES.contains(&word) && !rest[word.len()..].starts_with('-')
}

fn statements<'a>(file: &str, text: &'a str) -> Result<Vec<Statement<'a>>, Error> {
    let broken = |line, what| Error::BadSource { file: file.to_owned(), line, what };
    let mut found = Vec::new();
    let mut inside: Vec<&str> = Vec::new();
    let (mut start, mut line, mut quoted) = (0, 1, false);
    for (at, char) in text.char_indices() {
        match char {
            '\n' => line += 1,
            '"' if !text[..at].ends_with('\\') => quoted = !quoted,
            '{' | '}' | ';' if !quoted => {
                let before = &text[start..at];
                let written = before.trim();
                let first = line - before.trim_start().matches('\n').count();
                start = at + 1;
                match char {
                    '{' => inside.push(node_name(written)),
                    '}' => {
                        inside.pop().ok_or_else(|| broken(line, "a `}` without its `{`"))?;
                    }
                    _ if written.is_empty() => (),
                    _ => {
                        let (name, value) = written.split_once('=').unwrap_or((written, ""));
                        let (name, value) = (name.trim(), value.trim());
                        found.push(Statement { inside: inside.clone(), name, value, line: first });
                    }
                }
            }
            _ => (),
        }
    }
    match inside.is_empty() && !quoted {
        true => Ok(found),
        false => Err(broken(line, "the file ends inside a node or a string")),
    }
}

/// The node that a `{` begins, without labels in front: `mmc@1c0f000`, `/` or `&mmc0`.
fn node_name(written: &str) -> &str {
    written.rsplit([':', ' ', '\t', '\n']).next().unwrap_or_default()
}

/// The one string that a value is.
fn string(value: &str) -> Option<String> {
    let text = value.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('"')).then(|| text.to_owned())
}

/// The reference that a value is: `&uart0`.
fn reference(value: &str) -> Option<String> {
    value.starts_with('&').then(|| value.to_owned())
}

/// All memory nodes' sizes together; none if one of them cannot be told.
fn memory(file: &str, statements: &[Statement<'_>]) -> Option<Said<u64>> {
    let in_memory = |it: &&Statement<'_>| match it.inside[..] {
        ["/", node] => node.split('@').next() == Some("memory") && it.name == "reg",
        _ => false,
    };
    let mut nodes = statements.iter().filter(in_memory);
    let first = nodes.next()?;
    let sum = nodes.try_fold(size(first.value)?, |sum, it| sum.checked_add(size(it.value)?))?;
    (sum > 0).then(|| Said::at_line(sum, file, first.line, format_args!("reg = {}", first.value)))
}

/// The size in a `reg` of one region. How many cells a number has is in a file that was not read, as a
/// rule, so two cells are taken for an address and a size, and four for two of each.
fn size(reg: &str) -> Option<u64> {
    let cells = reg.strip_prefix('<')?.strip_suffix('>')?;
    let number = |cell: &str| match cell.strip_prefix("0x").or_else(|| cell.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => cell.parse().ok(),
    };
    let cells: Vec<u32> = cells.split_whitespace().map(number).collect::<Option<_>>()?;
    match cells[..] {
        [_, size] => Some(size.into()),
        // The high halves of an address and a size: anything larger is two regions.
        [address, _, high, low] if address < 0x100 && high < 0x100 => {
            Some(u64::from(high) << 32 | u64::from(low))
        }
        _ => None,
    }
}

/// The storage controllers that a source switches on by their labels.
fn storage(file: &str, statements: &[Statement<'_>]) -> Vec<Said<Storage>> {
    let of = |label: &str, name: &str| {
        statements.iter().find(|it| it.inside.len() == 1 && it.inside[0] == label && it.name == name)
    };
    let is_on = |it: &&Statement<'_>| it.name == "status" && matches!(it.value, "\"okay\"" | "\"ok\"");
    let all = statements.iter().filter(is_on).filter_map(|it| match it.inside[..] {
        [node] => Some((node, node.strip_prefix('&')?, it)),
        _ => None,
    });
    all.filter(|(_, label, _)| is_storage_label(label))
        .filter(|(node, ..)| of(node, "mmc-pwrseq").is_none() || of(node, "no-sdio").is_some())
        .map(|(_, label, it)| Said::at_line(Storage::Label(label.to_owned()), file, it.line, "status"))
        .collect()
}

/// The labels that Linux's trees give storage controllers.
fn is_storage_label(label: &str) -> bool {
    ["mmc", "emmc", "sdmmc", "sdhci", "sdhi", "usdhc", "sata", "ahci"].iter().any(|name| {
        label.strip_prefix(name).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"// a board
/dts-v1/;
#include "chip.dtsi"
#include <dt-bindings/gpio/gpio.h>
#define LONG \
    { { {
/include/ "more.dtsi"

/ {
	model = "Maker \"New\" Board; 2 {";
	model = "Maker Board"; /* the last one counts
	stdout-path = "serial7"; */
	#size-cells = <1>;

	aliases {
		serial0 = &uart0;
		serial3 = &uart3;
	};

	chosen {
		stdout-path = "serial0:115200n8";
	};

	memory@40000000 {
		device_type = "memory";
		reg = <0x40000000
		       0x20000000>;
	};

	leds: led-controller {
		led@0 { status = "okay"; };
	};
};

&mmc0 {
	bus-width = <4>;
	status = "okay";
};

&mmc1 {
	mmc-pwrseq = <&wifi_pwrseq>;
	status = "okay";
};

&mmc2 { status = "disabled"; };

&mmc0_pins { status = "okay"; };
"#;

    fn parse(text: &str) -> Result<Tree, Error> {
        Tree::parse("board.dts", text.as_bytes())
    }

    fn with_root(inside: &str) -> Tree {
        parse(&format!("/dts-v1/;\n/ {{\n{inside}\n}};\n")).unwrap()
    }

    #[test]
    fn each_fact_has_its_line() {
        let tree = parse(TEXT).unwrap();
        let model = Said::at_line("Maker Board".to_owned(), "board.dts", 11, "model");
        assert_eq!(tree.model, Some(model));
        assert_eq!(tree.console, Some(Said::at_line(0, "board.dts", 21, "stdout-path")));
        assert_eq!(tree.baud.unwrap().value, 115_200);
        let memory = tree.memory.unwrap();
        assert_eq!(memory.value, 512 << 20);
        assert!(memory.source.starts_with("board.dts, line 26: reg = <0x40000000"), "{}", memory.source);
    }

    #[test]
    fn storage_is_what_the_source_switches_on() {
        let mmc0 = Said::at_line(Storage::Label("mmc0".to_owned()), "board.dts", 37, "status");
        assert_eq!(parse(TEXT).unwrap().storage, [mmc0]);
    }

    #[test]
    fn what_is_included_is_listed() {
        assert_eq!(parse(TEXT).unwrap().includes, ["chip.dtsi", "dt-bindings/gpio/gpio.h", "more.dtsi"]);
    }

    #[test]
    fn stdout_may_be_a_reference() {
        let aliases = "aliases { serial1 = &uart0; serial3 = &uart3; };";
        let tree = with_root(&format!("{aliases} chosen {{ stdout-path = &uart3; }};"));
        assert_eq!(tree.console.unwrap().value, 3);
    }

    #[test]
    fn memory_is_told_where_its_cells_are_clear() {
        let memory =
            |reg: &str| with_root(&format!("memory@0 {{ reg = {reg}; }};")).memory.map(|said| said.value);
        assert_eq!(memory("<0x40000000 1024>"), Some(1024));
        assert_eq!(memory("<0x0 0x80000000 0x1 0x00000000>"), Some(1 << 32));
        assert_eq!(memory("<0x40000000 0x1000 0x80000000 0x1000>"), None);
        assert_eq!(memory("<0x0 0x80000000 0x1>"), None);
        assert_eq!(memory("<BASE 0x1000>"), None);
        assert_eq!(memory("<0x40000000 0>"), None, "left to the boot loader");
        let two = "memory@0 { reg = <0 4096>; }; memory@8000 { reg = <0x8000 4096>; };";
        assert_eq!(with_root(two).memory.unwrap().value, 8192);
    }

    #[test]
    fn broken_structure_is_an_error() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(error("/dts-v1/;\n/ {\n};\n};\n"), "`board.dts`, line 4: a `}` without its `{`");
        assert_eq!(error("/ {\n"), "`board.dts`, line 1: the file ends inside a node or a string");
        assert!(error("/ { a = \"b; };").ends_with("the file ends inside a node or a string"));
    }

    #[test]
    fn nothing_of_it_panics() {
        for end in (0..TEXT.len()).filter(|end| TEXT.is_char_boundary(*end)) {
            let _ = parse(&TEXT[..end]);
        }
        for text in ["/*", "//", "\"", "\\", "é/*é*/é", "#", "{", "=;", "/ { = ; };"] {
            let _ = parse(text);
        }
    }
}
