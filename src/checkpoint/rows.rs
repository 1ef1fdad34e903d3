//! Values with their places, in columns.

/// Values with their places, in columns. A value is CBOR (RFC 8949) as `crate::wire::value::append` writes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    level: Vec<u8>,
    index: Vec<u64>,
    /// Where each value ends in `bytes`.
    end: Vec<u64>,
    bytes: Vec<u8>,
}

impl Rows {
    /// Adds a row.
    pub fn push(&mut self, level: u8, index: u64, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.level.push(level);
        self.index.push(index);
        self.end.push(self.bytes.len() as u64);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// What they take in memory, about.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + 17 * self.len()
    }

    /// Level, index and value of row `i`.
    pub fn get(&self, i: usize) -> Option<(u8, u64, &[u8])> {
        let start = match i {
            0 => 0,
            _ => *self.end.get(i - 1)? as usize,
        };
        let value = self.bytes.get(start..*self.end.get(i)? as usize)?;
        Some((self.level[i], self.index[i], value))
    }

    /// Level, index and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u64, &[u8])> {
        self.level
            .iter()
            .zip(&self.index)
            .zip(self.values())
            .map(|((&level, &index), value)| (level, index, value))
    }

    /// Adds those of `other`.
    pub fn append(&mut self, other: Rows) {
        if self.is_empty() {
            *self = other;
        } else {
            self.extend(&other);
        }
    }

    /// Adds those of `other`, which keeps them.
    pub fn extend(&mut self, other: &Rows) {
        let before = self.bytes.len() as u64;
        self.level.extend_from_slice(&other.level);
        self.index.extend_from_slice(&other.index);
        self.end.extend(other.end.iter().map(|end| before + end));
        self.bytes.extend_from_slice(&other.bytes);
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.end.iter().map(move |&end| {
            let value = &self.bytes[from..end as usize];
            from = end as usize;
            value
        })
    }

    /// The columns: levels, indices, ends of the values, the values.
    #[cfg(any(test, feature = "hdf5"))]
    pub fn columns(&self) -> (&[u8], &[u64], &[u64], &[u8]) {
        (&self.level, &self.index, &self.end, &self.bytes)
    }

    /// Of columns, if they fit together.
    #[cfg(any(test, feature = "hdf5"))]
    pub fn from_columns(
        level: Vec<u8>,
        index: Vec<u64>,
        end: Vec<u64>,
        bytes: Vec<u8>,
    ) -> Option<Self> {
        let fit = level.len() == index.len()
            && index.len() == end.len()
            && end.is_sorted()
            && end.last().copied().unwrap_or(0) == bytes.len() as u64;
        fit.then_some(Rows {
            level,
            index,
            end,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let (mut first, mut second) = (Rows::default(), Rows::default());
        first.push(1, 7, b"ab");
        first.push(2, 8, b"");
        second.push(0, u64::MAX, b"c");
        first.append(second.clone());
        second.append(Rows::default());
        let all: Vec<_> = first.iter().collect();
        assert_eq!(all, [(1, 7, &b"ab"[..]), (2, 8, b""), (0, u64::MAX, b"c")]);
        assert_eq!((first.len(), second.len()), (3, 1));
        assert!(Rows::from_columns(vec![0], vec![1], vec![2], vec![0]).is_none());
        assert!(Rows::from_columns(vec![0; 2], vec![1; 2], vec![2, 1], vec![0]).is_none());
        assert!(Rows::from_columns(vec![0], vec![], vec![], vec![]).is_none());
    }
}
