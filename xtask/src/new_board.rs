//! A new board's crate, and its line in each list.

use std::fs;
use std::path::{Path, PathBuf};

use bringup_catalog::BOARDS;
use bringup_porting::{Config, NewBoard, Texts, Tree, check_name, new_board, propose};

use crate::tasks::{Result, workspace};

const USAGE: &str = "usage: new-board NAME --like BOARD [--defconfig FILE] [--dts FILE]\n\
                     help: --defconfig takes U-Boot's `configs/TARGET_defconfig` or Debian's `config.TARGET`, \
                     --dts a device tree of Linux, `.dts` or `.dtb`";

type Failure = Box<dyn std::error::Error>;

#[derive(Default)]
struct Arguments {
    name: Option<String>,
    like: Option<String>,
    defconfig: Option<PathBuf>,
    dts: Option<PathBuf>,
}

/// `new-board NAME --like BOARD [--defconfig FILE] [--dts FILE]`.
pub(crate) fn run(arguments: &[String]) -> Result {
    let Arguments { name: Some(name), like: Some(like), defconfig, dts } = parse(arguments)? else {
        return Err(USAGE.into());
    };
    check_name(&name, BOARDS.iter().map(|board| board.name))?;
    let like = bringup_catalog::board(&like)?;
    // Relative paths are the caller's, not the workspace's.
    let config = defconfig.map(|path| -> std::result::Result<_, Failure> {
        Ok(Config::parse(&file_name(&path), &read(&path)?)?)
    });
    let tree = dts.map(|path| -> std::result::Result<_, Failure> {
        let bytes = fs::read(&path).map_err(|error| cannot("read", &path, &error))?;
        Ok(Tree::parse(&file_name(&path), &bytes).map_err(|error| with_cause(&error))?)
    });
    let (config, tree) = (config.transpose()?, tree.transpose()?);
    let proposals = propose(like, BOARDS, config.as_ref(), tree.as_ref())?;

    let shell = workspace()?;
    let top = shell.current_dir();
    let of_like = |file: &str| read(&top.join("boards").join(like.name).join(file));
    let golden = top.join("tests/golden").join(like.name).join("plan.txt");
    let golden = golden.exists().then(|| read(&golden)).transpose()?;
    let texts = Texts {
        manifest: &of_like("Cargo.toml")?,
        record: &of_like("src/lib.rs")?,
        readme: &of_like("README.md")?,
        golden: golden.as_deref(),
        workspace: &read(&top.join("Cargo.toml"))?,
        catalog_manifest: &read(&top.join("crates/catalog/Cargo.toml"))?,
        catalog: &read(&top.join("crates/catalog/src/lib.rs"))?,
    };
    let made = new_board(&name, like, BOARDS, &proposals, &texts)?;
    Writer::new(&top).write(&made)?;
    report(&made);
    Ok(())
}

fn parse(arguments: &[String]) -> std::result::Result<Arguments, Failure> {
    let mut parsed = Arguments::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value =
            || rest.next().cloned().ok_or_else(|| format!("`{argument}` lacks its value\n{USAGE}"));
        match argument.as_str() {
            "--like" => parsed.like = Some(value()?),
            "--defconfig" => parsed.defconfig = Some(value()?.into()),
            "--dts" => parsed.dts = Some(value()?.into()),
            name if !name.starts_with('-') && parsed.name.is_none() => parsed.name = Some(name.to_owned()),
            other => return Err(format!("what is `{other}`?\n{USAGE}").into()),
        }
    }
    Ok(parsed)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn read(path: &Path) -> std::result::Result<String, String> {
    fs::read_to_string(path).map_err(|error| cannot("read", path, &error))
}

fn cannot(operation: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {operation} `{}`: {error}", path.display())
}

fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// Writes files, and takes back what it wrote unless all went well.
struct Writer<'a> {
    top: &'a Path,
    /// Folders and files that were not there.
    made: Vec<PathBuf>,
    /// Files that were there, and what was in them.
    changed: Vec<(PathBuf, Vec<u8>)>,
}

impl<'a> Writer<'a> {
    fn new(top: &'a Path) -> Self {
        Self { top, made: Vec::new(), changed: Vec::new() }
    }

    fn write(mut self, board: &NewBoard) -> Result {
        let done = self.try_write(board);
        if done.is_err() {
            // The first error is the one to tell; what cannot be taken back stays to be seen.
            for (path, before) in self.changed.iter().rev() {
                let _ = fs::write(path, before);
            }
            for path in self.made.iter().rev() {
                let _ = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
            }
        }
        Ok(done?)
    }

