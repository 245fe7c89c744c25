//! `ls`, `copy` and `rm`, as typed.

use clap::Args;

/// `ls`.
#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// IMAGE lists its partitions, IMAGE:/PATH a directory of its root file system, IMAGE:PARTITION:/PATH
    /// one of another, by its number or its name: `disk.img:esp:/EFI`
    #[arg(value_name = "IMAGE[:[PARTITION:]/PATH]")]
    pub(crate) place: String,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// `copy`.
#[derive(Debug, Args)]
pub(crate) struct Copy {
    /// A file; or a file or directory of an image, IMAGE:/PATH or IMAGE:PARTITION:/PATH
    pub(crate) from: String,
    /// A place in an image; or where a file that comes out of one goes, `-` for standard output
    pub(crate) to: String,
    /// The file's permissions in the image [default: as the file that it replaces, or as on the host]
    #[arg(long, value_name = "OCTAL", value_parser = mode)]
    pub(crate) mode: Option<u16>,
    /// The file's owner and group in the image [default: as the file that it replaces, or root]
    #[arg(long, value_name = "UID:GID", value_parser = owner)]
    pub(crate) owner: Option<(u32, u32)>,
}

/// `rm`.
#[derive(Debug, Args)]
pub(crate) struct Rm {
    /// What to remove: IMAGE:/PATH or IMAGE:PARTITION:/PATH
    pub(crate) place: String,
    /// A directory, with all that is in it
    #[arg(long, short)]
    pub(crate) recursive: bool,
}

fn mode(text: &str) -> Result<u16, String> {
    let mode = u16::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    mode.ok_or_else(|| "write octal digits, up to 7777".to_owned())
}

fn owner(text: &str) -> Result<(u32, u32), String> {
    let number = |text: &str| text.parse().ok();
    let both = text.split_once(':').and_then(|(user, group)| Some((number(user)?, number(group)?)));
    both.ok_or_else(|| "write two numbers, as in `1000:1000`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_and_owners_two_numbers() {
        assert_eq!((mode("0644"), mode("4755")), (Ok(0o644), Ok(0o4755)));
        assert!(mode("10000").is_err() && mode("8").is_err());
        assert_eq!(owner("1000:5"), Ok((1000, 5)));
        assert!(owner("root:root").is_err() && owner("1").is_err());
    }
}
