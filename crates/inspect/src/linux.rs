//! Linux kernels, as boot loaders take them.

pub mod arm;
pub mod arm64;
pub mod riscv;
pub mod x86;
pub mod zboot;
