//! What a request costs, in instructions: the same number on every run, whatever else the machine does.
//!
//! ```text
//! cargo bench --locked -p vestibule --bench counts                     counts each case and compares with counts.txt
//! UPDATE_GOLDEN=1 cargo bench --locked -p vestibule --bench counts     writes counts.txt anew
//! ```
//!
//! Valgrind counts, so that nothing is timed. Each case runs twice, with and without the requests, and the difference
//! is theirs. A case that costs more than [`budget::SLACK`] above what the file says fails.

#![expect(
    clippy::disallowed_methods,
    reason = "a command, which is told what to do by its arguments and environment"
)]

mod budget;
mod cases;
mod valgrind;
#[path = "../../tests/engine/world/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
mod world;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use cases::CASES;

/// How many requests a case is counted over.
const REQUESTS: usize = 100;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [case, requests] => {
            run(case, requests.parse().expect("a number of requests"));
            ExitCode::SUCCESS
        }
        _ => match count_all() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("counts: {why}");
                ExitCode::FAILURE
            }
        },
    }
}

/// What Valgrind looks at.
fn run(case: &str, requests: usize) {
    let (_, prepare) = CASES.iter().find(|(name, _)| *name == case).expect("a case of this name");
    // As much is made ready as can be needed, so that it is the same work in both runs.
    let mut one = prepare(REQUESTS);
    (0..requests).for_each(|_| one());
    std::mem::forget(one);
}

/// On all processors, for nothing is timed.
fn count_all() -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut counts = Vec::new();
        while let Some((place, (name, _))) =
            CASES.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed))
        {
            counts.push((place, count(name)?));
        }
        Ok::<_, String>(counts)
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let done = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker")).collect::<Result<Vec<_>, _>>()
    })?;
    let mut counts: Vec<_> = done.into_iter().flatten().collect();
    counts.sort_unstable();
    budget::compare(&counts.into_iter().map(|(_, count)| count).collect::<Vec<_>>())
}

fn count(name: &'static str) -> Result<(&'static str, u64), String> {
    let all = valgrind::instructions(name, REQUESTS)?;
    let none = valgrind::instructions(name, 0)?;
    Ok((name, all.saturating_sub(none) / REQUESTS as u64))
}
