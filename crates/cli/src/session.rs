//! What every command that builds or runs something opens first.

use bringup_debian::PackageSource;
use bringup_image::{Context, Shared};
use bringup_sandbox::Way;
use bringup_store::Store;
use bringup_tools::Toolbox;

use crate::args::Global;
use crate::error::Error;
use crate::host;
use crate::progress::Shown;

/// The store, where packages come from, and where progress goes.
pub(crate) struct Session {
    pub(crate) store: Store,
    source: PackageSource,
    progress: Shown,
    jobs: usize,
    shared: Shared,
}

impl Session {
    pub(crate) fn open(global: &Global) -> Result<Self, Error> {
        Ok(Self {
            source: host::package_source(global)?,
            store: Store::open(&host::store_path(global)?)?,
            progress: Shown::new(global.quiet),
            jobs: host::jobs(global),
            shared: Shared::default(),
        })
    }

    /// For building images.
    pub(crate) fn context(&self) -> Result<Context<'_>, Error> {
        Ok(Context {
            store: &self.store,
            source: &self.source,
            progress: &self.progress,
            jobs: self.jobs,
            shared: &self.shared,
            toolbox: self.toolbox(Way::Auto)?,
        })
    }

    /// For running tools of the host's own architecture.
    pub(crate) fn toolbox(&self, way: Way) -> Result<Toolbox<'_>, Error> {
        let host = bringup_catalog::platform_for_host_arch(std::env::consts::ARCH)?;
        Ok(Toolbox {
            store: &self.store,
            source: &self.source,
            architecture: host.debian_arch,
            jobs: self.jobs,
            progress: &self.progress,
            way,
        })
    }

    /// As [`toolbox`](Self::toolbox), of an older suite if one is named.
    pub(crate) fn toolbox_of_suite(&self, way: Way, suite: Option<&str>) -> Result<SuiteToolbox<'_>, Error> {
        Ok(SuiteToolbox {
            source: suite.map(|suite| self.source.of_suite(suite)),
            toolbox: self.toolbox(way)?,
        })
    }

    /// Clears what is shown of downloads, and says what was wrong with the store.
    pub(crate) fn fetched(&self) {
        self.progress.done(&self.store);
    }
}

/// A toolbox and the packages of the suite that it is filled from.
pub(crate) struct SuiteToolbox<'a> {
    source: Option<PackageSource>,
    toolbox: Toolbox<'a>,
}

impl SuiteToolbox<'_> {
    pub(crate) fn toolbox(&self) -> Toolbox<'_> {
        match &self.source {
            Some(source) => Toolbox { source, ..self.toolbox },
            None => self.toolbox,
        }
    }
}
