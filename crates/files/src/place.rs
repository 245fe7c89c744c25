//! Where in which image.

use std::path::PathBuf;

/// A path in an image: `IMAGE:/PATH` in its root file system, `IMAGE:PARTITION:/PATH` elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The image.
    pub image: PathBuf,
    /// The partition, by its number or a name; root if there is none.
    pub partition: Option<String>,
    /// The path, from the file system's root on.
    pub path: String,
}

impl Place {
    /// Reads what somebody typed; none if it is no place in an image. A file of the host whose name
    /// has `:/` in it cannot be told from one.
    pub fn parse(text: &str) -> Option<Self> {
        let (before, path) = text.split_at(text.find(":/")?);
        let (image, partition) = match before.rsplit_once(':') {
            Some((image, partition)) => (image, Some(partition.to_owned())),
            None => (before, None),
        };
        let is_whole = !image.is_empty() && partition.as_deref() != Some("");
        is_whole.then(|| Self { image: image.into(), partition, path: path[1..].to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_image_a_partition_and_a_path() {
        let parsed = |text| {
            Place::parse(text).map(|place| {
                let partition = place.partition.unwrap_or_else(|| "-".to_owned());
                format!("{} {partition} {}", place.image.display(), place.path)
            })
        };
        for (text, place) in [
            ("disk.img:/etc/hostname", Some("disk.img - /etc/hostname")),
            ("a/disk.img:esp:/EFI", Some("a/disk.img esp /EFI")),
            ("disk.img:2:/", Some("disk.img 2 /")),
            ("disk.img:/odd:/name", Some("disk.img - /odd:/name")),
            ("disk.img", None),
            ("disk.img:etc", None),
            (":/etc", None),
            ("disk.img::/etc", None),
        ] {
            assert_eq!(parsed(text).as_deref(), place, "{text}");
        }
    }
}
