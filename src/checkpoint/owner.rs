//! Who has a checkpoint: a process on a host.

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A process that has, or had, the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Grows by one with each owner.
    pub token: u64,
    /// The name of its host.
    pub host: String,
    /// Which processes it can see: its boot and, in a container, its own. Process numbers mean something within.
    pub processes: String,
    /// Its number.
    pub pid: u32,
    /// When it began, in the kernel's own count; not everywhere.
    pub started: Option<u64>,
    /// Since when it has the lock, for people.
    pub since: String,
    /// Tells it from any other, one of the same process included.
    pub mark: String,
}

impl Owner {
    /// This process.
    pub fn new(token: u64) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let pid = std::process::id();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Owner {
            token,
            host: host(),
            processes: processes(),
            pid,
            started: started(pid),
            since: utc(now.as_secs()),
            mark: format!("{pid}-{}-{count}", now.as_nanos()),
        }
    }

    /// Whether it is one of the processes that can be seen here.
    pub fn is_here(&self) -> bool {
        self.host == host() && self.processes == processes()
    }

    /// Of one that would be here: whether it still is.
    pub fn is_alive(&self) -> bool {
        if let Some((state, started)) = stat(self.pid) {
            // A zombie does nothing more.
            let gone = matches!(state, 'Z' | 'X' | 'x');
            return !gone && self.started.is_none_or(|then| then == started);
        }
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        // Where there is no such list, or it is that of one's own processes only.
        pid.is_some_and(|pid| !matches!(test_kill_process(pid), Err(Errno::SRCH)))
    }

    /// As lines of text.
    pub fn text(&self) -> String {
        let started = self.started.map_or("-".to_owned(), |n| n.to_string());
        format!(
            "grange lock\ntoken {}\nhost {}\nprocesses {}\npid {}\nstarted {started}\nsince {}\nmark {}\n",
            self.token, self.host, self.processes, self.pid, self.since, self.mark
        )
    }

    /// Of lines of text.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("grange lock\n")?;
        let field = |name: &str| {
            let mut lines = rest.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        Some(Owner {
            token: field("token")?.parse().ok()?,
            host: field("host")?.to_owned(),
            processes: field("processes")?.to_owned(),
            pid: field("pid")?.parse().ok()?,
            started: match field("started")? {
                "-" => None,
                digits => Some(digits.parse().ok()?),
            },
            since: field("since")?.to_owned(),
            mark: field("mark")?.to_owned(),
        })
    }
}

/// This host's name; a line break would end the line that it is written in.
fn host() -> String {
    let name =
        hostname::get().map_or_else(|_| "localhost".into(), |h| h.to_string_lossy().into_owned());
    name.replace(|c: char| c.is_control(), "?")
}

fn processes() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {}", boot.trim(), space.display())
        .trim()
        .to_owned()
}

/// When a process began, where that can be seen.
pub fn started(pid: u32) -> Option<u64> {
    stat(pid).map(|(_, started)| started)
}

/// State and time of the start of a process, where the kernel shows them.
fn stat(pid: u32) -> Option<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, which may have anything in it, is in brackets.
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// A time as people write it.
fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Counted from 1 March of the year 0, so that a leap day is a year's last.
    let day = days + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    format!(
        "{}-{month:02}-{:02} {:02}:{:02}:{:02} UTC",
        era * 400 + year + u64::from(month <= 2),
        of_year - (153 * march + 2) / 5 + 1,
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(1_709_251_199), "2024-02-29 23:59:59 UTC");
        assert_eq!(utc(4_102_444_800), "2100-01-01 00:00:00 UTC");
    }

    #[test]
    fn this_process_is_alive_and_a_finished_one_is_not() {
        let me = Owner::new(3);
        assert_eq!(Owner::parse(&me.text()), Some(me.clone()));
        assert!(me.is_here() && me.is_alive());
        assert_ne!(Owner::new(3), me);
        if let Some(started) = me.started {
            let other = Owner {
                started: Some(started + 1),
                ..me.clone()
            };
            assert!(!other.is_alive());
        }
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(
            !Owner {
                pid,
                started: None,
                ..me
            }
            .is_alive()
        );
    }
}
