use super::*;

#[test]
fn what_was_sent_before_comes_and_then_the_reason() {
    for swap in [false, true] {
        let (mut a, mut b) = pair(patient(), patient());
        if swap {
            std::mem::swap(&mut a, &mut b);
        }
        for i in 0..100u8 {
            a.try_send(vec![i; 60_000]).unwrap();
            // What comes the other way does not take the reason back.
            b.try_send(vec![i; 60_000]).unwrap();
        }
        a.close("done for today: é");
        assert!(matches!(a.try_send(vec![]), Err(Unsent::Ended(..))));
        for i in 0..100u8 {
            assert_eq!(b.recv_timeout(PATIENCE).unwrap(), vec![i; 60_000]);
        }
        assert_eq!(b.recv_timeout(PATIENCE), None);
        let closed = |by| State::Closed {
            by,
            reason: "done for today: é".to_owned(),
        };
        assert_eq!(b.state(), closed(Side::There));
        assert!(a.wait_closed(PATIENCE) && b.wait_closed(PATIENCE));
        assert_eq!(a.state(), closed(Side::Here));
    }
}

/// Whoever looks for a message and then at the link never takes the end for the last that came.
#[test]
fn it_has_ended_only_when_all_is_taken() {
    let (a, b) = pair(patient(), patient());
    assert_eq!(b.ended(), None);
    a.try_send(vec![7; 3]).unwrap();
    a.close("done");
    assert!(b.wait_closed(PATIENCE));
    assert_eq!(b.ended(), None);
    assert_eq!(b.try_recv().unwrap(), [7; 3]);
    assert_eq!(b.ended(), Some(b.state()));
}

#[test]
fn dropping_waits_for_what_is_to_be_flushed() {
    let (a, b) = pair(patient(), patient());
    let taker = std::thread::spawn(move || {
        let bytes = std::iter::from_fn(|| b.recv_timeout(PATIENCE))
            .flatten()
            .count();
        (bytes, b.state())
    });
    a.try_send(vec![3]).unwrap();
    a.try_send(vec![3; 10 << 20]).unwrap();
    a.close("bye");
    drop(a);
    let (bytes, state) = taker.join().unwrap();
    assert_eq!(bytes, (10 << 20) + 1);
    assert!(
        matches!(
            state,
            State::Closed {
                by: Side::There,
                ..
            }
        ),
        "{state:?}"
    );
}

#[test]
fn the_reason_does_not_wait_for_ever_for_who_takes_nothing() {
    let settings = Settings {
        incoming: 4 << 10,
        flush: Duration::from_millis(200),
        ..patient()
    };
    let (a, b) = pair(settings.clone(), settings);
    a.try_send(vec![0]).unwrap();
    a.try_send(vec![0; 1000]).unwrap();
    a.try_send(vec![0; 1 << 20]).unwrap();
    a.try_send(vec![0; 1 << 20]).unwrap();
    a.close(&"x".repeat(2 * LONGEST_REASON));
    wait_for("the reason", || !b.is_open());
    let reason = "x".repeat(LONGEST_REASON);
    let by = Side::There;
    assert_eq!(b.state(), State::Closed { by, reason });
    assert_eq!(b.try_recv().unwrap(), [0]);
}

#[test]
fn without_a_reason_it_is_lost() {
    let (a, b) = pair(patient(), patient());
    drop(a);
    wait_for("the end", || !b.is_open());
    assert_eq!(b.state(), State::Lost(Failure::Gone));
}
