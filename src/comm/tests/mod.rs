//! Letters over wires within one process.

mod damage;

use super::mail::{Arrival, Mailer};
use super::{Transport, greeting};
use crate::error::Error;
use crate::wire::message::Msg;
use crate::wire::rope::{PIECE, Rope};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

type Wires = Rc<RefCell<Vec<VecDeque<(u32, Vec<u8>)>>>>;

struct Wire(u32, Wires);

impl Transport for Wire {
    fn rank(&self) -> u32 {
        self.0
    }
    fn size(&self) -> u32 {
        self.1.borrow().len() as u32
    }
    fn send(&mut self, to: u32, bytes: Vec<u8>) -> Result<(), Error> {
        assert!(bytes.len() <= PIECE + 64);
        self.1.borrow_mut()[to as usize].push_back((self.0, bytes));
        Ok(())
    }
    fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
        Ok(self.1.borrow_mut()[self.0 as usize].pop_front())
    }
    fn unsent(&mut self) -> usize {
        0
    }
    fn abort(&mut self, code: u8) -> ! {
        std::process::exit(i32::from(code))
    }
    fn polled(&self) -> bool {
        true
    }
}

#[test]
fn bodies_of_any_size_arrive_from_many_at_once() {
    let senders = 12;
    let wires: Wires = Rc::new(RefCell::new(vec![VecDeque::new(); senders + 1]));
    let mut mailers: Vec<_> = (0..=senders as u32)
        .map(|r| Mailer::new(Wire(r, wires.clone()), "host", 7))
        .collect();
    let body = |r: u32| -> Vec<u8> {
        (0..r as usize * 700_001)
            .map(|i| (i as u32 * r) as u8)
            .collect()
    };
    for r in 1..=senders as u32 {
        mailers[r as usize]
            .send(0, &Msg::Held(u64::from(r)), Rope::from(body(r)))
            .unwrap();
    }
    let mut got = Vec::new();
    while got.len() < senders {
        for mailer in &mut mailers {
            while let Some(arrival) = mailer.receive().unwrap() {
                let Arrival::Letter(mut letter) = arrival else {
                    continue;
                };
                let mut bytes = Vec::new();
                while let Some(piece) = letter.body.pop() {
                    bytes.extend(piece);
                }
                assert_eq!(letter.msg, Msg::Held(u64::from(letter.from)));
                assert!(bytes == body(letter.from));
                got.push(letter.from);
            }
        }
    }
    assert!(mailers.iter_mut().all(|m| m.unsent() == 0));
}

#[test]
fn another_sessions_messages_are_dropped() {
    let wires: Wires = Rc::new(RefCell::new(vec![VecDeque::new(); 2]));
    Mailer::new(Wire(1, wires.clone()), "host", 7)
        .send(0, &Msg::Ping, Rope::new())
        .unwrap();
    let mut other = Mailer::new(Wire(0, wires), "host", 8);
    for _ in 0..2 {
        let arrival = other.receive().unwrap();
        assert!(matches!(arrival, Some(Arrival::Part(1))));
    }
    assert!(other.receive().unwrap().is_none());
}
