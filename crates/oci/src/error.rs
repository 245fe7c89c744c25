use std::io;

/// Why trees cannot become a container image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number of layers that no image can have.
    #[error("at most {asked} layers were asked for, but an image has 1 to {most}")]
    LayerCount {
        /// The number asked for.
        asked: usize,
        /// The most that Docker unpacks.
        most: usize,
    },
    /// No layer, or more than can be unpacked.
    #[error("the image has {layers} layers, but an image has 1 to {most}")]
    TooManyLayers {
        /// How many there are.
        layers: usize,
        /// The most possible.
        most: usize,
    },
    /// A name that means in a layer that another file is gone.
    #[error(
        "`{path}`: a name that begins with `.wh.` deletes a file in a layer, and cannot be a file itself"
    )]
    Whiteout {
        /// The path.
        path: String,
    },
    /// The name that the image is to have is none.
    #[error("`{reference}` is no image's name: {reason}\nhelp: a name is like `example.org/team/system:1.2`")]
    BadReference {
        /// The name.
        reference: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A time that cannot be written.
    #[error("the time {seconds} is not in the years 1970 to 9999")]
    BadTime {
        /// Seconds since 1970.
        seconds: i64,
    },
    /// A level that the compressor does not have.
    #[error("{method} has no level {level}, only {least} to {most}")]
    BadLevel {
        /// The compressor.
        method: &'static str,
        /// The level asked for.
        level: i32,
        /// The least level.
        least: i32,
        /// The greatest level.
        most: i32,
    },
    /// A tree cannot be written as a tar archive, or its files cannot be read.
    #[error("layer {number}")]
    Layer {
        /// Which layer, from 1.
        number: usize,
        /// What is wrong with it.
        source: bringup_tree::Error,
    },
    /// A tree cannot be divided into layers.
    #[error("cannot divide the files into layers")]
    Split(#[source] bringup_tree::Error),
    /// The compressor failed, which with these settings is for want of memory.
    #[error("cannot compress layer {number}")]
    Compress {
        /// Which layer, from 1.
        number: usize,
        /// Why not.
        source: io::Error,
    },
    /// The archive cannot be written.
    #[error("cannot write the image archive")]
    Write(#[source] io::Error),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}
