//! Bounds of a link.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Called when there may be something to look at: a message, a new link, room to send again, an end. From a thread of
/// the link, with nothing locked; it should be quick, and must not drop the link.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Bounds of a link. What is right for one side need not be the same on the other, except that `silence` here must
/// be well above `beat` there.
#[derive(Clone)]
pub struct Settings {
    /// For the handshake in all. 5 s.
    pub handshake: Duration,
    /// A sign of life is sent after so long without anything else. 1 s.
    pub beat: Duration,
    /// After so long without one the other side is given up, likewise when it takes nothing. 10 s.
    pub silence: Duration,
    /// For what is still to be sent when a link is closed. 2 s.
    pub flush: Duration,
    /// The most bytes of the first message that is taken, before one knows who the other side is. 64 KiB.
    pub first: u64,
    /// The most bytes of any later message. 1 GiB.
    pub largest: u64,
    /// Bytes that may wait to be sent; a message above it can be sent when nothing else waits. 16 MiB.
    pub outgoing: u64,
    /// Bytes that may wait to be taken, above one message. At least 4 KiB; 4 MiB.
    pub incoming: u64,
    /// Whom to tell.
    pub wake: Option<Wake>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            handshake: Duration::from_secs(5),
            beat: Duration::from_secs(1),
            silence: Duration::from_secs(10),
            flush: Duration::from_secs(2),
            first: 64 << 10,
            largest: 1 << 30,
            outgoing: 16 << 20,
            incoming: 4 << 20,
            wake: None,
        }
    }
}

impl Settings {
    pub(super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake();
        }
    }

    /// The window, large enough for a message to begin.
    pub(super) fn window(&self) -> u64 {
        self.incoming.max(4 << 10)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("handshake", &self.handshake)
            .field("beat", &self.beat)
            .field("silence", &self.silence)
            .finish_non_exhaustive()
    }
}
