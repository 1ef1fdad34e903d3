//! What reads bytes before and after the handshake, to feed it.

use super::assembler::Assembler;
use super::discovery::Key;
use super::entry::{Entry, Kind};
use super::failure::Failure;
use super::handshake::{self, Pipe};
use super::record::Record;
use super::rendezvous;
use super::secret::Secret;
use crate::fuzzing::Seed;

/// The limits here.
const FIRST: u64 = 1 << 10;
const LATER: u64 = 1 << 16;

fn secret() -> Secret {
    Secret::of([7; 32])
}

/// A connection on which these bytes come.
struct Recording<'a>(&'a [u8]);

impl Pipe for Recording<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Failure> {
        match self.0.split_at_checked(buffer.len()) {
            Some((bytes, rest)) => {
                buffer.copy_from_slice(bytes);
                self.0 = rest;
                Ok(())
            }
            None => Err(Failure::Half),
        }
    }

    fn put(&mut self, _: &[u8]) -> Result<(), Failure> {
        Ok(())
    }
}

/// All that comes before who it is from is known. Without the secret, or from a recording, it is refused.
pub fn greeting(bytes: &[u8]) {
    assert!(handshake::answer(&mut Recording(bytes), &secret()).is_err());
    assert!(handshake::ask(&mut Recording(bytes), &secret()).is_err());
}

pub fn greeting_seeds() -> Vec<Seed> {
    let hello = super::VERSION.to_be_bytes();
    let hello = [b"grange".as_slice(), &hello].concat();
    let with = |more: &[u8]| [&hello, more].concat();
    vec![
        ("alone", hello.clone()),
        ("version", b"grange\xff\xff".to_vec()),
        ("refusal", with(&[0, 0])),
        ("message", with(&[[0, 48].as_slice(), &[9; 48]].concat())),
        ("zeros", with(&[[0, 48].as_slice(), &[0; 48]].concat())),
        ("length", with(&[0xff; 40])),
        ("web", b"GET / HTTP/1.0\r\n\r\n".to_vec()),
    ]
}

/// What is in records, each after its length.
pub fn records(mut bytes: &[u8]) {
    let mut assembler = Assembler::new(FIRST, LATER);
    let mut most = FIRST;
    let mut came = 0;
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (plain, rest) = rest.split_at(length);
        bytes = rest;
        let Ok(record) = Record::decode(plain) else {
            return;
        };
        let mut again = Vec::new();
        record.encode(&mut again);
        assert_eq!(again, plain);
        let whole = match record {
            Record::Begin(total, data) => {
                came = data.len();
                assembler.begin(total, data)
            }
            Record::More(data) => {
                came += data.len();
                assembler.more(data)
            }
            _ => Ok(None),
        };
        match whole {
            Ok(Some(message)) => {
                assert!(message.len() as u64 <= most && message.len() == came);
                most = LATER;
            }
            Ok(None) => {}
            Err(_) => return,
        }
    }
}

pub fn record_seeds() -> Vec<Seed> {
    let all = |records: &[Record]| {
        let mut out = Vec::new();
        for record in records {
            let mut plain = Vec::new();
            record.encode(&mut plain);
            out.extend((plain.len() as u16).to_be_bytes());
            out.extend(plain);
        }
        out
    };
    vec![
        ("beats", all(&[Record::Beat, Record::Beat])),
        (
            "messages",
            all(&[
                Record::Grant(1 << 20),
                Record::Begin(3, b"abc"),
                Record::Begin(0, b""),
                Record::Begin(10, b"01234"),
                Record::Beat,
                Record::More(b"567"),
                Record::More(b"89"),
            ]),
        ),
        ("large", all(&[Record::Begin(u64::MAX, b"a")])),
        (
            "long",
            all(&[Record::Begin(FIRST, b"a"), Record::More(b"b")]),
        ),
        ("close", all(&[Record::Close("enough: é")])),
    ]
}

/// A question or an answer of the network, as it came and with a code as whoever has the secret would write.
pub fn datagram(bytes: &[u8]) {
    let key = Key::new(&secret());
    assert!(key.answered([1; 16], bytes).is_none() && key.asked(bytes).is_none());
    let text = String::from_utf8_lossy(bytes);
    let answer = key.answer([1; 16], &text);
    assert_eq!(
        key.answered([1; 16], &answer),
        Entry::parse(text.as_bytes())
    );
    assert_eq!(key.answered([2; 16], &answer), None);
}

pub fn datagram_seeds() -> Vec<Seed> {
    let other = Key::new(&Secret::of([8; 32]));
    vec![
        ("question", other.question([1; 16])),
        ("answer", other.answer([1; 16], &line())),
        ("text", line().into_bytes()),
    ]
}

/// The file of a run or a server.
pub fn file(bytes: &[u8]) {
    let Some(entry) = rendezvous::parse(bytes) else {
        return;
    };
    // Longer only as other ways to write a number or a character may be shorter.
    if let Ok(text) = entry.text() {
        assert_eq!(Entry::parse(text.as_bytes()), Some(entry));
    }
}

pub fn file_seeds() -> Vec<Seed> {
    let whole = format!("{}\n{:020}\n", line(), 5);
    let cut = whole[..whole.len() - 9].to_owned();
    let future = whole.replace("\"format\":1", "\"format\":2");
    [("whole", whole), ("cut", cut), ("future", future)]
        .map(|(name, text)| (name, text.into_bytes()))
        .into()
}

/// What somebody says of itself.
fn line() -> String {
    let entry = Entry {
        kind: Kind::Run,
        id: "a-1".to_owned(),
        program: "sum_primes".to_owned(),
        host: "n1".to_owned(),
        pid: 7,
        addresses: vec![([10, 0, 0, 1], 7000).into()],
    };
    entry.text().unwrap_or_default()
}
