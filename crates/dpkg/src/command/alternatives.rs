//! `update-alternatives`.

use bringup_shell::{Call, Status, Stop};

use super::{fail, say, unsupported, written};
use crate::alternatives::{Choice, Group};
use crate::machine::Machine;

/// What the options say.
#[derive(Default)]
struct Request {
    action: Option<(String, Vec<String>)>,
    /// Link, name, path.
    slaves: Vec<(String, String, String)>,
    quiet: bool,
    force: bool,
}

/// How many operands each action has.
const ACTIONS: [(&str, usize); 9] = [
    ("--install", 4),
    ("--set", 2),
    ("--auto", 1),
    ("--remove", 2),
    ("--remove-all", 1),
    ("--query", 1),
    ("--display", 1),
    ("--list", 1),
    ("--get-selections", 0),
];

fn request(call: &Call<'_>) -> Result<Result<Request, String>, Stop> {
    let mut request = Request::default();
    let mut words = call.arguments;
    while let Some((word, rest)) = words.split_first() {
        words = rest;
        if let Some((action, count)) = ACTIONS.iter().find(|(action, _)| action == word) {
            if words.len() < *count {
                return Ok(Err(format!("{action} needs {count} arguments")));
            }
            let (operands, rest) = words.split_at(*count);
            words = rest;
            request.action = Some(((*action).to_owned(), operands.to_vec()));
            continue;
        }
        match word.as_str() {
            "--slave" => {
                let [link, name, path, rest @ ..] = words else {
                    return Ok(Err("--slave needs <link> <name> <path>".to_owned()));
                };
                request.slaves.push((link.clone(), name.clone(), path.clone()));
                words = rest;
            }
            "--quiet" => request.quiet = true,
            "--verbose" | "--skip-auto" => {}
            "--force" => request.force = true,
            other => return unsupported(call, format!("`{other}`")),
        }
    }
    Ok(Ok(request))
}

/// The command.
pub(crate) fn command(_: &mut Machine<'_>, call: &mut Call<'_>) -> Result<Status, Stop> {
    let request = match request(call)? {
        Ok(request) => request,
        Err(text) => return fail(call, &text),
    };
    let Some((action, operands)) = &request.action else {
        return fail(
            call,
            "need --display, --query, --list, --get-selections, --config, --set, --set-selections, --install, --remove, --all, --remove-all or --auto",
        );
    };
    match (action.as_str(), &operands[..]) {
        ("--install", [link, name, path, priority]) => install(call, &request, link, name, path, priority),
        ("--get-selections", _) => unsupported(call, "`--get-selections`"),
        (_, [name, ..]) => {
            // A link or a path is as good as a name.
            let name = name.rsplit('/').next().unwrap_or_default();
            let Some(group) = Group::read(call.world, name) else {
                return match action.as_str() {
                    "--remove" => Ok(0),
                    _ => fail(call, &format!("no alternatives for {name}")),
                };
            };
            existing(call, &request, group, action, operands.get(1))
        }
        _ => unsupported(call, "such arguments"),
    }
}

fn install(
    call: &mut Call<'_>,
    request: &Request,
    link: &str,
    name: &str,
    path: &str,
    priority: &str,
) -> Result<Status, Stop> {
    let Ok(priority) = priority.parse::<i32>() else {
        return fail(call, "priority must be an integer");
    };
    if call.world.stat(path).is_none() {
        return fail(call, &format!("alternative path {path} doesn't exist"));
    }
    let mut group = Group::read(call.world, name).unwrap_or_else(|| Group::new(name, link));
    if group.link != link {
        return unsupported(call, format!("another link than `{}` for `{name}`", group.link));
    }
    let mut slaves = Vec::new();
    for (link, name, path) in &request.slaves {
        match group.slaves.iter().find(|(known, _)| known == name) {
            Some((_, known)) if known != link => {
                return unsupported(call, format!("another link than `{known}` for `{name}`"));
            }
            Some(_) => {}
            None => group.slaves.push((name.clone(), link.clone())),
        }
        slaves.push((name.clone(), path.clone()));
    }
    group.add(Choice { path: path.to_owned(), priority, slaves });
    settle(call, request, group)
}

