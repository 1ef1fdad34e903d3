//! What reads what is said when a job joins or a server is called, to feed it.

use super::call::{Call, Reply};
use super::knock::{Admission, Answer, Knock, Settings};
use crate::exec::jobs::batch::{Batch, Terms};
use crate::fuzzing::Seed;
use crate::wire::rope::Rope;

/// All that a run, a server and a job say before calls begin, and the inputs of jobs. What is read is written as it
/// was, but for numbers that have several texts.
pub fn joining(bytes: &[u8]) {
    if let Ok(knock) = Knock::decode(bytes) {
        assert_eq!(Knock::decode(&knock.encode()), Ok(knock));
    }
    if let Ok(call) = Call::decode(bytes) {
        assert_eq!(Call::decode(&call.encode()), Ok(call));
    }
    if let Ok(reply) = Reply::decode(bytes) {
        assert_eq!(Reply::decode(&reply.encode()), Ok(reply));
    }
    if let Ok(answer) = Answer::decode(bytes) {
        let again = Answer::decode(&answer.encode());
        // A share that is no number differs from itself.
        assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, ()>(answer)));
    }
    if let Ok(batch) = Batch::from_rope(Rope::from(bytes.to_vec())) {
        assert_eq!(Batch::from_rope(batch.clone().into_rope()), Ok(batch));
    }
}

pub fn joining_seeds() -> Vec<Seed> {
    let text = |text: &str| text.to_owned();
    let knock = Knock {
        build: text("grange 1"),
        program: text("sum 1e9"),
        host: text("zwölf"),
        threads: 8,
        ranks: 2,
    };
    let call = Call {
        build: text("grange 1"),
        program: text("sum 1e9"),
        arguments: vec![text("1e9"), text("--grain=7")],
        host: text("n1"),
        at: text("10.0.0.1:7879"),
    };
    let admission = Admission {
        rank: 2,
        session: 7,
        threads: vec![1, 2],
        hosts: vec![text("a"), text("b")],
        settings: Settings {
            schedule: "dynamic,7".parse().ok(),
            audit: Some(0.25),
        },
    };
    let over = Reply::Over {
        well: true,
        how: text("exit code 0"),
    };
    let mut batch = Batch::default();
    batch.push(Terms::default(), b"one", &[4]);
    batch.push(Terms::default(), b"another", &[5]);
    vec![
        ("knock", knock.encode()),
        ("call", call.encode()),
        ("welcome", Answer::Welcome(admission).encode()),
        ("refused", Answer::Refused(text("full")).encode()),
        ("over", over.encode()),
        ("batch", bytes(batch.into_rope())),
    ]
}

fn bytes(mut rope: Rope) -> Vec<u8> {
    rope.take(rope.len()).unwrap_or_default()
}
