use super::*;
use proptest::prelude::*;
use std::sync::Arc;

#[test]
fn come_whole_in_order_and_both_ways() {
    let (a, b) = pair(patient(), patient());
    let sizes = [
        0,
        1,
        65_000,
        65_510,
        65_511,
        65_519,
        65_520,
        131_000,
        3 << 20,
    ];
    let message = |size: usize| -> Vec<u8> { (0..size).map(|i| (i * 7 + size) as u8).collect() };
    a.try_send(b"first".to_vec()).unwrap();
    b.try_send(b"first too".to_vec()).unwrap();
    std::thread::scope(|scope| {
        for link in [&a, &b] {
            scope.spawn(move || {
                for size in sizes {
                    link.send_timeout(message(size), PATIENCE).unwrap();
                }
            });
        }
        assert_eq!(a.recv_timeout(PATIENCE).unwrap(), b"first too");
        assert_eq!(b.recv_timeout(PATIENCE).unwrap(), b"first");
        for size in sizes {
            assert!(a.recv_timeout(PATIENCE).unwrap() == message(size));
            assert!(b.recv_timeout(PATIENCE).unwrap() == message(size));
        }
    });
    assert_eq!(a.try_recv(), None);
    assert!(a.is_open() && b.is_open());
}

#[test]
fn larger_than_the_window_and_what_may_wait_pass() {
    let small = Settings {
        incoming: 0,
        outgoing: 1,
        ..patient()
    };
    let (a, b) = pair(small.clone(), small);
    a.try_send(vec![0]).unwrap();
    let large: Arc<[u8]> = (0..1 << 20).map(|i: u32| (i >> 4) as u8).collect();
    for _ in 0..2 {
        a.send_timeout(large.clone(), PATIENCE).unwrap();
    }
    b.recv_timeout(PATIENCE).unwrap();
    for _ in 0..2 {
        assert!(b.recv_timeout(PATIENCE).unwrap() == *large);
    }
}

#[test]
fn wait_while_the_other_side_takes_none_and_it_is_not_silent() {
    let small = Settings {
        incoming: 64 << 10,
        outgoing: 256 << 10,
        ..quick()
    };
    let (a, b) = pair(small.clone(), small);
    let mut sent = 0u32;
    // Until nothing has been taken for longer than after which silence would be noticed.
    let mut last = Instant::now();
    while last.elapsed() < 2 * quick().silence {
        match a.try_send(sent.to_be_bytes().repeat(1000)) {
            Ok(()) => {
                sent += 1;
                last = Instant::now();
            }
            Err(Unsent::Full(_)) => std::thread::sleep(Duration::from_millis(1)),
            Err(other) => panic!("{other:?}"),
        }
    }
    // What is kept anywhere is what was allowed, with a message more on either side.
    assert!(u64::from(sent) * 4000 <= (320 << 10) + 2 * 4000);
    assert!(a.pending() <= 256 << 10);
    for i in 0..sent {
        assert_eq!(b.recv_timeout(PATIENCE).unwrap()[..4], i.to_be_bytes());
    }
    a.send_timeout(b"more".to_vec(), PATIENCE).unwrap();
    assert_eq!(b.recv_timeout(PATIENCE).unwrap(), b"more");
}

#[test]
fn empty_ones_take_room_too() {
    let small = Settings {
        incoming: 4 << 10,
        outgoing: 4 << 10,
        ..patient()
    };
    let (a, b) = pair(small.clone(), small);
    let mut sent = 0;
    let mut last = Instant::now();
    while last.elapsed() < Duration::from_millis(300) {
        if a.try_send(Vec::new()).is_ok() {
            sent += 1;
            last = Instant::now();
        }
    }
    assert!(sent <= 2 * (4 << 10) / 64, "{sent}");
    for _ in 0..sent {
        b.recv_timeout(PATIENCE).unwrap();
    }
}

#[test]
fn above_the_limit_end_the_link_before_they_come() {
    let strict = Settings {
        first: 10,
        largest: 1000,
        ..patient()
    };
    for (first, second, most) in [(11, 0, 10), (10, 1001, 1000)] {
        let (a, b) = pair(patient(), strict.clone());
        a.try_send(vec![1; first]).unwrap();
        a.try_send(vec![1; second]).unwrap();
        wait_for("the end", || !b.is_open());
        let size = first.max(second) as u64;
        let failure = Failure::TooLarge { size, most };
        assert_eq!(b.state(), State::Lost(failure));
        wait_for("the end on the other side", || !a.is_open());
        assert!(matches!(a.try_send(vec![]), Err(Unsent::Ended(..))));
    }
}

#[test]
fn wake_who_waits_elsewhere() {
    let (tell, told) = std::sync::mpsc::channel();
    let settings = Settings {
        wake: Some(Arc::new(move || {
            // Nobody listens any longer at the end.
            let _ = tell.send(());
        })),
        ..patient()
    };
    let (a, b) = pair(patient(), settings);
    // That somebody was let in.
    told.recv_timeout(PATIENCE).unwrap();
    a.try_send(vec![1]).unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(b.try_recv().unwrap(), [1]);
    drop(a);
    told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(b.state(), State::Lost(Failure::Gone));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn of_any_sizes_come_as_they_were(sizes in prop::collection::vec(0usize..200_000, 1..12), window in 0u64..300_000) {
        let asks = patient();
        let answers = Settings { incoming: window, first: 1 << 20, ..patient() };
        let (a, b) = pair(asks, answers);
        let message = |i: usize, size: usize| vec![i as u8; size];
        for (i, &size) in sizes.iter().enumerate() {
            a.send_timeout(message(i, size), PATIENCE).unwrap();
        }
        for (i, &size) in sizes.iter().enumerate() {
            prop_assert!(b.recv_timeout(PATIENCE).unwrap() == message(i, size));
        }
    }
}
