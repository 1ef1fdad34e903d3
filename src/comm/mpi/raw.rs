//! Non-blocking point-to-point with every return code checked (MPI 4.0, chapter 3).

use super::ulfm::Ulfm;
use crate::comm::mail::LARGEST;
use crate::error::Error;
use mpi::ffi;
use mpi::raw::AsRaw;
use mpi::topology::SimpleCommunicator;
use std::os::raw::{c_int, c_void};

/// Everything of ours travels under one tag; what it is stands in the bytes.
const TAG: c_int = 1;

fn check(code: c_int, what: &str) -> Result<(), Error> {
    if code == ffi::MPI_SUCCESS as c_int {
        return Ok(());
    }
    let mut text = vec![0u8; ffi::MPI_MAX_ERROR_STRING as usize + 1];
    let mut len = 0;
    // SAFETY: the buffer is longer than MPI_MAX_ERROR_STRING, the most that MPI writes.
    unsafe { ffi::MPI_Error_string(code, text.as_mut_ptr().cast(), &mut len) };
    text.truncate(len.max(0) as usize);
    Err(Error::Launch(format!(
        "{what} failed: {}",
        String::from_utf8_lossy(&text)
    )))
}

/// A communicator whose errors are returned, not fatal.
pub struct Channel {
    comm: ffi::MPI_Comm,
    ulfm: Option<Ulfm>,
}

/// A send under way; owns its buffer.
pub struct Outgoing {
    request: ffi::MPI_Request,
    bytes: Option<Vec<u8>>,
    ulfm: Option<Ulfm>,
}

/// A receive under way; owns its buffer.
pub struct Incoming {
    request: ffi::MPI_Request,
    bytes: Vec<u8>,
    done: bool,
    /// Its sender died: nothing more comes.
    lost: bool,
    ulfm: Option<Ulfm>,
}

impl Channel {
    /// Wraps `comm`, which must outlive it.
    pub fn new(comm: &SimpleCommunicator) -> Result<Self, Error> {
        let raw = comm.as_raw();
        // SAFETY: a live communicator and a predefined handler.
        check(
            unsafe { ffi::MPI_Comm_set_errhandler(raw, ffi::RSMPI_ERRORS_RETURN) },
            "MPI_Comm_set_errhandler",
        )?;
        let ulfm = Ulfm::find();
        Ok(Channel { comm: raw, ulfm })
    }

    /// Ranks that the library knows to be dead.
    pub fn failed(&self) -> Vec<u32> {
        let failed = self.ulfm.map(|ulfm| ulfm.failed(self.comm));
        failed.unwrap_or_default()
    }

    /// Starts sending `bytes` to rank `to`.
    pub fn start_send(&self, to: u32, bytes: Vec<u8>) -> Result<Outgoing, Error> {
        let len = c_int::try_from(bytes.len())
            .map_err(|_| Error::Launch("a datagram is over 2 GiB".into()))?;
        // SAFETY: an all-zero request is only written to before it is read.
        let mut request: ffi::MPI_Request = unsafe { std::mem::zeroed() };
        // SAFETY: the buffer is owned by the Outgoing, which keeps it, unmoved on the heap, until the
        // request is complete, and leaks it if that never happens.
        let code = unsafe {
            let data: *const c_void = bytes.as_ptr().cast();
            ffi::MPI_Isend(
                data,
                len,
                ffi::RSMPI_UINT8_T,
                to as c_int,
                TAG,
                self.comm,
                &mut request,
            )
        };
        // What goes to a rank that died is over.
        let lost = is_loss(self.ulfm, code);
        if !lost {
            check(code, "MPI_Isend")?;
        }
        Ok(Outgoing {
            request,
            bytes: (!lost).then_some(bytes),
            ulfm: self.ulfm,
        })
    }

