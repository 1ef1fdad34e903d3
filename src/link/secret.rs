//! The secret that both sides know, and its file.

use crate::error::Error;
use rustix::fs::OFlags;
use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of a secret.
const LENGTH: usize = 32;
/// Of its file: two digits a byte, and the end of the line.
const FILE_LENGTH: usize = 2 * LENGTH + 1;
/// For whoever makes the file to write it, where it cannot be put there whole.
const MAKING: Duration = Duration::from_secs(2);

/// 32 random bytes. Who knows them is let in.
///
/// ```
/// use grange::link::Secret;
///
/// let folder = std::env::temp_dir().join(format!("grange-secret-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let made = Secret::read_or_make(&folder.join("secret"))?;
/// assert_eq!(Secret::read(&folder.join("secret"))?, made);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), grange::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; LENGTH]);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        Ok(Secret(random()?))
    }

    /// That of these bytes, which should be random.
    pub fn of(bytes: [u8; LENGTH]) -> Self {
        Secret(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// That of a file: 64 hexadecimal digits and the end of a line, which nobody else may read.
    ///
    /// # Errors
    /// [`Error::Usage`] when there is none, or it is not to be trusted.
    pub fn read(path: &Path) -> Result<Self, Error> {
        match read(path)? {
            Some(found) => found,
            None => Err(unusable(path, "there is no such file")),
        }
    }

    /// As [`Secret::read`]; makes the file if there is none. Of several that do so at once one makes it.
    ///
    /// # Errors
    /// As [`Secret::read`], or when it cannot be made.
    pub fn read_or_make(path: &Path) -> Result<Self, Error> {
        let begin = Instant::now();
        loop {
            match read(path)? {
                Some(Ok(secret)) => return Ok(secret),
                // Another is about to write it, on a file system without links.
                Some(Err(_)) if begin.elapsed() < MAKING && is_empty(path) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Some(Err(error)) => return Err(error),
                None => make(path).map_err(|e| unusable(path, &format!("cannot make it: {e}")))?,
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::with_capacity(FILE_LENGTH);
        for byte in self.0 {
            // To a string it always succeeds.
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
        text
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.strip_suffix(b"\n").unwrap_or(text);
        let mut bytes = [0; LENGTH];
        let (pairs, []) = digits.as_chunks::<2>() else {
            return None;
        };
        if pairs.len() != LENGTH {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let value = |digit: u8| char::from(digit).to_digit(16);
            *byte = u8::try_from(value(*high)? << 4 | value(*low)?).ok()?;
        }
        Some(Secret(bytes))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::Launch(format!("the system has no random numbers: {e}")))?;
    Ok(bytes)
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::Usage(format!("secret {}: {why}", path.display()))
}

fn is_empty(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| (found.len() as usize) < FILE_LENGTH - 1)
}

/// What a file says; `None` when there is none.
fn read(path: &Path) -> Result<Option<Result<Secret, Error>>, Error> {
    let no_wait = OFlags::NONBLOCK.bits() as i32;
    // Not to wait for whoever may write to a pipe of that name.
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(no_wait)
        .open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unusable(path, &e.to_string())),
    };
    Ok(Some(look(path, &mut file)))
}

fn look(path: &Path, file: &mut File) -> Result<Secret, Error> {
    let system = |e: io::Error| unusable(path, &e.to_string());
    let found = file.metadata().map_err(system)?;
    let me = rustix::process::geteuid().as_raw();
    if !found.is_file() {
        return Err(unusable(path, "it is not a file"));
    }
    if found.uid() != me && found.uid() != 0 {
        let whose = format!(
            "it is another user's (number {}); it must be yours or root's",
            found.uid()
        );
        return Err(unusable(path, &whose));
    }
    if found.mode() & 0o077 != 0 {
        let open = format!(
            "others may use it (mode {:03o}); it must be yours alone: chmod 600",
            found.mode() & 0o777
        );
        return Err(unusable(path, &open));
    }
    let mut text = Vec::new();
    let mut some = file.take(FILE_LENGTH as u64 + 1);
    some.read_to_end(&mut text).map_err(system)?;
    Secret::parse(&text)
        .ok_or_else(|| unusable(path, "it does not consist of 64 hexadecimal digits"))
}

fn make(path: &Path) -> io::Result<()> {
    let mark: [u8; 8] = random().map_err(|e| io::Error::other(e.to_string()))?;
    let secret = Secret::random().map_err(|e| io::Error::other(e.to_string()))?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}", u64::from_be_bytes(mark)));
    let staged = PathBuf::from(name);
    let write = |path: &Path| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(secret.text().as_bytes())?;
        file.sync_all()
    };
    let made = write(&staged).and_then(|()| match fs::hard_link(&staged, path) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => write(path),
        linked => linked,
    });
    let _ = fs::remove_file(&staged);
    match made {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}
