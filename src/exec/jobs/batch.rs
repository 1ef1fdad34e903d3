//! Inputs of consecutive jobs, as bytes.

use crate::engine::nanoseconds;
use crate::engine::work::Priority;
use crate::wire::frame::{Damaged, Get, Put};
use crate::wire::rope::Rope;
use std::io::Write;
use std::ops::Range;
use std::time::Duration;

/// An input from this size on travels alone, and is never moved as one.
pub const LARGE: u64 = 64 << 10;

/// What a rank is told of a job besides its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How often it may fail and be tried again.
    pub retries: u32,
    /// Nanoseconds that it may run; 0 for any time.
    pub limit: u64,
}

impl Terms {
    /// So many retries, and so much time each, if there is a limit.
    pub fn new(retries: u32, limit: Option<Duration>) -> Self {
        let limit = limit.map_or(0, |limit| nanoseconds(limit).max(1));
        Terms { retries, limit }
    }
}

/// Consecutive jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// That of all of them: a rank runs the highest that it has first.
    pub priority: Priority,
    terms: Vec<Terms>,
    /// Where each input ends.
    ends: Vec<u64>,
    /// The inputs, one after the other.
    small: Vec<u8>,
    /// The only input, if it is large.
    large: Option<Rope>,
    /// Frozen values that the inputs refer to.
    needs: Vec<u64>,
}

/// One input.
#[derive(Debug)]
pub enum Input<'a> {
    /// Small.
    Slice(&'a [u8]),
    /// Large.
    Rope(Rope),
}

impl Batch {
    /// One large input.
    pub fn large(terms: Terms, input: Rope, needs: &[u64]) -> Self {
        Batch {
            priority: 0,
            terms: vec![terms],
            ends: vec![input.len()],
            small: Vec::new(),
            large: Some(input),
            needs: needs.to_vec(),
        }
    }

    /// Adds a small input.
    pub fn push(&mut self, terms: Terms, input: &[u8], needs: &[u64]) {
        self.small.extend_from_slice(input);
        self.terms.push(terms);
        self.ends.push(self.small.len() as u64);
        for id in needs {
            if !self.needs.contains(id) {
                self.needs.push(*id);
            }
        }
    }

    /// How many jobs.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether it is one job with a large input.
    pub fn is_large(&self) -> bool {
        self.large.is_some()
    }

    /// Bytes of the inputs.
    pub fn bytes(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Frozen values that the inputs refer to.
    pub fn needs(&self) -> &[u64] {
        &self.needs
    }

    /// What is said of job `i`.
    pub fn terms(&mut self, i: usize) -> Option<&mut Terms> {
        self.terms.get_mut(i)
    }

    /// How often job `i` may fail and be tried again.
    pub fn retries(&self, i: usize) -> u32 {
        self.terms[i].retries
    }

    /// Nanoseconds that job `i` may run; 0 for any time.
    pub fn limit(&self, i: usize) -> u64 {
        self.terms[i].limit
    }

    /// The input of job `i`.
    pub fn input(&self, i: usize) -> Input<'_> {
        match &self.large {
            Some(rope) => Input::Rope(rope.clone()),
            None => Input::Slice(&self.small[self.range(i..i + 1)]),
        }
    }

    fn range(&self, jobs: Range<usize>) -> Range<usize> {
        let start = match jobs.start {
            0 => 0,
            i => self.ends[i - 1] as usize,
        };
        start..jobs.end.checked_sub(1).map_or(0, |i| self.ends[i] as usize)
    }

    /// Adds some jobs of `other`, which has no large input or only that.
    pub fn extend(&mut self, other: &Batch, jobs: Range<usize>) {
        if let Some(rope) = &other.large {
            self.large = Some(rope.clone());
            self.ends.push(rope.len());
        } else {
            let range = other.range(jobs.clone());
            let (from, to) = (range.start as u64, self.small.len() as u64);
            self.small.extend_from_slice(&other.small[range]);
            let ends = other.ends[jobs.clone()].iter().map(|end| end - from + to);
            self.ends.extend(ends);
        }
        self.terms.extend_from_slice(&other.terms[jobs]);
        for id in &other.needs {
            if !self.needs.contains(id) {
                self.needs.push(*id);
            }
        }
    }

