//! How do I see which task of a pool ran when, and in which thread?
//!
//! ```python
//! import time
//! from concurrent.futures import ThreadPoolExecutor
//! from viztracer import VizTracer
//!
//! with VizTracer(output_file="trace.json"):
//!     with ThreadPoolExecutor(max_workers=3) as executor:
//!         list(executor.map(lambda n: time.sleep(0.01 * n), range(1, 7)))
//! ```
//!
//! Open the file it writes at <https://ui.perfetto.dev>. Its name may be given: `trace_a_pool trace.json`.

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use pythreads::threading::sleep;
use std::path::PathBuf;
use std::time::Duration;
use tracing_chrome::ChromeLayerBuilder;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> Result<(), Exception> {
    let file = std::env::args_os().nth(1).map(PathBuf::from);
    let file = file.unwrap_or_else(|| std::env::temp_dir().join("pythreads-trace.json"));
    // What is traced is written to the file's end when `_flushed` is dropped.
    let (layer, _flushed) = ChromeLayerBuilder::new()
        .file(&file)
        .include_args(true)
        .build();
    tracing_subscriber::registry().with(layer).init();

    let executor = ThreadPoolExecutor::new(3);
    let request = tracing::info_span!("request").entered();
    let tasks: Vec<_> = (1..=6)
        .map(|n| {
            let name = format!("sleep {} ms", 10 * n);
            let task = executor.task().name(&name);
            task.submit(move || sleep(Duration::from_millis(10 * n)))
        })
        .collect();
    for task in tasks {
        task.result()?;
    }
    drop(request);
    executor.shutdown();
    println!("written to {}", file.display());
    Ok(())
}
