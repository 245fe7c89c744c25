//! What dash does with scripts is what this shell does: `dash.txt` was recorded from dash 0.5.12.
//!
//! A case is a script (`$`), its output (`>`), its messages (`!`) and its status (`=`). `%` behind output says
//! that the last line does not end.

mod host;

use host::{Host, world};

struct Case<'a> {
    line: usize,
    script: String,
    output: String,
    errors: String,
    status: &'a str,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let new =
        |line| Case { line, script: String::new(), output: String::new(), errors: String::new(), status: "" };
    let mut case = new(1);
    for (index, line) in text.lines().enumerate() {
        let (kind, rest) = line.split_at(1);
        let add = |to: &mut String| {
            to.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            to.push('\n');
        };
        match kind {
            "$" => add(&mut case.script),
            ">" => add(&mut case.output),
            "!" => add(&mut case.errors),
            "%" => drop(case.output.pop()),
            _ => {
                case.status = rest.trim();
                cases.push(std::mem::replace(&mut case, new(index + 2)));
            }
        }
    }
    cases
}

#[test]
fn scripts_do_what_dash_does() {
    let cases = cases(include_str!("dash.txt"));
    assert!(cases.len() >= 250, "{} cases", cases.len());
    for case in cases {
        let mut world = world();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let script = bringup_shell::Script { name: "x.sh", text: &case.script, arguments: &[] };
        let mut io = bringup_shell::Io { input: b"in1\nin2\n", output: &mut output, errors: &mut errors };
        let status = bringup_shell::run(&script, &mut world, &mut Host::default(), &mut io);
        let status = status.map_or_else(|stop| stop.to_string(), |status| status.to_string());
        let place = format!("dash.txt, line {}:\n{}", case.line, case.script);
        assert_eq!(String::from_utf8_lossy(&output), case.output, "{place}");
        assert_eq!(String::from_utf8_lossy(&errors), case.errors, "{place}");
        assert_eq!(status, case.status, "{place}");
    }
}
