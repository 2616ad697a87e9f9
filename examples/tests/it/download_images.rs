//! `download_images`: the main example.

use crate::web_server;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use test_support::child::{Child, Outcome};
use test_support::watchdog;

/// The delays of the program's own server, in seconds: all of them, and the longest.
const ALL_DELAYS: f64 = 2.45;
const LONGEST_DELAY: f64 = 0.2;

/// All 15 pictures arrive whole, twice: one by one in no less than all delays, at once in less, and in the longest at least.
#[test]
fn fifteen_pictures() {
    let _watchdog = watchdog();
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
    let alone = seconds(&outcome, "one by one: 15 of 15 in ");
    let together = seconds(&outcome, "15 at once: 15 of 15 in ");
    assert!(alone >= ALL_DELAYS, "{outcome}");
    assert!((LONGEST_DELAY..ALL_DELAYS).contains(&together), "{outcome}");
    let speed_up = number(&outcome, "speed-up: ", " times");
    assert!((speed_up - alone / together).abs() < 1.0, "{outcome}");
}

/// At once means all at once: each of 15 requests is answered only when the others are there, too.
#[test]
fn fifteen_at_once() {
    let _watchdog = watchdog();
    let (server, folder) = (web_server::start(), tempfile::tempdir().unwrap());
    let list: Vec<String> = (0..web_server::TOGETHER)
        .map(|n| format!("http://{server}/together-{n}.png"))
        .collect();
    let outcome = download_list(&folder, &list, &[]);
    outcome.assert_success();
    assert_eq!(count(&outcome, "15 at once: 15 of 15 in "), 1, "{outcome}");
}

/// A pool of one is no faster than no pool.
#[test]
fn one_worker() {
    let _watchdog = watchdog();
    let folder = tempfile::tempdir().unwrap();
    let outcome = download(&folder, &["--workers", "1"]);
    outcome.assert_success();
    let together = seconds(&outcome, "1 at once: 15 of 15 in ");
    assert!(together >= ALL_DELAYS, "{outcome}");
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
        ("cut.png", "not an image that can be read"),
        ("cut.jpeg", "not an image that can be read"),
        ("cut.gif", "not an image that can be read"),
        ("cut.webp", "not an image that can be read"),
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
    assert_eq!(count(&outcome, "one by one: 10 of 22 in "), 1, "{outcome}");
    assert_eq!(count(&outcome, "22 at once: 10 of 22 in "), 1, "{outcome}");
}

/// Each format is known, also when the server announces no length, and a JPEG also with zeros behind its end.
#[test]
fn formats() {
    let _watchdog = watchdog();
    let (server, folder) = (web_server::start(), tempfile::tempdir().unwrap());
    let paths = [
        ("whole.png", "PNG 3x2, 71 bytes"),
        ("open.png", "PNG 3x2, 71 bytes"),
        ("whole.jpeg", "JPEG, 8 bytes"),
        ("open.jpeg", "JPEG, 8 bytes"),
        ("padded.jpeg", "JPEG, 11 bytes"),
        ("whole.gif", "GIF, 11 bytes"),
        ("open.gif", "GIF, 11 bytes"),
        ("whole.webp", "WebP, 20 bytes"),
        ("open.webp", "WebP, 20 bytes"),
    ];
    let list = paths.map(|(path, _)| format!("http://{server}/{path}"));
    let outcome = download_list(&folder, &list, &[]);
    outcome.assert_success();
    for (path, seen) in paths {
        let line = format!("saved   {} ({seen})", folder.path().join(path).display());
        assert_eq!(count(&outcome, &line), 2, "{line:?}: {outcome}");
    }
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

/// A program that is killed in the middle of a file leaves the one before it whole, and of this one no more than a
/// `.part` file.
#[test]
fn killed() {
    let _watchdog = watchdog();
    let (server, folder) = (web_server::start(), tempfile::tempdir().unwrap());
    let list = ["whole.png", "half.png"].map(|name| format!("http://{server}/{name}"));
    let (_elsewhere, file) = list_file(&list);
    let mut program = Command::new(env!("CARGO_BIN_EXE_download_images"))
        .arg("--urls")
        .arg(&file)
        .arg("--out")
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    server.wait_until_half_sent();
    assert!(
        program.try_wait().unwrap().is_none(),
        "it waits for the rest"
    );
    program.kill().unwrap();
    program.wait().unwrap();

    let mut left = files(&folder);
    left.retain(|name| !name.starts_with(".download-"));
    assert_eq!(left, ["whole.png".to_owned()].into());
    assert_eq!(decode(&folder.path().join("whole.png")), (3, 2));
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
    let (_elsewhere, file) = list_file(list);
    program(folder, arguments).arg("--urls").arg(&file).run()
}

/// The list as a file, in a folder that is removed when it is dropped.
fn list_file(list: &[String]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("urls.txt");
    fs::write(&file, list.join("\n")).unwrap();
    (folder, file)
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

fn seconds(outcome: &Outcome, beginning: &str) -> f64 {
    number(outcome, beginning, " s")
}

/// The number between the beginning and the end of a line.
fn number(outcome: &Outcome, beginning: &str, end: &str) -> f64 {
    let number = outcome
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix(beginning)?.strip_suffix(end));
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no line {beginning:?}: {outcome}"))
}
