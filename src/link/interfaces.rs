//! The IPv4 addresses of this host, and those that reach all of a network.

use std::fs;
use std::net::Ipv4Addr;

/// This host's addresses, and the broadcast addresses of its networks, as Linux tells them; none elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// Its own, without those of the loopback interface.
    pub own: Vec<Ipv4Addr>,
    /// Of its networks.
    pub broadcast: Vec<Ipv4Addr>,
}

/// Those of now.
pub fn interfaces() -> Interfaces {
    fs::read_to_string("/proc/self/net/fib_trie")
        .map_or_else(|_| Interfaces::default(), |t| parse(&t))
}

/// Of the kernel's table of routes: an address, then on the next lines what it is.
pub(super) fn parse(table: &str) -> Interfaces {
    let mut found = Interfaces::default();
    let mut last = None;
    for line in table.lines().map(str::trim) {
        let leaf = line.strip_prefix("|-- ");
        if let Some(leaf) = leaf {
            last = leaf.parse::<Ipv4Addr>().ok();
        } else if let Some(address) = last {
            let kept = match line {
                "/32 host LOCAL" => &mut found.own,
                "/32 link BROADCAST" => &mut found.broadcast,
                _ => continue,
            };
            // The table has it twice, and the first address of a network as an old form of its broadcast address.
            if !address.is_loopback() && !kept.contains(&address) {
                kept.push(address);
            }
        }
    }
    found
}
