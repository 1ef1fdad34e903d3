//! The checkpoints that outlive a session: two generations of them.

use super::broken::Broken;
use super::mutation::Mutation;
use super::random::Random;
use super::store::Snapshot;
use crate::engine::span::SpanSet;

/// A checkpoint as it lies there.
#[derive(Clone, Debug)]
struct File {
    generation: u64,
    /// As it was before anything went wrong with the rest.
    checksum: u64,
    snapshot: Snapshot,
}

impl File {
    fn is_intact(&self) -> bool {
        self.snapshot.checksum() == self.checksum
    }
}

/// How a write goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Write {
    Good,
    /// The new generation is damaged.
    Torn,
    /// It never happened, which nobody notices.
    Lost,
}

/// What a session begins with.
#[derive(Debug)]
pub(super) struct Loaded {
    pub generation: u64,
    /// There is a newer one, which is damaged.
    pub fell_back: bool,
    pub snapshot: Snapshot,
}

/// Two generations, and what a reader of them may rely on.
#[derive(Debug, Default)]
pub(super) struct Disk {
    slots: [Option<File>; 2],
    generation: u64,
    /// Where the newest generation is that is thought to be good: the next one goes elsewhere.
    keep: usize,
    /// The newest generation that is good, and how many writes have gone wrong since.
    good: Option<u64>,
    bad: u32,
    /// What is done in the newest that is good.
    covered: SpanSet,
}

impl Disk {
    /// # Errors
    /// If less is done in it than in the last good one.
    pub fn write(
        &mut self,
        mut snapshot: Snapshot,
        how: Write,
        grains: u64,
        random: &mut Random,
    ) -> Result<(), Broken> {
        let covered = snapshot.covered(grains);
        let missing = |span| covered.missing(span);
        if let Some(lost) = self.covered.iter().flat_map(missing).next() {
            return Err(Broken::Forgotten(lost.start));
        }
        self.generation += 1;
        self.keep = 1 - self.keep;
        let (mut checksum, generation) = (snapshot.checksum(), self.generation);
        match how {
            Write::Good => {
                (self.good, self.bad) = (Some(generation), 0);
                self.covered = covered;
            }
            Write::Torn => {
                snapshot.damage(grains, random);
                // There may be nothing to damage but that.
                checksum ^= u64::from(snapshot.checksum() == checksum);
                self.bad += 1;
            }
            Write::Lost => {
                self.bad += 1;
                return Ok(());
            }
        }
        self.slots[self.keep] = Some(File {
            generation,
            checksum,
            snapshot,
        });
        Ok(())
    }

    /// The newest generation that is not damaged.
    pub fn load(
        &mut self,
        grains: u64,
        mutation: Option<Mutation>,
    ) -> Result<Option<Loaded>, Broken> {
        let has = |m| mutation == Some(m);
        let number = |slot: &usize| self.slots[*slot].as_ref().map(|file| file.generation);
        let newest = (0..2).max_by_key(number).filter(|s| number(s).is_some());
        let readable = |slot: &usize| {
            let file = self.slots[*slot].as_ref();
            file.is_some_and(|file| has(Mutation::TrustTorn) || file.is_intact())
        };
        let loaded = match has(Mutation::ForgetPrevious) {
            true => newest.filter(readable),
            false => (0..2).filter(readable).max_by_key(number),
        };
        self.keep = match has(Mutation::OverwriteGood) {
            true => newest.unwrap_or_default(),
            false => loaded.unwrap_or_default(),
        };
        let file = loaded.and_then(|slot| self.slots[slot].as_ref());
        let (good, bad) = (self.good, self.bad);
        let generation = file.map(|file| file.generation);
        // One write may go wrong without loss: two overwrite what was there.
        if let Some(good) = good
            && bad <= 1
            && generation.is_none_or(|g| g < good)
        {
            return Err(Broken::OldCheckpoint {
                good,
                loaded: generation,
            });
        }
        // From here on what is damaged is known, and is replaced first.
        (self.good, self.bad) = (generation, 0);
        self.covered = file.map_or_else(SpanSet::new, |file| file.snapshot.covered(grains));
        Ok(file.map(|file| Loaded {
            generation: file.generation,
            fell_back: loaded != newest,
            snapshot: file.snapshot.clone(),
        }))
    }
}
