//! The steps of a page that a test follows.

/// What a fenced block of the page asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A line of a block `sh run`: a command to run.
    Run(String),
    /// A line of a block `sh boot`: a command that leaves a machine's console on the terminal.
    Boot(String),
    /// A block `diff run`: lines of the new record, and those that take their place.
    Edit {
        /// As they are.
        old: String,
        /// As they become.
        new: String,
    },
}

/// The steps, in the page's order; other blocks are none.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    // Every second part is inside of a fence: its first line says what the block is.
    for block in page.split("```").skip(1).step_by(2) {
        let (kind, lines) = block.split_once('\n').unwrap_or((block, ""));
        match kind {
            "sh run" => steps.extend(lines.lines().map(|line| Step::Run(line.to_owned()))),
            "sh boot" => steps.extend(lines.lines().map(|line| Step::Boot(line.to_owned()))),
            "diff run" => steps.push(Step::Edit { old: side(lines, '-'), new: side(lines, '+') }),
            _ => (),
        }
    }
    steps
}

/// The lines of one side of a difference, and those that both have.
fn side(lines: &str, sign: char) -> String {
    let of_side = |line: &str| {
        let text = line.strip_prefix([sign, ' '])?;
        Some(format!("{text}\n"))
    };
    lines.lines().filter_map(of_side).collect()
}
