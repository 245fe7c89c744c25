//! What is not dash's: the host, scripts of the tree, stops, limits, and bash.

mod host;

use bringup_shell::{Io, Script, Stop, World, execute, parse, run};
use bringup_tree::{Content, Kind, Meta};
use host::{Host, world};

/// Runs a script; gives output and messages together with the status.
fn result_in(world: &mut World, text: &str) -> Result<(String, u8), Stop> {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut io = Io { input: b"", output: &mut output, errors: &mut errors };
    let arguments = ["configure".to_owned()];
    let script = Script { name: "postinst", text, arguments: &arguments };
    let status = run(&script, world, &mut Host::default(), &mut io)?;
    output.extend(errors);
    Ok((String::from_utf8(output).unwrap(), status))
}

fn result(text: &str) -> (String, u8) {
    result_in(&mut world(), text).unwrap()
}

fn stop(text: &str) -> String {
    result_in(&mut world(), text).unwrap_err().to_string()
}

fn install(world: &mut World, path: &str, text: &str) {
    let folder = Meta::root(0o755, 0);
    let file = Kind::File(Content::bytes(text));
    world.tree.insert_all(path, folder.clone(), file, &folder).unwrap();
}

#[test]
fn a_host_sets_variables_of_the_shell_that_calls_it() {
    let text = "db_get a/b; echo \"$RET\"; x=$(db_get c; echo $RET); echo \"$x $RET\"; env | cat";
    assert_eq!(result(text).0, "value of a/b\nvalue of c value of a/b\nHOME=/root\nPATH=/usr/bin:/bin\n");
}

#[test]
fn a_host_may_take_the_place_of_a_file() {
    let mut host = Host::default();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut io = Io { input: b"", output: &mut output, errors: &mut errors };
    let script = Script { name: "config", text: ". /usr/share/confmodule\necho on", arguments: &[] };
    assert_eq!(run(&script, &mut world(), &mut host, &mut io).unwrap(), 0);
    assert_eq!((host.taken, output), (vec!["/usr/share/confmodule".to_owned()], b"on\n".to_vec()));
}

#[test]
fn commands_that_read_end_a_loop_and_others_do_not() {
    let text = "printf '1\\n2\\n' >f; while read l; do echo $l; env >/dev/null; done <f; \
                while read l; do echo $l; cat; done <f";
    assert_eq!(result(text).0, "1\n2\n1\n2\n");
}

#[test]
fn scripts_of_the_tree_are_interpreted() {
    let mut world = world();
    install(&mut world, "usr/bin/greet", "#!/bin/sh -e\necho \"$0: $1 $A $B\"\nB=3; false; echo no\n");
    install(&mut world, "opt/tool", "#! /bin/bash\necho -e \"a\\\\tb\" 'c\\n'\n");
    let text = "A=1 greet x; echo $? $B; export B=2; /usr/bin/greet y; /opt/tool; echo z | xargs greet";
    let expected = "/usr/bin/greet: x 1 \n1\n/usr/bin/greet: y  2\na\tb c\n\n/usr/bin/greet: z  2\n";
    assert_eq!(result_in(&mut world, text).unwrap(), (expected.to_owned(), 1));
}

#[test]
fn other_programs_are_stops_and_missing_ones_are_not() {
    let mut world = world();
    install(&mut world, "usr/bin/compiled", "\x7fELF");
    install(&mut world, "usr/bin/script", "#!/usr/bin/python3\n");
    let unknown = |name: &str| format!("postinst, line 2: `{name}` is a program of the target");
    for name in ["compiled", "/usr/bin/compiled", "script"] {
        let error = result_in(&mut world, &format!("if true; then\n{name}; fi")).unwrap_err();
        assert_eq!(error.to_string(), unknown(name));
    }
    assert_eq!(result("missing || echo $?").0, "127\npostinst: 1: missing: not found\n");
    assert_eq!(
        result("/usr/share/missing/cat; echo $?").0,
        "127\npostinst: 1: /usr/share/missing/cat: not found\n"
    );
}

#[test]
fn command_v_knows_the_tree_and_the_host() {
    let text = "command -v cat; command -v db_get; command -v missing; echo $?; command -v if cd";
    assert_eq!(result(text).0, "/bin/cat\n/usr/bin/db_get\n127\nif\n");
}

