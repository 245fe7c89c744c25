//! What tells build systems which compiler to take.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Toolchain;
use crate::platform::Names;
use crate::toolchain::Route;

/// Where everything of a build is mounted.
pub(crate) const TOP: &str = "/bringup";
/// Where the compilers' own names are.
pub(crate) const BIN: &str = "/bringup/bin";
/// Where the target's libraries are.
pub(crate) const SYSROOT: &str = "/bringup/sysroot";
/// Where the result goes.
pub(crate) const INSTALL: &str = "/bringup/install";
/// Where sources are, by name.
pub(crate) const SOURCES: &str = "/bringup/src";
/// Where is built, by name.
pub(crate) const BUILDS: &str = "/bringup/build";
/// CMake's toolchain file and Meson's cross file, in [`BIN`].
pub(crate) const CMAKE_FILE: &str = "toolchain.cmake";
pub(crate) const MESON_FILE: &str = "cross.ini";
/// Where paths of source and build point to in what comes out, as Debian's debug information does.
const MAPPED: &str = "/usr/src";

/// The programs of GNU binutils that have a variable of their own (GNU make manual, 10.3, and
/// autoconf's).
const BINUTILS: [(&str, &str); 8] = [
    ("AR", "ar"),
    ("LD", "ld"),
    ("NM", "nm"),
    ("OBJCOPY", "objcopy"),
    ("OBJDUMP", "objdump"),
    ("RANLIB", "ranlib"),
    ("READELF", "readelf"),
    ("STRIP", "strip"),
];

/// The environment of a build: compilers, pkg-config, CMake, Cargo, times. `epoch` is in seconds since
/// 1970, `jobs` how many things are done at once.
pub fn environment(toolchain: &Toolchain, epoch: i64, jobs: usize) -> BTreeMap<String, String> {
    let platform = toolchain.platform;
    let triplet = platform.gnu_triplet;
    let mut all = BTreeMap::new();
    let mut set = |name: &str, value: String| {
        all.insert(name.to_owned(), value);
    };
    set("PATH", format!("{BIN}:/usr/sbin:/usr/bin"));
    set("CC", format!("{triplet}-gcc"));
    set("CXX", format!("{triplet}-g++"));
    for (name, program) in BINUTILS {
        set(name, format!("{triplet}-{program}"));
    }
    // Kernels and boot programs take this and nothing else.
    set("CROSS_COMPILE", format!("{triplet}-"));
    if let Some(arch) = platform.linux_arch {
        // Not ARCH, which U-Boot understands as something else.
        set("LINUX_ARCH", arch.to_owned());
    }
    set("CFLAGS", "-O2".to_owned());
    set("CXXFLAGS", "-O2".to_owned());
    set("SYSROOT", SYSROOT.to_owned());
    set("DESTDIR", INSTALL.to_owned());
    set("SOURCE_DATE_EPOCH", epoch.to_string());
    set("MAKEFLAGS", format!("-j{jobs}"));
    set("CMAKE_BUILD_PARALLEL_LEVEL", jobs.to_string());
    set("CMAKE_GENERATOR", "Ninja".to_owned());
    set("CMAKE_TOOLCHAIN_FILE", format!("{BIN}/{CMAKE_FILE}"));
    set("MESON_CROSS_FILE", format!("{BIN}/{MESON_FILE}"));
    // pkgconf(1): the sysroot's files only, and paths in them count from it.
    set("PKG_CONFIG", "pkgconf".to_owned());
    set("PKG_CONFIG_ALLOW_CROSS", "1".to_owned());
    set("PKG_CONFIG_SYSROOT_DIR", SYSROOT.to_owned());
    let libraries = format!("{SYSROOT}/usr/lib/{}/pkgconfig", platform.multiarch);
    set("PKG_CONFIG_LIBDIR", format!("{libraries}:{SYSROOT}/usr/share/pkgconfig"));
    // The Cargo Book, "Environment Variables"; with a target given, RUSTFLAGS leave build scripts alone.
    let target = platform.rust_target;
    let upper = target.replace('-', "_").to_uppercase();
    let lower = target.replace('-', "_");
    set("CARGO_BUILD_TARGET", target.to_owned());
    set(&format!("CARGO_TARGET_{upper}_LINKER"), format!("{triplet}-gcc"));
    set(&format!("CARGO_TARGET_{upper}_RUSTFLAGS"), rust_flags());
    set("CARGO_BUILD_JOBS", jobs.to_string());
    set("CARGO_NET_OFFLINE", "true".to_owned());
    set("CARGO_INCREMENTAL", "0".to_owned());
    // The crate `cc` asks for these.
    set(&format!("CC_{lower}"), format!("{triplet}-gcc"));
    set(&format!("CXX_{lower}"), format!("{triplet}-g++"));
    set(&format!("AR_{lower}"), format!("{triplet}-ar"));
    all
}

