//! The systems that come with the program, embedded so that it works in any folder.

use std::collections::BTreeMap;

/// A system in the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// `systems/<name>.toml`.
    pub text: &'static str,
    /// The files of `systems/<name>/`.
    pub files: &'static [(&'static str, &'static [u8])],
}

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../systems/", $folder, "/", $name)))),*]
    };
}

/// Every system that comes with the program; the first for a kernel is the default.
pub const BUILTIN: &[Builtin] = &[
    Builtin { name: "barebones", text: include_str!("../../../systems/barebones.toml"), files: &[] },
    Builtin {
        name: "tiny",
        text: include_str!("../../../systems/tiny.toml"),
        files: files!("tiny": "console-getty", "init", "inittab", "profile", "rcS", "udhcpc.script"),
    },
    Builtin { name: "server", text: include_str!("../../../systems/server.toml"), files: &[] },
    Builtin { name: "appliance", text: include_str!("../../../systems/appliance.toml"), files: &[] },
    Builtin {
        name: "mach",
        text: include_str!("../../../systems/mach.toml"),
        files: files!(
            "mach": "bootstrap.h", "commands.c", "console.c", "disk.c", "host.c", "ipc.c",
            "mig_support.h", "start.c", "stdint.h", "text.c",
        ),
    },
    Builtin { name: "hurd", text: include_str!("../../../systems/hurd.toml"), files: &[] },
];

impl Builtin {
    /// Its record.
    ///
    /// # Errors
    /// As for [`System::parse`](crate::System::parse).
    pub fn system(&self) -> Result<crate::System, crate::Error> {
        crate::System::parse(self.name, self.text, self.sources())
    }

    /// Its record as one to inherit.
    pub fn parent(&self) -> crate::Parent {
        crate::Parent { name: self.name.to_owned(), text: self.text.to_owned(), sources: self.sources() }
    }

    fn sources(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_parses_and_every_file_beside_it_is_listed() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems");
        for builtin in BUILTIN {
            assert_eq!(builtin.system().unwrap().name, builtin.name);
            let beside = std::fs::read_dir(folder.join(builtin.name)).into_iter().flatten();
            let mut there: Vec<_> =
                beside.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            there.sort();
            assert_eq!(there, builtin.files.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        }
        let records = std::fs::read_dir(&folder)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|ext| ext == "toml"));
        assert_eq!(records.count(), BUILTIN.len());
    }
}
