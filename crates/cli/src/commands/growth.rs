//! `simulate-growth`: what an image's first boot makes of its disk.

use bringup_bootchain::Disk;
use bringup_growth::{Grown, TooSmall, find, simulate as grown};
use bringup_spec::Bytes;
use serde_json::json;

use crate::args::SimulateGrowth;
use crate::error::Error;
use crate::output::{print, print_line};
use crate::table::table;

pub(crate) fn simulate(asked: &SimulateGrowth) -> Result<(), Error> {
    let unreadable = |source| Error::Unreadable { path: asked.image.clone(), source };
    let disk = Disk::open(&asked.image).map_err(unreadable)?;
    let found = find(&disk)?;
    let all: Vec<Grown> = asked.sizes.iter().map(|size| grown(&found, *size)).collect::<Result<_, _>>()?;
    if asked.json {
        return print_line(format_args!("{:#}", json!(all)));
    }
    for (index, grown) in all.iter().enumerate() {
        let between = if index == 0 { "" } else { "\n" };
        print(format_args!("{between}{}", text(grown)))?;
    }
    Ok(())
}

fn text(grown: &Grown) -> String {
    let mut text = format!("a disk of {}:\n", Bytes(grown.size));
    if let Some(TooSmall { need, have }) = grown.too_small {
        let (need, have) = (Bytes(need), Bytes(have));
        text += &format!(
            "too small, so that nothing changes: its partitions need {need}, and {have} are there\n"
        );
    }
    let rows: Vec<Vec<String>> = grown
        .partitions
        .iter()
        .map(|part| {
            let what = match (part.before, part.file_system) {
                (None, Some(kind)) => format!("new, {kind}"),
                (Some(before), _) if before != part.len => format!("grows from {}", Bytes(before)),
                _ => "stays".to_owned(),
            };
            let (start, end) = (part.start, part.start + part.len);
            vec![
                part.number.to_string(),
                part.name.clone(),
                format!("{start:#x}"),
                format!("{end:#x}"),
                Bytes(part.len).to_string(),
                what,
            ]
        })
        .collect();
    text + &table(&["NUMBER", "NAME", "START", "END", "SIZE", "AT FIRST BOOT"], &rows)
}

#[cfg(test)]
mod tests {
    use bringup_growth::GrownPartition;

    use super::*;

    #[test]
    fn a_table_says_what_grows_and_what_is_new() {
        let part = |number, name: &str, start, len, before, file_system| GrownPartition {
            number,
            name: name.to_owned(),
            start,
            len,
            before,
            file_system,
        };
        let grown = Grown {
            size: 1 << 30,
            partitions: vec![
                part(1, "esp", 1 << 20, 1 << 20, Some(1 << 20), None),
                part(2, "root", 2 << 20, 500 << 20, Some(300 << 20), None),
                part(3, "home", 503 << 20, 512 << 20, None, Some("ext4")),
            ],
            too_small: None,
        };
        assert_eq!(
            text(&grown),
            "a disk of 1 GiB:\n\
             NUMBER  NAME  START       END         SIZE     AT FIRST BOOT\n\
             1       esp   0x100000    0x200000    1 MiB    stays\n\
             2       root  0x200000    0x1f600000  500 MiB  grows from 300 MiB\n\
             3       home  0x1f700000  0x3f700000  512 MiB  new, ext4\n"
        );
        let small =
            Grown { too_small: Some(TooSmall { need: 2 << 30, have: 1 << 29 }), partitions: vec![], ..grown };
        let said = "too small, so that nothing changes: its partitions need 2 GiB, and 512 MiB are there\n";
        assert!(text(&small).contains(said), "{}", text(&small));
    }
}
