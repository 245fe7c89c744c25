//! Which packages share a layer.

use crate::Error;

/// The most layers that Docker unpacks (moby, layer/layer_store.go, `maxLayerDepth`).
pub const MAX_LAYERS: usize = 125;

/// Files that belong together: those of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How much it weighs: the bytes of its files.
    pub weight: u64,
}

/// Merges `groups` into at most `most` layers of names, every name in one.
///
/// As long as there is room each group is a layer. Else the heaviest ones are, in half of the
/// layers, and the others share the rest by a hash of their names: so a group's new version makes
/// one layer new, and neither its weight nor another group's coming moves any but the few
/// between heavy and light.
///
/// # Errors
/// `most` is 0 or more than [`MAX_LAYERS`].
pub fn group(groups: &[Group], most: usize) -> Result<Vec<Vec<String>>, Error> {
    if !(1..=MAX_LAYERS).contains(&most) {
        return Err(Error::LayerCount { asked: most, most: MAX_LAYERS });
    }
    let mut by_weight: Vec<&Group> = groups.iter().collect();
    by_weight.sort_by(|one, other| other.weight.cmp(&one.weight).then_with(|| one.name.cmp(&other.name)));
    let alone = if groups.len() <= most { groups.len() } else { most / 2 };
    let (heavy, light) = by_weight.split_at(alone);

    let mut layers: Vec<Vec<String>> = heavy.iter().map(|group| vec![group.name.clone()]).collect();
    layers.sort();
    let mut shared = vec![Vec::new(); most - alone];
    for group in light {
        let place = crc32fast::hash(group.name.as_bytes()) as usize % shared.len();
        shared[place].push(group.name.clone());
    }
    for mut layer in shared.into_iter().filter(|layer| !layer.is_empty()) {
        layer.sort();
        layers.push(layer);
    }
    Ok(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(count: u64) -> Vec<Group> {
        (0..count).map(|weight| Group { name: format!("p{weight}"), weight }).collect()
    }

    #[test]
    fn each_is_a_layer_while_there_is_room() {
        assert_eq!(group(&groups(3), 3).unwrap(), [["p0"], ["p1"], ["p2"]]);
        assert_eq!(group(&groups(0), 3).unwrap(), [[""; 0]; 0]);
    }

    #[test]
    fn the_heaviest_are_alone_and_every_name_is_in_one_layer() {
        for most in 1..20 {
            let layers = group(&groups(50), most).unwrap();
            assert!(layers.len() <= most);
            assert_eq!(layers.iter().filter(|layer| **layer == ["p49"]).count(), usize::from(most > 1));
            let mut names = layers.concat();
            names.sort();
            let mut expected: Vec<String> = groups(50).into_iter().map(|group| group.name).collect();
            expected.sort();
            assert_eq!(names, expected);
        }
    }

    #[test]
    fn one_more_group_changes_one_layer() {
        let before = group(&groups(50), 10).unwrap();
        let mut more = groups(50);
        more.push(Group { name: "new".into(), weight: 0 });
        let after = group(&more, 10).unwrap();
        assert_eq!(after.iter().filter(|layer| !before.contains(layer)).count(), 1);
    }

    #[test]
    fn the_number_has_bounds() {
        for asked in [0, 126] {
            let says = format!("at most {asked} layers were asked for, but an image has 1 to 125");
            assert_eq!(group(&groups(1), asked).unwrap_err().to_string(), says);
        }
    }
}
