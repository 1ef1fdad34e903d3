//! One run at a time.

use super::*;
use lock::{Hold, Lock};
use owner::Owner;

fn lock_of(folder: &Folder, owner: &Owner) {
    // Another file, as in a take-over: a run that lost its lock goes on renewing the one it had.
    let staged = folder.0.join("staged");
    fs::write(&staged, format!("{}beat 0\n", owner.text())).unwrap();
    fs::rename(staged, folder.beside(".lock")).unwrap();
}

#[test]
fn a_second_run_is_refused_and_goes_on_after_the_first() {
    let folder = Folder::new("second");
    let first = open_short(&folder.file()).unwrap();
    let said = text(open_short(&folder.file()));
    let me = format!("run.h5 is in use by process {} on host ", process::id());
    assert!(said.contains(&me) && said.contains(" since 2"), "{said}");
    let patient = Patience {
        dying: Duration::from_secs(60),
        ..SHORT
    };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| open::open(&folder.file(), about(), patient));
        first.finish("done").unwrap();
        second.join().unwrap().unwrap().finish("done").unwrap();
    });
    assert_eq!(store::read_main(&folder.file()).unwrap().token, 2);
    assert!(!folder.beside(".lock").exists());
}

#[test]
fn a_run_on_this_host_is_waited_for_and_a_dead_one_is_not() {
    let folder = Folder::new("dead");
    let mut child = Command::new("sleep").arg("100").spawn().unwrap();
    let owner = Owner {
        pid: child.id(),
        started: owner::started(child.id()),
        ..Owner::new(41)
    };
    if !Path::new("/proc/self/stat").exists() {
        println!("skipped: it cannot be seen when a process began");
        let _ = (child.kill(), child.wait());
        return;
    }
    lock_of(&folder, &owner);
    let said = text(open_short(&folder.file()));
    assert!(
        said.contains(&format!("in use by process {} on", child.id())),
        "{said}"
    );
    child.kill().unwrap();
    // A zombie is dead enough.
    while owner.is_alive() {
        std::thread::yield_now();
    }
    let staged = folder.beside(".lock.never-taken");
    fs::write(&staged, owner.text()).unwrap();
    open_short(&folder.file()).unwrap().finish("done").unwrap();
    child.wait().unwrap();
    assert_eq!(store::read_main(&folder.file()).unwrap().token, 42);
    assert!(!staged.exists());
}

#[test]
fn where_no_start_is_known_a_sign_of_life_is_looked_for() {
    let folder = Folder::new("number");
    // This process is alive, but who says that it is the one that had the lock?
    let owner = Owner {
        started: None,
        ..Owner::new(1)
    };
    lock_of(&folder, &owner);
    open_short(&folder.file()).unwrap().finish("done").unwrap();
}

#[test]
fn a_run_elsewhere_shows_that_it_lives_or_loses_the_file() {
    let folder = Folder::new("elsewhere");
    let owner = Owner {
        host: "elsewhere".into(),
        ..Owner::new(6)
    };
    let begin = Instant::now();
    let silent = begin + SHORT.silent;
    for text in [owner.text(), "no lock at all".into(), String::new()] {
        fs::write(folder.beside(".lock"), text).unwrap();
        open_short(&folder.file()).unwrap().finish("done").unwrap();
    }
    assert!(Instant::now() > silent);
    assert_eq!(store::read_main(&folder.file()).unwrap().token, 9);
    // The lock of a run here, as seen from elsewhere: its writer renews it.
    let path = folder.beside(".lock");
    let checkpoint = open_short(&folder.file()).unwrap();
    let text_now = || fs::read_to_string(&path).unwrap();
    let (before, end) = (text_now(), Instant::now() + Duration::from_secs(60));
    while before == text_now() {
        assert!(Instant::now() < end);
        std::thread::yield_now();
    }
    checkpoint.finish("done").unwrap();
    let alive = std::sync::atomic::AtomicBool::new(true);
    lock_of(&folder, &owner);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut beat = 0;
            while alive.load(std::sync::atomic::Ordering::Relaxed) {
                beat += 1;
                let staged = folder.0.join("staged");
                fs::write(&staged, format!("{}beat {beat}\n", owner.text())).unwrap();
                fs::rename(&staged, &path).unwrap();
            }
        });
        let said = text(open_short(&folder.file()));
        alive.store(false, std::sync::atomic::Ordering::Relaxed);
        assert!(said.contains("on host elsewhere since"), "{said}");
    });
}

