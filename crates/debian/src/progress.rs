//! What a caller may want to see of downloads.

/// Told how downloads go, from several threads at once.
pub trait Progress: Sync {
    /// The file called `name`, of `size` bytes, is being fetched; not called for what the store has.
    fn started(&self, name: &str, size: u64) {
        let _ = (name, size);
    }

    /// `received` bytes of it are there; fewer than before, if it had to start again.
    fn advanced(&self, name: &str, received: u64) {
        let _ = (name, received);
    }

    /// It is there and verified.
    fn finished(&self, name: &str) {
        let _ = name;
    }
}

/// Nobody wants to see anything.
impl Progress for () {}
