//! Files that are damaged, or something else.

use super::*;

/// The state after two runs: 5 in the file, what is before the last write of it in the previous.
fn two(folder: &Folder) -> (Vec<u8>, Vec<u8>) {
    finished(&folder.file(), 4);
    finished(&folder.file(), 5);
    let read = |path: PathBuf| fs::read(path).unwrap();
    (read(folder.file()), read(folder.beside(".previous")))
}

/// What `find` takes for the file's state, without a session of its own.
fn found(folder: &Folder) -> Result<Option<u64>, Error> {
    let files = Files::of(&folder.file()).unwrap();
    open::find(&files, true).map(|found| Some(found?.image.calls[0].done.grains()))
}

#[test]
fn no_damage_goes_unnoticed() {
    let folder = Folder::new("damage");
    let (good, previous) = two(&folder);
    assert_eq!(found(&folder), Ok(Some(5)));
    let mut seen = [0; 3];
    let mut check = |bytes: &[u8], what: &str| {
        fs::write(folder.file(), bytes).unwrap();
        fs::write(folder.beside(".previous"), &previous).unwrap();
        match found(&folder) {
            Ok(Some(4)) => seen[0] += 1,
            // Who damages the magic or the format's number makes another file of it.
            Err(Error::Usage(said)) if said.contains("no checkpoint of grange") => seen[1] += 1,
            Err(Error::Usage(said)) if said.contains("newer format") => seen[2] += 1,
            other => panic!("{what}: {other:?}"),
        }
        fs::remove_file(folder.beside(".previous")).unwrap();
        let alone = found(&folder);
        assert!(alone.is_err(), "{what}: {alone:?}");
    };
    for length in (0..600).chain((600..good.len()).step_by(97)) {
        check(&good[..length], &format!("{length} bytes"));
    }
    check(&[&good[..], b"\0"].concat(), "a byte more");
    for at in (0..520).chain((520..good.len()).step_by(41)) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        check(&bytes, &format!("a bit of byte {at}"));
    }
    assert!(seen[0] > 1000 && seen[1] >= 17, "{seen:?}");
}

#[test]
fn the_previous_one_goes_on() {
    let folder = Folder::new("previous");
    let (good, previous) = two(&folder);
    fs::write(folder.file(), &good[..700]).unwrap();
    assert_eq!(known(&folder.file()).unwrap().done, span(0, 4));
    // A damaged file never becomes the previous one.
    assert_eq!(known(&folder.file()).unwrap().done, span(0, 4));
    fs::write(folder.beside(".previous"), &previous).unwrap();
    fs::remove_file(folder.file()).unwrap();
    assert_eq!(known(&folder.file()).unwrap().done, span(0, 4));
    for bytes in [&b""[..], &good[..700]] {
        fs::write(folder.file(), bytes).unwrap();
        fs::write(folder.beside(".previous"), &good[..500]).unwrap();
        let error = known(&folder.file()).unwrap_err();
        assert_eq!(error.code(), 7);
        let said = error.to_string();
        assert!(
            said.contains("run.h5 is damaged") && said.contains("--restart"),
            "{said}"
        );
        assert_eq!(fs::read(folder.file()).unwrap(), bytes);
    }
    assert_eq!(folder.names(), ["run.h5", "run.h5.previous"]);
}

#[test]
fn what_is_something_else_stays_as_it_is() {
    let folder = Folder::new("foreign");
    let (good, _) = two(&folder);
    fs::remove_file(folder.beside(".previous")).unwrap();
    let newer = String::from_utf8_lossy(&good[..512]).replacen("format 1", "format 2", 1);
    let newer = [newer.as_bytes(), &good[512..]].concat();
    let plain = folder.0.join("plain.h5");
    hdf5::File::create(&plain).unwrap().close().unwrap();
    for (bytes, words) in [
        (b"precious".to_vec(), "is no checkpoint of grange"),
        (vec![0; 2000], "is no checkpoint of grange"),
        (fs::read(&plain).unwrap(), "is no checkpoint of grange"),
        (newer, "is of a newer format (2; this program knows 1)"),
    ] {
        fs::write(folder.file(), &bytes).unwrap();
        let error = known(&folder.file()).unwrap_err();
        assert!(
            matches!(&error, Error::Usage(said) if said.contains(words)),
            "{error}"
        );
        assert_eq!(fs::read(folder.file()).unwrap(), bytes);
        assert_eq!(folder.names(), ["plain.h5", "run.h5"]);
    }
    fs::write(folder.file(), &good).unwrap();
    let other = About {
        program: "programme 1.0".into(),
        ..about()
    };
    let said = text(open::open(&folder.file(), other, SHORT));
    assert!(
        said.contains("program program, and this is programme"),
        "{said}"
    );
    assert_eq!(fs::read(folder.file()).unwrap(), good);
    let later = About {
        program: "program 1.1".into(),
        ..about()
    };
    let checkpoint = open::open(&folder.file(), later, SHORT).unwrap();
    checkpoint.finish("done").unwrap();
    assert_eq!(store::read_main(&folder.file()).unwrap().version, "1.1");
}

#[test]
fn places_where_no_file_can_be_are_told() {
    let folder = Folder::new("places");
    std::os::unix::fs::symlink("nowhere", folder.0.join("link")).unwrap();
    fs::write(folder.0.join("file"), "x").unwrap();
    for (path, words) in [
        (folder.0.clone(), "it is a directory"),
        (folder.0.join("none/run.h5"), "its folder does not exist"),
        (folder.0.join("link"), "it is a link to nothing"),
        (folder.0.join("file/run.h5"), "Not a directory"),
        (PathBuf::from("/"), "needs the name of a file"),
        (
            PathBuf::from("/proc/run.h5"),
            "cannot make a file in the folder /proc",
        ),
        (PathBuf::from("/dev/null"), "no checkpoint of grange"),
    ] {
        if path.starts_with("/proc") && !Path::new("/proc").exists() {
            continue;
        }
        let error = open_short(&path).map(|_| ()).unwrap_err();
        let said = error.to_string();
        assert!(
            matches!(error, Error::Usage(_)) && said.contains(words),
            "{said}"
        );
        assert!(
            said.contains(&*path.to_string_lossy()) && !said.contains('\n'),
            "{said}"
        );
    }
    assert_eq!(folder.names(), ["file", "link"]);
}

#[test]
fn a_restart_puts_away_what_is_there() {
    let folder = Folder::new("restart");
    let restart = || {
        let about = About {
            restart: true,
            ..about()
        };
        let checkpoint = open::open(&folder.file(), about, SHORT).unwrap();
        let (_, known) = checkpoint.begin(&identity("sum", RowKind::Nodes)).unwrap();
        assert!(known.done.is_empty());
        checkpoint.finish("done").unwrap();
    };
    let (good, _) = two(&folder);
    fs::create_dir(folder.beside(".pieces")).unwrap();
    restart();
    assert_eq!(fs::read(folder.beside(".old")).unwrap(), good);
    fs::remove_file(folder.beside(".previous")).unwrap();
    fs::write(folder.file(), "something else").unwrap();
    restart();
    assert_eq!(
        fs::read(folder.beside(".old.2")).unwrap(),
        b"something else"
    );
    fs::write(folder.file(), "").unwrap();
    restart();
    let names = [
        "run.h5",
        "run.h5.old",
        "run.h5.old.2",
        "run.h5.old.3",
        "run.h5.old.3.previous",
        "run.h5.old.pieces",
        "run.h5.old.previous",
        "run.h5.previous",
    ];
    assert_eq!(folder.names(), names);
}
