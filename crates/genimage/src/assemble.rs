//! From a configuration to its images.

use std::collections::HashMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use bringup_disk::Written;
use bringup_fsimage::FileSystem;

use crate::config::{Config, Disk, Identity, Image, ImageSize, Kind, Said, Vfat};
use crate::hdimage::{Child, DiskImage, lay_out};
use crate::identity::Seed;
use crate::owners::Owners;
use crate::ready::{Ready, input, planned, written};
use crate::root::Roots;
use crate::source::Joined;
use crate::stream::{Streams, fits};
use crate::syntax::{Surroundings, read};
use crate::vfat::Files;
use crate::{Error, ext, vfat};

/// What is to be done, and where.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The configuration.
    pub config: &'a Path,
    /// Which images to make, with what they are made of; all where none is named.
    pub only: &'a [String],
    /// The tree that images are filled from. Of this and the following paths the variable
    /// `GENIMAGE_ROOTPATH` and so on, or the configuration's section `config`, tell where none is
    /// given, and at last `root`, `input` and `images`.
    pub rootpath: Option<&'a Path>,
    /// Where files are looked for.
    pub inputpath: Option<&'a Path>,
    /// Where images go; made if it is not there.
    pub outputpath: Option<&'a Path>,
    /// Folders with colons between, in front of the working directory, for `include("file")`.
    pub includepath: Option<&'a str>,
    /// The value of an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whom the files of the root path belong to.
    pub owners: Owners<'a>,
    /// The latest time, in seconds since 1970, that anything bears; where none is given, files
    /// bear their own and what is made bears 1970.
    pub epoch: Option<i64>,
    /// How many threads compress.
    pub threads: NonZeroUsize,
}

/// Makes every image of a configuration; those that are not temporary get their names in the end,
/// one after the other, once all of them are whole.
///
/// # Errors
/// Whatever is wrong with the configuration, with its place in the file; something that genimage
/// knows and this does not, by its key; a file cannot be read or written. No image has its name
/// then, but for a failure of renaming itself.
pub fn assemble(request: &Request<'_>) -> Result<Vec<Written>, Error> {
    let include =
        request.includepath.map(str::to_owned).or_else(|| (request.variable)("GENIMAGE_INCLUDEPATH"));
    let include = include.iter().flat_map(|paths| paths.split(':')).filter(|path| !path.is_empty());
    let include = include.map(PathBuf::from).chain([PathBuf::from(".")]).collect();
    let section = read(request.config, &Surroundings { variable: request.variable, include })?;
    let config = Config::of(&section, request.only)?;
    let path = |given: Option<&Path>, key: &'static str, default: &str| {
        let variable = || (request.variable)(&format!("GENIMAGE_{}", key.to_ascii_uppercase()));
        let said = || config.settings.get(key).cloned().or_else(variable);
        given.map_or_else(|| PathBuf::from(said().unwrap_or_else(|| default.to_owned())), Path::to_owned)
    };
    let output = path(request.outputpath, "outputpath", "images");
    let mut assembler = Assembler {
        images: &config.images,
        input: path(request.inputpath, "inputpath", "input"),
        roots: Roots::new(
            path(request.rootpath, "rootpath", "root"),
            request.owners,
            request.epoch,
            &config.images,
        )?,
        output,
        epoch: request.epoch,
        threads: request.threads,
        seed: Seed::of(&section),
        ready: HashMap::new(),
        under_way: Vec::new(),
    };
    fs::create_dir_all(&assembler.output).map_err(Error::io("make", &assembler.output))?;
    for image in &config.images {
        assembler.prepare(image)?;
    }
    assembler.finish()
}

struct Assembler<'a> {
    images: &'a [Image],
    input: PathBuf,
    output: PathBuf,
    roots: Roots<'a>,
    epoch: Option<i64>,
    threads: NonZeroUsize,
    seed: Seed,
    ready: HashMap<&'a str, Ready>,
    /// Images whose ingredients are being prepared.
    under_way: Vec<&'a str>,
}

impl<'a> Assembler<'a> {
    /// Time of what has none of its own.
    fn now(&self) -> i64 {
        self.epoch.unwrap_or(0)
    }

