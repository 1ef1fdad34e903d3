//! What a rank sends to another before anything else: who it is, and which protocol it speaks.
//!
//! This layout never changes, so that ranks of any two versions understand each other so far: [`MAGIC`], the
//! version (4 bytes), the length of the host's name (4 bytes) and the name. What follows is of the version.

use crate::error::Error;
use crate::wire::frame::{Get, Put};
use crate::wire::seal;

const MAGIC: &[u8; 8] = b"grange\r\n";

/// Grows with every change of what is in a datagram.
pub const VERSION: u32 = 2;

/// Longer names of hosts are not shown.
const LONGEST_NAME: usize = 255;

/// The greeting of a rank on `host` that speaks `version`.
pub fn write(version: u32, host: &str) -> Vec<u8> {
    let mut put = Put(MAGIC.to_vec());
    put.u32(version).text(host);
    seal::close(&mut put.0);
    put.0
}

/// The host of rank `from`, which greets with `bytes`.
///
/// # Errors
/// When it is no greeting, or one of another version.
pub fn read(from: u32, bytes: &[u8]) -> Result<String, Error> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(Error::Launch(format!(
            "rank {from} does not speak grange's protocol (version {VERSION} here): start the same program everywhere"
        )));
    };
    let mut get = Get(rest);
    let version = get.u32();
    let host = get.text().ok().filter(|host| is_name(host));
    let who = name(from, host.as_deref());
    match (version, host) {
        (Ok(version), _) if version != VERSION => Err(Error::Launch(format!(
            "{who} speaks version {version} of grange's protocol, and this is version {VERSION}: start the same \
             program everywhere"
        ))),
        (Ok(version), Some(host)) if write(version, &host) == bytes => Ok(host),
        _ => Err(Error::Damaged(format!("the greeting of {who} is damaged"))),
    }
}

/// A rank, for people.
pub fn name(rank: u32, host: Option<&str>) -> String {
    match host {
        Some(host) => format!("rank {rank} ({host})"),
        None => format!("rank {rank}"),
    }
}

fn is_name(host: &str) -> bool {
    host.len() <= LONGEST_NAME && !host.chars().any(char::is_control)
}

/// `host` as a greeting can have it.
pub fn presentable(host: &str) -> String {
    let host = host.replace(|c: char| c.is_control(), "?");
    host[..host.floor_char_boundary(LONGEST_NAME)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_told_whatever_follows() {
        assert_eq!(read(3, &write(VERSION, "zwölf")), Ok("zwölf".to_owned()));
        let mut other = write(VERSION + 7, "zwölf");
        let says = |bytes: &[u8]| match read(3, bytes) {
            Err(Error::Launch(text)) => text,
            other => panic!("{other:?}"),
        };
        let speaks = format!("speaks version {} of", VERSION + 7);
        assert!(says(&other).starts_with(&format!("rank 3 (zwölf) {speaks}")));
        other.truncate(other.len() - 4);
        other.extend([0xff; 100]);
        let ours = format!("{speaks} grange's protocol, and this is version {VERSION}:");
        assert!(says(&other).contains(&ours));
        // A name that is none, or not there, is not shown.
        other.truncate(17);
        assert!(says(&other).starts_with(&format!("rank 3 {speaks}")));
        assert!(says(&[1; 40]).starts_with("rank 3 does not speak"));
        assert!(says(b"").starts_with("rank 3 does not speak"));
    }

    #[test]
    fn a_damaged_greeting_is_none() {
        let good = write(VERSION, "host");
        for bit in 0..8 * good.len() {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(1, &bytes).is_err(), "bit {bit}");
        }
        assert_eq!(presentable("a\nb"), "a?b");
        let long = write(VERSION, &presentable(&"ä".repeat(300)));
        assert!(read(1, &long).is_ok_and(|host| host.len() == 254));
    }
}
