//! The messages of a session. Workers talk to rank 0 and rank 0 to workers, never worker to worker
//! but for the accumulators of a deferred call.

use super::frame::{Damaged, Get, Put};
use crate::comm::process::Process;
use crate::engine::LeaseId;
use crate::engine::audit::{Again, Record};
use crate::engine::span::Span;

/// Numbers the calls of the pool, the same on every rank.
pub type Seq = u64;

/// What a rank tells of itself at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Hello {
    /// Name of its host.
    pub host: String,
    /// The lowest rank on the same node.
    pub node: u32,
    /// Cores that it may run on.
    pub cores: Vec<u32>,
    /// Cores that the node would give if nothing were bound; 0 if unknown.
    pub node_cores: u32,
    /// Cores' worth of time that the node's control group allows; 0 if not limited.
    pub quota: u32,
    /// Threads that its user asked for; 0 for automatic.
    pub wanted: u32,
    /// Version of the program and the library, to be the same everywhere.
    pub build: String,
    /// Its process, for ranks of the same machine.
    pub process: Process,
}

/// What rank 0 answers when all have said hello.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    /// Carried by every message from now on.
    pub session: u64,
    /// Threads of every rank.
    pub threads: Vec<u32>,
    /// Host of every rank.
    pub hosts: Vec<String>,
}

/// What is to be the same on every rank about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of kind, count, grain and settings.
    pub fingerprint: u64,
    /// What and where in the source, for people.
    pub text: String,
}

/// One message. Values follow in the body.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// To rank 0: here I am.
    Hello(Hello),
    /// From rank 0: all are here.
    Welcome(Welcome),
    /// To rank 0: my user's code reached this call.
    Arrive(Seq, Place),
    /// To rank 0: I want more.
    Ask {
        /// For which call.
        seq: Seq,
        /// Grains a second, 0 if not measured.
        rate: f64,
        /// Grains that are ahead; 0 when a thread has nothing to do.
        backlog: u64,
        /// The last lease that arrived: one that is on its way makes this request pointless.
        lease: LeaseId,
    },
    /// To rank 0: done; values in the body.
    Return {
        /// Of which call.
        seq: Seq,
        /// By lease.
        done: Vec<(LeaseId, Vec<Span>)>,
        /// A find hit in this grain.
        hit: Option<u64>,
    },
    /// To rank 0: an answer to a recall.
    GiveBack {
        /// Of which call.
        seq: Seq,
        /// Which lease.
        lease: LeaseId,
        /// Not begun.
        back: Vec<Span>,
    },
    /// To rank 0: these jobs failed and are to be tried again.
    Failed {
        /// Of which call.
        seq: Seq,
        /// By lease.
        jobs: Vec<(LeaseId, Vec<Span>)>,
    },
    /// To rank 0: the user's code failed, on these items, with this text.
    Fail(Seq, String),
    /// To rank 0: the call is over but these items still run here.
    Stuck(Seq, String),
    /// To rank 0: the call is long over, but these jobs, which are past their deadlines, still run here.
    Endless(Seq, String),
    /// To rank 0: main has returned after so many calls, with this exit code and error text.
    Bye {
        /// Calls made.
        calls: Seq,
        /// Exit code.
        code: u8,
        /// Error text, empty if none.
        text: String,
    },
    /// To rank 0: the process is leaving by `exit` from within the user's code, after so many calls.
    Left(Seq),
    /// To rank 0: a grain failed and is set aside: its number, the item at work, the text.
    Aside(Seq, u64, Option<u128>, String),
    /// To rank 0: what came out of audited grains, which are done soon.
    Computed(Seq, Vec<Record>),
    /// To rank 0: what came out of grains that were computed again.
    Checked(Seq, Vec<Record>),
    /// From rank 0: compute these again.
    Again(Seq, Vec<Again>),
    /// To rank 0: the process was sent this signal.
    Signal(u32),
    /// To rank 0: halted, after so many messages with results.
    Halted(Seq, u64),
    /// From rank 0: begin nothing more, and tell when what has begun is done.
    Halt(Seq),
    /// From rank 0: compute this.
    Lease(Seq, LeaseId, Span),
    /// From rank 0: give back what you have not begun of this.
    Recall(Seq, LeaseId),
    /// From rank 0: nobody wants that job any more.
    Drop {
        /// Of which call.
        seq: Seq,
        /// Under which lease it went there.
        lease: LeaseId,
        /// Which job.
        job: u64,
    },
    /// From rank 0: so many jobs may run at the same time.
    Workers(Seq, u32),
    /// From rank 0: a value that jobs share, by its number; in the body.
    Frozen(Seq, u64),
    /// From rank 0: grains from here on need no doing.
    Cut(Seq, u64),
    /// From rank 0: send what you hold to that rank, after merging what that many ranks send you.
    Gather {
        /// Of which call.
        seq: Seq,
        /// How many ranks send to this one.
        sources: u32,
        /// Where the merged values go.
        to: u32,
    },
    /// Rank to rank: held values in the body.
    Held(Seq),
    /// From rank 0: the call is over; the result is in the body. All its grains were done so many nanoseconds ago.
    End(Seq, u64),
    /// From rank 0: the run is over because of an error; leave with this code.
    Stop(u8),
    /// From rank 0: all have finished; finalize and leave with this code.
    Exit(u8),
    /// To rank 0: the last message, after everything else has left.
    Farewell,
    /// From rank 0 of a job that joins a run: what the run says to that; in the body.
    Admitted,
    /// To rank 0, of a rank that has joined: it leaves, after all it had begun.
    Leave,
    /// To rank 0: somebody wants to know what ranks are at.
    Look,
    /// From rank 0: say what you are at.
    Tell,
    /// To rank 0: what this rank is at, for people.
    Told(String),
    /// From rank 0: what does your clock say? This is what that of rank 0 says.
    Clock(u64),
    /// To rank 0: what its clock said when it asked, and what this rank's says.
    Time {
        /// Rank 0's, when it asked.
        asked: u64,
        /// This rank's.
        here: u64,
    },
    /// Either way: are you there?
    Ping,
    /// The answer.
    Pong,
}

