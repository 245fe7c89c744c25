//! Names that another may have been meant for.

/// Names offered for an unknown one, at most.
const MAX_NEAR: usize = 3;

/// How alike two names must be to be offered, by Jaro-Winkler: 1.0 is the same, and a changed letter
/// of ten gives about 0.98.
const MIN_SIMILARITY: f64 = 0.8;

/// Those of `candidates` that `name` may have been meant for, closest first.
pub(crate) fn near_matches<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let name = name.to_lowercase();
    let mut near: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.into_iter().take(MAX_NEAR).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// `` did you mean `a` or `b`? `` as a second line; nothing without near names.
pub(crate) fn help(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("\nhelp: did you mean `{}`?", near.join("` or `")) }
}
