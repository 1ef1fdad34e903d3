//! Where a run is found: names, numbers and addresses.

use crate::error::Error;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;

/// How a run is called in a directory: first by what it computes, then by its own number.
pub fn id(program: &str, session: u64) -> String {
    format!("{}-{session:016x}", digest(program))
}

/// Whether a run with that id computes that.
pub fn computes(id: &str, program: &str) -> bool {
    id.split_once('-')
        .is_some_and(|(of, _)| of == digest(program))
}

fn digest(program: &str) -> String {
    let digest = Sha256::digest(program.as_bytes());
    digest[..8].iter().map(|b| format!("{b:02x}")).collect()
}

/// The name of a program, without its arguments.
pub fn name_of(program: &str) -> &str {
    program.split(' ').next().unwrap_or_default()
}

/// A number that nobody else has.
///
/// # Errors
/// When the system has no randomness.
pub fn number() -> Result<u64, Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::Launch(format!("the system has no random numbers: {e}")))?;
    Ok(u64::from_le_bytes(bytes))
}

/// The address that `HOST` or `HOST:PORT` stands for; without a port, any.
///
/// # Errors
/// When it stands for none.
pub fn resolve(text: &str) -> Result<SocketAddr, Error> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let whole = match bare.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, 0).to_string(),
        Err(_) if split(text).is_some() => text.to_owned(),
        Err(_) => format!("{text}:0"),
    };
    let none = |why: String| {
        Error::Usage(format!(
            "'{text}' is no address ({why}): it takes HOST or HOST:PORT"
        ))
    };
    let mut found = whole.to_socket_addrs().map_err(|e| none(e.to_string()))?;
    found
        .next()
        .ok_or_else(|| none("it stands for none".into()))
}

fn split(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    Some((host, port.parse().ok()?)).filter(|(host, _)| !host.is_empty())
}

/// The address of `place`, if it is a host and a port rather than a directory.
///
/// # Errors
/// When the host is not known.
pub fn address(place: &str) -> Option<Result<SocketAddr, Error>> {
    let is_address = split(place).is_some() && !Path::new(place).exists();
    is_address.then(|| resolve(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_told_by_what_they_compute() {
        let id = id("sum 1e9", 7);
        assert!(id.len() <= 64 && computes(&id, "sum 1e9") && !computes(&id, "sum 1e8"));
        assert_eq!(name_of("sum 1e9"), "sum");
    }

    #[test]
    fn addresses_are_told_from_directories() {
        let of = |text: &str| resolve(text).map(|a| a.to_string()).ok();
        assert_eq!(of("127.0.0.1").as_deref(), Some("127.0.0.1:0"));
        assert_eq!(of("127.0.0.1:80").as_deref(), Some("127.0.0.1:80"));
        assert_eq!(of("::1").as_deref(), Some("[::1]:0"));
        assert_eq!(of("[::1]:80").as_deref(), Some("[::1]:80"));
        assert_eq!(of("no such host"), None);
        assert!(address("join/here").is_none() && address("a:b").is_none());
        assert!(address("127.0.0.1:80").is_some_and(|a| a.is_ok()));
    }
}