impl Msg {
    /// The header's bytes.
    pub fn encode(&self, p: &mut Put) {
        match self {
            Msg::Hello(h) => {
                p.u8(1)
                    .text(&h.host)
                    .u32(h.node)
                    .u32(h.node_cores)
                    .u32(h.quota)
                    .u32(h.wanted)
                    .text(&h.build);
                p.u32(h.process.id).u64(h.process.started);
                p.u32(h.cores.len() as u32);
                for &core in &h.cores {
                    p.u32(core);
                }
            }
            Msg::Welcome(w) => {
                p.u8(2).u64(w.session).u32(w.threads.len() as u32);
                for (&threads, host) in w.threads.iter().zip(&w.hosts) {
                    p.u32(threads).text(host);
                }
            }
            Msg::Arrive(seq, place) => {
                p.u8(3).u64(*seq).u64(place.fingerprint).text(&place.text);
            }
            Msg::Ask {
                seq,
                rate,
                backlog,
                lease,
            } => {
                p.u8(4).u64(*seq).f64(*rate).u64(*backlog).u64(*lease);
            }
            Msg::Return { seq, done, hit } => {
                p.u8(5)
                    .u64(*seq)
                    .u8(u8::from(hit.is_some()))
                    .u64(hit.unwrap_or(0))
                    .by_lease(done);
            }
            Msg::GiveBack { seq, lease, back } => {
                p.u8(6).u64(*seq).u64(*lease).spans(back);
            }
            Msg::Fail(seq, text) => {
                p.u8(8).u64(*seq).text(text);
            }
            Msg::Stuck(seq, text) => {
                p.u8(9).u64(*seq).text(text);
            }
            Msg::Bye { calls, code, text } => {
                p.u8(10).u64(*calls).u8(*code).text(text);
            }
            Msg::Left(calls) => {
                p.u8(11).u64(*calls);
            }
            Msg::Lease(seq, lease, span) => {
                p.u8(12).u64(*seq).u64(*lease).spans(&[*span]);
            }
            Msg::Recall(seq, lease) => {
                p.u8(13).u64(*seq).u64(*lease);
            }
            Msg::Cut(seq, grain) => {
                p.u8(14).u64(*seq).u64(*grain);
            }
            Msg::Gather { seq, sources, to } => {
                p.u8(15).u64(*seq).u32(*sources).u32(*to);
            }
            Msg::Held(seq) => {
                p.u8(16).u64(*seq);
            }
            Msg::End(seq, since) => {
                p.u8(17).u64(*seq).u64(*since);
            }
            Msg::Stop(code) => {
                p.u8(18).u8(*code);
            }
            Msg::Exit(code) => {
                p.u8(19).u8(*code);
            }
            Msg::Ping => {
                p.u8(20);
            }
            Msg::Pong => {
                p.u8(21);
            }
            Msg::Failed { seq, jobs } => {
                p.u8(23).u64(*seq).by_lease(jobs);
            }
            Msg::Drop { seq, lease, job } => {
                p.u8(24).u64(*seq).u64(*lease).u64(*job);
            }
            Msg::Endless(seq, text) => {
                p.u8(27).u64(*seq).text(text);
            }
            Msg::Workers(seq, workers) => {
                p.u8(25).u64(*seq).u32(*workers);
            }
            Msg::Frozen(seq, id) => {
                p.u8(26).u64(*seq).u64(*id);
            }
            Msg::Farewell => {
                p.u8(22);
            }
            Msg::Aside(seq, grain, item, text) => {
                let n = item.unwrap_or(0);
                p.u8(31).u64(*seq).u64(*grain).u8(u8::from(item.is_some()));
                p.u64((n >> 64) as u64).u64(n as u64).text(text);
            }
            Msg::Computed(seq, records) => {
                p.u8(32).u64(*seq).records(records);
            }
            Msg::Checked(seq, records) => {
                p.u8(33).u64(*seq).records(records);
            }
            Msg::Again(seq, grains) => {
                p.u8(34).u64(*seq).again(grains);
            }
            Msg::Leave => {
                p.u8(40);
            }
            Msg::Admitted => {
                p.u8(41);
            }
            Msg::Look => {
                p.u8(35);
            }
            Msg::Tell => {
                p.u8(36);
            }
            Msg::Told(text) => {
                p.u8(37).text(text);
            }
            Msg::Clock(asked) => {
                p.u8(38).u64(*asked);
            }
            Msg::Time { asked, here } => {
                p.u8(39).u64(*asked).u64(*here);
            }
            Msg::Signal(number) => {
                p.u8(28).u32(*number);
            }
            Msg::Halt(seq) => {
                p.u8(29).u64(*seq);
            }
            Msg::Halted(seq, returns) => {
                p.u8(30).u64(*seq).u64(*returns);
            }
        }
    }

