//! The first 512 bytes of a checkpoint's files, which say what follows and by which sum it is known to be whole.
//!
//! libhdf5 can crash on a damaged file, so nothing reaches it whose sum is wrong.

use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The size of HDF5's user block, which this is.
pub const SIZE: usize = 512;
const MAGIC: &str = "grange checkpoint\n";
/// What this program writes, and the newest that it reads.
pub const FORMAT: u64 = 1;

/// What the user block says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Of all bytes after it, in hexadecimal digits.
    pub sha256: String,
    /// Grows by one with each write.
    pub generation: u64,
    /// Of the lock's owner that wrote it.
    pub token: u64,
}

/// Why a file is no good.
#[derive(Debug)]
pub enum Fault {
    /// There is none.
    Absent,
    /// It is something else.
    Foreign,
    /// Of a later format than this program knows.
    Newer(u64),
    /// It was a checkpoint.
    Damaged(String),
    /// It cannot be read.
    Unreadable(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Fault::Absent,
            _ => Fault::Unreadable(error),
        }
    }
}

impl Header {
    /// The user block.
    pub fn text(&self) -> [u8; SIZE] {
        let mut block = [b' '; SIZE];
        let text = format!(
            "{MAGIC}format {FORMAT}\nsha256 {}\ngeneration {}\ntoken {}\n",
            self.sha256, self.generation, self.token
        );
        block[..text.len()].copy_from_slice(text.as_bytes());
        block[SIZE - 1] = b'\n';
        block
    }

    /// What a file's first bytes say, if they are all there.
    pub fn parse(block: &[u8]) -> Result<Self, Fault> {
        let known = block.len().min(MAGIC.len());
        if block[..known] != MAGIC.as_bytes()[..known] {
            return Err(Fault::Foreign);
        }
        let damaged = |what: &str| Fault::Damaged(what.to_owned());
        if block.is_empty() {
            return Err(damaged("it is empty"));
        }
        let text = String::from_utf8_lossy(block);
        let field = |name: &str| {
            let mut lines = text.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        let number = |name| field(name).and_then(|digits| digits.parse::<u64>().ok());
        if block.len() < SIZE {
            return Err(damaged("it is cut short"));
        }
        if let Some(format) = number("format").filter(|&format| format > FORMAT) {
            return Err(Fault::Newer(format));
        }
        let header = || {
            Some(Header {
                sha256: field("sha256")?.get(..64)?.to_owned(),
                generation: number("generation")?,
                token: number("token")?,
            })
        };
        // Nothing in it may differ from what is written, the spaces at the end included.
        header()
            .filter(|header| header.text() == block)
            .ok_or_else(|| damaged("its first lines are not what they were"))
    }
}

/// What the file says it is; whether that is true is not looked at.
pub fn peek(path: &Path) -> Result<Header, Fault> {
    Header::parse(&first(&mut open(path)?)?)
}

/// What the file is, after a look at every byte.
pub fn check(path: &Path) -> Result<Header, Fault> {
    let mut file = open(path)?;
    let header = Header::parse(&first(&mut file)?)?;
    let sum = sum(&mut file).map_err(Fault::Unreadable)?;
    if sum == header.sha256 {
        return Ok(header);
    }
    Err(Fault::Damaged(
        "its bytes do not have the sum they had".to_owned(),
    ))
}

/// Fills the user block of a file that is otherwise ready and has it reach the disk; gives the sum.
pub fn seal(path: &Path, generation: u64, token: u64) -> io::Result<String> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    file.seek(SeekFrom::Start(SIZE as u64))?;
    let sha256 = sum(&mut file)?;
    let header = Header {
        sha256,
        generation,
        token,
    };
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header.text())?;
    file.sync_all()?;
    Ok(header.sha256)
}

/// Opens what is a file; a pipe would wait for somebody.
fn open(path: &Path) -> Result<File, Fault> {
    if path.metadata()?.is_file() {
        Ok(File::open(path)?)
    } else {
        Err(Fault::Foreign)
    }
}

fn first(file: &mut File) -> Result<Vec<u8>, Fault> {
    let mut block = Vec::with_capacity(SIZE);
    file.take(SIZE as u64)
        .read_to_end(&mut block)
        .map_err(Fault::Unreadable)?;
    Ok(block)
}

/// The sum of what is left to read.
fn sum(file: &mut File) -> io::Result<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => hash.update(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
