//! Waking ranks on the same machine, so that they need not poll often.
//!
//! MPI tells of a message only to who asks. Being woken to ask costs up to 40 µs in a virtual machine, so
//! asking every millisecond takes 4 % of a core from whoever computes there. Ranks of one machine therefore
//! ring after they have sent: a datagram to a socket of the receiver, on which a thread of its own waits.
//! Nothing depends on it: a rank relies on rings only after it has heard one from everybody who sends to
//! it, and looks for messages now and then all the same.

use crate::comm::backoff::Waker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The bells of the ranks on this machine.
pub struct Doorbell {
    bells: Option<bells::Bells>,
    relied: Arc<AtomicBool>,
}

impl Doorbell {
    /// A bell for rank `me`; `waker` wakes who waits for messages. Rings at rank 0, to be known there.
    pub fn new(session: u64, me: u32, hosts: &[String], waker: Arc<Waker>) -> Self {
        let relied = Arc::new(AtomicBool::new(false));
        let bells = bells::Bells::new(session, me, hosts, waker, relied.clone());
        Doorbell {
            bells: bells.ok(),
            relied,
        }
    }

    /// Whether everybody who sends to this rank has rung once.
    pub fn is_relied_on(&self) -> bool {
        self.relied.load(Ordering::Relaxed)
    }

    /// Wakes `rank`, if it is on this machine.
    pub fn ring(&self, rank: u32) {
        if let Some(bells) = &self.bells {
            bells.ring(rank);
        }
    }
}

#[cfg(target_os = "linux")]
mod bells {
    use super::*;
    use std::collections::HashSet;
    use std::io;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::thread;

    pub struct Bells {
        me: u32,
        /// By rank; none on other machines.
        names: Vec<Option<SocketAddr>>,
        out: UnixDatagram,
    }

    impl Bells {
        pub fn new(
            session: u64,
            me: u32,
            hosts: &[String],
            waker: Arc<Waker>,
            relied: Arc<AtomicBool>,
        ) -> io::Result<Self> {
            let here = &hosts[me as usize];
            let name = |rank| {
                SocketAddr::from_abstract_name(format!("grange-{session:016x}-{rank}").as_bytes())
            };
            let names: Vec<_> = (0..hosts.len())
                .map(|rank| name(rank).ok().filter(|_| hosts[rank] == *here))
                .collect();
            let socket = UnixDatagram::bind_addr(&name(me as usize)?)?;
            let out = UnixDatagram::unbound()?;
            // A bell that is not answered is one that is ringing already.
            out.set_nonblocking(true)?;
            let senders = match me {
                0 => hosts.len() - 1,
                _ => 1,
            };
            thread::Builder::new()
                .name("grange-bell".into())
                .spawn(move || listen(&socket, me, senders, &waker, &relied))?;
            let bells = Bells { me, names, out };
            if me > 0 {
                bells.ring(0);
            }
            Ok(bells)
        }

        pub fn ring(&self, rank: u32) {
            if let Some(name) = self.names.get(rank as usize).and_then(Option::as_ref) {
                let _ = self.out.send_to_addr(&self.me.to_le_bytes(), name);
            }
        }
    }

    impl Drop for Bells {
        fn drop(&mut self) {
            // From this rank itself: the thread is to end.
            self.ring(self.me);
        }
    }

    fn listen(socket: &UnixDatagram, me: u32, senders: usize, waker: &Waker, relied: &AtomicBool) {
        let mut heard = HashSet::new();
        let mut rank = [0; 4];
        while let Ok(4) = socket.recv(&mut rank) {
            let rank = u32::from_le_bytes(rank);
            if rank == me {
                return;
            }
            waker.wake();
            if heard.len() < senders && (me == 0 || rank == 0) {
                heard.insert(rank);
                relied.store(heard.len() == senders, Ordering::Relaxed);
            }
        }
        relied.store(false, Ordering::Relaxed);
    }
}

#[cfg(not(target_os = "linux"))]
mod bells {
    use super::*;
    use std::io;

    pub enum Bells {}

    impl Bells {
        pub fn new(
            _: u64,
            _: u32,
            _: &[String],
            _: Arc<Waker>,
            _: Arc<AtomicBool>,
        ) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub fn ring(&self, _: u32) {
            match *self {}
        }
    }
}
