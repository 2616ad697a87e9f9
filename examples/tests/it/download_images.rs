//! `download_images`: the main example.

use crate::web_server;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use test_support::child::{Child, ChildError, Outcome};
use test_support::watchdog;

/// All 15 pictures arrive whole, twice, and at once is at least 8 times faster than one by one.
#[test]
fn fifteen_pictures() {
    let _watchdog = watchdog();
    // A busy machine may disturb one run; a pool too small for the job fails in each.
    let faster = (0..3).any(|_| {
        let folder = tempfile::tempdir().unwrap();
        let outcome = download(&folder, &[]);
        outcome.assert_success();
        assert_eq!(
            files(&folder),
            (0..15).map(|n| format!("image-{n:02}.png")).collect()
        );
        for n in 0..15 {
            let size = decode(&folder.path().join(format!("image-{n:02}.png")));
            assert_eq!(size, (64 + 12 * n, 256 - 12 * n), "image {n}");
        }
        assert_eq!(count(&outcome, "saved   "), 30, "{outcome}");
        assert_eq!(count(&outcome, "one by one: 15 of 15 in "), 1, "{outcome}");
        assert_eq!(count(&outcome, "15 at once: 15 of 15 in "), 1, "{outcome}");
        speed_up(&outcome) >= 8.0
    });
    assert!(faster, "less than 8 times faster, three times");
}

/// A pool of one is as fast as no pool.
#[test]
fn one_worker() {
    let _watchdog = watchdog();
    let folder = tempfile::tempdir().unwrap();
    let outcome = download(&folder, &["--workers", "1"]);
    outcome.assert_success();
    assert_eq!(count(&outcome, "1 at once: 15 of 15 in "), 1, "{outcome}");
    assert!((0.5..2.0).contains(&speed_up(&outcome)), "{outcome}");
}

/// Whatever goes wrong with a file is told with its reason, stops no other one and leaves nothing.
#[test]
fn failures() {
    let _watchdog = watchdog();
    let (server, folder) = (web_server::start(), tempfile::tempdir().unwrap());
    let reasons = [
        ("missing.png", "the server answered 404 Not Found"),
        ("slow.png", "not complete after 0.5 s"),
        ("stuck.png", "not complete after 0.5 s"),
        ("short.png", "truncated: 20 of 71 bytes came"),
        ("text.png", "not an image that can be read"),
        ("broken.png", "not an image that can be read"),
    ];
    let other = ["# a comment", "", "http://127.0.0.1:1/port.png", "no URL"];
    let mut list: Vec<String> = other.map(String::from).into();
    for (n, (name, _)) in reasons.iter().enumerate() {
        list.push(format!("http://{server}/whole-{n}.png"));
        list.push(format!("  http://{server}/{name}  "));
    }
    let outcome = download_list(&folder, &list, &["--timeout", "0.5"]);

    assert_eq!(outcome.code, Some(1), "{outcome}");
    for (name, reason) in reasons {
        let line = format!("failed  http://{server}/{name}: {reason}");
        assert_eq!(
            count(&outcome, &line),
            2,
            "{line:?} in both passes: {outcome}"
        );
    }
    let refused = outcome
        .stdout
        .lines()
        .filter(|line| line.contains("port.png"));
    assert_eq!(
        refused.filter(|line| line.contains("refused")).count(),
        2,
        "{outcome}"
    );
    assert_eq!(count(&outcome, "failed  no URL: "), 2, "{outcome}");
    assert_eq!(
        files(&folder),
        (0..reasons.len())
            .map(|n| format!("whole-{n}.png"))
            .collect()
    );
    assert_eq!(count(&outcome, "one by one: 6 of 14 in "), 1, "{outcome}");
    assert_eq!(count(&outcome, "14 at once: 6 of 14 in "), 1, "{outcome}");
}

