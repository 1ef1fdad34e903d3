//! The user's values, and what tasks make of them and of the rows of a checkpoint.

use super::Seed;
use crate::checkpoint::Rows;
use crate::error::Error;
use crate::exec::task::{Task, Trials};
use crate::reduce::Max;
use crate::source::{Bounds, Items};
use crate::tasks::Cut;
use crate::tasks::each::Each;
use crate::tasks::find::Find;
use crate::tasks::map::{Collector, Map};
use crate::tasks::reduce::{Reduction, Typed};
use crate::wire::rope::Rope;
use crate::wire::value;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::marker::PhantomData;

#[derive(Serialize, Deserialize)]
enum Tree {
    Leaf,
    Many(Vec<Tree>),
    Named {
        #[serde(default)]
        name: Option<String>,
        of: Box<Tree>,
    },
}

/// Values of several types, parts of results, rows.
pub fn run(bytes: &[u8]) {
    read::<Tree>(bytes);
    read::<(u64, u64, Vec<String>)>(bytes);
    read::<Vec<()>>(bytes);
    read::<Vec<[u8; 0]>>(bytes);
    read::<Vec<Option<Box<[i128]>>>>(bytes);
    read::<BTreeMap<u128, (f32, f64, char, bool)>>(bytes);
    let _ = value::from_slice::<serde::de::IgnoredAny>(bytes);
    let range = (0..1000u64).into_range();
    for (items, grain) in [(1000, 7), (u128::MAX, 1 << 70), (0, 1)] {
        let cut = || Cut {
            source: &range,
            items,
            grain,
        };
        let grains = u64::try_from(items.div_ceil(grain)).unwrap_or(u64::MAX);
        let mut collector = Collector::new(grain);
        let f = |(): &mut (), _| Ok::<u64, Error>(0);
        let map = Map {
            cut: cut(),
            init: || (),
            f,
            streaming: false,
        };
        parts(&map, bytes)
            .into_iter()
            .for_each(|part| collector.add(part));
        assert!(collector.grains() <= grains && collector.values() <= bytes.len());
        let find = Find {
            cut: cut(),
            init: || (),
            f: |(): &mut (), _: Items<'_, _>| Ok(None::<u64>),
        };
        assert!(parts(&find, bytes).iter().all(|(grain, _)| *grain < grains));
        let each = Each {
            cut: cut(),
            init: || (),
            f: |(): &mut (), _: Items<'_, _>| Ok(()),
        };
        assert!(parts(&each, bytes).is_empty());
        let reduction = Reduction {
            cut: cut(),
            grains,
            init: || (),
            f: |(): &mut (), _: Items<'_, _>, _: &mut _| Ok(()),
            reducer: &Max,
            deferred: false,
            trials: Trials::default(),
        };
        let typed = Typed(reduction, PhantomData::<fn(u64)>);
        let mut store = typed.store();
        parts(&typed, bytes)
            .into_iter()
            .for_each(|part| typed.put(&mut store, part));
        let _ = typed
            .snapshot(&store)
            .map(|(done, _)| assert!(done.grains() <= grains));
    }
}

fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let mut rope = Rope::from(bytes.to_vec());
    let first = value::read::<T>(&mut rope).ok();
    let second = value::from_slice::<T>(bytes).ok();
    assert!(first.is_some() || second.is_none());
    if let Some(v) = first {
        let written = value::to_rope(&v).expect("what was read can be written");
        let again: T = value::read(&mut written.clone()).expect("what was written can be read");
        assert_eq!(value::to_rope(&again), Ok(written));
    }
}

/// What a task makes of a message's body, and of the same as rows.
fn parts<T: Task>(task: &T, bytes: &[u8]) -> Vec<T::Part> {
    let mut all = Vec::new();
    let mut rope = Rope::from(bytes.to_vec());
    while !rope.is_empty() {
        let before = rope.len();
        let Ok(part) = task.decode(&mut rope) else {
            break;
        };
        assert!(rope.len() < before, "or it goes on for ever");
        all.push(part);
    }
    let mut rows = Rows::default();
    for value in bytes.chunks(9) {
        let (level, index) = (value[0], value.get(1).map_or(u64::MAX, |&b| b.into()));
        rows.push(level % 80, index, value.get(2..).unwrap_or_default());
    }
    all.extend(task.parts_of(&rows).unwrap_or_default());
    all
}

/// Of [`run`].
pub fn seeds() -> Vec<Seed> {
    let tree = Tree::Many(vec![
        Tree::Leaf,
        Tree::Named {
            name: Some("é".into()),
            of: Box::new(Tree::Many(Vec::new())),
        },
    ]);
    let mut of = BTreeMap::new();
    of.insert(1u128 << 70, (0.5f32, f64::NAN, 'z', true));
    let mut nodes = Rope::new();
    // Ropes take everything.
    let _ = value::write(&mut nodes, &Some((2u8, 3u64)));
    let _ = value::write(&mut nodes, &Some(7u64));
    let bytes = |rope: Result<Rope, Error>| {
        let mut rope = rope.unwrap_or_default();
        rope.take(rope.len()).unwrap_or_default()
    };
    vec![
        ("tree", bytes(value::to_rope(&tree))),
        ("map", bytes(value::to_rope(&of))),
        (
            "part",
            bytes(value::to_rope(&(2u64, 4u64, vec![1u64, 2, 3]))),
        ),
        ("texts", bytes(value::to_rope(&(2u64, 4u64, vec!["a", ""])))),
        ("units", bytes(value::to_rope(&vec![(); 20]))),
        (
            "integers",
            bytes(value::to_rope(&vec![None, Some(vec![i128::MIN, -1])])),
        ),
        ("hit", bytes(value::to_rope(&(3u64, 9u64)))),
        ("nodes", bytes(Ok(nodes))),
        ("rows", [&[0, 7, 1][..], &[2, 0, 0x18, 200]].concat()),
        ("deep", vec![0x81; 400]),
        ("huge", [&[0x9b][..], &[0xff; 8]].concat()),
        ("endless", [&[0x9f][..], &[0x80; 60]].concat()),
    ]
}
