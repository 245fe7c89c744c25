//! Who gets how much: the rules of repart.d(5) on `Weight=`, `SizeMinBytes=` and `SizeMaxBytes=`.

/// One that wants a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Its weight against the others'.
    pub(crate) weight: u64,
    /// It gets at least this.
    pub(crate) min: u64,
    /// It gets at most this, which is no less than `min`.
    pub(crate) max: u64,
}

/// Divides `span` in multiples of `grain`; the first one gets what is left over.
///
/// None if they need more than there is. systemd, src/repart/repart.c, `context_grow_partitions_phase`:
/// those who need more than their share are served first, then those who want less, then the others; each
/// one served changes the shares of the rest.
pub(crate) fn shares(span: u64, claims: &[Claim], grain: u64) -> Option<Vec<u64>> {
    if claims.iter().map(|claim| claim.min).sum::<u64>() > span {
        return None;
    }
    let mut sizes: Vec<Option<u64>> = vec![None; claims.len()];
    let mut left = span;
    let mut weights: u64 = claims.iter().map(|claim| claim.weight).sum();
    for phase in [Phase::More, Phase::Less, Phase::Rest] {
        loop {
            let mut again = false;
            for (size, claim) in sizes.iter_mut().zip(claims) {
                if size.is_some() {
                    continue;
                }
                let share = share(left, claim.weight, weights);
                let given = match phase {
                    Phase::More if claim.min > share => claim.min,
                    Phase::Less if claim.max < share => claim.max,
                    Phase::Rest => (share / grain * grain).clamp(claim.min, claim.max),
                    _ => continue,
                };
                *size = Some(given);
                left = left.saturating_sub(given.next_multiple_of(grain));
                weights -= claim.weight;
                again = !matches!(phase, Phase::Rest);
            }
            if !again {
                break;
            }
        }
    }
    let mut sizes: Vec<u64> = sizes.into_iter().flatten().collect();
    if let (Some(first), Some(claim)) = (sizes.first_mut(), claims.first()) {
        *first = ((*first + left) / grain * grain).max(*first).min(claim.max);
    }
    Some(sizes)
}

#[derive(Clone, Copy)]
enum Phase {
    More,
    Less,
    Rest,
}

fn share(left: u64, weight: u64, weights: u64) -> u64 {
    if weights == 0 {
        return 0;
    }
    let share = u128::from(left) * u128::from(weight) / u128::from(weights);
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(weight: u64, min: u64, max: u64) -> Claim {
        Claim { weight, min, max }
    }

    #[test]
    fn weights_divide_and_the_last_takes_the_remainder() {
        let all = [claim(1000, 1, u64::MAX), claim(2000, 1, u64::MAX)];
        assert_eq!(shares(100, &all, 1), Some(vec![33, 67]));
        assert_eq!(shares(100, &all[..1], 8), Some(vec![96]));
    }

    #[test]
    fn a_minimum_above_the_share_is_served_first_and_a_maximum_below_it_next() {
        let all = [claim(1000, 70, u64::MAX), claim(1000, 1, u64::MAX), claim(1000, 1, 5)];
        assert_eq!(shares(100, &all, 1), Some(vec![70, 25, 5]));
    }

    #[test]
    fn what_nobody_may_have_goes_to_the_first() {
        let all = [claim(0, 10, u64::MAX), claim(1000, 1, 20)];
        assert_eq!(shares(100, &all, 1), Some(vec![80, 20]));
        let fixed = [claim(0, 10, 10), claim(1000, 1, 20)];
        assert_eq!(shares(100, &fixed, 1), Some(vec![10, 20]));
    }

    #[test]
    fn more_than_there_is_is_refused() {
        assert_eq!(shares(100, &[claim(1, 60, 60), claim(1, 41, 50)], 1), None);
    }
}