    /// Starts receiving a message that has arrived, if there is one.
    pub fn start_receive(&self) -> Result<Option<(u32, Incoming)>, Error> {
        let mut flag = 0;
        // SAFETY: MPI_Status is plain data; MPI fills it.
        let mut status: ffi::MPI_Status = unsafe { std::mem::zeroed() };
        // SAFETY: a live communicator; all pointers are to locals.
        let code = unsafe {
            ffi::MPI_Iprobe(
                ffi::RSMPI_ANY_SOURCE,
                TAG,
                self.comm,
                &mut flag,
                &mut status,
            )
        };
        if let Some(ulfm) = self.ulfm.filter(|ulfm| ulfm.is_loss(code)) {
            ulfm.acknowledge(self.comm);
            return Ok(None);
        }
        check(code, "MPI_Iprobe")?;
        if flag == 0 {
            return Ok(None);
        }
        let mut count = 0;
        // SAFETY: the status is that of a successful probe.
        check(
            unsafe { ffi::MPI_Get_count(&status, ffi::RSMPI_UINT8_T, &mut count) },
            "MPI_Get_count",
        )?;
        let length = usize::try_from(count).unwrap_or(usize::MAX);
        if length > LARGEST {
            return Err(Error::Damaged(format!(
                "a message from rank {} has {length} bytes; none has more than {LARGEST}",
                status.MPI_SOURCE
            )));
        }
        let mut bytes = vec![0u8; length];
        // SAFETY: as in start_send.
        let mut request: ffi::MPI_Request = unsafe { std::mem::zeroed() };
        // SAFETY: the buffer has room for the probed message. No other thread receives, so the next
        // message from that source with that tag is the probed one (MPI 4.0 §3.8.1). The Incoming owns
        // the buffer until the request is complete, and leaks it if that never happens.
        let code = unsafe {
            let data: *mut c_void = bytes.as_mut_ptr().cast();
            ffi::MPI_Irecv(
                data,
                count,
                ffi::RSMPI_UINT8_T,
                status.MPI_SOURCE,
                TAG,
                self.comm,
                &mut request,
            )
        };
        if is_loss(self.ulfm, code) {
            return Ok(None);
        }
        check(code, "MPI_Irecv")?;
        Ok(Some((
            status.MPI_SOURCE as u32,
            Incoming {
                request,
                bytes,
                done: false,
                lost: false,
                ulfm: self.ulfm,
            },
        )))
    }
}

/// Whether an error code tells of a rank that died, where the library lets the others live.
fn is_loss(ulfm: Option<Ulfm>, code: c_int) -> bool {
    code != ffi::MPI_SUCCESS as c_int && ulfm.is_some_and(|ulfm| ulfm.is_loss(code))
}

#[derive(PartialEq)]
enum Progress {
    Under,
    Done,
    Lost,
}

fn test(request: &mut ffi::MPI_Request, ulfm: Option<Ulfm>) -> Result<Progress, Error> {
    let mut flag = 0;
    // SAFETY: a request that was started and, as the callers see to, not completed before.
    let code = unsafe { ffi::MPI_Test(request, &mut flag, ffi::RSMPI_STATUS_IGNORE) };
    if is_loss(ulfm, code) {
        return Ok(Progress::Lost);
    }
    check(code, "MPI_Test")?;
    Ok(match flag {
        0 => Progress::Under,
        _ => Progress::Done,
    })
}

impl Outgoing {
    /// Whether the buffer is free again.
    pub fn is_done(&mut self) -> Result<bool, Error> {
        if self.bytes.is_some() {
            match test(&mut self.request, self.ulfm)? {
                Progress::Under => {}
                Progress::Done => self.bytes = None,
                // Who knows what still reads it.
                Progress::Lost => std::mem::forget(self.bytes.take()),
            }
        }
        Ok(self.bytes.is_none())
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // MPI may still read an abandoned send's buffer.
        if let Some(bytes) = self.bytes.take() {
            std::mem::forget(bytes);
        }
    }
}

impl Incoming {
    /// Whether the message is there.
    pub fn is_done(&mut self) -> Result<bool, Error> {
        if !self.done && !self.lost {
            let progress = test(&mut self.request, self.ulfm)?;
            self.done = progress == Progress::Done;
            self.lost = progress == Progress::Lost;
        }
        Ok(self.done)
    }

    /// The message, once it is there.
    pub fn into_bytes(mut self) -> Vec<u8> {
        if self.done {
            std::mem::take(&mut self.bytes)
        } else {
            Vec::new()
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // MPI may still write to an abandoned receive's buffer.
        if !self.done {
            std::mem::forget(std::mem::take(&mut self.bytes));
        }
    }
}
