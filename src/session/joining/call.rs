//! What a run says to a server that it would take in, and what it is told.

use super::knock::end;
use crate::wire::frame::{Damaged, Get, LONGEST_TEXT, Put};

/// Tells a call from a [`Knock`](super::knock::Knock); its last digit grows with every change of what is said here.
const MARK: u32 = 0x5e27_ed01;

/// A run that asks a server to take part in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Program, version and library, to be the same.
    pub build: String,
    /// The program and its arguments, for people.
    pub program: String,
    /// What one that joins is to be started with.
    pub arguments: Vec<String>,
    /// The run's host, for people.
    pub host: String,
    /// Where the run listens.
    pub at: String,
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It does not take part. As bytes the same as [`Answer::Refused`](super::knock::Answer::Refused), so that whoever
    /// takes a server for a run, or a run for a server, hears why.
    Refused(String),
    /// Not now.
    Busy(String),
    /// It starts one that joins.
    Comes,
    /// The one that it started is no more.
    Over {
        /// As it should be.
        well: bool,
        /// How it ended.
        how: String,
    },
}

impl Call {
    /// Whether all of it can be said.
    pub fn fits(&self) -> bool {
        let texts = self.arguments.iter().chain([&self.program, &self.at]);
        texts.map(String::len).sum::<usize>() < LONGEST_TEXT
    }

    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut put = Put::default();
        put.u32(MARK).text(&self.build).text(&self.program);
        put.text(&self.host).text(&self.at);
        put.u32(self.arguments.len() as u32);
        for argument in &self.arguments {
            put.text(argument);
        }
        put.0
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are no call.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut get = Get(bytes);
        if get.u32()? != MARK {
            return Err(Damaged("it is no call for a server of this version"));
        }
        let (build, program) = (get.text()?, get.text()?);
        let (host, at) = (get.text()?, get.text()?);
        let arguments = (0..get.count(4)?).map(|_| get.text());
        let call = Call {
            arguments: arguments.collect::<Result<_, _>>()?,
            build,
            program,
            host,
            at,
        };
        end(&get).map(|()| call)
    }
}

impl Reply {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut put = Put::default();
        match self {
            Reply::Refused(why) => put.u8(0).text(why),
            Reply::Busy(why) => put.u8(2).text(why),
            Reply::Comes => put.u8(3),
            Reply::Over { well, how } => put.u8(4).u8(u8::from(*well)).text(how),
        };
        put.0
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are no reply.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut get = Get(bytes);
        let reply = match get.u8()? {
            0 => Reply::Refused(get.text()?),
            2 => Reply::Busy(get.text()?),
            3 => Reply::Comes,
            4 => Reply::Over {
                well: get.u8()? != 0,
                how: get.text()?,
            },
            _ => return Err(Damaged("it is of no kind that is known")),
        };
        end(&get).map(|()| reply)
    }
}

#[cfg(test)]
mod tests {
    use super::super::knock::{Answer, Knock};
    use super::*;

    #[test]
    fn what_is_said_is_read() {
        let call = Call {
            build: "grange 1".into(),
            program: "sum 1e9".into(),
            arguments: vec!["1e9".into(), String::new()],
            host: "zwölf".into(),
            at: "127.0.0.1:80".into(),
        };
        assert!(call.fits());
        let bytes = call.encode();
        assert_eq!(Call::decode(&bytes), Ok(call));
        for n in 0..bytes.len() {
            assert!(Call::decode(&bytes[..n]).is_err(), "{n}");
        }
        assert!(Call::decode(&[&bytes[..], &[0]].concat()).is_err());
        let over = Reply::Over {
            well: true,
            how: "exit code 0".into(),
        };
        let busy = Reply::Busy("later".into());
        for reply in [over, busy, Reply::Comes, Reply::Refused("no".into())] {
            let bytes = reply.encode();
            assert_eq!(Reply::decode(&bytes), Ok(reply));
            for n in 0..bytes.len() {
                assert!(Reply::decode(&bytes[..n]).is_err(), "{n}");
            }
        }
    }

    #[test]
    fn runs_and_servers_understand_why_they_refuse_each_other() {
        let refused = Answer::Refused("why".into()).encode();
        assert_eq!(Reply::decode(&refused), Ok(Reply::Refused("why".into())));
        assert_eq!(
            Answer::decode(&Reply::Refused("why".into()).encode()),
            Ok(Answer::Refused("why".into()))
        );
        let knock = Knock {
            build: String::new(),
            program: String::new(),
            host: String::new(),
            threads: 1,
            ranks: 1,
        };
        assert!(Call::decode(&knock.encode()).is_err());
    }
}
