use bringup_spec::{Board, Kernel, Platform};
use target_lexicon::Architecture;

use crate::{BOARDS, NameKind, PLATFORMS, UnknownName};

/// Names offered for an unknown one, at most.
const MAX_NEAR: usize = 3;

/// How alike two names must be to be offered: 1.0 is the same. Jaro-Winkler gives about 0.98 for
/// one changed letter of ten and below 0.6 for names that have nothing in common.
const MIN_SIMILARITY: f64 = 0.8;

/// The board called `name`.
///
/// # Errors
/// There is none.
pub fn board(name: &str) -> Result<&'static Board, UnknownName> {
    board_among(BOARDS, name)
}

/// The board called `name` among `boards`: for programs that have boards besides the catalog's.
///
/// # Errors
/// There is none.
pub fn board_among(boards: &[&'static Board], name: &str) -> Result<&'static Board, UnknownName> {
    find(boards, NameKind::Board, name, |board| vec![board.name])
}

/// The platform called `name`.
///
/// # Errors
/// There is none.
pub fn platform(name: &str) -> Result<&'static Platform, UnknownName> {
    find(PLATFORMS, NameKind::Platform, name, |platform| vec![platform.name])
}

/// The platform of a target triple, in rustc's or in GNU's spelling.
///
/// # Errors
/// There is none.
pub fn platform_by_triple(triple: &str) -> Result<&'static Platform, UnknownName> {
    find(PLATFORMS, NameKind::Triple, triple, |platform| vec![platform.rust_target, platform.gnu_triplet])
}

/// The platform that Debian calls `arch`.
///
/// # Errors
/// There is none.
pub fn platform_by_debian_arch(arch: &str) -> Result<&'static Platform, UnknownName> {
    find(PLATFORMS, NameKind::DebianArch, arch, |platform| vec![platform.debian_arch])
}

/// The platform of a Linux host whose `std::env::consts::ARCH` is `arch`.
///
/// # Errors
/// There is none.
pub fn platform_for_host_arch(arch: &str) -> Result<&'static Platform, UnknownName> {
    let host = |platform: &&Platform| platform.kernel == Kernel::Linux;
    let linux: Vec<&'static Platform> = PLATFORMS.iter().copied().filter(host).collect();
    find(&linux, NameKind::HostArch, arch, |platform| host_arch(platform).into_iter().collect())
}

/// What `std::env::consts::ARCH` is on a platform: the family alone, as the standard library lists them.
fn host_arch(platform: &Platform) -> Option<&'static str> {
    match platform.triple.architecture {
        Architecture::Aarch64(_) => Some("aarch64"),
        Architecture::Arm(_) => Some("arm"),
        Architecture::Riscv64(_) => Some("riscv64"),
        Architecture::X86_32(_) => Some("x86"),
        Architecture::X86_64 => Some("x86_64"),
        _ => None,
    }
}

/// Those of `candidates` that `name` may have been meant for, closest first.
pub fn near_matches<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let name = name.to_lowercase();
    let mut near: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.into_iter().take(MAX_NEAR).map(|(_, candidate)| candidate.to_owned()).collect()
}

fn find<T>(
    list: &[&'static T],
    kind: NameKind,
    name: &str,
    names: fn(&T) -> Vec<&'static str>,
) -> Result<&'static T, UnknownName> {
    list.iter()
        .copied()
        .find(|item| names(item).contains(&name))
        .ok_or_else(|| UnknownName::new(kind, name, list.iter().flat_map(|item| names(item))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_board_gets_a_suggestion() {
        let error = board("pine64-ltz").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no board `pine64-ltz`\n\
             help: did you mean `pine64-lts` or `pine64-plus`? (`bringup boards` lists all)"
        );
    }

    #[test]
    fn a_name_like_no_other_gets_the_list() {
        assert_eq!(
            platform_by_debian_arch("zzz").unwrap_err().to_string(),
            "no platform with the Debian architecture `zzz`\n\
             help: known: `arm64`, `armhf`, `hurd-i386`, `i386`, `riscv64` and `amd64`"
        );
    }

    #[test]
    fn the_nearest_name_comes_first_in_any_case() {
        assert_eq!(near_matches("TINI", ["barebones", "tinys", "tiny"]), ["tiny", "tinys"]);
    }

    #[test]
    fn triples_are_known_in_both_spellings() {
        for triple in ["aarch64-unknown-linux-gnu", "aarch64-linux-gnu"] {
            assert_eq!(platform_by_triple(triple).unwrap().name, "aarch64-linux");
        }
        assert!(platform_by_triple("aarch64-apple-darwin").is_err());
    }

    #[test]
    fn a_host_is_never_the_hurd() {
        for (arch, name) in [
            ("aarch64", "aarch64-linux"),
            ("arm", "armv7-linux"),
            ("x86", "i686-linux"),
            ("x86_64", "x86_64-linux"),
            ("riscv64", "riscv64-linux"),
        ] {
            assert_eq!(platform_for_host_arch(arch).unwrap().name, name);
        }
        assert!(platform_for_host_arch("i586").is_err());
    }
}