#[test]
fn a_stop_says_where() {
    assert_eq!(stop("true\n\npicky --odd"), "postinst, line 3: `picky`: `--odd` is not reproduced");
    assert_eq!(stop("f() {\n picky\n}\n\nf"), "postinst, line 2: `picky`: `--odd` is not reproduced");
    assert_eq!(stop("if true; then\n echo\n"), "postinst, line 3: syntax: `fi` expected");
    assert_eq!(stop("printf %f 1"), "postinst, line 1: `printf`: `%f` is not reproduced");
    assert_eq!(stop("cat </dev/urandom"), "postinst, line 1: `<`: `/dev/urandom` is not reproduced");
    let mut world = world();
    install(&mut world, "lib/part", "\npicky\n");
    let error = result_in(&mut world, "\n\n. /lib/part").unwrap_err();
    assert_eq!(error.to_string(), "postinst, line 3: /lib/part, line 2: `picky`: `--odd` is not reproduced");
}

#[test]
fn what_a_stop_leaves_is_still_there() {
    let mut world = world();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut io = Io { input: b"", output: &mut output, errors: &mut errors };
    let script = Script { name: "a", text: "echo out; { echo kept; picky; } >f", arguments: &[] };
    assert!(run(&script, &mut world, &mut Host::default(), &mut io).is_err());
    assert_eq!((output, world.read("/w/f").unwrap()), (b"out\n".to_vec(), b"kept\n".to_vec()));
}

#[test]
fn scripts_end() {
    let mut world = world();
    world.steps = 1000;
    let error = result_in(&mut world, "while :; do :; done").unwrap_err();
    assert_eq!(error.to_string(), "postinst, line 1: more than 1000 commands");
    let deep = "commands run in one another more than 150 deep";
    assert_eq!(stop("f() { f; }; f"), format!("postinst, line 1: {deep}"));
    assert!(stop("f() { { if f; then :; fi; }; }; f").ends_with(deep));
    assert!(stop("f() { eval 'x=$(f)'; }; f").ends_with(deep));
    install(&mut world, "bin/again", "#!/bin/sh\nagain\n");
    world.steps = 100_000;
    assert!(result_in(&mut world, "again").unwrap_err().to_string().ends_with(deep));
    assert!(
        stop("x=0123456789; while :; do x=$x$x; done").ends_with("of 4194304 at most, is not reproduced")
    );
    assert!(
        stop(&format!("{}true{}", "( ".repeat(500), " )".repeat(500))).ends_with("nested deeper than 100")
    );
}

#[test]
fn surroundings_are_as_before() {
    let mut world = world();
    let text = "cd /tmp; umask 077; export X=1; echo a >f; umask 022; sh -c 'cd /; umask 0'; echo b >g";
    assert_eq!(result_in(&mut world, text).unwrap(), (String::new(), 0));
    assert_eq!((world.cwd.as_str(), world.umask, world.environment.len()), ("/w", 0o022, 2));
    let mode = |path: &str| world.tree.get(path).unwrap().meta.mode;
    assert_eq!((mode("tmp/f"), mode("tmp/g")), (0o600, 0o644));
}

#[test]
fn files_are_written_before_anything_reads_them() {
    let text = "exec 3>log; echo a >&3; cat log; echo b >&3; [ -s log ] && cat log; echo c >>log; echo d >&3; cat log";
    // The last line goes where the descriptor is, over what was appended since.
    assert_eq!(result(text).0, "a\na\nb\na\nb\nd\n");
}

#[test]
fn commands_run_for_other_programs() {
    let run = |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut io = Io { input: b"in", output: &mut output, errors: &mut errors };
        let status = execute(&arguments, &mut world(), &mut Host::default(), &mut io).unwrap();
        output.extend(errors);
        (status, String::from_utf8(output).unwrap())
    };
    assert_eq!(run(&["echo", "-e", "a\\tb"]), (0, "a\tb\n".to_owned()));
    assert_eq!(run(&["/usr/bin/test", "a", "=", "b"]), (1, String::new()));
    assert_eq!(run(&["cat"]), (0, "in".to_owned()));
    assert_eq!(run(&["sh", "-c", "echo $1 $0; exit 3", "x", "y"]), (3, "y x\n".to_owned()));
    assert_eq!(run(&["missing"]), (127, String::new()));
    assert_eq!(run(&["cd", "/"]), (127, String::new()));
}