    fn try_write(&mut self, board: &NewBoard) -> std::result::Result<(), String> {
        for (path, text) in &board.created {
            let path = self.top.join(path);
            self.make_folder(path.parent().expect("it is below the workspace"))?;
            let mut file = fs::File::create_new(&path).map_err(|error| cannot("create", &path, &error))?;
            self.made.push(path.clone());
            std::io::Write::write_all(&mut file, text.as_bytes())
                .map_err(|error| cannot("write", &path, &error))?;
        }
        for (path, text) in &board.changed {
            let path = self.top.join(path);
            let before = fs::read(&path).map_err(|error| cannot("read", &path, &error))?;
            self.changed.push((path.clone(), before));
            fs::write(&path, text).map_err(|error| cannot("write", &path, &error))?;
        }
        Ok(())
    }

    fn make_folder(&mut self, folder: &Path) -> std::result::Result<(), String> {
        if folder.is_dir() {
            return Ok(());
        }
        self.make_folder(folder.parent().expect("it is below the workspace"))?;
        fs::create_dir(folder).map_err(|error| cannot("create", folder, &error))?;
        self.made.push(folder.to_owned());
        Ok(())
    }
}

fn report(made: &NewBoard) {
    println!("written:");
    for (path, _) in made.created.iter().chain(&made.changed) {
        println!("  {path}");
    }
    if !made.applied.is_empty() {
        println!("\ntaken from the files:");
    }
    for proposal in &made.applied {
        println!("  {}: {}\n      {}", proposal.field, one_line(&proposal.value), one_line(&proposal.source));
    }
    println!("\nto look at:");
    for check in &made.checks {
        println!("  {check}");
    }
    println!("\nnext: docs/porting.md, \"What is left\"");
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(created: &[&str], changed: &[&str]) -> NewBoard {
        let file = |path: &&str| ((*path).to_owned(), "new".to_owned());
        NewBoard {
            created: created.iter().map(file).collect(),
            changed: changed.iter().map(file).collect(),
            applied: Vec::new(),
            checks: Vec::new(),
        }
    }

    fn top(name: &str) -> PathBuf {
        let top = std::env::temp_dir().join(format!("bringup-new-board-{}-{name}", std::process::id()));
        fs::create_dir(&top).unwrap();
        fs::write(top.join("list"), "old").unwrap();
        top
    }

    #[test]
    fn all_is_written() {
        let top = top("all");
        Writer::new(&top).write(&board(&["boards/x/src/lib.rs"], &["list"])).unwrap();
        for path in ["boards/x/src/lib.rs", "list"] {
            assert_eq!(fs::read_to_string(top.join(path)).unwrap(), "new");
        }
        fs::remove_dir_all(top).unwrap();
    }

    #[test]
    fn what_was_written_is_taken_back_on_an_error() {
        let top = top("back");
        let error = Writer::new(&top).write(&board(&["boards/x/src/lib.rs"], &["list", "none"])).unwrap_err();
        assert!(error.to_string().starts_with("cannot read"), "{error}");
        assert_eq!(fs::read_to_string(top.join("list")).unwrap(), "old");
        assert_eq!(fs::read_dir(&top).unwrap().count(), 1, "only `list` is there");
        fs::remove_dir_all(top).unwrap();
    }

    #[test]
    fn a_file_that_is_there_is_not_overwritten() {
        let top = top("there");
        let error = Writer::new(&top).write(&board(&["new", "list"], &[])).unwrap_err();
        assert!(error.to_string().starts_with("cannot create"), "{error}");
        assert_eq!(fs::read_to_string(top.join("list")).unwrap(), "old");
        assert!(!top.join("new").exists());
        fs::remove_dir_all(top).unwrap();
    }

    #[test]
    fn arguments_may_come_in_any_order() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let parsed = parse(&words("--like a b --dts c")).unwrap();
        assert_eq!((parsed.name.as_deref(), parsed.like.as_deref()), (Some("b"), Some("a")));
        assert_eq!(parsed.dts.as_deref(), Some(Path::new("c")));
        for wrong in ["a b", "a --like", "a --lik b"] {
            assert!(parse(&words(wrong)).is_err(), "{wrong}");
        }
    }
}
