//! QEMU machines, their serial console and their monitor.
