use super::rendezvous::entry;
use super::*;
use crate::link::discovery::Key;
use crate::link::interfaces::parse;
use std::net::{Ipv4Addr, UdpSocket};

const SOON: Duration = Duration::from_millis(600);

fn at(port: u16, enough: usize) -> Seek {
    let at = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    Seek { at, enough }
}

#[test]
fn who_has_the_secret_is_answered() {
    let run = entry(Kind::Run, "r");
    let answerer = Answerer::start(&secret(), 0, &run).unwrap();
    let found = seek(&secret(), &at(answerer.port(), 1), PATIENCE).unwrap();
    assert_eq!(found.len(), 1);
    // The address by which it was reached comes first.
    let mut expected = run.clone();
    let reached = SocketAddr::from((Ipv4Addr::LOCALHOST, 7000));
    expected.addresses.insert(0, reached);
    assert_eq!(found[0], expected);
    let other = Secret::of([8; 32]);
    assert_eq!(seek(&other, &at(answerer.port(), 1), SOON).unwrap(), []);
    let port = answerer.port();
    drop(answerer);
    assert_eq!(seek(&secret(), &at(port, 1), SOON).unwrap(), []);
}

#[test]
fn recorded_changed_and_foreign_datagrams_do_nothing() {
    let key = Key::new(&secret());
    let question = key.question([1; 16]);
    assert_eq!(key.asked(&question), Some([1; 16]));
    let run = entry(Kind::Run, "r");
    let answer = key.answer([1; 16], &run.text().unwrap());
    assert_eq!(key.answered([1; 16], &answer), Some(run));
    assert!(answer.len() <= question.len());
    // Of another question; one for the other; of another secret.
    assert_eq!(key.answered([2; 16], &answer), None);
    assert_eq!(key.asked(&answer), None);
    assert_eq!(key.answered([1; 16], &question), None);
    assert_eq!(Key::new(&Secret::of([8; 32])).asked(&question), None);
    for i in [0, 7, 8, 24, 100, question.len() - 1] {
        let mut changed = question.clone();
        changed[i] ^= 1;
        assert_eq!(key.asked(&changed), None);
    }
    assert_eq!(key.asked(&question[1..]), None);
    assert_eq!(key.asked(&[]), None);

    // Nor do they keep it from answering who asks.
    let answerer = Answerer::start(&secret(), 0, &entry(Kind::Server, "s")).unwrap();
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    for length in [0, 1, 1080, 1081, 9000] {
        let to = (Ipv4Addr::LOCALHOST, answerer.port());
        udp.send_to(&vec![b'g'; length], to).unwrap();
    }
    assert_eq!(
        seek(&secret(), &at(answerer.port(), 1), PATIENCE)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn answers_are_few() {
    let answerer = Answerer::start(&secret(), 0, &entry(Kind::Run, "r")).unwrap();
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    udp.set_nonblocking(true).unwrap();
    let question = Key::new(&secret()).question([3; 16]);
    let begin = Instant::now();
    let mut answers = 0;
    for _ in 0..2000 {
        udp.send_to(&question, (Ipv4Addr::LOCALHOST, answerer.port()))
            .unwrap();
        answers += usize::from(udp.recv(&mut [0; 2000]).is_ok());
    }
    // All may be sent before the first is read.
    while answers == 0 && begin.elapsed() < PATIENCE {
        answers += usize::from(udp.recv(&mut [0; 2000]).is_ok());
        std::thread::yield_now();
    }
    let most = 51 + begin.elapsed().as_millis() / 20;
    assert!(
        answers > 0 && answers as u128 <= most,
        "{answers} of {most}"
    );
}

#[test]
fn several_answer_at_one_port() {
    let first = Answerer::start(&secret(), 0, &entry(Kind::Run, "none")).unwrap();
    let port = first.port();
    drop(first);
    let answerers =
        ["a", "b", "c"].map(|id| Answerer::start(&secret(), port, &entry(Kind::Run, id)));
    assert!(answerers.iter().all(Result::is_ok));
    let mut whom = Seek::everywhere(port);
    whom.enough = 3;
    let found = seek(&secret(), &whom, Duration::from_secs(10)).unwrap();
    let mut ids: Vec<_> = found.iter().map(|entry| &entry.id[..]).collect();
    ids.sort();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[test]
fn addresses_are_those_of_the_kernels_table() {
    let table = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     \
        +-- 10.1.2.0/24 2 0 2\n        |-- 10.1.2.0\n           /24 link UNICAST\n        |-- 10.1.2.3\n           \
        /32 host LOCAL\n        |-- 10.1.2.255\n           /32 link BROADCAST\n     |-- 127.0.0.1\n           \
        /32 host LOCAL\n     |-- 127.255.255.255\n           /32 link BROADCAST\nLocal:\n        |-- 10.1.2.3\n           \
        /32 host LOCAL\n";
    let found = parse(table);
    assert_eq!(found.own, [Ipv4Addr::new(10, 1, 2, 3)]);
    assert_eq!(found.broadcast, [Ipv4Addr::new(10, 1, 2, 255)]);
    assert_eq!(parse("|-- x\n/32 host LOCAL\n|--"), Default::default());
}