/// rustc's `--remap-path-prefix` for everything mounted.
fn rust_flags() -> String {
    format!("--remap-path-prefix={SOURCES}={MAPPED} --remap-path-prefix={BUILDS}={MAPPED}")
}

/// The files of [`BIN`]: compilers under their own names, which add the sysroot and map paths
/// (GCC manual, "Directory Options" and `-ffile-prefix-map`), CMake's and Meson's files.
pub(crate) fn files(toolchain: &Toolchain) -> Vec<(String, String, u32)> {
    let triplet = toolchain.platform.gnu_triplet;
    let mut files = Vec::new();
    for program in ["gcc", "g++", "cpp"] {
        let name = format!("{triplet}-{program}");
        let text = format!(
            "#!/bin/sh\nexec /usr/bin/{name} --sysroot={SYSROOT} -ffile-prefix-map={SOURCES}={MAPPED} \
             -ffile-prefix-map={BUILDS}={MAPPED} -ffile-prefix-map={SYSROOT}= \"$@\"\n"
        );
        files.push((name, text, 0o755));
    }
    files.push((CMAKE_FILE.to_owned(), cmake(toolchain), 0o644));
    files.push((MESON_FILE.to_owned(), meson(toolchain), 0o644));
    files
}

/// CMake manual, cmake-toolchains(7).
fn cmake(toolchain: &Toolchain) -> String {
    let platform = toolchain.platform;
    let triplet = platform.gnu_triplet;
    let machine = Names::of(platform).map_or("", |names| names.machine);
    let mut text = String::new();
    let values = [
        ("CMAKE_SYSTEM_NAME", "Linux"),
        ("CMAKE_SYSTEM_PROCESSOR", machine),
        ("CMAKE_SYSROOT", SYSROOT),
        ("CMAKE_LIBRARY_ARCHITECTURE", platform.multiarch),
        ("PKG_CONFIG_EXECUTABLE", "/usr/bin/pkgconf"),
        // Programs that run here, and everything else of the target.
        ("CMAKE_FIND_ROOT_PATH_MODE_PROGRAM", "NEVER"),
        ("CMAKE_FIND_ROOT_PATH_MODE_LIBRARY", "ONLY"),
        ("CMAKE_FIND_ROOT_PATH_MODE_INCLUDE", "ONLY"),
        ("CMAKE_FIND_ROOT_PATH_MODE_PACKAGE", "ONLY"),
    ];
    for (name, value) in values {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "set({name} {value})");
    }
    for (name, program) in [("C", "gcc"), ("CXX", "g++"), ("ASM", "gcc")] {
        let _ = writeln!(text, "set(CMAKE_{name}_COMPILER {BIN}/{triplet}-{program})");
    }
    text
}

/// Meson manual, "Cross compilation".
fn meson(toolchain: &Toolchain) -> String {
    let platform = toolchain.platform;
    let triplet = platform.gnu_triplet;
    let (machine, family) = Names::of(platform).map_or(("", ""), |names| (names.machine, names.cpu_family));
    let wrapper = toolchain.route == Route::Cross;
    format!(
        "[binaries]\nc = '{BIN}/{triplet}-gcc'\ncpp = '{BIN}/{triplet}-g++'\nar = '{triplet}-ar'\n\
         ld = '{triplet}-ld'\nobjcopy = '{triplet}-objcopy'\nstrip = '{triplet}-strip'\n\
         pkg-config = 'pkgconf'\n\n\
         [properties]\nsys_root = '{SYSROOT}'\n\
         pkg_config_libdir = ['{SYSROOT}/usr/lib/{}/pkgconfig', '{SYSROOT}/usr/share/pkgconfig']\n\
         needs_exe_wrapper = {wrapper}\n\n\
         [host_machine]\nsystem = 'linux'\ncpu_family = '{family}'\ncpu = '{machine}'\nendian = 'little'\n",
        platform.multiarch
    )
}
