//! Finding a call's place in a checkpoint.

use super::call::Keep;
use super::jobs::KeepJobs;
use crate::checkpoint::{About, Checkpoint, Identity, RowKind};
use crate::error::Error;
use crate::exec::task::{self, Task};
use crate::pool::Pool;
use crate::pool::execute::Order;
use crate::say;
use crate::session::hub::Local;
use crate::session::spec::{Kept, Spec};
use std::path::Path;
use std::sync::Arc;

impl Pool {
    /// What identifies a call, on rank 0, if it is kept.
    pub(in crate::pool) fn identify(
        &self,
        order: &Order,
    ) -> Result<Option<(Arc<Checkpoint>, Identity)>, Error> {
        let Some(keeping) = &order.keeping else {
            return Ok(None);
        };
        let label = order.label();
        let Some(inputs) = keeping.inputs else {
            return Err(Error::Usage(format!(
                "a checkpoint cannot tell the items of {label} from others: set a version that does, such as \
                 .version(grange::fingerprint(&items)?)"
            )));
        };
        if self.rank() > 0 {
            return Ok(None);
        }
        // Without a name the place is all that tells one call from another.
        let key = match &order.name {
            Some(name) => name.clone(),
            None => format!("{} at {}", order.verb, order.at),
        };
        let mut kept = self.kept.borrow_mut();
        let count = kept.entry(key.clone()).or_default();
        let occurrence = *count;
        *count += 1;
        let identity = Identity {
            key,
            occurrence,
            place: order.at.to_string(),
            items: order.spec.items,
            grain: order.spec.grain,
            grains: order.spec.grains,
            types: order.types.to_owned(),
            inputs,
            version: keeping.version.clone(),
            rows: RowKind::Nodes,
        };
        let checkpoint = self.or_stop(self.checkpoint(&keeping.path))?;
        Ok(Some((checkpoint, identity)))
    }

    /// The checkpoint at `path`.
    pub(in crate::pool) fn checkpoint(&self, path: &Path) -> Result<Arc<Checkpoint>, Error> {
        self.files.open(path, || About {
            program: program(),
            ranks: self.size() as u32,
            threads: self.total_threads() as u32,
            hosts: self.hosts().to_vec(),
            restart: self.manner.restart,
            every: self.manner.every,
            quiet: self.quiet,
        })
    }

    /// What is kept of the call that `spec` is of, which hears of it.
    pub(in crate::pool) fn keep<T: Task>(
        &self,
        identity: Option<(Arc<Checkpoint>, Identity)>,
        spec: &mut Spec,
        task: &T,
    ) -> Result<Option<Keep>, Error> {
        let Some((checkpoint, identity)) = identity.filter(|_| task.kept() != task::Kept::Nothing)
        else {
            return Ok(None);
        };
        let keep = self.or_stop(Keep::new(
            checkpoint,
            self.files.flags(),
            identity,
            task.kept(),
        ))?;
        spec.kept = Some(keep.spec());
        if let Some(done) = keep.resumes(spec.grains) {
            self.resumes(spec, &keep.path(), &done);
        }
        Ok(Some(keep))
    }

    /// The same for jobs.
    pub(in crate::pool) fn keep_jobs(
        &self,
        identity: Option<(Arc<Checkpoint>, Identity)>,
        spec: &mut Spec,
    ) -> Result<Option<KeepJobs>, Error> {
        let Some((checkpoint, identity)) = identity else {
            return Ok(None);
        };
        let keep = self.or_stop(KeepJobs::new(checkpoint, identity))?;
        spec.kept = Some(Kept::default());
        if keep.jobs() > 0 {
            let done = format!("{} job(s) are done", keep.jobs());
            self.resumes(spec, &keep.path(), &done);
        }
        Ok(Some(keep))
    }

    /// Says that a call does not begin at its beginning.
    fn resumes(&self, spec: &Spec, path: &str, done: &str) {
        if !self.quiet {
            let what = &spec.place.text;
            say::line(format_args!("grange: {what} resumes from {path}: {done}"));
        }
    }

    /// The other ranks wait for rank 0 in the call, so they are told.
    fn or_stop<R>(&self, result: Result<R, Error>) -> Result<R, Error> {
        result.inspect_err(|error| self.hub.send(Local::Failed(error.clone())))
    }

    /// The run ends by `error`: what is kept is written before anybody else hears of it.
    pub(in crate::pool) fn last_words(&self, error: &Error) {
        if let Err(unwritten) = self.files.finish(&error.to_string()) {
            say::warning(format_args!("what was done last is not kept: {unwritten}"));
        }
    }
}

/// The name of the program's file.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(Path::file_name);
    name.map_or_else(|| "a program".into(), |n| n.to_string_lossy().into_owned())
}