    /// Reads a header.
    ///
    /// # Errors
    /// When the bytes are not one message.
    pub fn decode(g: &mut Get<'_>) -> Result<Msg, Damaged> {
        Ok(match g.u8()? {
            1 => {
                let (host, node, node_cores, quota) = (g.text()?, g.u32()?, g.u32()?, g.u32()?);
                let (wanted, build) = (g.u32()?, g.text()?);
                let (id, started) = (g.u32()?, g.u64()?);
                let n = g.count(4)?;
                let cores = (0..n).map(|_| g.u32()).collect::<Result<_, _>>()?;
                Msg::Hello(Hello {
                    host,
                    node,
                    cores,
                    node_cores,
                    quota,
                    wanted,
                    build,
                    process: Process { id, started },
                })
            }
            2 => {
                let (session, n) = (g.u64()?, g.count(8)?);
                let pairs: Vec<(u32, String)> = (0..n)
                    .map(|_| Ok((g.u32()?, g.text()?)))
                    .collect::<Result<_, Damaged>>()?;
                let (threads, hosts) = pairs.into_iter().unzip();
                Msg::Welcome(Welcome {
                    session,
                    threads,
                    hosts,
                })
            }
            3 => Msg::Arrive(
                g.u64()?,
                Place {
                    fingerprint: g.u64()?,
                    text: g.text()?,
                },
            ),
            4 => Msg::Ask {
                seq: g.u64()?,
                rate: g.f64()?,
                backlog: g.u64()?,
                lease: g.u64()?,
            },
            5 => {
                let (seq, has_hit, grain) = (g.u64()?, g.u8()? != 0, g.u64()?);
                let hit = has_hit.then_some(grain);
                let done = g.by_lease()?;
                Msg::Return { seq, done, hit }
            }
            6 => Msg::GiveBack {
                seq: g.u64()?,
                lease: g.u64()?,
                back: g.spans()?,
            },
            8 => Msg::Fail(g.u64()?, g.text()?),
            9 => Msg::Stuck(g.u64()?, g.text()?),
            10 => Msg::Bye {
                calls: g.u64()?,
                code: g.u8()?,
                text: g.text()?,
            },
            11 => Msg::Left(g.u64()?),
            12 => {
                let (seq, lease, spans) = (g.u64()?, g.u64()?, g.spans()?);
                let [span] = spans[..] else {
                    return Err(Damaged("a lease is one span"));
                };
                Msg::Lease(seq, lease, span)
            }
            40 => Msg::Leave,
            41 => Msg::Admitted,
            13 => Msg::Recall(g.u64()?, g.u64()?),
            14 => Msg::Cut(g.u64()?, g.u64()?),
            15 => Msg::Gather {
                seq: g.u64()?,
                sources: g.u32()?,
                to: g.u32()?,
            },
            16 => Msg::Held(g.u64()?),
            17 => Msg::End(g.u64()?, g.u64()?),
            18 => Msg::Stop(g.u8()?),
            19 => Msg::Exit(g.u8()?),
            20 => Msg::Ping,
            21 => Msg::Pong,
            22 => Msg::Farewell,
            23 => Msg::Failed {
                seq: g.u64()?,
                jobs: g.by_lease()?,
            },
            24 => Msg::Drop {
                seq: g.u64()?,
                lease: g.u64()?,
                job: g.u64()?,
            },
            25 => Msg::Workers(g.u64()?, g.u32()?),
            27 => Msg::Endless(g.u64()?, g.text()?),
            26 => Msg::Frozen(g.u64()?, g.u64()?),
            31 => {
                let (seq, grain, has_item) = (g.u64()?, g.u64()?, g.u8()? != 0);
                let item = u128::from(g.u64()?) << 64 | u128::from(g.u64()?);
                Msg::Aside(seq, grain, has_item.then_some(item), g.text()?)
            }
            32 => Msg::Computed(g.u64()?, g.records()?),
            33 => Msg::Checked(g.u64()?, g.records()?),
            34 => Msg::Again(g.u64()?, g.again()?),
            35 => Msg::Look,
            36 => Msg::Tell,
            37 => Msg::Told(g.text()?),
            38 => Msg::Clock(g.u64()?),
            39 => Msg::Time {
                asked: g.u64()?,
                here: g.u64()?,
            },
            28 => Msg::Signal(g.u32()?),
            29 => Msg::Halt(g.u64()?),
            30 => Msg::Halted(g.u64()?, g.u64()?),
            _ => return Err(Damaged("it is of no kind that is known")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::audit::Outcome;
    use proptest::prelude::*;

    #[test]
    fn every_message_comes_back() {
        let place = Place {
            fingerprint: u64::MAX,
            text: "map at src/main.rs:1:2 é".into(),
        };
        let spans = vec![Span::new(0, 1), Span::new(5, u64::MAX)];
        let (host, build) = ("n1".to_owned(), "x".to_owned());
        let hello = Hello {
            host: host.clone(),
            node: 3,
            cores: vec![0, 9],
            node_cores: 64,
            quota: 0,
            wanted: 0,
            build,
            process: Process { id: 7, started: 8 },
        };
        let record = |outcome| Record {
            grain: 5,
            thread: 6,
            outcome,
            took: 7,
        };
        let again = |not| Again { grain: 8, not };
        for msg in [
            Msg::Hello(hello),
            Msg::Welcome(Welcome {
                session: 1,
                threads: vec![1, 2],
                hosts: vec![host, String::new()],
            }),
            Msg::Arrive(1, place),
            Msg::Ask {
                seq: 1,
                rate: 0.1,
                backlog: 7,
                lease: 3,
            },
            Msg::Return {
                seq: 9,
                done: vec![(4, spans.clone()), (5, vec![])],
                hit: Some(3),
            },
            Msg::GiveBack {
                seq: 1,
                lease: 2,
                back: spans,
            },
            Msg::Failed {
                seq: 2,
                jobs: vec![(1, vec![Span::new(7, 8)])],
            },
            Msg::Drop {
                seq: 1,
                lease: 2,
                job: 3,
            },
            Msg::Endless(4, "job 7".into()),
            Msg::Workers(3, 4),
            Msg::Frozen(5, 6),
            Msg::Fail(1, "a\nb".into()),
            Msg::Stuck(3, String::new()),
            Msg::Bye {
                calls: 2,
                code: 75,
                text: "t".into(),
            },
            Msg::Left(8),
            Msg::Lease(1, 2, Span::new(3, 4)),
            Msg::Recall(1, 2),
            Msg::Cut(1, 2),
            Msg::Gather {
                seq: 1,
                sources: 2,
                to: 3,
            },
            Msg::Held(1),
            Msg::Signal(15),
            Msg::Aside(1, 2, Some(3 << 70), "x".into()),
            Msg::Aside(1, 2, None, String::new()),
            Msg::Computed(3, vec![record(Outcome::Digest([9; 32]))]),
            Msg::Checked(4, vec![record(Outcome::Failed("no".into())); 2]),
            Msg::Again(5, vec![again(None), again(Some(7))]),
            Msg::Halt(2),
            Msg::Halted(2, 3),
            Msg::End(1, 2),
            Msg::Leave,
            Msg::Admitted,
            Msg::Look,
            Msg::Tell,
            Msg::Told("at work".into()),
            Msg::Clock(u64::MAX),
            Msg::Time { asked: 1, here: 2 },
            Msg::Stop(3),
            Msg::Exit(0),
            Msg::Ping,
            Msg::Pong,
            Msg::Farewell,
        ] {
            let mut put = Put::default();
            msg.encode(&mut put);
            let mut get = Get(&put.0);
            assert_eq!(Msg::decode(&mut get).as_ref(), Ok(&msg));
            assert!(get.0.is_empty());
            for cut in 0..put.0.len() {
                assert!(
                    Msg::decode(&mut Get(&put.0[..cut])).is_err(),
                    "{msg:?} cut at {cut}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Msg::decode(&mut Get(&bytes));
        }
    }
}
