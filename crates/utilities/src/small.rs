//! `seq`, `uname`, `arch`, `hostname`, `id`, `whoami`, `which`, and what does nothing to a tree.

use bringup_shell::{Call, Host, Status, Stop};
use bringup_tree::Kind;

use crate::accounts::{group_name, groups, user_name, users};
use crate::common::{complain, join, print, quote};
use crate::options::{parse, unsupported};

/// Status 0 and nothing else: `true`, `sync`, `logger`.
pub(crate) fn nothing(_: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    Ok(0)
}

/// Status 1 and nothing else.
pub(crate) fn no(_: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    Ok(1)
}

/// Integers in order.
pub(crate) fn seq(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let mut words = call.arguments.to_vec();
    let mut separator = "\n".to_owned();
    let mut wide = false;
    while let Some(word) = words.first().cloned() {
        match word.as_str() {
            "-w" | "--equal-width" => wide = true,
            "-s" => {
                words.remove(0);
                separator = words.first().cloned().unwrap_or_default();
            }
            word if word.starts_with("-s") => separator = word[2..].to_owned(),
            word if word.starts_with("--separator=") => separator = word["--separator=".len()..].to_owned(),
            _ => break,
        }
        words.remove(0);
    }
    let numbers: Result<Vec<i64>, _> = words.iter().map(|word| word.parse::<i64>()).collect();
    let numbers = numbers.map_err(|_| unsupported(call, "what is no integer"))?;
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return Err(unsupported(call, "this number of operands")),
    };
    if (last - first) / step > 1_000_000 {
        return Err(unsupported(call, "so many numbers"));
    }
    let width = if wide { first.to_string().len().max(last.to_string().len()) } else { 0 };
    let mut texts = Vec::new();
    let mut number = first;
    while if step > 0 { number <= last } else { number >= last } {
        texts.push(format!("{number:0width$}"));
        number += step;
    }
    if !texts.is_empty() {
        print(call, &format!("{}\n", texts.join(&separator)));
    }
    Ok(0)
}

/// The kernel's name of a Debian architecture's machine.
fn machine(architecture: &str) -> Option<&'static str> {
    Some(match architecture {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "armhf" | "armel" => "armv7l",
        "i386" => "i686",
        "riscv64" => "riscv64",
        "ppc64el" => "ppc64le",
        "s390x" => "s390x",
        "loong64" => "loongarch64",
        _ => return None,
    })
}

/// What system this is. Its release and version are those of no kernel: the environment has to say them, as
/// `UNAME_RELEASE` and `UNAME_VERSION`.
pub(crate) fn uname(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const LONG: &[(&str, char)] = &[
        ("kernel-name", 's'),
        ("kernel-release", 'r'),
        ("kernel-version", 'v'),
        ("machine", 'm'),
        ("nodename", 'n'),
        ("operating-system", 'o'),
    ];
    let parsed = parse(call, "mnorsv", LONG)?;
    let none = parsed.options.is_empty();
    let mut parts = Vec::new();
    for letter in "snrvmo".chars().filter(|letter| parsed.has(*letter) || none && *letter == 's') {
        let known = |name: &str| call.world.environment.get(name).cloned();
        let text = match letter {
            's' => Some("Linux".to_owned()),
            'n' => Some(host_name(call)),
            'r' => known("UNAME_RELEASE"),
            'v' => known("UNAME_VERSION"),
            'm' => machine(&call.world.architecture).map(str::to_owned),
            _ => Some("GNU/Linux".to_owned()),
        };
        parts.push(
            text.ok_or_else(|| unsupported(call, &format!("`-{letter}` of a kernel that does not run")))?,
        );
    }
    print(call, &format!("{}\n", parts.join(" ")));
    Ok(0)
}

/// The machine's name in the kernel.
pub(crate) fn arch(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let name = machine(&call.world.architecture).ok_or_else(|| unsupported(call, "this architecture"))?;
    print(call, &format!("{name}\n"));
    Ok(0)
}

fn host_name(call: &Call<'_>) -> String {
    let text = call.world.read("/etc/hostname").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    if text.is_empty() { "localhost".to_owned() } else { text }
}