#[test]
fn bash_scripts_are_bash() {
    let bash = |text: &str| result(&format!("#!/bin/bash\n{text}"));
    assert_eq!(bash("echo 'a\\tb'; [ a == a ] && echo eq"), ("a\\tb\neq\n".to_owned(), 0));
    assert_eq!(bash("set -o pipefail; false | true; echo $?"), ("1\n".to_owned(), 0));
    assert_eq!(bash("set -e; x=$(false; echo a); echo $x"), ("a\n".to_owned(), 0));
    assert_eq!(bash("f() { local x; echo \"[$x]\"; }; x=1; f"), ("[]\n".to_owned(), 0));
    assert_eq!(bash("echo 'echo $1' >s; source ./s arg; echo a &>o; cat o"), ("arg\na\n".to_owned(), 0));
    assert_eq!(bash("my-function() { echo dash; }; my-function"), ("dash\n".to_owned(), 0));
    let stop = |text: &str| stop(&format!("#!/bin/bash\n{text}"));
    assert_eq!(stop("[[ a == a ]]"), "postinst, line 2: syntax: `[[` is not reproduced");
    assert_eq!(stop("a=(1 2)"), "postinst, line 2: syntax: arrays are not reproduced");
    assert_eq!(stop("echo ${x//a/b}"), "postinst, line 2: `${`: an operation on `x` is not reproduced");
}

#[test]
fn options_of_the_first_line_hold() {
    assert_eq!(result("#! /bin/sh -e\nfalse\necho no"), (String::new(), 1));
    assert_eq!(result("#!/bin/sh\nfalse\necho yes"), ("yes\n".to_owned(), 0));
}

#[test]
fn text_that_is_no_utf8_may_be_in_comments_only() {
    assert_eq!(result("# \u{fffd}\necho a # \u{fffd}").0, "a\n");
    assert_eq!(stop("\necho \u{fffd}"), "postinst, line 2: a word is not UTF-8");
    assert_eq!(stop("cat <<E\n\u{fffd}\nE\n"), "postinst, line 2: a here-document is not UTF-8");
    assert_eq!(stop("x=$(printf '\\377')"), "postinst, line 1: a command's output is not UTF-8");
}

/// A script in the manner of those that packages have.
const SCRIPT: &str = r#"#!/bin/sh
set -e

. /usr/share/confmodule

db_value() {
	local name="$1" default="${2:-none}"
	db_get "$name" || RET="$default"
	echo "${RET##* }"
}

case "$1" in
    configure|reconfigure)
	if [ -z "$2" ] && ! [ -e "$DPKG_ROOT/etc/thing/$(db_value thing/file)" ]; then
		mkdir etc; touch "etc/`basename2 2>/dev/null || echo x.conf`"
		cat > etc/thing <<-EOF
			# Written at $((2 * 3)) o'clock
			value=$(db_value thing/value) ${UNSET:+never}
		EOF
	fi
	for file in etc/*.conf etc/none*; do
		[ -f "$file" ] || continue
		name=${file##*/}; name=${name%.conf}
		printf '%s:%-4s|\n' "$name" "a b" >> etc/list
	done
	OIFS="$IFS"; IFS=:; set -- a:b:c $PATH; IFS="$OIFS"
	while read -r key value; do
		case $key in \#*) continue ;; esac
		eval "v_${key%%=*}=\${key#*=}"
	done < etc/thing
	echo "$v_value $#" >&2
    ;;
    abort-*) ;;
    *) echo "called with unknown argument \`$1'" >&2; exit 1 ;;
esac
exit 0
"#;

#[test]
fn a_typical_script_runs() {
    let mut world = world();
    assert_eq!(result_in(&mut world, SCRIPT).unwrap(), ("thing/value 3\n".to_owned(), 0));
    let list = world.read("/w/etc/list").unwrap();
    assert_eq!(String::from_utf8(list).unwrap(), "x:a b |\n");
}

#[test]
fn no_text_brings_the_shell_down() {
    // A linear congruential generator, so that a failure can be repeated.
    let mut seed = 42_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let pieces =
        ["$(", "`", "\"", "'", "}", "${x", "((", ")", "<<E\n", ";;", "|", "&", "\\", "é", "\n", "[", "if "];
    let (mut parsed, mut refused) = (0, 0);
    for _ in 0..200 {
        let mut text = SCRIPT.to_owned();
        for _ in 0..=random(3) {
            let mut at = random(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let mut end = (at + random(12)).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let piece = if random(3) == 0 { "" } else { pieces[random(pieces.len())] };
            text.replace_range(at..end.max(at), piece);
        }
        match parse(&text) {
            Ok(_) => parsed += 1,
            Err(_) => refused += 1,
        }
        let mut world = world();
        world.steps = 500;
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut io = Io { input: b"", output: &mut output, errors: &mut errors };
        let arguments = ["configure".to_owned()];
        let script = Script { name: "a", text: &text, arguments: &arguments };
        // Any status and any stop will do.
        let _ = run(&script, &mut world, &mut Host::default(), &mut io);
    }
    assert!(parsed > 25 && refused > 25, "{parsed} parsed, {refused} refused");
}
