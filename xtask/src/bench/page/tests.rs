//! The page, by its text and in a browser.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use test_support::child::Child;
use test_support::watchdog;

use super::page;
use crate::bench::tests::report;
use crate::command::output_of;

/// All the page needs is in it.
#[test]
fn page_needs_no_network() {
    let page = page(&report()).unwrap();
    for outside in ["src=", "@import", "url(", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let addresses =
        page.matches("http").count() - page.matches("http://www.w3.org/2000/svg").count();
    assert_eq!(addresses, 0);
}

/// A name cannot write the page.
#[test]
fn names_are_escaped() {
    let mut report = report();
    report.machine.cpu = "<script>".to_owned();
    assert!(page(&report).unwrap().contains("&lt;script&gt;"));
}

/// Asks the page, once it is drawn: what it shows, and what pressing and typing does.
const QUESTIONS: &str = r#"<script>
const drawn = [...document.querySelectorAll("figure.scenario")].map((figure) => ({
  name: figure.dataset.name,
  bars: [...figure.querySelectorAll("svg rect")].filter((bar) => bar.getBoundingClientRect().width > 0).length,
}));
const points = document.querySelectorAll("figure.curves svg circle").length;
const column = (number) => [...document.querySelectorAll("tbody tr")]
  .filter((row) => !row.hidden).map((row) => row.cells[number].textContent);
const press = (number) => document.querySelectorAll("th button")[number].click();
press(4);
const rising = column(4);
press(4);
const falling = column(4);
press(0);
const byName = column(0);
const filter = document.getElementById("filter");
filter.value = "queue behind";
filter.dispatchEvent(new Event("input"));
const answers = { drawn, points, rising, falling, byName, filtered: column(0), overflows: document.documentElement.scrollWidth > innerWidth };
const answer = document.createElement("pre");
answer.id = "answers";
answer.textContent = JSON.stringify(answers);
document.body.append(answer);
</script>"#;

/// In a browser every scenario is drawn, and the table sorts and filters, on a phone too.
#[test]
fn browser_draws_and_sorts() {
    let _watchdog = watchdog();
    let Some(browser) = browser() else {
        println!("skipped: Chromium is not installed");
        return;
    };
    for width in [390, 1400] {
        let answers = answers_of(browser, width);
        let drawn = json!([{"name": "lock/uncontended", "bars": 2}, {"name": "queue/simple/1p1c", "bars": 4}]);
        assert_eq!(answers["drawn"], drawn);
        assert_eq!(answers["points"], 6);
        assert_eq!(answers["rising"], json!(["0.50", "3.00"]));
        assert_eq!(answers["falling"], json!(["3.00", "0.50"]));
        assert_eq!(
            answers["byName"],
            json!(["lock/uncontended", "queue/simple/1p1c"])
        );
        assert_eq!(answers["filtered"], json!(["queue/simple/1p1c"]));
        assert_eq!(answers["overflows"], false);
    }
}

fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .into_iter()
        .find(|name| output_of(std::process::Command::new(name).arg("--version")).is_some())
}

fn answers_of(browser: &str, width: u32) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index.html");
    fs::write(&file, page(&report()).unwrap() + QUESTIONS).unwrap();
    let profile = Path::join(folder.path(), "profile");
    let outcome = Child::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--window-size={width},2000"))
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", file.display()))
        .run();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let (_, answers) = outcome
        .stdout
        .split_once("<pre id=\"answers\">")
        .expect("the page answers");
    let (answers, _) = answers.split_once("</pre>").expect("the answer ends");
    serde_json::from_str(
        &answers
            .replace("&gt;", ">")
            .replace("&lt;", "<")
            .replace("&amp;", "&"),
    )
    .unwrap()
}
