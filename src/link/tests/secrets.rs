use super::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn refusal(path: &Path) -> String {
    let error = Secret::read(path).unwrap_err();
    assert_eq!(error.code(), 2);
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    text
}

#[test]
fn is_made_once_and_is_its_owners() {
    let folder = Folder::new();
    let path = folder.0.join("secret");
    assert!(refusal(&path).contains("no such file"));
    let all: Vec<Secret> = std::thread::scope(|scope| {
        let make = || Secret::read_or_make(&path).unwrap();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(all.iter().all(|secret| *secret == all[0]));
    assert_eq!(Secret::read(&path).unwrap(), all[0]);
    assert_ne!(all[0], Secret::random().unwrap());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.len(), 65);
    assert!(text.ends_with('\n'));
    // Nothing of the attempts is left.
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    assert!(!format!("{:?}", all[0]).contains(&text[..8]));
}

#[test]
fn that_others_can_read_is_refused() {
    let folder = Folder::new();
    let path = folder.0.join("secret");
    Secret::read_or_make(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert!(refusal(&path).contains("others may use it"));
        assert!(Secret::read_or_make(&path).is_err());
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    Secret::read(&path).unwrap();
}

#[test]
fn of_another_user_is_refused() {
    let folder = Folder::new();
    let path = folder.0.join("secret");
    Secret::read_or_make(&path).unwrap();
    // Only root can give a file away.
    if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
        assert!(refusal(&path).contains("another user's (number 12345)"));
    }
}

#[test]
fn that_is_none_is_refused() {
    let folder = Folder::new();
    let path = folder.0.join("secret");
    let digits = "0123456789abcdef".repeat(4);
    for (text, good) in [
        (digits.clone(), true),
        (format!("{digits}\n"), true),
        (digits.to_uppercase(), true),
        (format!("{digits}\n\n"), false),
        (format!("{digits}0"), false),
        (digits[1..].to_owned(), false),
        (format!("+{}", &digits[1..]), false),
        ("x".repeat(1000), false),
    ] {
        fs::write(&path, &text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(Secret::read(&path).is_ok(), good, "{text:?}");
    }
    assert!(refusal(&path).contains("64 hexadecimal digits"));
    assert!(refusal(&folder.0).contains("not a file"));
}