    /// As a message's body.
    pub fn into_rope(self) -> Rope {
        let mut put = Put::default();
        put.u32(self.terms.len() as u32)
            .u32(self.needs.len() as u32)
            .u8(u8::from(self.large.is_some()))
            .u32(self.priority.cast_unsigned());
        for (terms, &end) in self.terms.iter().zip(&self.ends) {
            put.u64(end).u32(terms.retries).u64(terms.limit);
        }
        for &id in &self.needs {
            put.u64(id);
        }
        let mut rope = Rope::new();
        // Ropes take everything.
        let _ = rope.write_all(&put.0);
        match self.large {
            Some(large) => rope.append(large),
            None => drop(rope.write_all(&self.small)),
        }
        rope
    }

    /// Out of a message's body.
    ///
    /// # Errors
    /// When the bytes are not a batch.
    pub fn from_rope(mut rope: Rope) -> Result<Batch, Damaged> {
        let head = rope.take(13).ok_or(Damaged("a batch is too short"))?;
        let mut get = Get(&head);
        let (jobs, ids, large) = (get.u32()?, get.u32()?, get.u8()? != 0);
        let priority = get.u32()?.cast_signed();
        let rest = 20 * u64::from(jobs) + 8 * u64::from(ids);
        let head = rope.take(rest).ok_or(Damaged("a batch is too short"))?;
        let mut get = Get(&head);
        let mut batch = Batch {
            priority,
            ..Batch::default()
        };
        let mut last = 0;
        for _ in 0..jobs {
            let end = get.u64()?;
            if end < last {
                return Err(Damaged("inputs of a batch run backwards"));
            }
            last = end;
            batch.ends.push(end);
            let (retries, limit) = (get.u32()?, get.u64()?);
            batch.terms.push(Terms { retries, limit });
        }
        batch.needs = (0..ids).map(|_| get.u64()).collect::<Result<_, _>>()?;
        if last != rope.len() || (large && jobs != 1) {
            return Err(Damaged("a batch of another length"));
        }
        if large {
            batch.large = Some(rope);
        } else {
            batch.small = rope.take(last).ok_or(Damaged("a batch is too short"))?;
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(retries: u32) -> Terms {
        Terms { retries, limit: 7 }
    }

    #[test]
    fn parts_of_batches_travel() {
        let mut all = Batch::default();
        for (i, text) in ["one", "", "three", "four"].iter().enumerate() {
            all.push(terms(i as u32), text.as_bytes(), &[i as u64 % 2]);
        }
        let mut some = Batch::default();
        some.extend(&all, 2..4);
        some.extend(&all, 0..2);
        some.priority = -3;
        let back = Batch::from_rope(some.clone().into_rope()).unwrap();
        assert_eq!(back, some);
        let texts: Vec<&[u8]> = (0..4)
            .map(|i| match back.input(i) {
                Input::Slice(bytes) => bytes,
                Input::Rope(_) => panic!("not large"),
            })
            .collect();
        assert_eq!(texts, [&b"three"[..], b"four", b"one", b""]);
        assert_eq!((back.retries(0), back.limit(3)), (2, 7));
        assert_eq!(back.needs(), [0, 1]);
        let large = Batch::large(terms(1), Rope::from(vec![5; 3 << 20]), &[9]);
        let mut copy = Batch::default();
        copy.extend(&large, 0..1);
        assert_eq!(Batch::from_rope(copy.into_rope()), Ok(large));
    }

    #[test]
    fn damage_is_told() {
        let mut batch = Batch::default();
        batch.push(terms(0), b"abc", &[1]);
        let mut bytes = batch.into_rope().take(40).unwrap_or_default();
        for cut in 0..bytes.len() {
            assert!(Batch::from_rope(Rope::from(bytes[..cut].to_vec())).is_err());
        }
        bytes[13] = 9;
        assert!(Batch::from_rope(Rope::from(bytes)).is_err());
    }
}
