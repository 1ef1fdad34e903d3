//! The thread that writes.

use super::files::{Files, sync_folder};
use super::header;
use super::lock::{BEAT, Hold, Lock};
use super::owner::Owner;
use super::rows::Rows;
use super::shared::{Order, Shared, WRITES};
use super::state::{Call, Chunk, PieceId};
use super::store;
use crate::engine::span::SpanSet;
use crate::error::Error;
use crate::exec::lock as guard;
use crate::say;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What the thread has.
#[derive(Debug)]
pub struct Writer {
    /// Where to.
    pub files: Files,
    /// What.
    pub shared: Arc<Shared>,
    /// By what right.
    pub lock: Lock,
    /// How often the file has been written.
    pub generation: u64,
    /// Whether the file that is there is a good one, to be kept as the previous.
    pub keep: bool,
    /// The number of the next piece.
    pub piece: u64,
    /// Whether to say nothing.
    pub quiet: bool,
    /// Whether the last attempt failed.
    pub failing: bool,
}

/// Why nothing was written.
#[derive(Debug)]
pub enum Failed {
    /// It may work the next time.
    Now(String),
    /// It never will.
    Forever(Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Failed::Now(error.to_string())
    }
}

impl From<String> for Failed {
    fn from(what: String) -> Self {
        Failed::Now(what)
    }
}

impl Writer {
    /// Writes until it is told to end. The result is that of the last write.
    pub fn run(mut self) -> Result<(), Error> {
        let mut beat = Instant::now() + BEAT;
        loop {
            let (wanted, order) = self.shared.wait(beat);
            if Instant::now() >= beat {
                self.lock.renew();
                beat = Instant::now() + BEAT;
            }
            if order == Order::Stop {
                return Ok(());
            }
            if wanted || order == Order::Finish {
                let outcome = self.attempt();
                if order == Order::Finish {
                    return outcome;
                }
            }
        }
    }

    /// Writes, and says so where it cannot or can again.
    fn attempt(&mut self) -> Result<(), Error> {
        let began = Instant::now();
        {
            let mut state = guard(&self.shared.state);
            (state.busy, state.began) = (true, began);
            if let Some(error) = state.refusal.clone() {
                state.busy = false;
                return Err(error);
            }
        }
        let outcome = self.write();
        let mut state = guard(&self.shared.state);
        state.busy = false;
        if state.writes.len() < WRITES {
            state.writes.push((began, Instant::now()));
        }
        match outcome {
            Ok(()) => {
                state.written = Some(Instant::now());
                drop(state);
                if std::mem::take(&mut self.failing) && !self.quiet {
                    let name = self.files.name();
                    say::line(format_args!("grange: {name} can be written again"));
                }
                Ok(())
            }
            Err(Failed::Forever(error)) => {
                state.refusal = Some(error.clone());
                Err(error)
            }
            Err(Failed::Now(what)) => {
                drop(state);
                let name = self.files.name();
                if !std::mem::replace(&mut self.failing, true) && !self.quiet {
                    say::warning(format_args!(
                        "cannot write {name}: {what}; the run goes on, and it is tried again"
                    ));
                }
                Err(Error::user(format!("cannot write {name}: {what}")))
            }
        }
    }

    /// Writes what there is.
    ///
    /// # Errors
    /// When that fails; the file is what it was before, then.
    pub fn write(&mut self) -> Result<(), Failed> {
        let writing = self.files.writing(self.lock.token());
        let outcome = self.write_to(&writing);
        if outcome.is_err() {
            let _ = fs::remove_file(&writing);
        }
        outcome
    }

    fn write_to(&mut self, writing: &Path) -> Result<(), Failed> {
        self.confirm()?;
        self.write_pieces(writing)?;
        let (generation, token) = (self.generation + 1, self.lock.token());
        let image = {
            let mut state = guard(&self.shared.state);
            (state.image.generation, state.image.token) = (generation, token);
            if let Some(session) = state.image.sessions.last_mut() {
                session.end = now();
            }
            state.image.clone()
        };
        let folder = self.files.pieces();
        let folder = folder.file_name().unwrap_or_default().to_string_lossy();
        store::write_main(writing, &image, &folder)?;
        header::seal(writing, generation, token)?;
        self.confirm()?;
        self.files.publish(writing, self.keep)?;
        (self.generation, self.keep) = (generation, true);
        Ok(())
    }

    /// That the file is still this run's to write.
    fn confirm(&mut self) -> Result<(), Failed> {
        if let Hold::Lost(Some(owner)) = self.lock.hold()? {
            return Err(self.taken(Some(owner)));
        }
        // Another came and went while the lock was not there.
        if header::peek(&self.files.main).is_ok_and(|header| header.token > self.lock.token()) {
            return Err(self.taken(None));
        }
        match self.lock.confirm()? {
            Hold::Mine => Ok(()),
            Hold::Lost(owner) => Err(self.taken(owner)),
        }
    }

    fn taken(&self, by: Option<Owner>) -> Failed {
        let by = by.map_or("another run".to_owned(), |owner| {
            format!("process {} on host {}", owner.pid, owner.host)
        });
        Failed::Forever(Error::Usage(format!(
            "{} was taken over by {by}; this run no longer writes to it",
            self.files.name()
        )))
    }

    /// Puts rows of calls that have many into pieces.
    fn write_pieces(&mut self, writing: &Path) -> Result<(), Failed> {
        let mut at = 0;
        loop {
            let cut = {
                let state = guard(&self.shared.state);
                let Some(call) = state.image.calls.get(at) else {
                    return Ok(());
                };
                call.cut()
                    .map(|chunks| (Arc::clone(&call.identity), chunks))
            };
            let Some((identity, chunks)) = cut else {
                at += 1;
                continue;
            };
            let done: SpanSet = chunks.iter().flat_map(|chunk| chunk.done.iter()).collect();
            let mut rows = Rows::default();
            chunks.iter().for_each(|chunk| rows.extend(&chunk.rows));
            store::write_piece(writing, &identity, &done, &rows)?;
            let sha256 = header::seal(writing, self.generation + 1, self.lock.token())?;
            self.confirm()?;
            let piece = PieceId {
                name: self.name_piece(writing)?,
                sha256,
                rows: rows.len() as u64,
            };
            self.shed(at, &chunks, piece);
            // There may be many.
            self.lock.renew();
        }
    }

    fn shed(&self, at: usize, chunks: &[Chunk], piece: PieceId) {
        let path = self.files.piece(&piece.name);
        let mut state = guard(&self.shared.state);
        let call: Option<&mut Call> = state.image.calls.get_mut(at);
        if !call.is_some_and(|call| call.shed(chunks, piece)) {
            drop(state);
            // The call has been replaced as a whole meanwhile.
            let _ = fs::remove_file(path);
        }
    }

    /// Moves a piece that is ready to a name that is free, and to the disk.
    fn name_piece(&mut self, writing: &Path) -> io::Result<String> {
        let folder = self.files.pieces();
        match fs::create_dir(&folder) {
            Ok(()) => sync_folder(&folder)?,
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
        loop {
            let name = format!("{:06}.h5", self.piece);
            let path = self.files.piece(&name);
            self.piece += 1;
            // Unlike a rename, this never takes the place of a piece of another run.
            match fs::hard_link(writing, &path) {
                Ok(()) => fs::remove_file(writing)?,
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                Err(_) if path.exists() => continue,
                Err(_) => fs::rename(writing, &path)?,
            }
            sync_folder(&path)?;
            return Ok(name);
        }
    }
}

/// The time, in seconds since 1970.
pub fn now() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}
