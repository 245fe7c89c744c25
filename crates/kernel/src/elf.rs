//! What a module's ELF file says about it.

use object::read::{Object, ObjectSection, ObjectSymbol};

use crate::module::stem;
use crate::{Error, Module, normalise};

/// The section of `NUL`-ended `field=value` strings (`include/linux/moduleparam.h`, `__MODULE_INFO`).
const MODINFO: &str = ".modinfo";

/// Each exported symbol has an entry of this name (`include/linux/export-internal.h`, `__KSYMTAB`).
const EXPORT_PREFIX: &str = "__ksymtab_";

/// Where the compiler collects string constants.
const STRINGS_PREFIX: &str = ".rodata";

/// The longest name in a table of platform devices, its NUL included
/// (`include/linux/mod_devicetable.h`, `PLATFORM_NAME_SIZE`); names in aliases may be longer.
const PART_MAX: usize = 32;

/// A module, and every string in it that could be the name of a platform device.
pub(crate) struct Read {
    pub(crate) module: Module,
    pub(crate) strings: Vec<String>,
}

/// Reads the ELF file `bytes` of the module at `path` (below the module folder).
pub(crate) fn read(path: &str, bytes: &[u8]) -> Result<Read, Error> {
    let elf = |source| Error::Elf { path: path.to_owned(), source };
    let file = object::File::parse(bytes).map_err(elf)?;
    let section = file.section_by_name(MODINFO).ok_or_else(|| Error::NoModinfo { path: path.to_owned() })?;
    let mut module =
        Module { name: normalise(stem(path).unwrap_or(path)), path: path.to_owned(), ..Module::default() };
    for (field, value) in fields(section.data().map_err(elf)?) {
        take(&mut module, path, field, value)?;
    }
    for symbol in file.symbols() {
        if let Some(name) = symbol.name().ok().and_then(|name| name.strip_prefix(EXPORT_PREFIX)) {
            module.exports.push(name.to_owned());
        }
    }
    module.exports.sort_unstable();
    module.exports.dedup();
    let mut strings = Vec::new();
    for section in file.sections() {
        if section.name().is_ok_and(|name| name.starts_with(STRINGS_PREFIX)) {
            let data = section.data().map_err(elf)?;
            strings.extend(data.split(|&byte| byte == 0).filter_map(part_name).map(str::to_owned));
        }
    }
    Ok(Read { module, strings })
}

/// The `field=value` strings of a `.modinfo` section.
fn fields(data: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    data.split(|&byte| byte == 0).filter_map(|string| {
        let at = string.iter().position(|&byte| byte == b'=')?;
        Some((&string[..at], &string[at + 1..]))
    })
}

fn take(module: &mut Module, path: &str, field: &[u8], value: &[u8]) -> Result<(), Error> {
    let list = match field {
        b"alias" => &mut module.aliases,
        b"softdep" => &mut module.softdeps,
        b"weakdep" => &mut module.weakdeps,
        b"firmware" => &mut module.firmware,
        b"depends" => &mut module.depends,
        _ => return Ok(()),
    };
    let text = ascii(value).ok_or_else(|| Error::BadModinfo {
        path: path.to_owned(),
        field: String::from_utf8_lossy(field).into_owned(),
    })?;
    if field == b"depends" {
        list.extend(text.split(',').filter(|name| !name.is_empty()).map(normalise));
    } else {
        list.push(text.to_owned());
    }
    Ok(())
}

/// `bytes` as text if they are printable ASCII, which is all that the index formats can hold.
pub(crate) fn ascii(bytes: &[u8]) -> Option<&str> {
    let printable = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if printable { std::str::from_utf8(bytes).ok() } else { None }
}

fn part_name(bytes: &[u8]) -> Option<&str> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let fits = (3..PART_MAX).contains(&bytes.len()) && bytes.iter().all(plain);
    if fits { std::str::from_utf8(bytes).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, elf};

    fn fake() -> Fake {
        Fake::new("kernel/a-b.ko")
            .info("alias", "of:N*T*Cx")
            .info("depends", "c-d,e")
            .info("softdep", "pre: f")
            .info("firmware", "g.bin")
            .info("author", "\u{e9}")
            .export("shared")
            .string("a-part")
    }

    #[test]
    fn modinfo_and_exports_are_read() {
        let read = read("kernel/a-b.ko", &elf(&fake())).unwrap();
        let expected = Module {
            name: "a_b".into(),
            path: "kernel/a-b.ko".into(),
            aliases: vec!["of:N*T*Cx".into()],
            depends: vec!["c_d".into(), "e".into()],
            softdeps: vec!["pre: f".into()],
            firmware: vec!["g.bin".into()],
            exports: vec!["shared".into()],
            ..Module::default()
        };
        assert_eq!(read.module, expected);
        assert_eq!(read.strings, ["a-part"]);
    }

    #[test]
    fn an_alias_must_be_ascii() {
        let error = read("kernel/a.ko", &elf(&fake().info("alias", "\u{e9}"))).map(drop).unwrap_err();
        assert_eq!(
            error.to_string(),
            "module `kernel/a.ko`: field `alias` of `.modinfo` is not printable ASCII"
        );
    }

    #[test]
    fn a_module_must_describe_itself() {
        let error = read("kernel/a.ko", &elf(&Fake::new("kernel/a.ko"))).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "module `kernel/a.ko` has no section `.modinfo`");
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let bytes = elf(&fake());
        assert!(matches!(read("a.ko", b"not ELF").map(drop), Err(Error::Elf { .. })));
        for len in 0..bytes.len() {
            drop(read("a.ko", &bytes[..len]));
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0xff;
            drop(read("a.ko", &flipped));
        }
    }
}
