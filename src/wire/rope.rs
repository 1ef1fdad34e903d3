//! Bytes in pieces: nothing of many megabytes is ever moved or reallocated as one.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

/// The most that one piece holds, and so the largest message between two ranks.
pub const PIECE: usize = 1 << 20;

/// Bytes of any length in pieces of at most [`PIECE`]. Written at the end, read (and freed) from the
/// front. A clone shares the pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rope {
    pieces: VecDeque<Arc<Vec<u8>>>,
    /// What of the first piece has been read.
    read: usize,
    len: u64,
}

impl Rope {
    /// No bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes left to read.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing left to read.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts `other` at the end.
    pub fn append(&mut self, mut other: Rope) {
        while let Some(piece) = other.pop() {
            match self.pieces.back_mut().and_then(Arc::get_mut) {
                Some(last) if last.len() + piece.len() <= PIECE => {
                    last.extend_from_slice(&piece);
                    self.len += piece.len() as u64;
                }
                _ => self.push(piece),
            }
        }
    }

    /// Puts a whole piece at the end.
    pub fn push(&mut self, piece: Vec<u8>) {
        self.len += piece.len() as u64;
        if !piece.is_empty() {
            self.pieces.push_back(Arc::new(piece));
        }
    }

    /// Takes the next `n` bytes from the front, if there are so many.
    pub fn take(&mut self, n: u64) -> Option<Vec<u8>> {
        if n > self.len {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(n).ok()?);
        while (bytes.len() as u64) < n {
            let front = self.fill_buf().ok()?;
            let part = front.len().min((n - bytes.len() as u64) as usize);
            bytes.extend_from_slice(&front[..part]);
            self.consume(part);
        }
        Some(bytes)
    }

    /// Takes the next piece from the front.
    pub fn pop(&mut self) -> Option<Vec<u8>> {
        let mut piece = Arc::unwrap_or_clone(self.pieces.pop_front()?);
        if self.read > 0 {
            piece.drain(..self.read);
            self.read = 0;
        }
        self.len -= piece.len() as u64;
        Some(piece)
    }
}

impl From<Vec<u8>> for Rope {
    fn from(bytes: Vec<u8>) -> Self {
        let mut rope = Rope::new();
        if bytes.len() <= PIECE {
            rope.push(bytes);
        } else {
            bytes
                .chunks(PIECE)
                .for_each(|chunk| rope.push(chunk.to_vec()));
        }
        rope
    }
}

impl Write for Rope {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let has_room = |last: &mut Vec<u8>| last.len() < PIECE;
        if !self
            .pieces
            .back_mut()
            .and_then(Arc::get_mut)
            .is_some_and(has_room)
        {
            self.pieces.push_back(Arc::default());
        }
        let Some(last) = self.pieces.back_mut().and_then(Arc::get_mut) else {
            return Ok(0);
        };
        let take = bytes.len().min(PIECE - last.len());
        last.extend_from_slice(&bytes[..take]);
        self.len += take as u64;
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Rope {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let take = available.len().min(out.len());
        out[..take].copy_from_slice(&available[..take]);
        self.consume(take);
        Ok(take)
    }
}

impl BufRead for Rope {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.pieces.front().map_or(&[], |first| &first[self.read..]))
    }

    fn consume(&mut self, n: usize) {
        self.read += n;
        self.len -= n as u64;
        if self
            .pieces
            .front()
            .is_some_and(|first| first.len() <= self.read)
        {
            self.pieces.pop_front();
            self.read = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_across_pieces() {
        let bytes: Vec<u8> = (0..3 * PIECE + 17).map(|i| (i * 7) as u8).collect();
        let mut rope = Rope::new();
        for chunk in bytes.chunks(100_003) {
            rope.write_all(chunk).unwrap();
        }
        assert_eq!(rope.len(), bytes.len() as u64);
        let mut head = [0; 5];
        rope.read_exact(&mut head).unwrap();
        let mut whole = Rope::from(head.to_vec());
        whole.append(rope);
        let mut back = Vec::new();
        while let Some(piece) = whole.pop() {
            assert!(piece.len() <= PIECE);
            back.extend(piece);
        }
        assert!(back == bytes && whole.is_empty());
        let (shared, mut changed) = (Rope::from(vec![1, 2]), Rope::from(vec![1, 2]).clone());
        changed.write_all(&[3]).unwrap();
        assert_eq!((shared.len(), changed.len()), (2, 3));
    }
}
