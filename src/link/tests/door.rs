use super::*;
use std::io::Read;
use std::sync::{Arc, Mutex};

#[test]
fn lets_in_no_more_at_once_than_it_may() {
    let limits = Limits {
        pending: 8,
        pending_each: 3,
        waiting: 2,
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let on_refusal: OnRefusal = Box::new(move |refusal| tell.lock().unwrap().push(refusal));
    let listener = Listener::bind(here(), secret(), patient(), limits, Some(on_refusal)).unwrap();
    let idle: Vec<_> = (0..3).map(|_| stranger(&listener)).collect();
    wait_for("three at the door", || listener.pending() == 3);
    let mut fourth = stranger(&listener);
    assert_eq!(fourth.read(&mut [0]).unwrap(), 0);
    wait_for("the count", || listener.counts().crowd == 1);
    let refusal = told.lock().unwrap()[0].clone();
    assert_eq!(refusal.why, Failure::Crowd);
    assert_eq!(refusal.from, Some(fourth.local_addr().unwrap()));

    // Who asks again gets in once there is room.
    let to = [listener.address()];
    let links: Vec<Link> = std::thread::scope(|scope| {
        let asks = || connect(&to, &secret(), PATIENCE, &patient()).unwrap();
        let asking = scope.spawn(asks);
        wait_for("one more refusal", || listener.counts().crowd > 1);
        drop(idle);
        let mut links = vec![asking.join().unwrap()];
        links.extend((0..2).map(|_| asks()));
        links
    });
    // And is told if nobody takes it.
    let refused = |link: &&Link| link.recv_timeout(Duration::ZERO).is_none() && !link.is_open();
    wait_for("a link too many", || {
        links.iter().filter(refused).count() == 1
    });
    let link = links.iter().find(refused).unwrap();
    let by = Side::There;
    let reason = "too many wait to be let in".to_owned();
    assert_eq!(link.state(), State::Closed { by, reason });
}

#[test]
fn tells_of_a_flood_of_refusals_a_few_times() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let on_refusal: OnRefusal = Box::new(move |refusal| tell.lock().unwrap().push(refusal));
    let begin = Instant::now();
    let listener = Listener::bind(
        here(),
        secret(),
        patient(),
        Limits::default(),
        Some(on_refusal),
    )
    .unwrap();
    for i in 1..=50 {
        drop(stranger(&listener));
        wait_for("the count", || listener.counts().broken == i);
    }
    let most = 10 + begin.elapsed().as_secs() as usize + 1;
    let told = told.lock().unwrap();
    assert!((10..=most).contains(&told.len()), "{}", told.len());
}

#[test]
fn its_end_waits_for_nobody() {
    let listener = listener(patient());
    let mut idle = stranger(&listener);
    wait_for("one at the door", || listener.pending() == 1);
    let begin = Instant::now();
    drop(listener);
    assert!(begin.elapsed() < PATIENCE / 2);
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
}

#[test]
fn an_address_that_is_not_ours_is_an_error_of_usage() {
    let not_ours = "192.0.2.1:0".parse().unwrap();
    let bound = Listener::bind(not_ours, secret(), quick(), Limits::default(), None);
    let error = bound.unwrap_err();
    assert_eq!(error.code(), 2);
    assert!(error.to_string().contains("192.0.2.1"), "{error}");
}
