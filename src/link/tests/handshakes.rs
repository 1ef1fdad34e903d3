use super::*;
use std::io::{Read, Write};
use std::net::TcpListener;

#[test]
fn another_secret_is_told_on_both_sides() {
    let listener = listener(patient());
    let other = Secret::of([8; 32]);
    let to = [listener.address()];
    let failure = connect(&to, &other, PATIENCE, &patient()).unwrap_err();
    assert_eq!(failure, Failure::Secret);
    wait_for("the count", || listener.counts().secret == 1);
    assert!(listener.try_accept().is_none());
    assert_eq!(listener.counts().refused(), 1);
}

#[test]
fn another_version_is_told_on_both_sides() {
    let listener = listener(patient());
    let mut old = stranger(&listener);
    old.write_all(b"grange\x01\x02").unwrap();
    let mut answer = Vec::new();
    old.read_to_end(&mut answer).unwrap();
    assert_eq!(
        answer,
        [b"grange".as_slice(), &VERSION.to_be_bytes()].concat()
    );
    wait_for("the count", || listener.counts().version == 1);

    let failure = against(|mut stream| {
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"grange\x00\x03").unwrap();
    });
    let (theirs, ours) = (3, VERSION);
    assert_eq!(failure, Failure::Version { theirs, ours });
    let text = "it speaks version 3 of the protocol, this is version 1";
    assert_eq!(failure.to_string(), text);
}

/// What connecting says of who behaves like this.
fn against(behaviour: impl FnOnce(TcpStream) + Send) -> Failure {
    let listener = TcpListener::bind(here()).unwrap();
    let to = [listener.local_addr().unwrap()];
    std::thread::scope(|scope| {
        scope.spawn(|| behaviour(listener.accept().unwrap().0));
        connect(&to, &secret(), PATIENCE, &quick()).unwrap_err()
    })
}

#[test]
fn whoever_is_no_host_is_named() {
    let rubbish = against(|mut stream| {
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n").unwrap();
    });
    assert_eq!(rubbish, Failure::Rubbish);
    let half = against(|mut stream| {
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"gran").unwrap();
    });
    assert_eq!(half, Failure::Half);
    let silent = against(|mut stream| {
        // Until it is given up.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_eq!(silent, Failure::Slow(quick().handshake));
    let liar = against(|mut stream| {
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"grange").unwrap();
        stream.write_all(&VERSION.to_be_bytes()).unwrap();
        stream.read_exact(&mut [0; 50]).unwrap();
        stream.write_all(&[0, 48]).unwrap();
        stream.write_all(&[9; 48]).unwrap();
    });
    assert_eq!(liar, Failure::Secret);
}

#[test]
fn nobody_at_all_is_named_with_the_address() {
    let closed = TcpListener::bind(here()).unwrap().local_addr().unwrap();
    let soon = Duration::from_millis(100);
    let failure = connect(&[closed], &secret(), soon, &quick()).unwrap_err();
    assert!(
        failure.to_string().contains(&closed.to_string()),
        "{failure}"
    );
    assert!(connect(&[], &secret(), soon, &quick()).is_err());
}

#[test]
fn of_several_addresses_one_is_enough() {
    let closed = TcpListener::bind(here()).unwrap().local_addr().unwrap();
    let listener = listener(patient());
    let to = [closed, listener.address()];
    let link = connect(&to, &secret(), PATIENCE, &patient()).unwrap();
    assert_eq!(link.peer(), listener.address());
}
