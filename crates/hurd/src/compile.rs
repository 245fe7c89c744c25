//! From C sources to the bootstrap task: MIG's stubs, the compiler proper, assembler and linker.
//!
//! The compiler proper (`cc1`) is called by itself: its driver would start the other programs,
//! which only works where the root is `/`, and the rest of the driver's package is not needed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bringup_sandbox::{Access, Command, Root};

use crate::Error;

/// The header of [`mig_support`](self) functions: MIG's stubs include `<mach/mig_support.h>`,
/// which on the Hurd is the C library's.
pub(crate) const MIG_SUPPORT: &str = "mig_support.h";

/// Ends the names of the stubs' files, before `.c` and `.h`.
pub(crate) const STUB_SUFFIX: &str = "_user";

/// What the kernel's headers and interfaces are in: package gnumach-dev of i386.
const INCLUDE: &str = "usr/include/i386-linux-gnu";

/// The interfaces of the kernel that the task may call, below [`INCLUDE`], without `.defs`.
const INTERFACES: [&str; 3] = ["device/device", "mach/mach", "mach/mach_host"];

/// Package mig-i686-gnu: the compiler of interfaces, without the script around it that calls
/// perl, sed and a C compiler.
const MIGCOM: &str = "usr/lib/mig/i686-gnu-migcom";

/// Package cpp-14-i686-linux-gnu: a folder for each version, with `cc1` in it.
const GCC: &str = "usr/libexec/gcc/i686-linux-gnu";

/// Package binutils-i686-linux-gnu.
const AS: &str = "i686-linux-gnu-as";
const LD: &str = "i686-linux-gnu-ld";

/// How every C file is compiled (GCC manual, "Option Summary"). There is no C library, no
/// dynamic linker, nobody to unwind a stack, and no thread-local guard for a stack protector; CET's
/// instructions are newer than an i586. Every function has a section of its own so that the linker
/// can leave out the stubs nobody calls.
const COMPILE: [&str; 9] = [
    "-O2",
    "-march=i586",
    "-ffreestanding",
    "-fno-pic",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fcf-protection=none",
    "-ffunction-sections",
    "-std=gnu17",
];

/// What our own sources must pass besides; the stubs are not ours.
const WARNINGS: [&str; 3] = ["-Wall", "-Wextra", "-Werror"];

/// How the task is linked (GNU ld manual, "Options"). A missing entry is only a warning to ld.
const LINK: [&str; 9] = [
    "-m",
    "elf_i386",
    "-static",
    "--gc-sections",
    "--strip-all",
    "--build-id=none",
    "--fatal-warnings",
    "-z",
    "noexecstack",
];

/// Compiles `sources` in the empty `folder`; gives the task's bytes.
pub(crate) fn compile(
    root: &Root,
    folder: &Path,
    sources: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<u8>, Error> {
    let bench = Bench { root, folder, compiler: compiler(root)? };
    bench.write(sources)?;
    let mut units: Vec<String> =
        sources.keys().filter_map(|name| name.strip_suffix(".c")).map(str::to_owned).collect();
    let own = units.len();
    for interface in INTERFACES {
        units.push(bench.stubs(interface)?);
    }
    for (at, unit) in units.iter().enumerate() {
        bench.object(unit, at < own)?;
    }
    let objects = units.iter().map(|unit| format!("{unit}.o"));
    let arguments = LINK.iter().map(|word| (*word).to_owned()).chain(["-o".into(), "task".into()]);
    bench.run(LD, "link", "task", arguments.chain(objects))?;
    let path = folder.join("task");
    fs::read(&path).map_err(Error::io("read", &path))
}

/// The path of `cc1` in the root.
fn compiler(root: &Root) -> Result<String, Error> {
    let path = root.dir().join(GCC);
    let mut found = Vec::new();
    for entry in fs::read_dir(&path).map_err(Error::io("list", &path))? {
        let name = entry.map_err(Error::io("list", &path))?.file_name();
        let program = format!("{GCC}/{}/cc1", name.to_string_lossy());
        if root.has(&program) {
            found.push(program);
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Error::Compiler { path, found: found.len() }),
    }
}

/// Tools, and the folder they work in.
struct Bench<'a> {
    root: &'a Root,
    folder: &'a Path,
    compiler: String,
}

