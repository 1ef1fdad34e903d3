use super::*;
use crate::link::handshake::{self, Timed};
use crate::link::noise::Sealer;
use crate::link::record::Record;
use std::io::{Read, Write};

/// Somebody who knows the secret and says what it likes.
fn insider(to: &Listener) -> (TcpStream, Sealer) {
    let stream = stranger(to);
    let (sealer, _) = handshake::ask(&mut Timed::new(&stream, PATIENCE), &secret()).unwrap();
    (stream, sealer)
}

fn say(stream: &mut TcpStream, sealer: &mut Sealer, records: &[Record]) {
    let mut out = Vec::new();
    for record in records {
        let mut plain = Vec::new();
        record.encode(&mut plain);
        sealer.seal(&plain, &mut out).unwrap();
    }
    // It may be gone by the time that all of it is there.
    let _ = stream.write_all(&out);
}

/// How a link ends when these come.
fn ends(records: &[Record]) -> Failure {
    let listener = listener(patient());
    let (mut stream, mut sealer) = insider(&listener);
    let link = listener.accept_timeout(PATIENCE).unwrap();
    say(&mut stream, &mut sealer, records);
    wait_for("the end", || !link.is_open());
    match link.state() {
        State::Lost(failure) => failure,
        state => panic!("{state:?}"),
    }
}

#[test]
fn one_byte_a_moment_or_none_or_half_is_dropped_in_time() {
    let listener = listener(quick());
    let begin = Instant::now();
    let slow = stranger(&listener);
    let mut silent = stranger(&listener);
    let mut half = stranger(&listener);
    half.write_all(b"gra").unwrap();
    half.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rubbish = stranger(&listener);
    rubbish
        .write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 252])
        .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut slow = &slow;
            for byte in b"grange\x00\x01\x00\x30".iter().chain(&[0; 200]) {
                if slow.write_all(&[*byte]).is_err() {
                    break;
                }
                std::thread::sleep(quick().handshake / 4);
            }
        });
        let _ = silent.read_to_end(&mut Vec::new());
        wait_for("all refused", || listener.counts().refused() == 4);
    });
    let counts = listener.counts();
    assert_eq!((counts.slow, counts.broken, counts.rubbish), (2, 1, 1));
    assert!(begin.elapsed() >= quick().handshake);
    assert_eq!(listener.pending(), 0);
}

#[test]
fn silence_and_taking_nothing_are_found() {
    let listener = listener(quick());
    let (_stream, _) = insider(&listener);
    let link = listener.accept_timeout(PATIENCE).unwrap();
    wait_for("the end", || !link.is_open());
    assert_eq!(link.state(), State::Lost(Failure::Silent(quick().silence)));

    // It says that it lives and takes much, and reads nothing.
    let (mut stream, mut sealer) = insider(&listener);
    let link = listener.accept_timeout(PATIENCE).unwrap();
    say(&mut stream, &mut sealer, &[Record::Grant(1 << 40)]);
    link.try_send(vec![0; 64 << 20]).unwrap();
    while link.is_open() {
        say(&mut stream, &mut sealer, &[Record::Beat]);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(link.state(), State::Lost(Failure::Stuck(quick().silence)));
}

#[test]
fn an_end_in_the_middle_is_told_from_one_between() {
    for (records, end) in [
        (vec![Record::Begin(10, b"12345")], Failure::Half),
        (vec![Record::Begin(5, b"12345")], Failure::Gone),
    ] {
        let listener = listener(patient());
        let (mut stream, mut sealer) = insider(&listener);
        let link = listener.accept_timeout(PATIENCE).unwrap();
        // Only once the other side has said that there is room.
        stream.read_exact(&mut [0; 2]).unwrap();
        say(&mut stream, &mut sealer, &records);
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        wait_for("the end", || !link.is_open());
        assert_eq!(link.state(), State::Lost(end));
    }
}

#[test]
fn records_that_make_no_sense_end_the_link() {
    let part = [0; 60_000];
    for records in [
        [Record::More(b"of nothing"), Record::Beat],
        [Record::Begin(20, b"1"), Record::Begin(20, b"1")],
        [Record::Begin(2, b"1"), Record::More(b"234")],
    ] {
        let failure = ends(&records);
        assert!(matches!(failure, Failure::Nonsense(_)), "{failure}");
    }
    let size = u64::MAX;
    let most = Settings::default().first;
    assert_eq!(
        ends(&[Record::Begin(size, b"1")]),
        Failure::TooLarge { size, most }
    );
    // More than there is room for, in one message or in many.
    let flood: Vec<_> = (0..100).map(|_| Record::Begin(60_000, &part)).collect();
    assert_eq!(ends(&flood), Failure::Flood);
    let empty: Vec<_> = (0..100_000).map(|_| Record::Begin(0, b"")).collect();
    assert_eq!(ends(&empty), Failure::Flood);
}

#[test]
fn a_thousand_who_mean_ill_do_not_disturb_one_who_means_well() {
    let listener = listener(quick());
    let to = listener.address();
    let asks = || connect(&[to], &secret(), PATIENCE, &patient());
    let good = asks().unwrap();
    let host = listener.accept_timeout(PATIENCE).unwrap();
    let mut rounds = 0u32;
    std::thread::scope(|scope| {
        let ill = scope.spawn(|| {
            let mut kept = std::collections::VecDeque::new();
            for i in 0..1000 {
                let mut stream = stranger(&listener);
                let _ = match i % 4 {
                    0 => stream.write_all(b"GET / HTTP/1.0\r\n\r\n"),
                    1 => stream.write_all(b"grange\x00\x01\x00\x30aaaaaaaaaa"),
                    2 => stream.write_all(&[[0; 2].as_slice(), &[i as u8; 300]].concat()),
                    _ => Ok(()),
                };
                kept.push_back(stream);
                if kept.len() > 100 {
                    kept.pop_front();
                }
            }
        });
        while !ill.is_finished() {
            good.try_send(rounds.to_be_bytes().to_vec()).unwrap();
            assert_eq!(host.recv_timeout(PATIENCE).unwrap(), rounds.to_be_bytes());
            rounds += 1;
        }
    });
    assert!(rounds > 0);
    wait_for("the last of them", || listener.counts().refused() >= 1000);
    assert_eq!(listener.counts().welcome, 1);
    // And others can join still.
    let late = asks().unwrap();
    late.try_send(b"late".to_vec()).unwrap();
    let link = listener.accept_timeout(PATIENCE).unwrap();
    assert_eq!(link.recv_timeout(PATIENCE).unwrap(), b"late");
    assert!(good.is_open() && host.is_open());
}
