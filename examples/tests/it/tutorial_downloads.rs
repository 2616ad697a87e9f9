//! Thread-local data, names, ten threads, completion order, downloads.

use crate::web_server;
use pythreads::concurrent::futures::{ThreadPoolExecutor, as_completed};
use pythreads::threading::{Local, Thread, current_thread, main_thread, sleep};
use std::error::Error;
use std::time::{Duration, Instant};
use test_support::watchdog;

/// `threading.local()`, `thread_data.x = 10`
#[test]
fn local_data() {
    static THREAD_DATA: Local<u32> = Local::new(|| 0);

    let _watchdog = watchdog();
    THREAD_DATA.set(10);
    let other = Thread::new(|| assert_eq!(THREAD_DATA.get(), 0));
    other.start();
    other.join().unwrap();
    assert_eq!(THREAD_DATA.get(), 10);
}

fn do_something(hundredths: u64) -> &'static str {
    sleep(Duration::from_millis(10 * hundredths));
    "Done Sleeping..."
}

/// `Thread(group=None, name="any_name", target=do_something, args=[1], kwargs={}, daemon=None)`
#[test]
fn named() -> Result<(), Box<dyn Error>> {
    let _watchdog = watchdog();
    let thread1 = Thread::builder().name("any_name").target(|| {
        do_something(1);
        assert_eq!(current_thread().name(), "any_name");
        assert!(current_thread() != main_thread());
    });
    thread1.start();
    thread1.join()?;
    Ok(())
}

/// Ten threads sleep for 0.1 s each, and all together.
#[test]
fn ten() -> Result<(), Box<dyn Error>> {
    let _watchdog = watchdog();
    let start = Instant::now();
    let sleeper = || {
        do_something(10);
    };
    let threads: Vec<Thread> = (0..10).map(|_| Thread::new(sleeper)).collect();
    for t in &threads {
        t.start();
    }
    for t in &threads {
        t.join()?;
    }
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(100) && took < Duration::from_millis(900),
        "{took:?}"
    );
    Ok(())
}

/// `executor.submit(do_something, 1).result()`
#[test]
fn submit() -> Result<(), Box<dyn Error>> {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::default();
    let f1 = executor.submit(|| do_something(1));
    assert_eq!(f1.result()?, "Done Sleeping...");
    Ok(())
}

/// `for f in concurrent.futures.as_completed(futures)`
#[test]
fn completed() -> Result<(), Box<dyn Error>> {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::default();
    let futures = [3, 1, 2].map(|s| executor.submit(move || do_something(s)));
    for f in as_completed(futures) {
        assert_eq!(f.result()?, "Done Sleeping...");
    }
    Ok(())
}

fn download_image(img_url: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    let img_bytes = ureq::get(img_url).call()?.body_mut().read_to_vec()?;
    let img_name = img_url.split('/').nth(3).ok_or("no name in the URL")?;
    Ok(format!("{img_name}.png, {} bytes", img_bytes.len()))
}

/// `executor.map(download_image, img_urls)`: results in the order of the URLs, failures as values.
#[test]
fn downloads() {
    let _watchdog = watchdog();
    let server = web_server::start();
    let img_urls = ["photo-1", "missing", "photo-2"].map(|name| format!("http://{server}/{name}"));
    let executor = ThreadPoolExecutor::default();
    let mut lines = Vec::new();
    for img in executor.map_fallible(img_urls, |img_url| download_image(&img_url)) {
        match img {
            Ok(name) => lines.push(format!("{name} is downloaded...")),
            Err(e) => lines.push(format!("failed: {e}")),
        }
    }
    let size = web_server::png().len();
    assert_eq!(
        lines[0],
        format!("photo-1.png, {size} bytes is downloaded...")
    );
    assert!(
        lines[1].starts_with("failed: ") && lines[1].contains("404"),
        "{}",
        lines[1]
    );
    assert_eq!(
        lines[2],
        format!("photo-2.png, {size} bytes is downloaded...")
    );
}
