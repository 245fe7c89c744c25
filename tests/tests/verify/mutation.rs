//! A change, and what it must be called.

use crate::patient::Patient;
use crate::proof::Proof;

/// The image of one board, as an example of all with its boot ROM, and what is changed in it.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) board: &'static str,
    /// How its image is built, where that is not the board's own way.
    pub(crate) arguments: &'static [&'static str],
    pub(crate) mutations: &'static [&'static [Mutation]],
}

/// One change.
pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    pub(crate) change: fn(&mut Patient),
    verdict: &'static str,
    link: &'static str,
    says: &'static str,
}

/// A change after which the machine stops at `link`.
pub(crate) const fn broken(
    name: &'static str,
    change: fn(&mut Patient),
    link: &'static str,
    says: &'static str,
) -> Mutation {
    Mutation { name, change, verdict: "broken", link, says }
}

/// A change that the machine gets over, but that somebody should look at.
pub(crate) const fn doubtful(
    name: &'static str,
    change: fn(&mut Patient),
    link: &'static str,
    says: &'static str,
) -> Mutation {
    Mutation { name, change, verdict: "doubtful", link, says }
}

/// A change that takes the machine another way to the same end.
pub(crate) const fn harmless(
    name: &'static str,
    change: fn(&mut Patient),
    link: &'static str,
    says: &'static str,
) -> Mutation {
    Mutation { name, change, verdict: "holds", link, says }
}

impl Mutation {
    /// Whether what was found is this change and nothing else.
    pub(crate) fn judge(&self, sound: &Proof, found: &Proof) -> Result<(), String> {
        let link = found.links().into_iter().find(|link| {
            link.name == self.link && link.verdict == self.verdict && link.what.contains(self.says)
        });
        let Some(link) = link else {
            let said = found.with("broken");
            return Err(format!("`{}` is not {} by {}, but {said:?}", self.link, self.verdict, self.says));
        };
        let code = i32::from(self.verdict == "broken");
        if found.code != code {
            return Err(format!("exit code {} instead of {code}", found.code));
        }
        let was = |name: &str| {
            let link = sound.links().into_iter().find(|link| link.name == name);
            link.map_or("absent".to_owned(), |link| link.verdict)
        };
        let behind = if self.verdict == "broken" {
            let link = sound.links().into_iter().find(|link| link.name == self.link);
            link.map_or(Vec::new(), |link| link.behind)
        } else {
            Vec::new()
        };
        for other in found.links().into_iter().filter(|other| *other != link) {
            let as_it_was = other.verdict == was(&other.name);
            let out_of_reach = self.verdict == "broken" && other.verdict == "not-reached";
            let is_behind = behind.contains(&other.name);
            if (is_behind || !as_it_was) && !out_of_reach {
                return Err(format!("also `{}` is {}: {}", other.name, other.verdict, other.what));
            }
        }
        Ok(())
    }
}
