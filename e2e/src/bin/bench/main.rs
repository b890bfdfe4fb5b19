//! What a request costs in Envoy: bare, with Vestibule, and with what people use in its place.
//!
//! `scripts/bench` measures all of it in the same rounds, for machines are noisy and only ratios hold. The cost is the
//! processor time of Envoy and of whatever it asks, for a request; the load generator and the application do not count.
//! The results are in `e2e/bench/`.

mod application;
mod builds;
mod life;
mod load;
mod measure;
mod ours;
mod plot;
mod report;
mod rivals;
mod soak;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use measure::Effort;
use report::Report;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.first().is_some_and(|argument| argument == "--quick");
    if quick {
        arguments.remove(0);
    }
    let effort = if quick { Effort::QUICK } else { Effort::WHOLE };
    match arguments.split_first() {
        None => whole(effort, !quick).await,
        Some((first, builds)) if first == "--builds" && !builds.is_empty() => {
            builds::compare(&builds.iter().map(PathBuf::from).collect::<Vec<_>>(), effort).await;
        }
        Some((first, [minutes]))
            if first == "--soak" && minutes.parse::<u64>().is_ok_and(|minutes| minutes > 0) =>
        {
            return soak::run(minutes.parse().unwrap_or(1)).await;
        }
        Some(_) => {
            eprintln!("usage: scripts/bench [--quick] [--builds WASM...] | --soak MINUTES");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// `keep`: the results replace those in the repository.
async fn whole(effort: Effort, keep: bool) {
    let application = application::start().await;
    let ours = ours::Ours::start(application.plain()).await;
    let rivals = rivals::Rivals::start(application.plain()).await;
    let mut subjects = vec![rivals.bare()];
    subjects.extend(rivals.native());
    subjects.extend(ours.subjects().await);
    subjects.push(rivals.empty());
    subjects.extend(rivals.external());
    for subject in &subjects {
        subject.check().await;
    }
    measure::rounds(&mut subjects, effort);
    let sign_ins = life::sign_ins(&ours, effort).await;
    let starts = life::starts(application.plain(), None, effort).await;
    let memory = life::memory(application.plain()).await;
    let report = Report { subjects: &subjects, sign_ins, starts, memory, effort };
    print!("{}", report.text());
    if keep {
        report.write();
    }
}
