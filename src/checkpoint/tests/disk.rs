//! Disks that are full.

use super::*;

/// A file system of 256 KiB, if this process may make one.
struct Tiny(Folder);

impl Tiny {
    fn new() -> Option<Self> {
        let folder = Folder::new("tiny");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(&folder.0)
            .output();
        mount
            .is_ok_and(|output| output.status.success())
            .then(|| Tiny(folder))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0.0).status();
    }
}

#[test]
fn a_full_disk_stops_nothing() {
    let Some(tiny) = Tiny::new() else {
        println!("skipped: no small file system can be mounted");
        return;
    };
    let folder = &tiny.0;
    let checkpoint = open_short(&folder.file()).unwrap();
    let (call, _) = checkpoint.begin(&identity("sum", RowKind::Nodes)).unwrap();
    let write = || {
        let before = checkpoint.written();
        checkpoint.write();
        while !checkpoint.is_due() {
            std::thread::yield_now();
        }
        checkpoint.written() != before
    };
    assert!(write());
    let good = fs::read(folder.file()).unwrap();
    let large: Vec<u64> = (0..60_000).collect();
    for _ in 0..3 {
        checkpoint.replace(call, span(0, 1), rows(&large), false);
        assert!(!write());
        assert_eq!(fs::read(folder.file()).unwrap(), good);
        assert_eq!(folder.names(), ["run.h5", "run.h5.lock", "run.h5.previous"]);
    }
    // Nor does libhdf5 keep open what has been removed.
    let open = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let open = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    let left: Vec<_> = open.filter(|path| path.starts_with(&folder.0)).collect();
    let lock = |path: &PathBuf| path.to_string_lossy().contains("run.h5.lock");
    assert!(left.iter().all(lock) && left.len() == 1, "{left:?}");
    checkpoint.replace(call, span(0, 2), rows(&[1]), false);
    assert!(write());
    checkpoint.replace(call, span(0, 3), rows(&large), false);
    let error = checkpoint.finish("done").unwrap_err();
    assert!(error.to_string().contains("cannot write"), "{error}");
    assert_eq!(known(&folder.file()).unwrap().done, span(0, 2));
}
