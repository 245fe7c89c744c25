//! U-Boot: where each SoC family wants it, and the extlinux menu.
