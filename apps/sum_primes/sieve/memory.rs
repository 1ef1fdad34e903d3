//! The bytes of a segment and its margins, on huge pages where the system gives them.
//!
//! A segment is struck all over, from the second-level cache. On small pages, whose addresses are random to the cache,
//! it loses parts of itself, by turns more and less: up to a sixth of the time, with two threads, on some machines.

use memmap2::MmapMut;
use std::ops::{Deref, DerefMut};

/// The bytes of a huge page.
const HUGE: usize = 1 << 21;

/// Less than this much is not worth a huge page.
const WORTH: usize = HUGE / 8;

/// Bytes that are 0 at first.
#[derive(Debug)]
pub struct Memory(Kind);

#[derive(Debug)]
enum Kind {
    Small(Vec<u8>),
    Huge {
        map: MmapMut,
        /// Where in the map a page begins.
        begin: usize,
        length: usize,
    },
}

impl Memory {
    /// None yet.
    pub fn new() -> Self {
        Self(Kind::Small(Vec::new()))
    }

    /// Makes room for so many bytes at least. What is there stays.
    pub fn grow(&mut self, room: usize) {
        if self.len() >= room {
            return;
        }
        if let Kind::Huge { length, .. } = &mut self.0
            && room <= length.next_multiple_of(HUGE)
        {
            // Nothing has been written there.
            *length = room;
            return;
        }
        match (room >= WORTH).then(|| Self::huge(room)).flatten() {
            Some(mut huge) => {
                huge[..self.len()].copy_from_slice(self);
                *self = huge;
            }
            None => {
                let mut bytes = self.to_vec();
                bytes.resize(room, 0);
                self.0 = Kind::Small(bytes);
            }
        }
    }

    /// The memory that it takes at most: whole pages.
    pub fn bytes(&self) -> usize {
        match &self.0 {
            Kind::Small(bytes) => bytes.capacity(),
            Kind::Huge { length, .. } => length.next_multiple_of(HUGE),
        }
    }

    /// On huge pages, if there is address space for them; if the system has none, on others.
    fn huge(length: usize) -> Option<Self> {
        // Somewhere in it a huge page begins. What is around it is never touched, and takes no memory.
        let map = MmapMut::map_anon(length.next_multiple_of(HUGE) + HUGE).ok()?;
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        let begin = map.as_ptr().align_offset(HUGE);
        Some(Self(Kind::Huge { map, begin, length })).filter(|_| begin <= HUGE)
    }
}

impl Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Small(bytes) => bytes,
            Kind::Huge { map, begin, length } => &map[*begin..][..*length],
        }
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Kind::Small(bytes) => bytes,
            Kind::Huge { map, begin, length } => &mut map[*begin..][..*length],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_the_rest_is_zero() {
        let mut memory = Memory::new();
        assert!(memory.is_empty());
        let mut right: Vec<u8> = Vec::new();
        for room in [1, 100, WORTH - 1, WORTH, WORTH + 5, HUGE + 1, 77] {
            memory.grow(room);
            right.resize(right.len().max(room), 0);
            assert!(*memory == *right, "{room}");
            assert!(memory.bytes() >= memory.len());
            for at in [0, room / 2, room - 1] {
                (memory[at], right[at]) = (at as u8 | 1, at as u8 | 1);
            }
        }
        assert!(memory.as_ptr().addr().is_multiple_of(HUGE));
    }
}
