use super::*;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::SystemTime;

pub fn entry(kind: Kind, id: &str) -> Entry {
    Entry {
        kind,
        id: id.to_owned(),
        program: "sum_primes".to_owned(),
        host: "n1".to_owned(),
        pid: 77,
        addresses: vec!["10.0.0.1:7000".parse().unwrap(), "[::1]:1".parse().unwrap()],
    }
}

fn live(of: &Rendezvous) -> Vec<Entry> {
    let found = of.list().unwrap().into_iter();
    found.filter(|f| f.live).map(|f| f.entry).collect()
}

#[test]
fn who_is_there_is_found_until_it_is_not() {
    let folder = Folder::new();
    let path = folder.0.join("deep/down");
    let here = Rendezvous::open(&path).unwrap();
    let there = Rendezvous::open(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(here.secret().unwrap(), there.secret().unwrap());
    let (run, server) = (entry(Kind::Run, "a-1"), entry(Kind::Server, "b"));
    let run_notice = here.announce(&run).unwrap();
    let server_notice = here.announce(&server).unwrap();
    assert_eq!(live(&there), [run.clone(), server.clone()]);
    drop(run_notice);
    assert_eq!(live(&there), [server]);
    drop(server_notice);
    assert_eq!(there.list().unwrap(), []);
    // Only the secret is left.
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
}

#[test]
fn who_is_gone_is_told_from_who_is_there_and_a_lost_file_comes_back() {
    let folder = Folder::new();
    let here = Rendezvous::open(&folder.0).unwrap();
    let run = entry(Kind::Run, "x");
    let notice = here.announce(&run).unwrap();
    let path = folder.0.join("run-x");
    let was = fs::read(&path).unwrap();
    wait_for("a renewal", || fs::read(&path).unwrap() != was);
    fs::remove_file(&path).unwrap();
    wait_for("a new file", || live(&here) == [run.clone()]);
    drop(notice);
    let aged = |seconds| {
        fs::write(&path, &was).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let then = SystemTime::now() - Duration::from_secs(seconds);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(then)
            .unwrap();
        here.list().unwrap()
    };
    let found = |live| {
        [Found {
            entry: run.clone(),
            live,
        }]
    };
    assert_eq!(aged(10), found(true));
    assert_eq!(aged(60), found(false));
    // What was left long ago is removed by who comes.
    drop(here.announce(&entry(Kind::Run, "y")).unwrap());
    assert!(path.exists());
    aged(3600);
    drop(here.announce(&entry(Kind::Run, "y")).unwrap());
    assert!(!path.exists());
}

#[test]
fn what_is_damaged_or_not_ones_own_is_left_out() {
    let folder = Folder::new();
    let here = Rendezvous::open(&folder.0).unwrap();
    let run = entry(Kind::Run, "good");
    let _notice = here.announce(&run).unwrap();
    let good = fs::read(folder.0.join("run-good")).unwrap();
    let put = |name: &str, bytes: &[u8], mode| {
        let path = folder.0.join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    };
    put("run-other", &good, 0o600);
    put("run-cut", &good[..50], 0o600);
    put("run-empty", b"", 0o600);
    put("run-large", &vec![b'x'; 1 << 20], 0o600);
    put("elsewhere", &good, 0o600);
    symlink(put("target", &good, 0o600), folder.0.join("run-link")).unwrap();
    fs::create_dir(folder.0.join("run-folder")).unwrap();
    let text = |id: &str| String::from_utf8(good.clone()).unwrap().replace("good", id);
    put("run-open", text("open").as_bytes(), 0o666);
    put(
        "run-future",
        text("future")
            .replace("\"format\":1", "\"format\":2")
            .as_bytes(),
        0o600,
    );
    let theirs = put("run-theirs", text("theirs").as_bytes(), 0o600);
    if std::os::unix::fs::chown(&theirs, Some(12_345), None).is_err() {
        fs::remove_file(&theirs).unwrap();
    }
    assert_eq!(live(&here), [run]);
    put("run-fine", text("fine").as_bytes(), 0o600);
    assert_eq!(live(&here).len(), 2);
}

#[test]
fn a_directory_that_others_write_to_is_refused() {
    let folder = Folder::new();
    for mode in [0o770, 0o707, 0o777] {
        fs::set_permissions(&folder.0, Permissions::from_mode(mode)).unwrap();
        let error = Rendezvous::open(&folder.0).unwrap_err();
        assert_eq!(error.code(), 2);
        assert!(
            error.to_string().contains("others may write to it"),
            "{error}"
        );
    }
    fs::set_permissions(&folder.0, Permissions::from_mode(0o755)).unwrap();
    Rendezvous::open(&folder.0).unwrap();
    fs::write(folder.0.join("file"), "").unwrap();
    assert!(Rendezvous::open(&folder.0.join("file")).is_err());
}

#[test]
fn what_cannot_be_read_again_is_not_announced() {
    let folder = Folder::new();
    let here = Rendezvous::open(&folder.0).unwrap();
    for id in ["", "a/b", "a.b", &"a".repeat(65)] {
        assert!(here.announce(&entry(Kind::Run, id)).is_err());
    }
    let mut long = entry(Kind::Run, "long");
    long.program = "x".repeat(1000);
    let text = here.announce(&long).unwrap_err().to_string();
    assert!(text.contains("at most 1024"), "{text}");
}
