//! Calls with many rows.

use super::*;

/// Rows of about 3 MiB, numbered from `from`.
fn many(from: u64) -> Rows {
    let mut rows = Rows::default();
    for i in from..from + 120_000 {
        let mut bytes = Vec::new();
        value::append(&mut bytes, &(i as f64)).unwrap();
        rows.push(0, i, &bytes);
    }
    rows
}

/// All rows, the pieces first.
fn all(checkpoint: &Checkpoint, known: &Known) -> Rows {
    let mut rows = Rows::default();
    for piece in &known.pieces {
        rows.append(checkpoint.read(piece).unwrap());
    }
    rows.extend(&known.rows);
    rows
}

/// Appends ten times, in two sessions; gives all rows.
fn filled(path: &Path) -> Rows {
    let mut whole = Rows::default();
    for session in 0..2 {
        let checkpoint = open_short(path).unwrap();
        let (call, known) = checkpoint.begin(&identity("map", RowKind::Items)).unwrap();
        assert!(all(&checkpoint, &known) == whole);
        assert_eq!(known.done, span(0, session * 5));
        for i in session * 5..session * 5 + 5 {
            let rows = many(i * 120_000);
            whole.extend(&rows);
            checkpoint.append(call, &span(i, i + 1), rows, i == 9);
            checkpoint.write();
        }
        checkpoint.finish("done").unwrap();
    }
    whole
}

#[test]
fn many_rows_go_to_pieces_and_come_back() {
    let folder = Folder::new("pieces");
    let whole = filled(&folder.file());
    let files = Files::of(&folder.file()).unwrap();
    for stray in ["999999.h5", "stray"] {
        fs::write(files.piece(stray), "x").unwrap();
    }
    fs::write(files.writing(7), "x").unwrap();
    let checkpoint = open_short(&folder.file()).unwrap();
    let (_, known) = checkpoint.begin(&identity("map", RowKind::Items)).unwrap();
    assert!(known.pieces.len() >= 2 && known.complete);
    assert!(known.rows.bytes() <= state::PIECE);
    assert_eq!(known.done, span(0, 10));
    assert!(all(&checkpoint, &known) == whole);
    checkpoint.finish("done").unwrap();
    let mut names: Vec<_> = fs::read_dir(files.pieces())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let named: Vec<_> = known.pieces.iter().map(|p| p.name.clone()).collect();
    assert_eq!(names, named);
    assert_eq!(
        folder.names(),
        ["run.h5", "run.h5.pieces", "run.h5.previous"]
    );
    // The pieces' own grains and those of the tail are all there are, once.
    let image = store::read_main(&folder.file()).unwrap();
    let mut grains = image.calls[0].tail_done();
    for name in named {
        for part in store::read_piece(&files.piece(&name)).unwrap().0.iter() {
            assert_eq!(grains.insert(part), part.len());
        }
    }
    assert_eq!(grains, span(0, 10));
}

#[test]
fn a_damaged_piece_is_an_error() {
    let folder = Folder::new("damaged-piece");
    filled(&folder.file());
    let checkpoint = open_short(&folder.file()).unwrap();
    let (_, known) = checkpoint.begin(&identity("map", RowKind::Items)).unwrap();
    let piece = &known.pieces[0];
    let path = folder.beside(".pieces").join(&piece.name);
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[good.len() / 2] ^= 1;
    let other = folder.beside(".pieces").join(&known.pieces[1].name);
    for bytes in [
        &bad[..],
        &good[..good.len() - 1],
        b"",
        &fs::read(other).unwrap(),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = checkpoint.read(piece).unwrap_err();
        assert_eq!(error.code(), 7);
        assert!(
            error.to_string().contains("run.h5 lacks its piece"),
            "{error}"
        );
    }
    checkpoint.finish("done").unwrap();
    fs::remove_file(&path).unwrap();
    let error = text(open_short(&folder.file()));
    assert!(
        error.contains("its piece 000001.h5 is not there"),
        "{error}"
    );
    fs::write(&path, good).unwrap();
    open_short(&folder.file()).unwrap();
}

#[test]
fn a_piece_never_takes_the_place_of_another() {
    let folder = Folder::new("piece-names");
    let checkpoint = open_short(&folder.file()).unwrap();
    let files = Files::of(&folder.file()).unwrap();
    // As another run might, that has taken over.
    fs::create_dir(files.pieces()).unwrap();
    fs::write(files.piece("000001.h5"), "another's").unwrap();
    let (call, _) = checkpoint.begin(&identity("map", RowKind::Jobs)).unwrap();
    (0..3).for_each(|i| checkpoint.append(call, &span(i, i + 1), many(i), false));
    checkpoint.finish("done").unwrap();
    assert_eq!(fs::read(files.piece("000001.h5")).unwrap(), b"another's");
    assert_eq!(
        store::read_main(&folder.file()).unwrap().calls[0].pieces[0].name,
        "000002.h5"
    );
}

/// A Python that has h5py.
fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let import = Command::new(python).args(["-c", "import h5py"]).output();
        import.is_ok_and(|output| output.status.success())
    })
}

const SUM: &str = "
import h5py, sys
with h5py.File(sys.argv[1]) as file:
    call = file['calls/0000']
    parts = [call['piece_files'][name.decode()] for name in call['pieces']['name']] + [call]
    print(len(parts), sum(float(part['values/value'][:].sum()) for part in parts),
        sum(int(part['index'].shape[0]) for part in parts),
        sum(int((part['done']['end'] - part['done']['start']).sum()) for part in parts[:-1]),
        file['sessions']['ended'][-1].decode(), call.attrs['key'])
";

#[test]
fn other_programs_read_on_into_the_pieces() {
    let folder = Folder::new("pieces-h5py");
    let whole = filled(&folder.file());
    let image = store::read_main(&folder.file()).unwrap();
    let call = &image.calls[0];
    for piece in &call.pieces {
        let path = folder.beside(".pieces").join(&piece.name);
        match unlocked("h5dump").arg("-H").arg(path).output() {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(_) => println!("skipped: no h5dump"),
        }
    }
    let Some(python) = python() else {
        println!("skipped: no python3 with h5py");
        return;
    };
    let output = unlocked(python)
        .args(["-c", SUM])
        .arg(folder.file())
        .output()
        .unwrap();
    let n = whole.len() as f64;
    let expected = format!(
        "{} {:?} {} {} done map\n",
        call.pieces.len() + 1,
        n * (n - 1.0) / 2.0,
        whole.len(),
        10 - call.tail_done().grains()
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{output:?}"
    );
}
