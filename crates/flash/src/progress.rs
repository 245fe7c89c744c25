//! How far it is.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The image goes to the device.
    Write,
    /// It is read back and compared.
    Verify,
}

/// Gets told how far it is, on the thread that called.
pub trait Progress {
    /// The next phase begins; it is about `total` bytes, where that is known.
    fn begins(&self, phase: Phase, total: Option<u64>);
    /// `bytes` of the phase are done, all in all.
    fn reached(&self, bytes: u64);
}

/// Tells nobody.
impl Progress for () {
    fn begins(&self, _: Phase, _: Option<u64>) {}
    fn reached(&self, _: u64) {}
}
