//! The door: `cargo xtask image ...` is `bringup image ...`, and developer tasks live here too.

mod bench;
mod new_board;
mod tasks;

use std::process::ExitCode;

use tasks::TASKS;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map(String::as_str);
    if let Some(task) = TASKS.iter().find(|task| Some(task.name) == name) {
        return match (task.run)(&arguments[1..]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let help = matches!(name, None | Some("help" | "--help" | "-h"));
    let code = bringup::run("cargo xtask", arguments);
    if help {
        println!("\nDeveloper tasks:");
        for task in TASKS {
            println!("  {:<9} {}", task.name, task.help);
        }
    }
    code
}
