use bringup_spec::Bytes;

/// Why a menu or a kernel image cannot be made.
///
/// The menu's files have no quoting: what would be read as something else is refused, not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value that must be there is empty.
    #[error("{field} is empty")]
    Empty {
        /// Which field.
        field: &'static str,
    },
    /// A value holds a character that cannot be there.
    #[error("{field} `{}` holds {character:?}", value.escape_debug())]
    BadCharacter {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
        /// The first character that cannot be there.
        character: char,
    },
    /// A value begins or ends in a way that systemd-boot reads as something else.
    #[error("{field} `{value}` {reason}")]
    Misread {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would happen.
        reason: &'static str,
    },
    /// A file that must be a UEFI program is none.
    #[error("the {what} is not a UEFI program: {reason}")]
    NotPe {
        /// `stub` or `kernel`.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The kernel is for another machine than the stub.
    #[error("the kernel is for machine type {kernel:#06x}, but the stub is for {stub:#06x}")]
    Machine {
        /// The stub's `Machine`.
        stub: u16,
        /// The kernel's `Machine`.
        kernel: u16,
    },
    /// The stub is a whole kernel image, or has one of its sections, already.
    #[error("the stub has a section `{section}` already\nhelp: give systemd's stub, not a kernel image")]
    SectionExists {
        /// The section's name.
        section: &'static str,
    },
    /// The stub is signed, which adding sections would break.
    #[error("the stub is signed\nhelp: give an unsigned stub, and sign the kernel image")]
    Signed,
    /// The stub's headers have no room for more sections.
    #[error("{sections} sections are to be added, but the stub's headers have room for {room}")]
    HeaderRoom {
        /// How many are to be added.
        sections: usize,
        /// How many there is room for.
        room: usize,
    },
    /// A device tree does not begin as one.
    #[error("the device tree begins with {magic:#010x}, but device trees begin with 0xd00dfeed")]
    NotDeviceTree {
        /// Its first four bytes, big-endian; 0 if it has fewer.
        magic: u32,
    },
    /// The kernel image would be larger than its format can say.
    #[error("the kernel image would have {size}, but a UEFI program holds {most}")]
    TooLarge {
        /// Its size.
        size: Bytes,
        /// The largest possible.
        most: Bytes,
    },
}
