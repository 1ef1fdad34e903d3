//! What became of a job: a header of fixed width, the value or the text, then the jobs that it submitted.

use crate::wire::frame::{Damaged, Get, Put};
use crate::wire::rope::Rope;
use std::io::Write;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a value.
    Value,
    /// With a panic; the text is its own.
    Panic,
    /// With an error that its function returned.
    Failed,
    /// Its input or its result does not survive serialization.
    Damaged,
    /// It runs longer than it may.
    Late,
}

/// A job that a job submits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Child {
    /// Its input.
    pub input: Vec<u8>,
    /// Frozen values that the input refers to.
    pub needs: Vec<u64>,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub job: u64,
    /// Where it ran.
    pub rank: u32,
    /// How long.
    pub nanoseconds: u64,
    /// How it ended.
    pub ending: Ending,
    /// The value or the text.
    pub payload: Vec<u8>,
    /// What it submitted.
    pub children: Vec<Child>,
}

const HEAD: u64 = 33;

/// Appends a record to `rope`.
pub fn write(
    rope: &mut Rope,
    (job, rank, nanoseconds): (u64, u32, u64),
    ending: Ending,
    payload: &[u8],
    children: &[Child],
) {
    let mut put = Put::default();
    let tag = match ending {
        Ending::Value => 0,
        Ending::Panic => 1,
        Ending::Failed => 2,
        Ending::Damaged => 3,
        Ending::Late => 4,
    };
    put.u64(job).u32(rank).u64(nanoseconds).u8(tag);
    put.u32(children.len() as u32).u64(payload.len() as u64);
    // Ropes take everything.
    let _ = rope.write_all(&put.0);
    let _ = rope.write_all(payload);
    for child in children {
        let mut put = Put::default();
        put.u32(child.needs.len() as u32);
        for &id in &child.needs {
            put.u64(id);
        }
        put.u64(child.input.len() as u64);
        let _ = rope.write_all(&put.0);
        let _ = rope.write_all(&child.input);
    }
}

/// Takes the next record from the front of `rope`.
///
/// # Errors
/// When the bytes are not one.
pub fn read(rope: &mut Rope) -> Result<Record, Damaged> {
    let short = Damaged("what became of a job is too short");
    let head = rope.take(HEAD).ok_or(short)?;
    let mut get = Get(&head);
    let (job, rank, nanoseconds) = (get.u64()?, get.u32()?, get.u64()?);
    let ending = match get.u8()? {
        0 => Ending::Value,
        1 => Ending::Panic,
        2 => Ending::Failed,
        3 => Ending::Damaged,
        4 => Ending::Late,
        _ => return Err(Damaged("unknown end of a job")),
    };
    let (children, payload) = (get.u32()?, get.u64()?);
    let payload = rope.take(payload).ok_or(short)?;
    let child = |_| {
        let needs = Get(&rope.take(4).ok_or(short)?).u32()?;
        let ids = rope.take(8 * u64::from(needs)).ok_or(short)?;
        let mut ids = Get(&ids);
        let needs = (0..needs).map(|_| ids.u64()).collect::<Result<_, _>>()?;
        let input = Get(&rope.take(8).ok_or(short)?).u64()?;
        let input = rope.take(input).ok_or(short)?;
        Ok(Child { input, needs })
    };
    Ok(Record {
        job,
        rank,
        nanoseconds,
        ending,
        payload,
        children: (0..children).map(child).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back() {
        let children = [
            Child {
                input: vec![1, 2],
                needs: vec![3],
            },
            Child::default(),
        ];
        let mut rope = Rope::new();
        write(&mut rope, (7, 3, 99), Ending::Failed, b"why", &children);
        write(&mut rope, (8, 0, 1), Ending::Value, &[], &[]);
        let whole = rope.clone();
        let first = read(&mut rope).unwrap();
        assert_eq!((first.job, first.rank, first.nanoseconds), (7, 3, 99));
        assert_eq!(
            (first.ending, &first.payload[..]),
            (Ending::Failed, &b"why"[..])
        );
        assert_eq!(first.children, children);
        assert_eq!(read(&mut rope).unwrap().job, 8);
        assert!(rope.is_empty());
        let bytes = whole.clone().take(whole.len() - 1).unwrap();
        let mut cut = Rope::from(bytes);
        assert!(read(&mut cut).is_ok() && read(&mut cut).is_err());
    }
}
