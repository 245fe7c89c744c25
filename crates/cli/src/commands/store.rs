//! `store gc | verify | path`.

use std::time::SystemTime;

use bringup_spec::Bytes;
use bringup_store::{Policy, Store};

use crate::args::{Global, StoreCommand};
use crate::error::Error;
use crate::host;

pub(crate) fn run(global: &Global, command: &StoreCommand) -> Result<(), Error> {
    let root = host::store_path(global)?;
    if matches!(command, StoreCommand::Path) {
        println!("{}", root.display());
        return Ok(());
    }
    let mut store = Store::open(&root)?;
    match command {
        StoreCommand::Path => {}
        StoreCommand::Gc { keep_days } => {
            let policy = Policy { keep_days: Some(*keep_days), now: SystemTime::now() };
            let removed = store.gc(&policy)?;
            println!("removed {} entries, {}", removed.entries, Bytes(removed.bytes));
            println!("{} left in {}", Bytes(store.usage()?.total()), root.display());
        }
        StoreCommand::Verify => {
            let report = store.verify(|_| {})?;
            println!("checked {} entries, {}", report.entries, Bytes(report.bytes));
            for notice in &report.damaged {
                println!("damaged: {notice}");
            }
            if !report.damaged.is_empty() {
                return Err(Error::StoreDamaged { entries: report.damaged.len() });
            }
        }
    }
    Ok(())
}
