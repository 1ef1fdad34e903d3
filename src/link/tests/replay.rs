//! What stands between two sides and repeats, changes or leaves out what goes through.

use super::*;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};

/// Whole records of one direction, as they came.
fn record(mut from: &TcpStream, mut to: &TcpStream, greeting: usize) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut pass = |bytes: Vec<u8>| {
        let _ = to.write_all(&bytes);
        all.push(bytes);
    };
    let mut first = vec![0; greeting];
    if from.read_exact(&mut first).is_ok() {
        pass(first);
    }
    let mut length = [0; 2];
    while from.read_exact(&mut length).is_ok() {
        let mut bytes = length.to_vec();
        bytes.resize(2 + usize::from(u16::from_be_bytes(length)), 0);
        if from.read_exact(&mut bytes[2..]).is_err() {
            break;
        }
        pass(bytes);
    }
    let _ = to.shutdown(Shutdown::Write);
    all
}

#[test]
fn a_recorded_session_is_refused() {
    let host = listener(patient());
    let proxy = TcpListener::bind(here()).unwrap();
    let to = [proxy.local_addr().unwrap()];
    let (there, back) = std::thread::scope(|scope| {
        let tap = scope.spawn(|| {
            let asking = proxy.accept().unwrap().0;
            let answering = TcpStream::connect(host.address()).unwrap();
            std::thread::scope(|scope| {
                let back = scope.spawn(|| record(&answering, &asking, 8));
                (record(&asking, &answering, 8), back.join().unwrap())
            })
        });
        let link = connect(&to, &secret(), PATIENCE, &patient()).unwrap();
        link.try_send(b"pay 100".to_vec()).unwrap();
        let link_there = host.accept_timeout(PATIENCE).unwrap();
        assert_eq!(link_there.recv_timeout(PATIENCE).unwrap(), b"pay 100");
        link.close("enough");
        drop(link);
        tap.join().unwrap()
    });
    assert!(there.len() > 3 && back.len() > 2);
    assert_eq!(host.counts().welcome, 1);

    // To the host: its own key is another now, so that what follows the two messages is nothing to it.
    let mut again = stranger(&host);
    again.write_all(&there.concat()).unwrap();
    let _ = again.read_to_end(&mut Vec::new());
    wait_for("the refusal", || host.counts().refused() == 1);
    assert_eq!(host.counts().rubbish, 1);
    assert!(host.try_accept().is_none());

    // To who connects.
    let fake = TcpListener::bind(here()).unwrap();
    let to = [fake.local_addr().unwrap()];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = fake.accept().unwrap().0;
            stream.write_all(&back.concat()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let refused = connect(&to, &secret(), PATIENCE, &patient());
        assert_eq!(refused.unwrap_err(), Failure::Secret);
    });
}

/// Passes what comes on, after a change of the records after the first `calm` ones.
fn through(change: impl Fn(&mut Vec<Vec<u8>>) + Sync) -> State {
    let host = listener(patient());
    let proxy = TcpListener::bind(here()).unwrap();
    let to = [proxy.local_addr().unwrap()];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let asking = proxy.accept().unwrap().0;
            let answering = TcpStream::connect(host.address()).unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| record(&answering, &asking, 8));
                // The greeting, the Noise message, the proof, and room; then four messages, with signs of life.
                let mut records = Vec::new();
                let mut input = &asking;
                let mut output = &answering;
                let mut greeting = [0; 8];
                input.read_exact(&mut greeting).unwrap();
                output.write_all(&greeting).unwrap();
                for i in 0..9 {
                    let mut length = [0; 2];
                    input.read_exact(&mut length).unwrap();
                    let mut bytes = length.to_vec();
                    bytes.resize(2 + usize::from(u16::from_be_bytes(length)), 0);
                    input.read_exact(&mut bytes[2..]).unwrap();
                    match i {
                        0..3 => output.write_all(&bytes).unwrap(),
                        _ => records.push(bytes),
                    }
                }
                change(&mut records);
                let _ = output.write_all(&records.concat());
                // Until the host has had enough.
                let _ = input.read(&mut [0; 1 << 16]);
                let _ = asking.shutdown(Shutdown::Both);
                let _ = answering.shutdown(Shutdown::Write);
            });
        });
        let link = connect(&to, &secret(), PATIENCE, &patient()).unwrap();
        let there = host.accept_timeout(PATIENCE).unwrap();
        for i in 0..4 {
            let _ = link.try_send(vec![i; 5]);
        }
        wait_for("the end", || !there.is_open());
        there.state()
    })
}

#[test]
fn changes_on_the_way_are_found() {
    let changes: [fn(&mut Vec<Vec<u8>>); 4] = [
        |records| records.swap(1, 2),
        |records| drop(records.remove(1)),
        |records| records.insert(2, records[1].clone()),
        |records| {
            if let Some(last) = records[1].last_mut() {
                *last ^= 1;
            }
        },
    ];
    for change in changes {
        assert_eq!(through(change), State::Lost(Failure::Damaged));
    }
    // Unchanged it is the end that is found.
    assert_eq!(through(|_| ()), State::Lost(Failure::Gone));
}
