//! Measurements.

use crate::tasks::Result;

pub(crate) fn run(_: &[String]) -> Result {
    Err("nothing is measured yet".into())
}
