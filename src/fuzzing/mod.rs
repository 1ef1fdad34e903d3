//! What reads bytes from outside, for the fuzz targets of `fuzz/` and, on seeds and mutations of these, for the
//! tests: none of it may panic, go on for ever, or take memory that what it was given does not account for.

mod letters;
mod records;
#[cfg(test)]
mod tests;
mod values;

use crate::checkpoint::fuzzing as checkpoint;
use crate::comm::process::Process;
use crate::engine::audit::{Again, Outcome, Record};
use crate::engine::span::Span;
use crate::link::fuzzing as link;
use crate::session::joining::fuzzing as joining;
use crate::wire::frame::{Get, Put};
use crate::wire::message::{Hello, Msg, Place, Welcome};

/// A name and bytes to begin with.
pub type Seed = (&'static str, Vec<u8>);

/// One thing to feed.
pub struct Target {
    /// Its name, which is that of the folder of its corpus too.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]),
    /// What its corpus begins with.
    pub seeds: fn() -> Vec<Seed>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("wire", wire, wire_seeds),
    target("letters", letters::run, letters::seeds),
    target("records", records::run, records::seeds),
    target("values", values::run, values::seeds),
    target(
        "checkpoint_header",
        checkpoint::header,
        checkpoint::header_seeds,
    ),
    target("shape", checkpoint::shape, checkpoint::shape_seeds),
    target("link_greeting", link::greeting, link::greeting_seeds),
    target("link_records", link::records, link::record_seeds),
    target("link_datagram", link::datagram, link::datagram_seeds),
    target("link_file", link::file, link::file_seeds),
    target("joining", joining::joining, joining::joining_seeds),
];

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Seed>) -> Target {
    Target { name, run, seeds }
}

/// Feeds the target of that name.
///
/// # Panics
/// When it finds something wrong, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    match TARGETS.iter().find(|target| target.name == name) {
        Some(target) => (target.run)(bytes),
        None => panic!("no target {name}"),
    }
}

/// The header of a message.
fn wire(bytes: &[u8]) {
    let mut get = Get(bytes);
    let Ok(msg) = Msg::decode(&mut get) else {
        return;
    };
    let written = encoded(&msg);
    assert_eq!(written.len(), bytes.len() - get.0.len(), "{msg:?}");
    // By their bytes, since a rate may be no number.
    let again = Msg::decode(&mut Get(&written)).map(|msg| encoded(&msg));
    assert_eq!(again, Ok(written));
}

fn encoded(msg: &Msg) -> Vec<u8> {
    let mut put = Put::default();
    msg.encode(&mut put);
    put.0
}

fn wire_seeds() -> Vec<Seed> {
    let hello = Hello {
        host: "n1".into(),
        node: 3,
        cores: vec![0, 9],
        node_cores: 64,
        quota: 0,
        wanted: 0,
        process: Process { id: 7, started: 8 },
        build: "grange".into(),
    };
    let welcome = Welcome {
        session: 1,
        threads: vec![1, 2],
        hosts: vec!["a".into(), String::new()],
    };
    let place = Place {
        fingerprint: u64::MAX,
        text: "map at src/main.rs:1:2 é".into(),
    };
    let spans = vec![Span::new(0, 1), Span::new(5, u64::MAX)];
    let done = vec![(4, spans.clone()), (5, vec![])];
    let text = String::from("a\nb");
    let (seq, lease) = (1, 2);
    let hit = Some(3);
    let (calls, code) = (2, 75);
    let record = |outcome| Record {
        grain: 5,
        thread: 1,
        outcome,
        took: 1000,
    };
    let again = vec![
        Again {
            grain: 5,
            not: Some(1),
        },
        Again {
            grain: 6,
            not: None,
        },
    ];
    [
        ("hello", Msg::Hello(hello)),
        ("welcome", Msg::Welcome(welcome)),
        ("arrive", Msg::Arrive(seq, place)),
        (
            "return",
            Msg::Return {
                seq,
                done: done.clone(),
                hit,
            },
        ),
        (
            "give_back",
            Msg::GiveBack {
                seq,
                lease,
                back: spans,
            },
        ),
        ("failed", Msg::Failed { seq, jobs: done }),
        ("lease", Msg::Lease(seq, lease, Span::new(3, 4))),
        (
            "bye",
            Msg::Bye {
                calls,
                code,
                text: text.clone(),
            },
        ),
        ("aside", Msg::Aside(seq, 2, Some(3 << 70), text.clone())),
        (
            "computed",
            Msg::Computed(seq, vec![record(Outcome::Digest([7; 32]))]),
        ),
        (
            "checked",
            Msg::Checked(seq, vec![record(Outcome::Failed(text))]),
        ),
        ("again", Msg::Again(seq, again)),
        ("end", Msg::End(seq, 5)),
        ("told", Msg::Told("at work".into())),
        ("time", Msg::Time { asked: 3, here: 4 }),
        ("ping", Msg::Ping),
    ]
    .map(|(name, msg)| (name, encoded(&msg)))
    .into()
}
