//! QEMU's command line for a machine.

use std::path::{Path, PathBuf};

use bringup_sandbox::{Access, Command, Root, Way};
use bringup_spec::{Bytes, Twin, TwinDisk};

use crate::Error;

/// Where Debian's QEMU looks for firmware: configure's `--firmwarepath` (debian/rules).
const FIRMWARE_FOLDERS: [&str; 3] = ["usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu"];

/// QEMU's PCs, by how their names begin (`pc-i440fx-10.0`).
const PCS: [&str; 2] = ["pc", "q35"];

/// Machines with an SD slot but without a network controller that `-nic` could take, by how their
/// names begin: QEMU warns of them on the console.
const WITHOUT_NIC: [&str; 1] = ["raspi"];

/// What QEMU starts first, where it is not the machine's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rom {
    /// The machine's own model of a boot ROM, or QEMU's own BIOS.
    Builtin,
    /// A file for `-bios`: its path as QEMU sees it.
    Bios(String),
    /// A file for the first flash chip, read-only: its path as QEMU sees it. UEFI then keeps its
    /// variables in memory (edk2, OvmfPkg/EmuVariableFvbRuntimeDxe), so that nothing a boot sets
    /// is there at the next.
    Flash(String),
    /// A file for `-kernel`, which the machine's own firmware starts: its path as QEMU sees it.
    Kernel(String),
    /// A file for `-bios` that is not in QEMU's root: an absolute path.
    HostBios(PathBuf),
}

/// The one disk of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The image.
    pub path: PathBuf,
    /// What it is.
    pub medium: Medium,
    /// Its size, in bytes.
    pub size: Bytes,
    /// Whether writes reach the image; otherwise they are forgotten when the machine stops.
    pub persistent: bool,
}

/// What a machine's disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A disk with a raw image.
    Raw,
    /// A disk with an image in QEMU's own format.
    Qcow2,
    /// A CD with a raw image, in the first drive that the machine has for them.
    Cd,
}

/// A TCP port of the host's loopback address that leads to one of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The host's port.
    pub host: u16,
    /// The machine's.
    pub guest: u16,
}

/// A machine that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// What QEMU emulates.
    pub twin: Twin,
    /// What it starts first.
    pub rom: Rom,
    /// Its disk.
    pub disk: Disk,
    /// Ports of the host that lead to the machine.
    pub forwards: Vec<Forward>,
    /// Whether a reboot of the machine ends QEMU.
    pub stop_at_reboot: bool,
    /// Whether the terminal that started QEMU talks to it: Ctrl-A X then ends it.
    pub interactive: bool,
}

impl Machine {
    /// The arguments, without the program's name.
    ///
    /// # Errors
    /// The image's size does not suit an SD card, or its path is not UTF-8.
    pub fn arguments(&self) -> Result<Vec<String>, Error> {
        let mut arguments = Vec::new();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        let is_any_of =
            |beginnings: &[&str]| beginnings.iter().any(|beginning| self.twin.machine.starts_with(beginning));
        if is_any_of(&PCS) {
            // SeaBIOS then shows on the serial line what it and boot sectors print.
            add(&["-M", &format!("{},graphics=off", self.twin.machine)]);
        } else {
            add(&["-M", self.twin.machine]);
        }
        if let Some(cpu) = self.twin.cpu {
            add(&["-cpu", cpu]);
        }
        add(&["-m", &(self.twin.ram.0 / Bytes::mib(1).0).to_string()]);
        // Always the emulator's own CPU: what is tested is not this host's.
        add(&["-accel", "tcg"]);
        add(&["-display", "none", "-nodefaults", "-no-user-config"]);
        add(&["-serial", if self.interactive { "mon:stdio" } else { "stdio" }]);
        match &self.rom {
            Rom::Builtin => {}
            Rom::Bios(path) => add(&["-bios", path]),
            Rom::Kernel(path) => add(&["-kernel", path]),
            Rom::Flash(path) => {
                let path = path.replace(',', ",,");
                add(&["-drive", &format!("if=pflash,unit=0,format=raw,readonly=on,file={path}")]);
            }
            Rom::HostBios(path) => {
                let text = path.to_str().ok_or_else(|| Error::PathNotUtf8 { path: path.clone() })?;
                add(&["-bios", text]);
            }
        }
        if self.stop_at_reboot {
            add(&["-no-reboot"]);
        }
        let path = option_path(&self.disk.path)?;
        let snapshot = if self.disk.persistent { "off" } else { "on" };
        // cache=unsafe: the disk of a test outlives no power failure.
        let format = if self.disk.medium == Medium::Qcow2 { "qcow2" } else { "raw" };
        let drive = format!("file={path},format={format},snapshot={snapshot},cache=unsafe");
        let forwards = self.forwards.iter();
        let forwards: String = forwards
            .map(|Forward { host, guest }| format!(",hostfwd=tcp:127.0.0.1:{host}-:{guest}"))
            .collect();
        let network = format!("user,id=net{forwards}");
        match self.twin.disk {
            TwinDisk::Virtio if self.disk.medium == Medium::Cd => {
                add(&["-drive", &format!("file={path},format=raw,media=cdrom,readonly=on")]);
                add(&["-netdev", &network, "-device", "virtio-net-pci,netdev=net,romfile="]);
            }
            TwinDisk::Virtio => {
                add(&["-drive", &format!("{drive},if=none,id=disk"), "-device", "virtio-blk-pci,drive=disk"]);
                add(&["-netdev", &network, "-device", "virtio-net-pci,netdev=net,romfile="]);
            }
            TwinDisk::Sd => {
                self.check_sd()?;
                add(&["-drive", &format!("{drive},if=sd")]);
                if !is_any_of(&WITHOUT_NIC) {
                    add(&["-nic", &format!("user{forwards}")]);
                }
            }
            TwinDisk::Ide => {
                add(&["-drive", &format!("{drive},if=ide")]);
                // What every system for PCs has a driver for.
                add(&["-netdev", &network, "-device", "e1000,netdev=net,romfile="]);
            }
        }
        add(self.twin.arguments);
        Ok(arguments)
    }

