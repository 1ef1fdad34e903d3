//! What is written is read again.

use super::*;
use proptest::prelude::*;

#[test]
fn all_comes_back() {
    let folder = Folder::new("trip");
    let path = folder.file();
    let checkpoint = open_short(&path).unwrap();
    let (nodes, fresh) = checkpoint.begin(&identity("a\0b", RowKind::Nodes)).unwrap();
    assert!(fresh.done.is_empty() && fresh.rows.is_empty() && !fresh.complete);
    let (items, _) = checkpoint
        .begin(&identity("items", RowKind::Items))
        .unwrap();
    let done: SpanSet = [Span::new(0, 3), Span::new(7, u64::MAX)]
        .into_iter()
        .collect();
    let values = rows(&[(1u8, -0.0f64, true), (2, f64::NAN, false)]);
    checkpoint.replace(nodes, span(0, 1), rows(&["old"]), false);
    checkpoint.replace(nodes, done.clone(), values.clone(), true);
    let failure = |grain, item| Failure {
        grain,
        item,
        rank: 7,
        host: "höst".into(),
        text: "line\nline".into(),
    };
    checkpoint.set_aside(nodes, vec![failure(3, None), failure(4, Some(u128::MAX))]);
    checkpoint.set_aside(nodes, vec![failure(3, None)]);
    checkpoint.append(items, &span(0, 1), rows(&["x"]), false);
    checkpoint.append(items, &span(1, 2), rows(&["yy", "z"]), false);
    assert_eq!(checkpoint.written(), None);
    checkpoint.finish("done").unwrap();
    assert!(checkpoint.written().is_some());
    checkpoint.finish("again").unwrap();
    assert_eq!(folder.names(), ["run.h5", "run.h5.previous"]);

    let checkpoint = open_short(&path).unwrap();
    let (nodes, known) = checkpoint.begin(&identity("a\0b", RowKind::Nodes)).unwrap();
    assert_eq!(
        (known.done, known.rows, known.complete),
        (done, values, true)
    );
    assert_eq!(
        known.failures,
        [failure(4, Some(u128::MAX)), failure(3, None)]
    );
    let (_, known) = checkpoint
        .begin(&identity("items", RowKind::Items))
        .unwrap();
    let mut both = rows(&["x"]);
    both.append(rows(&["yy", "z"]));
    assert_eq!((known.done, known.rows), (span(0, 2), both));
    // What failed before is forgotten once it is done, and only that.
    checkpoint.set_aside(nodes, vec![failure(5, None)]);
    checkpoint.append(nodes, &span(3, 6), Rows::default(), true);
    checkpoint.finish("failed").unwrap();
    let image = store::read_main(&path).unwrap();
    assert_eq!(*image.calls[0].failures, [failure(5, None)]);
    let ended: Vec<_> = image.sessions.iter().map(|s| s.ended.as_str()).collect();
    assert_eq!(ended, ["done", "failed"]);
    let last = &image.sessions[1];
    assert_eq!(
        (last.ranks, last.threads, last.hosts.as_str()),
        (2, 3, "one zwölf")
    );
    assert!(
        image
            .sessions
            .iter()
            .all(|s| image.created <= s.start && s.start <= s.end)
    );
    assert_eq!((image.generation, image.token), (4, 2));
}

#[test]
fn another_call_of_the_same_name_is_an_error() {
    let folder = Folder::new("identity");
    finished(&folder.file(), 5);
    let checkpoint = open_short(&folder.file()).unwrap();
    let same = identity("sum", RowKind::Nodes);
    let begin = |identity: Identity| text(checkpoint.begin(&identity));
    for (other, words) in [
        (
            Identity {
                items: 3,
                ..same.clone()
            },
            "items: 340282366920938463463374607431768211455 there, 3 here",
        ),
        (
            Identity {
                grain: 3,
                ..same.clone()
            },
            "items a grain",
        ),
        (
            Identity {
                grains: 3,
                ..same.clone()
            },
            "grains: ",
        ),
        (
            Identity {
                types: "f64".into(),
                ..same.clone()
            },
            "\"f64\" here",
        ),
        (
            Identity {
                inputs: 3,
                ..same.clone()
            },
            "other inputs",
        ),
        (
            Identity {
                version: "2".into(),
                ..same.clone()
            },
            "version: \"\" there, \"2\" here",
        ),
        (
            Identity {
                rows: RowKind::Hits,
                ..same.clone()
            },
            "rows: nodes there, hits here",
        ),
    ] {
        let said = begin(other);
        assert!(
            said.contains(words) && said.contains("run.h5 has another call as sum"),
            "{said}"
        );
    }
    assert_eq!(
        begin(Identity {
            place: "elsewhere".into(),
            ..same.clone()
        }),
        "no error"
    );
    assert_eq!(
        begin(Identity {
            occurrence: 1,
            items: 3,
            ..same
        }),
        "no error"
    );
}

