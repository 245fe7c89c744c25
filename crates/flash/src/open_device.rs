//! A device, opened for nobody else.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{Advice, Mode, OFlags, SeekFrom};
use rustix::io::Errno;

use crate::device::{Device, identity};
use crate::reread::reread;
use crate::{Error, Target};

/// How often the kernel is asked to read the table: whoever looks at new disks may hold one for a
/// moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// A device that is open for writing, past the page cache where that is possible.
#[derive(Debug)]
pub struct OpenDevice {
    file: File,
    /// The same, for direct I/O.
    direct: Option<File>,
    size: u64,
    sector: u64,
    is_block: bool,
}

impl OpenDevice {
    /// Opens what was [found](Device::find).
    ///
    /// A block device is opened with `O_EXCL`, which the kernel refuses while anything of it is
    /// mounted or otherwise claimed (open(2)), and locked as systemd's "Locking Block Device Access"
    /// has it, so that udev does not probe it meanwhile.
    ///
    /// # Errors
    /// It is in use, is another device now, or cannot be opened.
    pub fn open(device: &Device) -> Result<Self, Error> {
        let path = &device.path;
        let failed = |source| Error::Io { operation: "open", path: path.clone(), source };
        let is_block = device.identity.1 == u64::MAX;
        let open = |more: OFlags| -> Result<File, Errno> {
            rustix::fs::open(path, OFlags::RDWR | OFlags::CLOEXEC | more, Mode::empty()).map(File::from)
        };
        let file = match open(if is_block { OFlags::EXCL } else { OFlags::empty() }) {
            Err(Errno::BUSY) => return Err(Error::Busy { path: path.clone() }),
            other => other.map_err(|errno| failed(errno.into()))?,
        };
        // One claim is enough; a second one would be refused.
        let direct = open(OFlags::DIRECT).ok();
        for file in [Some(&file), direct.as_ref()].into_iter().flatten() {
            let metadata = file.metadata().map_err(failed)?;
            if identity(&metadata) != device.identity {
                return Err(Error::Exchanged { path: path.clone() });
            }
        }
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::Busy { path: path.clone() });
        }
        // A block device has no length of its own; its end does.
        let size = rustix::fs::seek(&file, SeekFrom::End(0)).map_err(|errno| failed(errno.into()))?;
        Ok(Self { file, direct, size, sector: device.sector, is_block })
    }

    /// Has the kernel read the device's new table; a file has none that it knows.
    ///
    /// # Errors
    /// Somebody has a partition of it open, so that the kernel keeps the old table.
    pub fn reread_table(&self) -> Result<(), Error> {
        if !self.is_block {
            return Ok(());
        }
        let mut tries = 1;
        loop {
            match reread(&self.file) {
                // A loop device without partitions has no table (Linux, block/ioctl.c, `blkdev_reread_part`).
                Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy && tries < TRIES => {
                    thread::sleep(PAUSE);
                    tries += 1;
                }
                done => {
                    let path = Path::new("the new partition table").to_owned();
                    return done.map_err(|source| Error::Io {
                        operation: "have the kernel read",
                        path,
                        source,
                    });
                }
            }
        }
    }
}

/// What direct I/O does or, where it is refused (`EINVAL`: open(2), O_DIRECT), the page cache.
fn first<T>(direct: Option<io::Result<T>>, cached: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    match direct {
        Some(Err(error)) if error.kind() == io::ErrorKind::InvalidInput => cached(),
        Some(done) => done,
        None => cached(),
    }
}

impl Target for OpenDevice {
    fn size(&self) -> u64 {
        self.size
    }

    fn sector(&self) -> u64 {
        self.sector
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        first(self.direct.as_ref().map(|file| file.write_at(bytes, at)), || self.file.write_at(bytes, at))
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let direct = self.direct.as_ref().map(|file| file.read_at(into, at));
        first(direct, || self.file.read_at(into, at))
    }

    fn settle(&self) -> io::Result<()> {
        self.file.sync_data()?;
        // Only clean pages go, and all of them are now.
        rustix::fs::fadvise(&self.file, 0, None, Advice::DontNeed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{Image, flash, testing};

    #[test]
    fn a_file_stands_for_a_device_and_is_one_users_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let bytes: Vec<u8> = (0..5_000_192_u32).map(|n| (n / 3) as u8).collect();
        std::fs::write(&from, &bytes).unwrap();
        std::fs::write(&to, vec![0xFF; 6 << 20]).unwrap();
        let host = testing::host(&folder.path().join("sys"));
        let device = Device::find(&host, &to).unwrap();
        let open = OpenDevice::open(&device).unwrap();
        assert!(matches!(OpenDevice::open(&device), Err(Error::Busy { .. })));
        let image = Image::open(&from).unwrap();
        image.is_not(&device).unwrap();
        flash(image, &open, &(), &AtomicBool::new(false)).unwrap();
        open.reread_table().unwrap();
        let written = std::fs::read(&to).unwrap();
        assert!(written[..bytes.len()] == bytes && written[bytes.len()..].iter().all(|byte| *byte == 0xFF));
    }

    #[test]
    fn an_image_is_not_written_over_itself_by_whatever_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("disk.img"), folder.path().join("link"));
        std::fs::write(&path, [1; 512]).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let device = Device::find(&testing::host(&folder.path().join("sys")), &link).unwrap();
        assert!(matches!(Image::open(&path).unwrap().is_not(&device), Err(Error::Itself { .. })));
    }

    #[test]
    fn another_file_under_the_same_name_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        std::fs::write(&path, [1; 512]).unwrap();
        let device = Device::find(&testing::host(&folder.path().join("sys")), &path).unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, [2; 512]).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(matches!(OpenDevice::open(&device), Err(Error::Exchanged { .. })));
    }
}