impl Bench<'_> {
    /// Puts the sources where the tools look for them.
    fn write(&self, sources: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
        let mach = self.folder.join("mach");
        fs::create_dir(&mach).map_err(Error::io("create", &mach))?;
        for (name, bytes) in sources {
            let path = if name == MIG_SUPPORT { mach.join(name) } else { self.folder.join(name) };
            fs::write(&path, bytes).map_err(Error::io("write", &path))?;
        }
        Ok(())
    }

    /// Makes the functions that call an interface of the kernel; gives the name of their unit.
    fn stubs(&self, interface: &str) -> Result<String, Error> {
        let file = format!("{interface}.defs");
        let name = interface.rsplit('/').next().unwrap_or(interface);
        let unit = format!("{name}{STUB_SUFFIX}");
        let text = format!("{name}.i");
        let input = self.root.path(INCLUDE).join(&file);
        let arguments = ["-E".as_ref(), input.as_os_str(), "-o".as_ref(), text.as_ref()];
        self.compiler("preprocess", &file, arguments)?;

        let path = self.folder.join(&text);
        let opened = File::open(&path).map_err(Error::io("open", &path))?;
        let mut command = self.command(MIGCOM, "make stubs of", &file)?;
        // Without `-n` it also writes a server and files of default names.
        command.arg("-n").arg("-user").arg(format!("{unit}.c")).arg("-header").arg(format!("{unit}.h"));
        command.stdin(opened);
        command.run().map_err(|source| Error::Step { step: "make stubs of", file, source })?;
        Ok(unit)
    }

    /// Compiles one C file to `<unit>.o`.
    fn object(&self, unit: &str, own: bool) -> Result<(), Error> {
        let file = format!("{unit}.c");
        let assembly = format!("{unit}.s");
        let warnings: &[&str] = if own { &WARNINGS } else { &["-w"] };
        let arguments = COMPILE.iter().chain(warnings).copied();
        let arguments = arguments.chain([file.as_str(), "-o", assembly.as_str()]);
        self.compiler("compile", &file, arguments)?;
        let object = format!("{unit}.o");
        self.run(AS, "assemble", &assembly, ["--32", "-o", object.as_str(), assembly.as_str()])
    }

    /// The compiler proper with our headers before the kernel's, and no others.
    fn compiler(
        &self,
        step: &'static str,
        file: &str,
        arguments: impl IntoIterator<Item: AsRef<OsStr>>,
    ) -> Result<(), Error> {
        let include: PathBuf = self.root.path(INCLUDE);
        let mut command = self.command(&self.compiler, step, file)?;
        command.args(["-quiet", "-nostdinc", "-I."]).arg("-isystem").arg(include).args(arguments);
        command.run().map(drop).map_err(|source| Error::Step { step, file: file.to_owned(), source })
    }

    fn run(
        &self,
        program: &str,
        step: &'static str,
        file: &str,
        arguments: impl IntoIterator<Item: AsRef<OsStr>>,
    ) -> Result<(), Error> {
        let mut command = self.command(program, step, file)?;
        command.args(arguments);
        command.run().map(drop).map_err(|source| Error::Step { step, file: file.to_owned(), source })
    }

    fn command(&self, program: &str, step: &'static str, file: &str) -> Result<Command, Error> {
        let found = Command::new(self.root, program);
        let mut command = found.map_err(|source| Error::Step { step, file: file.to_owned(), source })?;
        command.bind(self.folder, Access::ReadWrite).cwd(self.folder);
        Ok(command)
    }
}
