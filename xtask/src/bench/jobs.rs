//! Everything that is measured, and what has to be there before.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use bringup_fsimage::FileSystem;
use bringup_spec::Bytes;
use bringup_tree::{Written, write_directory};

use crate::bench::measure::Job;
use crate::bench::subjects::{BOARD, LOCK, SUBJECTS, Subject};
use crate::bench::{many, open_store, source, step};

/// A tree that partitions are made of.
pub(crate) struct Measured {
    /// The subject's name.
    pub(crate) name: &'static str,
    /// How many names it has.
    pub(crate) names: u64,
    /// Bytes in its files.
    pub(crate) bytes: Bytes,
    /// The size of the file system that holds it.
    pub(crate) file_system: Bytes,
}

/// The subjects whose trees are written by every writer.
const WRITTEN: [&str; 2] = ["tiny", "large"];

/// The row of this work, which the others are compared with.
pub(crate) const OURS: &str = "`bringup`";

/// The table of whole commands.
pub(crate) const COMMANDS: &str = "commands";

/// Fetches packages and tools, unpacks trees, and says what to measure, in order.
pub(crate) fn prepare(folder: &Path) -> Result<(Vec<Job>, Vec<Measured>), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    for subject in &SUBJECTS {
        subject.write(folder)?;
        run(image(folder, "store", subject.name, &[]))?;
    }
    run(image(folder, "cold-store", "tiny", &[]))?;
    run(many::image(folder))?;

    let store = open_store(folder)?;
    let root = text(&source::peers(&store)?);
    let (mut jobs, mut trees) = (Vec::new(), Vec::new());
    for name in WRITTEN {
        let subject = Subject::find(name)?;
        let directory = folder.join(format!("{name}.tree"));
        let system = subject.system()?;
        let tree = step::tree(&system, &subject.packages(folder, &store)?)?;
        let size = step::file_system(&system, &tree)?.size();
        if directory.exists() {
            std::fs::remove_dir_all(&directory)?;
        }
        let Written { made, bytes, .. } = write_directory(&tree, &directory)?;
        trees.push(Measured { name: subject.name, names: made, bytes: Bytes(bytes), file_system: size });

        let to = folder.join(format!("{name}.written"));
        let file = to.join("image");
        let own = ["own", "bench", "step", "write", &text(folder), name, &text(&file)].map(str::to_owned);
        jobs.push(Job {
            group: subject.name,
            name: OURS,
            step: own.into(),
            clear: vec![],
            fresh: vec![to.clone()],
        });
        let config = folder.join(format!("{name}.cfg"));
        std::fs::write(&config, genimage_config(size))?;
        let temporary = folder.join(format!("{name}.temporary"));
        for (name, program, arguments) in [
            (
                "`tar cf`",
                "tar",
                vec!["cf".to_owned(), text(&file), "-C".to_owned(), text(&directory), ".".to_owned()],
            ),
            (
                "`mke2fs -d`",
                "mke2fs",
                vec![
                    "-q".to_owned(),
                    "-F".to_owned(),
                    "-t".to_owned(),
                    "ext4".to_owned(),
                    "-d".to_owned(),
                    text(&directory),
                    text(&file),
                    format!("{}k", size.0 / 1024),
                ],
            ),
            (
                "genimage",
                "genimage",
                vec![
                    format!("--config={}", text(&config)),
                    format!("--rootpath={}", text(&directory)),
                    format!("--tmppath={}", text(&temporary)),
                    format!("--inputpath={}", text(&to)),
                    format!("--outputpath={}", text(&to)),
                ],
            ),
        ] {
            let start = ["tool".to_owned(), root.clone(), text(folder), program.to_owned()];
            jobs.push(Job {
                group: subject.name,
                name,
                step: start.into_iter().chain(arguments).collect(),
                clear: vec![],
                fresh: vec![to.clone(), temporary.clone()],
            });
        }
    }
    jobs.extend(commands(folder));
    Ok((jobs, trees))
}

/// Whole builds. An unchanged one follows the forced one of the same image.
fn commands(folder: &Path) -> Vec<Job> {
    let cold = folder.join("cold-store");
    let cold = ["derived", "state"].map(|name| cold.join(name));
    let job = |name, store, subject, extra: &[&str], clear: &[std::path::PathBuf]| Job {
        group: COMMANDS,
        name,
        step: std::iter::once("own".to_owned()).chain(image(folder, store, subject, extra)).collect(),
        clear: clear.to_vec(),
        fresh: vec![],
    };
    let many = |name, step, clear: &[std::path::PathBuf]| Job {
        group: COMMANDS,
        name,
        step: std::iter::once("own".to_owned()).chain(step).collect(),
        clear: clear.to_vec(),
        fresh: vec![],
    };
    vec![
        job("`image --force`, tiny", "store", "tiny", &["--force"], &[]),
        job("`image`, tiny, nothing changed", "store", "tiny", &[], &[]),
        job(many::ONE, "cold-store", "tiny", &[], &cold),
        many(many::ALL, many::image(folder), &cold),
        many(many::PLAN, ["bench", "step", "plan"].map(str::to_owned).into(), &[]),
        many(many::VERIFY, many::verify(folder), &[]),
        job("`image --force`, tiny with 8 GiB free", "store", "spacious", &["--force"], &[]),
        job("`image --force`, the larger tree", "store", "large", &["--force"], &[]),
    ]
}

/// The arguments of `image`.
fn image(folder: &Path, store: &str, subject: &str, extra: &[&str]) -> Vec<String> {
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let mut arguments: Vec<String> =
        ["image", "--quiet", "--board", BOARD, "--system"].map(str::to_owned).into();
    arguments.push(text(&format!("{subject}.toml")));
    for (option, name) in
        [("--store", store), ("--lock", LOCK), ("--output", &format!("{store}-{subject}.img"))]
    {
        arguments.extend([option.to_owned(), text(name)]);
    }
    arguments.extend(extra.iter().map(|&argument| argument.to_owned()));
    arguments
}

/// Runs this program once, unmeasured.
fn run(arguments: Vec<String>) -> Result<(), Box<dyn Error>> {
    let status = Command::new(std::env::current_exe()?).args(&arguments).status()?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", arguments.join(" ")).into()) }
}

/// A disk with one ext4 partition of `size`, as this work writes it.
fn genimage_config(size: Bytes) -> String {
    format!(
        "image disk.img {{\n\thdimage {{ align = 1M }}\n\tpartition root {{\n\t\tpartition-type = 0x83\n\
         \t\tbootable = true\n\t\timage = \"root.ext4\"\n\t}}\n}}\n\
         image root.ext4 {{\n\text4 {{ }}\n\tsize = {}K\n}}\n",
        size.0 / 1024
    )
}
