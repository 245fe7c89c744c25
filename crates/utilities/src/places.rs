//! Where `cp`, `mv`, `ln` and `install` put things: the operands and `-t`, `-T`.

use bringup_shell::{Call, Status};

use crate::common::{base, complain, extra_operand, join, missing_after, quote, try_help};
use crate::options::Parsed;

/// Pairs of source and destination, or the status of a complaint. `follow` is false where a last
/// component that is a link to a folder counts as a file (`ln -n`).
pub(crate) fn pairs(
    call: &mut Call<'_>,
    parsed: &Parsed,
    follow: bool,
) -> Result<Vec<(String, String)>, Status> {
    let operands = &parsed.operands;
    let folder = |world: &bringup_shell::World, path: &str| {
        let link = world.lstat(path).is_some_and(|node| matches!(node.kind, bringup_tree::Kind::Symlink(_)));
        world.is_directory(path) && (follow || !link || path.ends_with('/'))
    };
    let into = |target: &str, sources: &[String]| {
        let pair = |source: &String| (source.clone(), inside(target, source));
        sources.iter().map(pair).collect::<Vec<_>>()
    };
    if operands.is_empty() {
        complain(call, "missing file operand");
        return Err(try_help(call));
    }
    if let Some(target) = parsed.value('t') {
        if !folder(call.world, target) {
            let why = if call.world.stat(target).is_some() {
                "Not a directory"
            } else {
                call.world.absence(target).text()
            };
            complain(call, &format!("target directory {}: {why}", quote(target)));
            return Err(1);
        }
        return Ok(into(target, operands));
    }
    let [sources @ .., target] = operands.as_slice() else { return Ok(Vec::new()) };
    if sources.is_empty() {
        if call.name == "ln" {
            return Ok(vec![(target.clone(), inside(".", target))]);
        }
        return Err(missing_after(call, "destination file operand", target));
    }
    if parsed.has('T') {
        if sources.len() > 1 {
            return Err(extra_operand(call, &operands[2]));
        }
        return Ok(vec![(sources[0].clone(), target.clone())]);
    }
    if folder(call.world, target) {
        return Ok(into(target, sources));
    }
    if sources.len() > 1 {
        let why = if call.world.stat(target).is_some() {
            "Not a directory"
        } else {
            call.world.absence(target).text()
        };
        complain(call, &format!("target {}: {why}", quote(target)));
        return Err(1);
    }
    Ok(vec![(sources[0].clone(), target.clone())])
}

fn inside(target: &str, source: &str) -> String {
    // `cp -r a/. b` copies into `b` itself.
    join(target, base(source))
}
