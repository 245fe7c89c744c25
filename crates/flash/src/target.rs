//! What an image is written to.

use std::io;

use crate::Error;

/// Something of fixed size that is written and read in whole sectors.
///
/// Memory, offsets and lengths given to it are multiples of 4,096, but for lengths at the image's
/// end, which are multiples of [`sector`](Self::sector).
pub trait Target: Sync {
    /// How many bytes it has; never 0.
    fn size(&self) -> u64;

    /// Bytes in a logical sector, 512 or 4,096.
    fn sector(&self) -> u64;

    /// Writes a part of `bytes` at `at`, and says how many.
    ///
    /// # Errors
    /// The device's.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize>;

    /// Reads some bytes from `at` on, and says how many.
    ///
    /// # Errors
    /// The device's.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize>;

    /// Waits until all that was written is on the medium; what is read from now on comes from there.
    ///
    /// # Errors
    /// The device's, also those of earlier writes.
    fn settle(&self) -> io::Result<()>;
}

/// Writes all of `bytes`.
pub(crate) fn write_all(target: &dyn Target, bytes: &[u8], at: u64) -> Result<(), Error> {
    let mut done = 0;
    while done < bytes.len() {
        let place = at + done as u64;
        let failed = |source| Error::Write { at: place, len: (bytes.len() - done) as u64, source };
        match target.write_at(&bytes[done..], place) {
            Ok(0) => return Err(failed(io::ErrorKind::WriteZero.into())),
            Ok(len) => done += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}

/// Fills `into`.
pub(crate) fn read_all(target: &dyn Target, into: &mut [u8], at: u64) -> Result<(), Error> {
    let mut done = 0;
    while done < into.len() {
        let (place, len) = (at + done as u64, (into.len() - done) as u64);
        let failed = |source| Error::ReadBack { at: place, len, source };
        match target.read_at(&mut into[done..], place) {
            Ok(0) => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
            Ok(len) => done += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}
