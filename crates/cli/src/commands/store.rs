//! `store gc | verify | path`.

use std::time::SystemTime;

use bringup_spec::Bytes;
use bringup_store::{Policy, Store};

use crate::args::{Global, StoreCommand};
use crate::error::Error;
use crate::host;
use crate::output::print_line;

pub(crate) fn run(global: &Global, command: &StoreCommand) -> Result<(), Error> {
    let root = host::store_path(global)?;
    if matches!(command, StoreCommand::Path) {
        print_line(format_args!("{}", root.display()))?;
        return Ok(());
    }
    let mut store = Store::open(&root)?;
    match command {
        StoreCommand::Path => {}
        StoreCommand::Gc { keep_days } => {
            let policy = Policy { keep_days: Some(*keep_days), now: SystemTime::now() };
            let removed = store.gc(&policy)?;
            print_line(format_args!("removed {} entries, {}", removed.entries, Bytes(removed.bytes)))?;
            print_line(format_args!("{} left in {}", Bytes(store.usage()?.total()), root.display()))?;
        }
        StoreCommand::Verify => {
            let report = store.verify(|_| {})?;
            print_line(format_args!("checked {} entries, {}", report.entries, Bytes(report.bytes)))?;
            for notice in &report.damaged {
                print_line(format_args!("damaged: {notice}"))?;
            }
            if !report.damaged.is_empty() {
                return Err(Error::StoreDamaged { entries: report.damaged.len() });
            }
        }
    }
    Ok(())
}
