//! Reading back what was written.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use sha2::{Digest, Sha256};

use crate::buffer::Buffer;
use crate::plan::CHUNK;
use crate::target::read_all;
use crate::{Error, Target};

/// The digest of a block.
pub(crate) type Sum = [u8; 32];

pub(crate) fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

/// Compares the device with what was written to it: one thread reads, this one hashes.
///
/// # Errors
/// [`Error::Differs`], with all that differs; or it cannot be read.
pub(crate) fn verify(
    target: &dyn Target,
    written: &[(Range<u64>, Sum)],
    reached: &mut dyn FnMut(u64),
    stop: &AtomicBool,
) -> Result<(), Error> {
    thread::scope(|scope| {
        // One block is hashed while the next one is read.
        let (give, given) = sync_channel(1);
        scope.spawn(move || {
            for (range, sum) in written {
                let mut buffer = Buffer::new((range.end - range.start).min(CHUNK) as usize);
                let read = read_all(target, buffer.bytes_mut(), range.start);
                let failed = read.is_err();
                if give.send((range, sum, read.map(|()| buffer))).is_err() || failed {
                    return;
                }
            }
        });
        let (mut done, mut differs) = (0, None);
        for (range, wanted, read) in given {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let buffer = read?;
            let len = range.end - range.start;
            if sum(buffer.bytes()) != *wanted {
                let (_, total) = differs.get_or_insert((range.clone(), 0));
                *total += len;
            }
            done += len;
            reached(done);
        }
        match differs {
            Some((first, len)) => Err(Error::Differs { first, len }),
            None => Ok(()),
        }
    })
}
