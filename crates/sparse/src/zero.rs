//! Zeros that are stored.

/// Bytes looked at together: long enough to be compared by the processor's vector units, short
/// enough that data ends the search early.
const STEP: usize = 128;

/// Whether every byte is zero.
///
/// ```
/// assert!(bringup_sparse::is_zero(&[0; 1000]));
/// assert!(!bringup_sparse::is_zero(b"\0\0\0\x01"));
/// ```
pub fn is_zero(bytes: &[u8]) -> bool {
    let (steps, rest) = bytes.as_chunks::<STEP>();
    steps.iter().all(|step| step.iter().fold(0, |all, byte| all | byte) == 0)
        && rest.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_anywhere_is_found() {
        for len in [1, STEP - 1, STEP, STEP + 1, 3 * STEP + 7] {
            let mut bytes = vec![0; len];
            assert!(is_zero(&bytes));
            for at in 0..len {
                bytes[at] = 0x80;
                assert!(!is_zero(&bytes), "{at} of {len}");
                bytes[at] = 0;
            }
        }
        assert!(is_zero(&[]));
    }
}
