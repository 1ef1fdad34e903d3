//! Datagrams, which become letters.
//!
//! The bytes are a list: for each datagram a byte of flags, a length (2 bytes), the datagram. The sum of most is
//! appended, since no fuzzer guesses it.

use super::Seed;
use crate::comm::Transport;
use crate::comm::greeting;
use crate::comm::mail::{Arrival, Mailer};
use crate::error::Error;
use crate::wire::frame::Put;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use crate::wire::seal;
use std::collections::VecDeque;

/// The flag of a datagram that is taken as it is, sum and all.
const AS_IS: u8 = 0x80;
/// The flags of the sender.
const SENDER: u8 = 3;
const SESSION: u64 = 7;

struct Fed(VecDeque<(u32, Vec<u8>)>);

impl Transport for Fed {
    fn rank(&self) -> u32 {
        0
    }

    fn size(&self) -> u32 {
        u32::from(SENDER) + 1
    }

    fn send(&mut self, _: u32, _: Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
        Ok(self.0.pop_front())
    }

    fn unsent(&mut self) -> usize {
        0
    }

    fn abort(&mut self, code: u8) -> ! {
        panic!("aborted with {code}")
    }

    fn polled(&self) -> bool {
        true
    }
}

/// A rank that all those datagrams reach.
pub fn run(bytes: &[u8]) {
    let mut fed = VecDeque::new();
    let mut rest = bytes;
    while let Some((&[flags, low, high], after)) = rest.split_first_chunk() {
        let n = usize::from(u16::from_le_bytes([low, high])).min(after.len());
        let (datagram, after) = after.split_at(n);
        rest = after;
        let mut datagram = datagram.to_vec();
        if flags & AS_IS == 0 {
            seal::close(&mut datagram);
        }
        fed.push_back((u32::from(flags & SENDER), datagram));
    }
    let datagrams = fed.len();
    let mut mailer = Mailer::new(Fed(fed), "here", SESSION);
    // Something to ask for.
    let _ = mailer.send(1, &Msg::Held(1), Rope::from(vec![0; 70_000]));
    let (mut letters, mut length) = (0, 0);
    for _ in 0..datagrams {
        match mailer.receive() {
            Ok(Some(Arrival::Letter(letter))) => {
                letters += 1;
                length += letter.body.len();
            }
            Ok(_) => {}
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains("rank "), "{said}");
                break;
            }
        }
    }
    assert!(letters <= datagrams && length <= bytes.len() as u64);
}

/// Of [`run`].
pub fn seeds() -> Vec<Seed> {
    let hello = || listed(AS_IS | 1, greeting::write(greeting::VERSION, "there"));
    let whole = datagram(1, |put| {
        Msg::Held(3).encode(put);
        put.0.extend(b"body");
    });
    let length = 65_537;
    let announced = datagram(2, |put| {
        put.u64(0).u64(length);
        Msg::Held(3).encode(put);
    });
    let piece = |left: u64, n: usize| {
        datagram(4, |put| {
            put.0.extend(vec![9; n]);
            put.u64(0).u64(left);
        })
    };
    let credit = datagram(3, |put| {
        put.u64(0).u32(4);
    });
    let list = |parts: &[Vec<u8>]| [&[hello()], parts].concat().concat();
    let last = length as usize - 300;
    vec![
        ("whole", list(&[whole.clone(), credit.clone()])),
        (
            "announced",
            list(&[announced.clone(), piece(length - 300, 300)]),
        ),
        (
            "other",
            listed(AS_IS | 2, greeting::write(greeting::VERSION + 1, "there")),
        ),
        ("stranger", [whole, credit].concat()),
        // The last piece is longer than a seed should be: it is one of zeros in tests.
        ("short", list(&[announced, piece(0, last.min(900))])),
    ]
}

fn listed(flags: u8, datagram: Vec<u8>) -> Vec<u8> {
    let mut put = Put(vec![flags]);
    put.0.extend((datagram.len() as u16).to_le_bytes());
    put.0.extend(datagram);
    put.0
}

fn datagram(kind: u8, fill: impl FnOnce(&mut Put)) -> Vec<u8> {
    let mut put = Put::default();
    fill(&mut put);
    put.u8(kind).u64(SESSION);
    listed(1, put.0)
}