#[test]
fn who_lost_the_file_never_writes_to_it_again() {
    let folder = Folder::new("stale");
    let stale = open_short(&folder.file()).unwrap();
    let (call, _) = stale.begin(&identity("sum", RowKind::Nodes)).unwrap();
    stale.replace(call, span(0, 1), rows(&[1]), false);
    assert_eq!(stale.refused(), None);
    // As from another host, to which this process seemed dead.
    let owner = Owner::parse(&fs::read_to_string(folder.beside(".lock")).unwrap()).unwrap();
    let far = Owner {
        host: "far".into(),
        ..owner
    };
    lock_of(&folder, &far);
    let checkpoint = open_short(&folder.file()).unwrap();
    let (call, known) = checkpoint.begin(&identity("sum", RowKind::Nodes)).unwrap();
    assert!(known.done.is_empty());
    checkpoint.replace(call, span(0, 2), rows(&[2]), false);
    let file = fs::read(folder.file()).unwrap();
    let lock = fs::read(folder.beside(".lock")).unwrap();
    stale.write();
    let said = text(stale.finish("done"));
    let words = format!(
        "run.h5 was taken over by process {} on host ",
        process::id()
    );
    assert!(
        said.contains(&words) && said.ends_with("no longer writes to it"),
        "{said}"
    );
    assert_eq!(stale.refused().map(|e| e.to_string()), Some(said));
    assert_eq!(stale.refused(), None);
    assert!(!stale.is_due());
    assert_eq!(fs::read(folder.file()).unwrap(), file);
    assert_eq!(fs::read(folder.beside(".lock")).unwrap(), lock);
    checkpoint.finish("done").unwrap();
    assert_eq!(known_grains(&folder), 2);
    assert_eq!(folder.names(), ["run.h5", "run.h5.previous"]);
}

fn known_grains(folder: &Folder) -> u64 {
    known(&folder.file()).unwrap().done.grains()
}

#[test]
fn a_lock_that_somebody_removed_is_made_again_unless_another_run_came() {
    let folder = Folder::new("removed");
    let checkpoint = open_short(&folder.file()).unwrap();
    let lock = || fs::read_to_string(folder.beside(".lock")).unwrap();
    let before = lock();
    fs::remove_file(folder.beside(".lock")).unwrap();
    checkpoint.write();
    while checkpoint.written().is_none() {
        assert_eq!(checkpoint.refused(), None);
        std::thread::yield_now();
    }
    assert_eq!(lock(), before);
    // Another came and went.
    fs::remove_file(folder.beside(".lock")).unwrap();
    finished(&folder.file(), 8);
    let said = text(checkpoint.finish("done"));
    assert!(said.contains("was taken over by another run"), "{said}");
    assert_eq!(known_grains(&folder), 8);
    assert!(!folder.beside(".lock").exists());
}

#[test]
fn of_many_at_once_one_has_it() {
    let folder = Folder::new("race");
    let path = folder.beside(".lock");
    for abandoned in [false, true] {
        if abandoned {
            let dead = Owner {
                host: "gone".into(),
                ..Owner::new(5)
            };
            lock_of(&folder, &dead);
        }
        let takers: Vec<_> = std::thread::scope(|scope| {
            let take = || Lock::take(&path, &folder.file(), || 0, SHORT).ok();
            let all: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
            all.into_iter().filter_map(|t| t.join().unwrap()).collect()
        });
        let mine = takers.iter().filter(|l| l.hold().unwrap() == Hold::Mine);
        assert_eq!(mine.count(), 1);
        drop(takers);
        assert_eq!(folder.names(), [""; 0]);
    }
}
