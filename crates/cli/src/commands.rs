//! One module a command: parse, call a library, print.

pub(crate) mod assemble;
pub(crate) mod boot;
pub(crate) mod compare;
pub(crate) mod component;
pub(crate) mod doctor;
pub(crate) mod files;
pub(crate) mod flash;
pub(crate) mod growth;
pub(crate) mod image;
pub(crate) mod licences;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod look;
pub(crate) mod route;
pub(crate) mod store;
pub(crate) mod tool;