    /// The command that runs it: `program` is QEMU's name in `root`.
    ///
    /// The disk's path must be absolute, as must a [`Rom::HostBios`]'s. Standard streams are the caller's to set.
    ///
    /// # Errors
    /// As for [`arguments`](Self::arguments), or the root has no such program.
    pub fn command(&self, root: &Root, program: &str) -> Result<Command, Error> {
        let failed = |source| Error::Program { program: program.to_owned(), source };
        let mut command = Command::new(root, program).map_err(failed)?;
        command.args(self.arguments()?);
        if root.way() == Way::Loader {
            // QEMU's own notion of where its files are holds only where the root is `/`.
            for folder in FIRMWARE_FOLDERS.into_iter().filter(|folder| root.has(folder)) {
                command.arg("-L").arg(root.path(folder));
            }
            if let Some(libraries) = root.library_folder(program).map_err(failed)? {
                command.env("QEMU_MODULE_DIR", root.path(&libraries).join("qemu"));
            }
        }
        let access = if self.disk.persistent { Access::ReadWrite } else { Access::ReadOnly };
        command.bind(&self.disk.path, access);
        if let Rom::HostBios(path) = &self.rom {
            command.bind(path, Access::ReadOnly);
        }
        // User-mode networking goes through QEMU's own sockets.
        command.network(true);
        Ok(command)
    }

    fn check_sd(&self) -> Result<(), Error> {
        let (size, next) = (self.disk.size, sd_size(self.disk.size));
        if size == next { Ok(()) } else { Err(Error::SdSize { path: self.disk.path.clone(), size, next }) }
    }
}

/// The size that an image of `size` must be grown to for an emulated SD card: the next power of two.
///
/// QEMU, hw/sd/sd.c: `sd_realize` refuses other sizes, as the guest would see a wrong one.
pub fn sd_size(size: Bytes) -> Bytes {
    Bytes(size.0.checked_next_power_of_two().unwrap_or(1 << 63))
}

/// The arguments that open a monitor on a socket, which must not be there yet.
///
/// # Errors
/// The path is not UTF-8.
pub(crate) fn monitor_arguments(socket: &Path) -> Result<[String; 2], Error> {
    Ok(["-qmp".to_owned(), format!("unix:{},server=on,wait=off", option_path(socket)?)])
}