fn existing(
    call: &mut Call<'_>,
    request: &Request,
    mut group: Group,
    action: &str,
    path: Option<&String>,
) -> Result<Status, Stop> {
    match (action, path) {
        ("--auto", _) => {
            group.auto = true;
            settle(call, request, group)
        }
        ("--set", Some(path)) => {
            if !group.choices.iter().any(|choice| choice.path == *path) {
                let text = format!("alternative {path} for {} not registered; not setting", group.name);
                return fail(call, &text);
            }
            group.auto = false;
            take(call, request, &group, path)
        }
        ("--remove", Some(path)) => {
            if !group.choices.iter().any(|choice| choice.path == *path) {
                return Ok(0);
            }
            if group.current(call.world).as_ref() == Some(path) {
                group.auto = true;
            }
            group.choices.retain(|choice| choice.path != *path);
            settle(call, request, group)
        }
        ("--remove-all", _) => {
            group.choices.clear();
            settle(call, request, group)
        }
        ("--list", _) => {
            group.choices.iter().for_each(|choice| say(call, &choice.path));
            Ok(0)
        }
        ("--query", _) => {
            query(call, &group);
            Ok(0)
        }
        _ => unsupported(call, format!("`{action}`")),
    }
}

/// Sets the links of a group that has changed, and writes its record.
fn settle(call: &mut Call<'_>, request: &Request, group: Group) -> Result<Status, Stop> {
    if group.choices.is_empty() {
        group.remove(call.world);
        return Ok(0);
    }
    let current = group.current(call.world);
    let known = current.filter(|path| group.choices.iter().any(|one| one.path == *path));
    let best = group.best().map(|best| best.path.clone());
    let goal = if group.auto { best } else { known.or(best) };
    match goal {
        Some(goal) => take(call, request, &group, &goal),
        None => Ok(0),
    }
}

/// Makes the links lead to `goal`, says so where they did not, and writes the record.
fn take(call: &mut Call<'_>, request: &Request, group: &Group, goal: &str) -> Result<Status, Stop> {
    if !request.quiet && group.current(call.world).as_deref() != Some(goal) {
        let text = format!(
            "update-alternatives: using {goal} to provide {} ({}) in {} mode",
            group.link,
            group.name,
            group.mode()
        );
        say(call, &text);
    }
    let done = match group.select(call.world, goal, request.force) {
        Ok(warnings) => {
            for warning in warnings.iter().filter(|_| !request.quiet) {
                let line = format!("update-alternatives: warning: {warning}\n");
                call.errors.extend_from_slice(line.as_bytes());
            }
            group.write(call.world)
        }
        Err(error) => Err(error),
    };
    written(call, done)
}

