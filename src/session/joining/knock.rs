//! What a job that would join says of itself, and what it is told.

use crate::engine::schedule::Schedule;
use crate::wire::frame::{Damaged, Get, Put};

/// Grows with every change of what is said here.
const VERSION: u32 = 2;
/// No knock and no answer but a welcome is longer.
pub const LONGEST: usize = 1 << 20;
/// No share at all.
const NONE: f64 = -1.0;

/// A job that would join.
#[derive(Clone, Debug, PartialEq)]
pub struct Knock {
    /// Program, version and library, to be the same.
    pub build: String,
    /// The program and its arguments, to be the same.
    pub program: String,
    /// Its host.
    pub host: String,
    /// Threads that it brings, those of all its ranks.
    pub threads: u32,
    /// Its ranks.
    pub ranks: u32,
}

/// What is to be the same on all ranks and is no argument of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// Of calls that set none.
    pub schedule: Option<Schedule>,
    /// The share of grains that is computed again.
    pub audit: Option<f64>,
}

/// What it is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It takes part.
    Welcome(Admission),
    /// It does not.
    Refused(String),
}

/// What a job that takes part is to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Admission {
    /// It is that rank.
    pub rank: u32,
    /// Carried by every message from now on.
    pub session: u64,
    /// Threads of all ranks that the run began with.
    pub threads: Vec<u32>,
    /// Hosts of these.
    pub hosts: Vec<String>,
    /// Settings of the run, which hold for all.
    pub settings: Settings,
}

impl Knock {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut put = Put::default();
        put.u32(VERSION).text(&self.build).text(&self.program);
        put.text(&self.host).u32(self.threads).u32(self.ranks);
        put.0
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are no knock.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut get = Get(bytes);
        if get.u32()? != VERSION {
            return Err(Damaged("it is of another version of grange"));
        }
        let knock = Knock {
            build: get.text()?,
            program: get.text()?,
            host: get.text()?,
            threads: get.u32()?,
            ranks: get.u32()?,
        };
        end(&get).map(|()| knock)
    }
}

impl Answer {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut put = Put::default();
        match self {
            Answer::Welcome(Admission {
                rank,
                session,
                threads,
                hosts,
                settings,
            }) => {
                put.u8(1).u32(*rank).u64(*session).u32(threads.len() as u32);
                for (&threads, host) in threads.iter().zip(hosts) {
                    put.u32(threads).text(host);
                }
                let Settings { schedule, audit } = settings;
                put.text(&schedule.map(|s| s.to_string()).unwrap_or_default());
                put.f64(audit.unwrap_or(NONE));
            }
            Answer::Refused(why) => drop(put.u8(0).text(why)),
        }
        put.0
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are no answer.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut get = Get(bytes);
        let answer = match get.u8()? {
            0 => Answer::Refused(get.text()?),
            1 => {
                let (rank, session, n) = (get.u32()?, get.u64()?, get.count(8)?);
                let pairs: Vec<(u32, String)> = (0..n)
                    .map(|_| Ok((get.u32()?, get.text()?)))
                    .collect::<Result<_, Damaged>>()?;
                let (threads, hosts): (Vec<u32>, Vec<String>) = pairs.into_iter().unzip();
                if (rank as usize) < hosts.len() || hosts.is_empty() {
                    return Err(Damaged("it names a rank that is there already"));
                }
                let schedule = match get.text()? {
                    text if text.is_empty() => None,
                    text => Some(text.parse().map_err(|_| Damaged("it names no schedule"))?),
                };
                let audit = Some(get.f64()?).filter(|&share| share != NONE);
                Answer::Welcome(Admission {
                    rank,
                    session,
                    threads,
                    hosts,
                    settings: Settings { schedule, audit },
                })
            }
            _ => return Err(Damaged("it is of no kind that is known")),
        };
        end(&get).map(|()| answer)
    }
}

pub(super) fn end(get: &Get<'_>) -> Result<(), Damaged> {
    match get.0.is_empty() {
        true => Ok(()),
        false => Err(Damaged("there is more to it than it says")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read() {
        let knock = Knock {
            build: "grange 1".into(),
            program: "sum 1e9".into(),
            host: "zwölf".into(),
            threads: 8,
            ranks: 2,
        };
        let bytes = knock.encode();
        assert_eq!(Knock::decode(&bytes), Ok(knock));
        let welcome = Answer::Welcome(Admission {
            rank: 2,
            session: 7,
            threads: vec![1, 2],
            hosts: vec!["a".into(), "b".into()],
            settings: Settings {
                schedule: "dynamic,7".parse().ok(),
                audit: Some(0.25),
            },
        });
        for answer in [welcome, Answer::Refused("full".into())] {
            let bytes = answer.encode();
            assert_eq!(Answer::decode(&bytes), Ok(answer));
            for n in 0..bytes.len() {
                assert!(Answer::decode(&bytes[..n]).is_err(), "{n}");
            }
        }
        for n in 0..bytes.len() {
            assert!(Knock::decode(&bytes[..n]).is_err(), "{n}");
        }
        assert!(Knock::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}
