//! The stream cipher RC4, for Rockchip's scrambling of one sector at a time; it keeps no secret.

/// U-Boot, tools/rkcommon.c (`rc4_key`).
const KEY: [u8; 16] = [124, 78, 3, 4, 85, 5, 9, 7, 45, 44, 123, 56, 23, 13, 23, 17];

/// Scrambles what is plain and the other way round.
pub(super) fn scramble(sector: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|index| index as u8);
    let mut mixed = 0_u8;
    for index in 0..state.len() {
        mixed = mixed.wrapping_add(state[index]).wrapping_add(KEY[index % KEY.len()]);
        state.swap(index, mixed.into());
    }
    let (mut left, mut right) = (0_u8, 0_u8);
    let step = |&byte: &u8| {
        left = left.wrapping_add(1);
        right = right.wrapping_add(state[usize::from(left)]);
        state.swap(left.into(), right.into());
        let at = state[usize::from(left)].wrapping_add(state[usize::from(right)]);
        byte ^ state[usize::from(at)]
    };
    sector.iter().map(step).collect()
}