fn query(call: &mut Call<'_>, group: &Group) {
    say(call, &format!("Name: {}", group.name));
    say(call, &format!("Link: {}", group.link));
    if !group.slaves.is_empty() {
        say(call, "Slaves:");
        for (name, link) in group.sorted_slaves() {
            say(call, &format!(" {name} {link}"));
        }
    }
    say(call, &format!("Status: {}", group.mode()));
    if let Some(best) = group.best() {
        say(call, &format!("Best: {}", best.path));
    }
    let value = group.current(call.world).unwrap_or_else(|| "none".to_owned());
    say(call, &format!("Value: {value}"));
    for choice in group.sorted_choices() {
        say(call, "");
        say(call, &format!("Alternative: {}", choice.path));
        say(call, &format!("Priority: {}", choice.priority));
        if !group.slaves.is_empty() {
            say(call, "Slaves:");
            for (name, _) in group.sorted_slaves() {
                if let Some((_, path)) = choice.slaves.iter().find(|(slave, _)| slave == name) {
                    say(call, &format!(" {name} {path}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, machine, read, target, world};

    const RECORD: &str = "/var/lib/dpkg/alternatives/pager";

    // Every answer and record as update-alternatives 1.21 gives it.
    #[test]
    fn the_best_choice_is_taken_with_its_slaves() {
        let mut machine = machine(&[]);
        let files = [
            "/usr/bin/less",
            "/usr/bin/most",
            "/bin/more",
            "/man/more.1",
            "/man/less.1",
            "/link/.keep",
            "/etc/.keep",
        ];
        let mut world = world(&files.map(|file| (file, "")));
        let said = |machine: &mut _, world: &mut _, line: &str, wanted: &str| {
            assert_eq!(call(machine, world, line), (0, wanted.to_owned(), String::new()), "{line}");
        };
        said(
            &mut machine,
            &mut world,
            "update-alternatives --install /link/pager pager /bin/more 50 --slave /link/pager.1 pager.1 /man/more.1",
            "update-alternatives: using /bin/more to provide /link/pager (pager) in auto mode\n",
        );
        assert_eq!(
            read(&world, RECORD),
            "auto\n/link/pager\npager.1\n/link/pager.1\n\n/bin/more\n50\n/man/more.1\n\n"
        );
        said(
            &mut machine,
            &mut world,
            "update-alternatives --install /link/pager pager /usr/bin/most 40",
            "",
        );
        assert_eq!(target(&world, "/etc/alternatives/pager"), "/bin/more");
        said(
            &mut machine,
            &mut world,
            "update-alternatives --install /link/pager pager /usr/bin/less 77 --slave /link/pager.1 pager.1 /man/less.1",
            "update-alternatives: using /usr/bin/less to provide /link/pager (pager) in auto mode\n",
        );
        assert_eq!(target(&world, "/link/pager.1"), "/etc/alternatives/pager.1");
        assert_eq!(target(&world, "/etc/alternatives/pager.1"), "/man/less.1");
        said(
            &mut machine,
            &mut world,
            "update-alternatives --set pager /usr/bin/most",
            "update-alternatives: using /usr/bin/most to provide /link/pager (pager) in manual mode\n",
        );
        assert!(world.lstat("/link/pager.1").is_none());
        assert!(world.lstat("/etc/alternatives/pager.1").is_none());
        assert_eq!(
            read(&world, RECORD),
            "manual\n/link/pager\npager.1\n/link/pager.1\n\n/bin/more\n50\n/man/more.1\n\
             /usr/bin/less\n77\n/man/less.1\n/usr/bin/most\n40\n\n\n"
        );
        said(&mut machine, &mut world, "update-alternatives --quiet --auto pager", "");
        said(
            &mut machine,
            &mut world,
            "update-alternatives --list pager",
            "/bin/more\n/usr/bin/less\n/usr/bin/most\n",
        );
        said(
            &mut machine,
            &mut world,
            "update-alternatives --query pager",
            "Name: pager\nLink: /link/pager\nSlaves:\n pager.1 /link/pager.1\nStatus: auto\n\
             Best: /usr/bin/less\nValue: /usr/bin/less\n\n\
             Alternative: /bin/more\nPriority: 50\nSlaves:\n pager.1 /man/more.1\n\n\
             Alternative: /usr/bin/less\nPriority: 77\nSlaves:\n pager.1 /man/less.1\n\n\
             Alternative: /usr/bin/most\nPriority: 40\nSlaves:\n",
        );
        said(
            &mut machine,
            &mut world,
            "update-alternatives --remove pager /usr/bin/less",
            "update-alternatives: using /bin/more to provide /link/pager (pager) in auto mode\n",
        );
        said(&mut machine, &mut world, "update-alternatives --remove-all pager", "");
        assert!(world.lstat("/link/pager").is_none() && world.lstat(RECORD).is_none());
    }

    #[test]
    fn a_file_is_not_replaced_by_a_link() {
        let mut machine = machine(&[]);
        let mut world = world(&[("/bin/a", ""), ("/bin/vi", "a file"), ("/etc/.keep", "")]);
        let line = "update-alternatives --install /bin/vi vi /bin/a 1";
        let (status, _, errors) = call(&mut machine, &mut world, line);
        assert_eq!(
            (status, errors.as_str()),
            (0, "update-alternatives: warning: not replacing /bin/vi with a link\n")
        );
        assert_eq!(read(&world, "/bin/vi"), "a file");
        let (status, _, errors) =
            call(&mut machine, &mut world, "update-alternatives --install /bin/x x /bin/none 1");
        assert_eq!(
            (status, errors.as_str()),
            (2, "update-alternatives: error: alternative path /bin/none doesn't exist\n")
        );
    }
}
