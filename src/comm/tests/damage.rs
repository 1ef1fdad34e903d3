//! Datagrams that are not what was sent, or make no sense.

use super::*;
use crate::wire::frame::Put;
use crate::wire::seal;

/// The datagrams that rank 1 sends to rank 0 for a small and a large message.
fn sent() -> Vec<Vec<u8>> {
    let wires: Wires = Rc::new(RefCell::new(vec![VecDeque::new(); 2]));
    let [mut zero, mut one] = pair(&wires);
    one.send(0, &Msg::Held(1), Rope::from(vec![1; 9])).unwrap();
    one.send(0, &Msg::Held(2), Rope::from(vec![2; 2 * PIECE + 5]))
        .unwrap();
    let mut all = Vec::new();
    for _ in 0..20 {
        let now: Vec<_> = wires.borrow_mut()[0].drain(..).collect();
        for (from, bytes) in now {
            all.push(bytes.clone());
            wires.borrow_mut()[0].push_back((from, bytes));
            zero.receive().unwrap();
        }
        zero.receive().unwrap();
        while one.receive().unwrap().is_some() {}
    }
    // A greeting, a whole one, an announcement, three pieces.
    assert_eq!(all.len(), 6);
    all
}

fn pair(wires: &Wires) -> [Mailer<Wire>; 2] {
    [0, 1].map(|rank| Mailer::new(Wire(rank, wires.clone()), &format!("host{rank}"), 7))
}

/// What rank 0 makes of these from rank 1: how many letters, and the error.
fn heard(datagrams: &[Vec<u8>]) -> (usize, Option<Error>) {
    let wires: Wires = Rc::new(RefCell::new(vec![VecDeque::new(); 2]));
    let [mut zero, _] = pair(&wires);
    let mut letters = 0;
    for bytes in datagrams {
        wires.borrow_mut()[0].push_back((1, bytes.clone()));
        match zero.receive() {
            Ok(arrival) => letters += usize::from(matches!(arrival, Some(Arrival::Letter(_)))),
            Err(error) => return (letters, Some(error)),
        }
    }
    (letters, None)
}

#[test]
fn any_flipped_bit_is_an_error_that_names_the_sender() {
    let good = sent();
    assert_eq!(heard(&good), (2, None));
    for at in 0..good.len() {
        let bits = 8 * good[at].len();
        // All of a small one; of a large one both ends and some of the rest.
        for bit in (0..bits.min(400))
            .chain((400..bits).step_by(1_000_003))
            .chain(bits.saturating_sub(240)..bits)
        {
            let mut bad = good.clone();
            bad[at][bit / 8] ^= 1 << (bit % 8);
            let (_, error) = heard(&bad);
            let error = error.unwrap_or_else(|| panic!("bit {bit} of datagram {at}"));
            assert!(error.to_string().contains("rank 1"), "{error}");
            // A damaged greeting may look like one of another version.
            assert!(error.code() == 3 || at == 0 && error.code() == 2, "{error}");
        }
        let mut bad = good.clone();
        let half = bad[at].len() / 2;
        bad[at].truncate(half);
        assert!(heard(&bad).1.is_some(), "half of datagram {at}");
    }
    let (_, error) = heard(&[good[0].clone(), good[5].clone()]);
    assert_eq!(
        error.map(|e| e.to_string()).as_deref(),
        Some(
            "a message from rank 1 (host1) is damaged: it is a piece of nothing that was announced"
        )
    );
}

#[test]
fn who_speaks_another_version_or_nothing_known_is_named() {
    let good = sent();
    let other = greeting::write(greeting::VERSION + 1, "node7");
    let (_, error) = heard(&[[other, vec![9; 30]].concat(), good[1].clone()]);
    let said = error.as_ref().map(Error::to_string).unwrap_or_default();
    let speaks = format!("rank 1 (node7) speaks version {} of", greeting::VERSION + 1);
    assert!(said.contains(&speaks), "{said}");
    assert_eq!(error.map(|e| e.code()), Some(2));
    let (_, error) = heard(&good[1..]);
    assert_eq!(error.map(|e| e.code()), Some(2));
}

/// A datagram of this session with a right sum.
fn datagram(kind: u8, fill: impl FnOnce(&mut Put)) -> Vec<u8> {
    let mut put = Put::default();
    fill(&mut put);
    put.u8(kind).u64(7);
    seal::close(&mut put.0);
    put.0
}

fn announced(stream: u64, length: u64) -> Vec<u8> {
    datagram(2, |put| {
        put.u64(stream).u64(length);
        Msg::Held(3).encode(put);
    })
}

fn piece(stream: u64, left: u64, bytes: usize) -> Vec<u8> {
    datagram(4, |put| {
        put.0.extend(vec![0; bytes]);
        put.u64(stream).u64(left);
    })
}

#[test]
fn what_is_not_as_announced_is_told() {
    let hello = greeting::write(greeting::VERSION, "host1");
    let says = |datagrams: &[Vec<u8>]| {
        let (letters, error) = heard(&[std::slice::from_ref(&hello), datagrams].concat());
        assert_eq!(letters, 0);
        error.map(|e| e.to_string()).unwrap_or_default()
    };
    let size = 100_000;
    for length in [0, 9, u64::MAX, 1 << 47] {
        assert!(says(&[announced(0, length)]).contains("a size that none has"));
    }
    assert!(says(&[announced(0, size), announced(0, size)]).contains("twice"));
    // Too much, too little, nothing, and a piece that is larger than any.
    for (left, bytes) in [(0, 100_001), (0, 99_999), (u64::MAX, 100_000), (1, 100_000)] {
        let said = says(&[announced(0, size), piece(0, left, bytes)]);
        assert!(said.contains("not as long as was announced"), "{said}");
    }
    for bytes in [0, PIECE + 1] {
        let said = says(&[announced(0, 2 * PIECE as u64), piece(0, 0, bytes)]);
        assert!(said.contains("a size that none has"), "{said}");
    }
    assert!(says(&[datagram(3, |put| _ = put.u64(5).u32(1))]).contains("not its own"));
    assert!(says(&[datagram(9, |_| ())]).contains("no kind"));
    assert!(says(&[datagram(1, |put| _ = put.u8(200))]).contains("no kind"));
    let long = datagram(1, |put| {
        Msg::Ping.encode(put);
        put.0.extend([0; 65 << 10]);
    });
    assert!(says(&[long]).contains("more than fits"));
}

#[test]
fn what_is_too_large_to_send_is_told() {
    let wires: Wires = Rc::new(RefCell::new(vec![VecDeque::new(); 2]));
    let [mut zero, _] = pair(&wires);
    let spans = vec![crate::engine::span::Span::new(0, 1); 5 << 20];
    let huge = Msg::GiveBack {
        seq: 1,
        lease: 2,
        back: spans,
    };
    let error = zero.send(1, &huge, Rope::new()).unwrap_err();
    assert!(
        error.to_string().contains("a message for rank 1 has 83886"),
        "{error}"
    );
}