/// The tree's host name.
pub(crate) fn hostname(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "s", &[("short", 's')])?;
    if !parsed.operands.is_empty() {
        return Err(unsupported(call, "to set the name"));
    }
    let name = host_name(call);
    let shown = if parsed.has('s') { name.split('.').next().unwrap_or_default() } else { &name };
    print(call, &format!("{shown}\n"));
    Ok(0)
}

/// One processor, whatever builds.
pub(crate) fn nproc(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    parse(call, "#=:", &[("all", '#'), ("ignore", '=')])?;
    print(call, "1\n");
    Ok(0)
}

/// Root.
pub(crate) fn whoami(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    parse(call, "", &[])?;
    let name = user_name(call.world, 0).unwrap_or_else(|| "root".to_owned());
    print(call, &format!("{name}\n"));
    Ok(0)
}

/// Numbers and names of a user, of root without a name.
pub(crate) fn id(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let long = &[("group", 'g'), ("groups", 'G'), ("name", 'n'), ("real", 'r'), ("user", 'u'), ("zero", 'z')];
    let parsed = parse(call, "gGnruz", long)?;
    let (name, uid, gid) = match parsed.operands.as_slice() {
        [] => (None, 0, 0),
        [text] => {
            let all = users(call.world);
            let by_number = || all.iter().find(|user| Some(user.uid) == text.parse().ok());
            let Some(user) = all.iter().find(|user| user.name == *text).or_else(by_number) else {
                complain(call, &format!("{}: no such user", quote(text)));
                return Ok(1);
            };
            (Some(user.name.clone()), user.uid, user.gid)
        }
        _ => return Err(unsupported(call, "several users")),
    };
    let mut all = vec![gid];
    if let Some(name) = &name {
        let mine = groups(call.world)
            .into_iter()
            .filter(|group| group.members.contains(name))
            .map(|group| group.gid);
        all.extend(mine.filter(|other| *other != gid));
    }
    let world = &*call.world;
    let user =
        |uid: u32| user_name(world, uid).filter(|_| parsed.has('n')).unwrap_or_else(|| uid.to_string());
    let group =
        |gid: &u32| group_name(world, *gid).filter(|_| parsed.has('n')).unwrap_or_else(|| gid.to_string());
    let text = match parsed.last_of("ugG") {
        Some('u') => user(uid),
        Some('g') => group(&gid),
        Some(_) => all.iter().map(group).collect::<Vec<_>>().join(if parsed.has('z') { "\0" } else { " " }),
        None if parsed.options.is_empty() => {
            let named = |number: u32, name: Option<String>| match name {
                Some(name) => format!("{number}({name})"),
                None => number.to_string(),
            };
            let list: Vec<String> = all.iter().map(|gid| named(*gid, group_name(world, *gid))).collect();
            let (user, group) = (named(uid, user_name(world, uid)), named(gid, group_name(world, gid)));
            format!("uid={user} gid={group} groups={}", list.join(","))
        }
        None => return Err(unsupported(call, "these options")),
    };
    let end = if parsed.has('z') { "\0" } else { "\n" };
    print(call, &format!("{text}{end}"));
    Ok(0)
}

/// Where programs are in the tree.
pub(crate) fn which(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let parsed = parse(call, "+as", &[])?;
    let default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let path = call.world.environment.get("PATH").cloned().unwrap_or_else(|| default.to_owned());
    let mut status = u8::from(parsed.operands.is_empty());
    for name in &parsed.operands {
        let candidates: Vec<String> = if name.contains('/') {
            vec![name.clone()]
        } else {
            path.split(':').map(|folder| join(if folder.is_empty() { "." } else { folder }, name)).collect()
        };
        let runs = |path: &&String| {
            let node = call.world.stat(path);
            node.is_some_and(|node| matches!(node.kind, Kind::File(_)) && node.meta.mode & 0o111 != 0)
        };
        let mut found: Vec<String> = candidates.iter().filter(runs).cloned().collect();
        if !parsed.has('a') {
            found.truncate(1);
        }
        if found.is_empty() {
            status = 1;
        }
        if !parsed.has('s') {
            found.iter().for_each(|path| print(call, &format!("{path}\n")));
        }
    }
    Ok(status)
}

/// File attributes of ext4 are not kept in a tree; setting them changes nothing there.
pub(crate) fn chattr(_: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    Ok(0)
}
