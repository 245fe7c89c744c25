//! Starting and stopping services: nothing runs here, as in a chroot whose policy denies everything.

use bringup_shell::{Call, Status, Stop};
use bringup_tree::Kind;

use super::{records, unsupported, written};
use crate::machine::Machine;

/// `invoke-rc.d`: a policy that answers 101 makes it succeed without doing anything.
pub(crate) fn invoke_rc_d(_: &mut Machine<'_>, _: &mut Call<'_>) -> Result<Status, Stop> {
    Ok(0)
}

/// `policy-rc.d`: 101, forbidden (its interface, `README.policy-rc.d.gz` of init-system-helpers).
pub(crate) fn policy_rc_d(_: &mut Machine<'_>, _: &mut Call<'_>) -> Result<Status, Stop> {
    Ok(101)
}

/// `deb-systemd-invoke`: it asks the same policy.
pub(crate) fn deb_systemd_invoke(_: &mut Machine<'_>, _: &mut Call<'_>) -> Result<Status, Stop> {
    Ok(0)
}

/// `service`: there is none to talk to.
pub(crate) fn service(_: &mut Machine<'_>, _: &mut Call<'_>) -> Result<Status, Stop> {
    Ok(0)
}

/// `start-stop-daemon`: bootstrap tools replace it by a program that succeeds without doing anything.
pub(crate) fn start_stop_daemon(_: &mut Machine<'_>, _: &mut Call<'_>) -> Result<Status, Stop> {
    Ok(0)
}

/// `runlevel`: not known where no init has run.
pub(crate) fn runlevel(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    call.output.extend_from_slice(b"unknown\n");
    Ok(1)
}

/// `update-rc.d`: the links of a System V init script, as init-system-helpers makes them without
/// insserv.
pub(crate) fn update_rc_d(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let words: Vec<&str> = call.arguments.iter().map(String::as_str).filter(|word| *word != "-f").collect();
    let [name, action, ..] = words[..] else { return unsupported(call, "such arguments") };
    let links = existing(call, name);
    let start = match action {
        "remove" => {
            for link in links {
                // It was there a moment ago.
                let _ = call.world.remove(&link);
            }
            return Ok(0);
        }
        "defaults" | "start" | "stop" => 'S',
        "defaults-disabled" => 'K',
        _ => return unsupported(call, format!("`{action}`")),
    };
    if !links.is_empty() {
        return Ok(0);
    }
    let Ok(script) = call.world.read(&format!("/etc/init.d/{name}")) else {
        let text = format!("update-rc.d: error: unable to read /etc/init.d/{name}\n");
        call.errors.extend_from_slice(text.as_bytes());
        return Ok(1);
    };
    let script = String::from_utf8_lossy(&script);
    for (field, letter) in [("Default-Start", start), ("Default-Stop", 'K')] {
        for level in levels(&script, field) {
            let folder = format!("/etc/rc{level}.d");
            let link = format!("{folder}/{letter}01{name}");
            let done = records::folder(call.world, &folder)
                .and_then(|()| records::link(call.world, &link, &format!("../init.d/{name}")));
            if done.is_err() {
                return written(call, done);
            }
        }
    }
    Ok(0)
}

/// The links of a script in all run levels.
fn existing(call: &Call<'_>, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for folder in call.world.names("/etc") {
        if folder.len() != 5 || !folder.starts_with("rc") || !folder.ends_with(".d") {
            continue;
        }
        let folder = format!("/etc/{folder}");
        for link in call.world.names(&folder) {
            let Some((kind, rest)) = link.split_at_checked(3) else { continue };
            let numbered =
                kind.starts_with(['S', 'K']) && kind[1..].bytes().all(|byte| byte.is_ascii_digit());
            let path = format!("{folder}/{link}");
            if numbered
                && rest == name
                && matches!(call.world.lstat(&path).map(|node| &node.kind), Some(Kind::Symlink(_)))
            {
                found.push(path);
            }
        }
    }
    found
}

/// The run levels of a field of an LSB header.
fn levels<'a>(script: &'a str, field: &str) -> Vec<&'a str> {
    let mut inside = false;
    for line in script.lines() {
        match line.trim_end() {
            "### BEGIN INIT INFO" => inside = true,
            "### END INIT INFO" => break,
            line if inside => {
                let value = line.strip_prefix("# ").and_then(|line| line.strip_prefix(field));
                if let Some(value) = value.and_then(|value| value.strip_prefix(':')) {
                    return value.split_whitespace().collect();
                }
            }
            _ => {}
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, machine, target, world};

    #[test]
    fn an_init_script_gets_its_links_once() {
        let header =
            "#!/bin/sh\n### BEGIN INIT INFO\n# Default-Start:  2 S\n# Default-Stop: 0\n### END INIT INFO\n";
        let mut machine = machine(&[]);
        let mut world = world(&[("/etc/init.d/a", header)]);
        let mut run = |world: &mut _, line: &str| call(&mut machine, world, line).0;
        assert_eq!(run(&mut world, "update-rc.d a defaults"), 0);
        for (link, to) in
            [("rc2.d/S01a", "../init.d/a"), ("rcS.d/S01a", "../init.d/a"), ("rc0.d/K01a", "../init.d/a")]
        {
            assert_eq!(target(&world, &format!("/etc/{link}")), to);
        }
        world.remove("/etc/rc2.d/S01a").unwrap();
        assert_eq!(run(&mut world, "update-rc.d a defaults"), 0);
        assert!(world.lstat("/etc/rc2.d/S01a").is_none(), "what is enabled is the administrator's choice");
        assert_eq!(run(&mut world, "update-rc.d -f a remove"), 0);
        assert!(world.names("/etc/rc0.d").is_empty());
        assert_eq!(run(&mut world, "update-rc.d b defaults"), 1);
        assert_eq!(run(&mut world, "invoke-rc.d a start"), 0);
        assert_eq!(run(&mut world, "policy-rc.d a start"), 101);
    }
}