/// Names come from the URLs, mean nothing to the file system, and no two files share one.
#[test]
fn names() {
    let _watchdog = watchdog();
    let (server, folder) = (web_server::start(), tempfile::tempdir().unwrap());
    let paths = [
        ("/plain.png", "plain.png"),
        ("/other/plain.png", "plain-2.png"),
        ("/other/PLAIN.png", "PLAIN-3.png"),
        ("/query.png?size=large", "query.png"),
        ("/a%20b%2Fc.png", "a_20b_2Fc.png"),
        ("/..%2f..%2f.hidden.png", "_2f.._2f.hidden.png"),
        ("/folder/", "folder.png"),
        ("/folder.png", "folder-2.png"),
        ("/photo-jpeg", "photo-jpeg.jpg"),
        ("/", "image.png"),
    ];
    let list = paths.map(|(path, _)| format!("http://{server}{path}"));
    let outcome = download_list(&folder, &list, &[]);
    outcome.assert_success();
    assert_eq!(
        files(&folder),
        paths.iter().map(|(_, name)| (*name).to_owned()).collect()
    );
}

/// A file of an earlier run is replaced as a whole.
#[test]
fn replaces() {
    let _watchdog = watchdog();
    let (server, folder) = (web_server::start(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("a.png"), [0; 1000]).unwrap();
    let list = [format!("http://{server}/a.png")];
    download_list(&folder, &list, &[]).assert_success();
    assert_eq!(
        fs::read(folder.path().join("a.png")).unwrap(),
        web_server::png()
    );
}

/// What a program that was killed in the middle has saved is whole.
#[test]
fn killed() {
    let _watchdog = watchdog();
    let folder = tempfile::tempdir().unwrap();
    let limit = Duration::from_millis(1500);
    let killed = program(&folder, &[]).limit(limit).try_run().unwrap_err();
    assert!(matches!(killed, ChildError::TimedOut { .. }), "{killed}");
    for name in files(&folder)
        .iter()
        .filter(|name| name.starts_with("image-"))
    {
        decode(&folder.path().join(name));
    }
}

/// A mistake in the command line is told before anything is done.
#[test]
fn wrong_arguments() {
    let _watchdog = watchdog();
    let folder = tempfile::tempdir().unwrap();
    for wrong in [
        ["--timeout", "0"],
        ["--timeout", "soon"],
        ["--workers", "0"],
    ] {
        let outcome = download(&folder, &wrong);
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains(wrong[0]), "{outcome}");
    }
    let outcome = download(&folder, &["--urls", "no such file"]);
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(
        outcome.stderr.contains("cannot read no such file"),
        "{outcome}"
    );
    let outcome = download_list(&folder, &["# only a comment".into()], &[]);
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(outcome.stderr.contains("no URL"), "{outcome}");
}

fn program(folder: &TempDir, arguments: &[&str]) -> Child {
    Child::new(env!("CARGO_BIN_EXE_download_images"))
        .args(arguments)
        .arg("--out")
        .arg(folder.path())
        .limit(Duration::from_secs(30))
}

fn download(folder: &TempDir, arguments: &[&str]) -> Outcome {
    program(folder, arguments).run()
}

fn download_list(folder: &TempDir, list: &[String], arguments: &[&str]) -> Outcome {
    let elsewhere = tempfile::tempdir().unwrap();
    let file: PathBuf = elsewhere.path().join("urls.txt");
    fs::write(&file, list.join("\n")).unwrap();
    program(folder, arguments).arg("--urls").arg(&file).run()
}

/// All that is in the folder, hidden files too.
fn files(folder: &TempDir) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn decode(path: &Path) -> (u32, u32) {
    let file = BufReader::new(File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    while reader.next_row().unwrap().is_some() {}
    (reader.info().width, reader.info().height)
}

fn count(outcome: &Outcome, beginning: &str) -> usize {
    outcome
        .stdout
        .lines()
        .filter(|line| line.starts_with(beginning))
        .count()
}

fn speed_up(outcome: &Outcome) -> f64 {
    let times = outcome
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("speed-up: "));
    let times = times.and_then(|times| times.strip_suffix(" times"));
    times
        .and_then(|times| times.parse().ok())
        .unwrap_or_else(|| panic!("no speed-up: {outcome}"))
}