#[test]
fn it_is_due_when_time_has_passed_and_nothing_is_under_way() {
    let folder = Folder::new("due");
    let seldom = About {
        every: Duration::from_secs(3600),
        ..about()
    };
    let checkpoint = open::open(&folder.file(), seldom, SHORT).unwrap();
    assert!(!checkpoint.is_due());
    checkpoint.finish("done").unwrap();
    let checkpoint = open_short(&folder.file()).unwrap();
    assert!(checkpoint.is_due());
    checkpoint.write();
    let end = Instant::now() + Duration::from_secs(20);
    while !checkpoint.is_due() {
        assert!(Instant::now() < end);
        std::thread::yield_now();
    }
    assert!(checkpoint.written().is_some());
    checkpoint.finish("done").unwrap();
    assert!(!checkpoint.is_due());
}

#[test]
fn dropped_without_an_end_it_gives_the_lock_back() {
    let folder = Folder::new("drop");
    drop(open_short(&folder.file()).unwrap());
    assert_eq!(folder.names(), ["run.h5"]);
    let image = store::read_main(&folder.file()).unwrap();
    assert_eq!(image.sessions[0].ended, "running");
}

#[test]
fn other_programs_open_it() {
    let folder = Folder::new("dump");
    let path = folder.file();
    let checkpoint = open_short(&path).unwrap();
    let (call, _) = checkpoint.begin(&identity("sum", RowKind::Nodes)).unwrap();
    checkpoint.replace(call, span(0, 9), rows(&[(7u64, 0.25)]), false);
    checkpoint.finish("done").unwrap();
    let Ok(output) = unlocked("h5dump").arg(&path).output() else {
        println!("skipped: no h5dump");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for word in ["value.1", "0.25", "running", "USERBLOCK"] {
        let expected = !matches!(word, "running" | "USERBLOCK");
        assert_eq!(said.contains(word), expected, "{word}: {said}");
    }
}

fn returns(values: &Rows) {
    let folder = Folder::new(&format!("kinds-{:?}", std::thread::current().id()));
    let path = folder.0.join("piece.h5");
    store::write_piece(&path, &identity("i", RowKind::Items), &span(2, 9), values).unwrap();
    header::seal(&path, 1, 1).unwrap();
    header::check(&path).unwrap();
    let (done, back) = store::read_piece(&path).unwrap();
    assert_eq!((done, &back), (span(2, 9), values));
}

#[test]
fn values_of_every_kind_come_back() {
    returns(&Rows::default());
    returns(&rows(&[(); 3]));
    returns(&rows(&[u64::MAX, 0]));
    returns(&rows(&[i64::MIN, i64::MAX, -1]));
    returns(&rows(&[u128::MAX, 0]));
    returns(&rows(&[i128::MAX, i128::MIN]));
    returns(&rows(&[f32::NAN, -0.0, f32::NEG_INFINITY]));
    returns(&rows(&[
        f64::from_bits(0xfff0_0000_dead_beef),
        -0.0,
        f64::INFINITY,
    ]));
    returns(&rows(&[(true, Some(1u8)), (false, Some(2))]));
    returns(&rows(&[Some(1), None]));
    returns(&rows(&["text", "", "ü\0"]));
    returns(&rows(&[vec![1.5], vec![]]));
    returns(&rows(&[Ok::<u8, String>(1), Err("e".into())]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn values_come_back(values in prop::collection::vec(
        (any::<u64>(), any::<i64>(), any::<u128>(), any::<i128>(), any::<u64>(), any::<(bool, u32)>()), 1..20
    ), texts in prop::collection::vec(prop::collection::vec(any::<Option<String>>(), 0..3), 0..9)) {
        let values: Vec<_> = values.into_iter().map(|(a, b, c, d, e, (f, g))| {
            let shift = a % 128;
            (a, b, [c >> shift, 0], d >> shift, f64::from_bits(e), (f, f32::from_bits(g)))
        }).collect();
        returns(&rows(&values));
        returns(&rows(&texts));
    }
}
