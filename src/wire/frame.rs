//! Fixed-width, little-endian fields, written to and read from a byte buffer.

use crate::engine::LeaseId;
use crate::engine::audit::{Again, Outcome, Record};
use crate::engine::span::Span;

/// A message that is too short, too long or makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damaged(pub &'static str);

/// Texts are for people: what is longer than so many bytes is cut.
pub const LONGEST_TEXT: usize = 256 << 10;

/// Appends fields.
#[derive(Debug, Default)]
pub struct Put(pub Vec<u8>);

impl Put {
    /// One byte.
    pub fn u8(&mut self, x: u8) -> &mut Self {
        self.0.push(x);
        self
    }

    /// Four bytes.
    pub fn u32(&mut self, x: u32) -> &mut Self {
        self.0.extend(x.to_le_bytes());
        self
    }

    /// Eight bytes.
    pub fn u64(&mut self, x: u64) -> &mut Self {
        self.0.extend(x.to_le_bytes());
        self
    }

    /// Eight bytes, the bits of the float.
    pub fn f64(&mut self, x: f64) -> &mut Self {
        self.u64(x.to_bits())
    }

    /// A length and UTF-8; not more than [`LONGEST_TEXT`].
    pub fn text(&mut self, x: &str) -> &mut Self {
        let x = &x[..x.floor_char_boundary(LONGEST_TEXT)];
        self.u32(x.len() as u32).0.extend(x.as_bytes());
        self
    }

    /// A count and each span's start and end.
    pub fn spans(&mut self, spans: &[Span]) -> &mut Self {
        self.u32(spans.len() as u32);
        for span in spans {
            self.u64(span.start).u64(span.end);
        }
        self
    }

    /// A count and each lease with its spans.
    pub fn by_lease(&mut self, spans: &[(LeaseId, Vec<Span>)]) -> &mut Self {
        self.u32(spans.len() as u32);
        for (lease, spans) in spans {
            self.u64(*lease).spans(spans);
        }
        self
    }
}

impl Put {
    /// A count and what came out of that many grains.
    pub fn records(&mut self, records: &[Record]) -> &mut Self {
        self.u32(records.len() as u32);
        for record in records {
            self.u64(record.grain).u32(record.thread).u64(record.took);
            match &record.outcome {
                Outcome::Digest(digest) => self.u8(0).0.extend(digest),
                Outcome::Failed(text) => drop(self.u8(1).text(text)),
            }
        }
        self
    }

    /// A count and that many grains to be computed again.
    pub fn again(&mut self, grains: &[Again]) -> &mut Self {
        self.u32(grains.len() as u32);
        for again in grains {
            self.u64(again.grain).u8(u8::from(again.not.is_some()));
            self.u32(again.not.unwrap_or(0));
        }
        self
    }
}

/// Reads fields from the front.
#[derive(Debug)]
pub struct Get<'a>(pub &'a [u8]);

impl<'a> Get<'a> {
    fn bytes(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (head, rest) = self
            .0
            .split_at_checked(n)
            .ok_or(Damaged("it is too short"))?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.bytes(N)?
            .try_into()
            .map_err(|_| Damaged("it is too short"))
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Damaged> {
        Ok(self.array::<1>()?[0])
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, Damaged> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, Damaged> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Eight bytes, the bits of a float.
    pub fn f64(&mut self) -> Result<f64, Damaged> {
        Ok(f64::from_bits(self.u64()?))
    }

    /// How many elements follow; there are at least `least` bytes for each.
    pub fn count(&mut self, least: usize) -> Result<usize, Damaged> {
        let n = self.u32()? as usize;
        match n <= self.0.len() / least {
            true => Ok(n),
            false => Err(Damaged("it announces more than it has")),
        }
    }

    /// A length and UTF-8.
    pub fn text(&mut self) -> Result<String, Damaged> {
        let n = self.u32()? as usize;
        let bytes = self.bytes(n)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| Damaged("text is not UTF-8"))
    }

    /// A count and that many leases with their spans.
    pub fn by_lease(&mut self) -> Result<Vec<(LeaseId, Vec<Span>)>, Damaged> {
        let n = self.count(12)?;
        (0..n).map(|_| Ok((self.u64()?, self.spans()?))).collect()
    }

    /// A count and what came out of that many grains.
    pub fn records(&mut self) -> Result<Vec<Record>, Damaged> {
        let n = self.count(25)?;
        let record = |get: &mut Self| {
            let (grain, thread, took) = (get.u64()?, get.u32()?, get.u64()?);
            let outcome = match get.u8()? {
                0 => Outcome::Digest(get.array()?),
                1 => Outcome::Failed(get.text()?),
                _ => return Err(Damaged("an outcome of no kind that is known")),
            };
            Ok(Record {
                grain,
                thread,
                outcome,
                took,
            })
        };
        (0..n).map(|_| record(self)).collect()
    }

    /// A count and that many grains to be computed again.
    pub fn again(&mut self) -> Result<Vec<Again>, Damaged> {
        let n = self.count(13)?;
        let again = |get: &mut Self| {
            let (grain, is_own, thread) = (get.u64()?, get.u8()? != 0, get.u32()?);
            let not = is_own.then_some(thread);
            Ok(Again { grain, not })
        };
        (0..n).map(|_| again(self)).collect()
    }

    /// A count and that many spans.
    pub fn spans(&mut self) -> Result<Vec<Span>, Damaged> {
        let n = self.count(16)?;
        (0..n)
            .map(|_| {
                let (start, end) = (self.u64()?, self.u64()?);
                if start > end {
                    return Err(Damaged("a span runs backwards"));
                }
                Ok(Span::new(start, end))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_held_against_what_is_there() {
        let mut put = Put::default();
        put.by_lease(&[(1, vec![Span::new(2, 3)]), (4, vec![])]);
        let whole = put.0.clone();
        assert_eq!(Get(&whole).by_lease().unwrap().len(), 2);
        for at in [0, 12] {
            let mut bytes = whole.clone();
            bytes[at..at + 4].fill(0xff);
            let error = Get(&bytes).by_lease().unwrap_err();
            assert_eq!(error, Damaged("it announces more than it has"));
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let mut put = Put::default();
        put.text(&"ä".repeat(LONGEST_TEXT)).text("b");
        let mut get = Get(&put.0);
        assert_eq!(get.text().unwrap().len(), LONGEST_TEXT);
        assert_eq!(get.text().as_deref(), Ok("b"));
    }
}