    fn prepare(&mut self, image: &'a Image) -> Result<(), Error> {
        if self.ready.contains_key(image.file.as_str()) {
            return Ok(());
        }
        if self.under_way.contains(&image.file.as_str()) {
            return Err(Error::Cycle { at: image.at.clone(), image: image.file.clone() });
        }
        self.under_way.push(&image.file);
        let target = self.output.join(&image.file);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(Error::io("make", folder))?;
        }
        let streams = Streams { image, target: &target, threads: self.threads };
        let mut ready = match &image.kind {
            Kind::Disk(disk) => self.disk(image, disk)?,
            Kind::Ext(ext) => {
                planned(ext::plan(image, ext, self.roots.tree(image)?, self.now(), &self.seed)?)
            }
            Kind::Vfat(vfat) => self.vfat(image, vfat)?,
            Kind::Squashfs(squashfs) => {
                written(image, streams.squashfs(squashfs, &self.roots.tree(image)?, self.now())?)?
            }
            Kind::Cpio(cpio) => written(image, streams.cpio(cpio, &self.roots.tree(image)?)?)?,
            Kind::Tar => written(image, streams.tar(&self.roots.tree(image)?)?)?,
            Kind::File(file) => {
                let path = self.input.join(file.name.as_ref().unwrap_or(&image.file));
                let mut ready = input(&image.at, &path)?;
                ready.holes.clone_from(&file.holes);
                // What lies in the output path already is not copied onto itself.
                let same = fs::canonicalize(&path)
                    .ok()
                    .is_some_and(|path| Some(path) == fs::canonicalize(&target).ok());
                if file.copy && !same {
                    ready.path = None;
                }
                ready
            }
            Kind::Qemu(qemu) => {
                let parts = self.parts(image)?;
                if parts.is_empty() {
                    let (at, name) = (image.at.clone(), image.file.clone());
                    return Err(Error::NoImage { at, what: "image", name });
                }
                written(image, streams.qemu(qemu, &Joined::sectors(parts))?)?
            }
        };
        if let (ImageSize::Bytes(size), false) = (image.size, matches!(image.kind, Kind::Disk(_))) {
            fits(&image.at, image, ready.size, size)?;
            ready.size = size;
        }
        ready.holes.extend(&image.holes);
        self.ready.insert(&image.file, ready);
        self.under_way.pop();
        Ok(())
    }

    /// Prepares the image that `said` names: one of the configuration, or a file of the input path.
    fn child(&mut self, said: &'a Said<String>) -> Result<&mut Ready, Error> {
        let name = said.value.as_str();
        let images = self.images;
        if let Some(image) = images.iter().find(|image| image.file == name) {
            self.prepare(image)?;
        } else if !self.ready.contains_key(name) {
            let ready = input(&said.at, &self.input.join(name))?;
            self.ready.insert(name, ready);
        }
        Ok(self.ready.get_mut(name).expect("it has just been prepared"))
    }

    fn parts(&mut self, image: &'a Image) -> Result<Vec<Rc<dyn FileSystem>>, Error> {
        let named = image.partitions.iter().filter_map(|partition| partition.image.as_ref());
        named.map(|said| Ok(self.child(said)?.bytes.clone())).collect()
    }

    fn disk(&mut self, image: &'a Image, disk: &Disk) -> Result<Ready, Error> {
        let (mut children, mut bytes) = (Vec::new(), Vec::new());
        for partition in &image.partitions {
            let Some(said) = &partition.image else {
                children.push(None);
                bytes.push(None);
                continue;
            };
            let ready = self.child(said)?;
            let holes = ready.holes.iter().chain(&partition.holes).copied().collect();
            children.push(Some(Child { size: ready.size.saturating_sub(partition.image_offset), holes }));
            bytes.push(Some(ready.bytes.clone()));
        }
        let layout = lay_out(image, disk, &children)?;
        let own = match disk.guid {
            Identity::Given(guid) => guid,
            Identity::Made => self.seed.guid(&image.file, "disk"),
        };
        let signature = match disk.signature {
            Identity::Given(signature) => signature,
            Identity::Made => self.seed.number(&image.file, "disk"),
        };
        let guid = |partition: &crate::config::Partition| match partition.guid {
            Identity::Given(guid) => guid,
            Identity::Made => self.seed.guid(&image.file, &format!("partition {}", partition.name)),
        };
        let guids: Vec<_> = image.partitions.iter().map(guid).collect();
        let whole = DiskImage::new(image, disk, &layout, &bytes, (signature, own), &guids);
        Ok(Ready { size: layout.size, ..planned(Rc::new(whole)) })
    }

    fn vfat(&mut self, image: &'a Image, said: &'a Vfat) -> Result<Ready, Error> {
        if said.files.is_empty() {
            let tree = self.roots.tree(image)?;
            return Ok(planned(vfat::plan(image, said, &tree, self.now(), &self.seed)?));
        }
        let mut files = Files::new(self.epoch);
        for (path, name) in &said.files {
            if !self.images.iter().any(|image| image.file == name.value) {
                files.input(&name.at, path, &self.input.join(&name.value))?;
                continue;
            }
            let target = self.output.join(&name.value);
            let content = self.child(name)?.content(&target)?;
            files.image(&name.at, path, &name.value, content)?;
        }
        Ok(planned(vfat::plan(image, said, &files.tree, self.now(), &self.seed)?))
    }

    /// Writes what is not written yet, and then gives everything its name.
    fn finish(mut self) -> Result<Vec<Written>, Error> {
        let mut writers = Vec::new();
        for image in self.images.iter().filter(|image| !image.temporary) {
            let Some(mut ready) = self.ready.remove(image.file.as_str()) else { continue };
            if ready.path.is_none() {
                ready.store(&self.output.join(&image.file))?;
                writers.extend(ready.file);
            }
        }
        writers.into_iter().map(|writer| Ok(writer.finish()?)).collect()
    }
}
