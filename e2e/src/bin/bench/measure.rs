//! The rounds: in each, everything is measured once, in another order.

use std::process::Command;
use std::time::Duration;

use vestibule_e2e::process::processor_seconds;

use crate::load;
use crate::subject::{Sample, Subject};

/// How long it may take.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// Of each measurement at full load, and at a fixed rate.
    pub(crate) full: Duration,
    pub(crate) at_rate: Duration,
    /// Whole sign-ins.
    pub(crate) sign_ins: usize,
    pub(crate) starts: usize,
}

/// Requests a second where latency is measured: well below what the slowest of them can take.
pub(crate) const RATE: u32 = 400;

impl Effort {
    pub(crate) const WHOLE: Self = Self {
        rounds: 21,
        full: Duration::from_secs(1),
        at_rate: Duration::from_secs(1),
        sign_ins: 200,
        starts: 5,
    };
    pub(crate) const QUICK: Self = Self {
        rounds: 3,
        full: Duration::from_secs(1),
        at_rate: Duration::from_secs(1),
        sign_ins: 40,
        starts: 2,
    };
}

/// What is measured has the first processor for itself, and what makes the load the rest: else they take turns, and the cost
/// is that of the turns.
fn pin(subjects: &[Subject]) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 {
        return;
    }
    let others = format!("1-{}", cores - 1);
    let put = |pid: u32, place: &str| {
        let done = Command::new("taskset").args(["-a", "-c", "-p", place, &pid.to_string()]).output();
        assert!(
            done.is_ok_and(|done| done.status.success()),
            "taskset cannot put {pid} on processor {place}"
        );
    };
    put(std::process::id(), &others);
    for subject in subjects {
        subject.helper_pid.into_iter().for_each(|pid| put(pid, &others));
        put(subject.envoy_pid, "0");
    }
}

pub(crate) fn rounds(subjects: &mut [Subject], effort: Effort) {
    pin(subjects);
    for subject in &*subjects {
        // What is compiled and filled by the first requests is not what a request costs.
        load::full(subject, Duration::from_secs(1));
    }
    for round in 0..effort.rounds {
        let count = subjects.len();
        for place in 0..count {
            // Nobody is always the one after the same other.
            let turn = if round % 2 == 0 { place } else { count - 1 - place };
            let subject = &mut subjects[(turn + round) % count];
            let sample = sample(subject, round, effort);
            subject.samples.push(sample);
        }
    }
}

fn sample(subject: &Subject, round: usize, effort: Effort) -> Sample {
    let spent = |pid: u32| processor_seconds(pid).expect("a process that is measured");
    let (envoy, helper) = (spent(subject.envoy_pid), subject.helper_pid.map(spent));
    let full = load::full(subject, effort.full);
    let each = |before: f64, now: f64| (now - before) * 1e6 / full.requests;
    let cost_of_envoy = each(envoy, spent(subject.envoy_pid));
    let cost_of_helper = subject.helper_pid.zip(helper).map_or(0.0, |(pid, before)| each(before, spent(pid)));
    // Latency is read off, not compared: a few rounds will do.
    let is_due = round.is_multiple_of(3);
    let (p50, p99) = if is_due { load::at_rate(subject, RATE, effort.at_rate) } else { (f64::NAN, f64::NAN) };
    Sample {
        envoy: cost_of_envoy,
        helper: cost_of_helper,
        requests_a_second: full.requests_a_second,
        p50,
        p99,
    }
}
