//! Where the benchmarks run.

use std::fs;
use std::thread;

use pythreads_benches::Machine;
use rustix::system::uname;

pub(crate) fn this() -> Machine {
    let uname = uname();
    let part = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    Machine {
        cpu: processor().unwrap_or_else(|| "unknown".to_owned()),
        threads: thread::available_parallelism().map_or(1, usize::from),
        system: format!(
            "{} {} {}",
            part(uname.sysname()),
            part(uname.release()),
            part(uname.machine())
        ),
        load: load().unwrap_or_default(),
    }
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}
