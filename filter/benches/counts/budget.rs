//! What each case may cost: the counts that are kept in the repository.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/counts/counts.txt");

const HEAD: &str = "\
# Instructions for a request, counted natively by `cargo bench --locked -p vestibule --bench counts`.
";

/// In percent: by so much a count may be above the file. Another libc copies and compares in other steps.
pub(crate) const SLACK: u64 = 3;

/// In percent: by so much a request may cost more with 1,000 rules than with one.
const SLACK_OF_RULES: u64 = 10;

/// Prints the counts beside those of the file.
///
/// # Errors
/// One line a case that costs too much, or that the file does not know.
pub(crate) fn compare(counts: &[(&str, u64)]) -> Result<(), String> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let lines = counts.iter().fold(HEAD.to_owned(), |mut lines, (case, count)| {
            let _ = writeln!(lines, "{case} {count}");
            lines
        });
        fs::write(FILE, lines).map_err(|error| format!("{FILE}: {error}"))?;
    }
    let text = fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let kept = read(&text);
    println!("{:<24}{:>14}{:>14}", "instructions a request", "now", "kept");
    for (case, count) in counts {
        let kept = kept.get(case).map_or_else(|| "-".to_owned(), ToString::to_string);
        println!("{case:<24}{count:>14}{kept:>14}");
    }
    let faults: Vec<String> = faults(counts, &kept).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\ncounts: ")) }
}

fn read(text: &str) -> BTreeMap<&str, u64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(case, count)| Some((case, count.parse().ok()?)))
        .collect()
}

fn faults(counts: &[(&str, u64)], kept: &BTreeMap<&str, u64>) -> impl Iterator<Item = String> {
    let against_kept = counts.iter().filter_map(|(case, count)| match kept.get(case) {
        None => Some(format!("{case} is not in {FILE}: write it with UPDATE_GOLDEN=1")),
        Some(kept) if is_above(*count, *kept, SLACK) => {
            Some(format!("{case} costs {count} instructions, more than {SLACK} % above {kept}"))
        }
        Some(_) => None,
    });
    let of = |case: &str| counts.iter().find(|(name, _)| *name == case).map(|(_, count)| *count);
    let rules = counts.iter().filter_map(move |(case, many)| {
        let one = of(&format!("{}_1", case.strip_suffix("_1000")?))?;
        let costs_more = is_above(*many, one, SLACK_OF_RULES);
        costs_more.then(|| {
            format!("{case} costs {many} instructions, more than {SLACK_OF_RULES} % above {one} for one")
        })
    });
    against_kept.chain(rules)
}

fn is_above(count: u64, base: u64, percent: u64) -> bool {
    count * 100 > base * (100 + percent)
}