/// A path as the value of a QEMU option, in which a comma is written twice.
fn option_path(path: &Path) -> Result<String, Error> {
    let text = path.to_str().ok_or_else(|| Error::PathNotUtf8 { path: path.to_owned() })?;
    Ok(text.replace(',', ",,"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use bringup_spec::TwinFirmware;

    use super::*;

    fn machine(disk: TwinDisk, size: Bytes) -> Machine {
        Machine {
            twin: Twin {
                machine: "virt",
                cpu: Some("cortex-a53"),
                ram: Bytes::gib(1),
                firmware: TwinFirmware::Machine,
                disk,
                modules: &[],
                arguments: &[],
                suite: None,
                source: "",
            },
            rom: Rom::Bios("/usr/lib/u-boot.bin".to_owned()),
            disk: Disk { medium: Medium::Raw, path: "/tmp/a,b.img".into(), size, persistent: false },
            forwards: Vec::new(),
            stop_at_reboot: true,
            interactive: false,
        }
    }

    #[test]
    fn a_forwarded_port_is_the_loopback_addresses() {
        let mut wanted = machine(TwinDisk::Virtio, Bytes::mib(300));
        wanted.forwards = vec![Forward { host: 2222, guest: 22 }];
        let line = wanted.arguments().unwrap().join(" ");
        assert!(line.contains("-netdev user,id=net,hostfwd=tcp:127.0.0.1:2222-:22 -device"), "{line}");
        wanted.twin.disk = TwinDisk::Sd;
        wanted.disk.size = Bytes::mib(256);
        let line = wanted.arguments().unwrap().join(" ");
        assert!(line.ends_with("-nic user,hostfwd=tcp:127.0.0.1:2222-:22"), "{line}");
    }

    #[test]
    fn a_twin_becomes_a_command_line() {
        let line = machine(TwinDisk::Virtio, Bytes::mib(300)).arguments().unwrap().join(" ");
        assert_eq!(
            line,
            "-M virt -cpu cortex-a53 -m 1024 -accel tcg -display none -nodefaults -no-user-config \
             -serial stdio -bios /usr/lib/u-boot.bin -no-reboot \
             -drive file=/tmp/a,,b.img,format=raw,snapshot=on,cache=unsafe,if=none,id=disk \
             -device virtio-blk-pci,drive=disk \
             -netdev user,id=net -device virtio-net-pci,netdev=net,romfile="
        );
    }

    #[test]
    fn an_sd_machine_keeps_its_writes_and_its_terminal_if_wanted() {
        let mut machine = machine(TwinDisk::Sd, Bytes::mib(256));
        machine.twin.cpu = None;
        machine.rom = Rom::Builtin;
        machine.disk.persistent = true;
        machine.stop_at_reboot = false;
        machine.interactive = true;
        assert_eq!(
            machine.arguments().unwrap().join(" "),
            "-M virt -m 1024 -accel tcg -display none -nodefaults -no-user-config -serial mon:stdio \
             -drive file=/tmp/a,,b.img,format=raw,snapshot=off,cache=unsafe,if=sd -nic user"
        );
        machine.twin.machine = "raspi3b";
        assert!(!machine.arguments().unwrap().contains(&"-nic".to_owned()));
    }

    #[test]
    fn a_pc_shows_its_bios_on_the_serial_line() {
        let mut machine = machine(TwinDisk::Ide, Bytes::mib(300));
        machine.twin.machine = "pc";
        machine.twin.cpu = None;
        machine.twin.arguments = &["-smp", "2"];
        machine.rom = Rom::Builtin;
        assert_eq!(
            machine.arguments().unwrap().join(" "),
            "-M pc,graphics=off -m 1024 -accel tcg -display none -nodefaults -no-user-config -serial stdio \
             -no-reboot -drive file=/tmp/a,,b.img,format=raw,snapshot=on,cache=unsafe,if=ide \
             -netdev user,id=net -device e1000,netdev=net,romfile= -smp 2"
        );
    }

    #[test]
    fn firmware_goes_to_flash_or_comes_from_outside() {
        let mut machine = machine(TwinDisk::Virtio, Bytes::mib(300));
        machine.rom = Rom::Flash("/usr/share/a,b.fd".to_owned());
        let line = machine.arguments().unwrap().join(" ");
        let drive = "-drive if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/a,,b.fd";
        assert!(line.contains(drive) && !line.contains("-bios"), "{line}");
        machine.rom = Rom::HostBios("/tmp/a,b.bin".into());
        assert!(machine.arguments().unwrap().join(" ").contains("-bios /tmp/a,b.bin"));
        machine.rom = Rom::HostBios(OsString::from_vec(b"/tmp/\xff".to_vec()).into());
        assert!(matches!(machine.arguments(), Err(Error::PathNotUtf8 { .. })));
    }

    #[test]
    fn a_monitor_is_a_socket() {
        let arguments = monitor_arguments(Path::new("/tmp/a,b/qmp")).unwrap();
        assert_eq!(arguments, ["-qmp", "unix:/tmp/a,,b/qmp,server=on,wait=off"]);
    }

    #[test]
    fn a_path_that_is_not_utf8_is_refused() {
        let mut machine = machine(TwinDisk::Virtio, Bytes::mib(1));
        machine.disk.path = OsString::from_vec(b"/tmp/\xff".to_vec()).into();
        assert!(matches!(machine.arguments(), Err(Error::PathNotUtf8 { .. })));
    }

    #[test]
    fn an_sd_card_must_be_a_power_of_two() {
        assert!(machine(TwinDisk::Sd, Bytes::mib(256)).arguments().is_ok());
        let error = machine(TwinDisk::Sd, Bytes::mib(300)).arguments().unwrap_err();
        assert_eq!(
            error.to_string(),
            "image `/tmp/a,b.img` is 300 MiB, but an emulated SD card must be a power of two\n\
             help: make it 512 MiB large"
        );
        for (size, grown) in [(0, 1), (1, 1), (513, 1024), (1 << 63, 1 << 63), (u64::MAX, 1 << 63)] {
            assert_eq!(sd_size(Bytes(size)), Bytes(grown));
        }
    }
}
