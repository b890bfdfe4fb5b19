//! The results, for a terminal and for `e2e/bench/results.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use vestibule_e2e::envoy::filter_wasm;

use crate::life::{Memory, SignIns, Starts};
use crate::measure::{Effort, RATE};
use crate::plot;
use crate::subject::{Expected, Spread, Subject};

pub(crate) struct Report<'a> {
    pub(crate) subjects: &'a [Subject],
    pub(crate) sign_ins: SignIns,
    pub(crate) starts: Starts,
    pub(crate) memory: Memory,
    pub(crate) effort: Effort,
}

/// Where results stand, in the repository.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench");

impl Report<'_> {
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n{}", requests(self.subjects, self.native()), self.targets(), self.life())
    }

    pub(crate) fn write(&self) {
        fs::create_dir_all(FOLDER).expect("a folder for the results");
        let text = format!(
            "# What signing in costs in Envoy\n\nMeasured by `scripts/bench`, which writes this page; {}.\n\n{}\n{}\n{}",
            circumstances(self.effort),
            requests(self.subjects, self.native()),
            self.targets(),
            self.life(),
        );
        write("results.md", &text);
        write(
            "cost.svg",
            &plot::bars("Processor time for an authenticated request, above Envoy alone", &self.bars(true)),
        );
        write(
            "throughput.svg",
            &plot::bars("Authenticated requests a second, one worker", &self.bars(false)),
        );
    }

    /// Of those with a session.
    fn bars(&self, cost: bool) -> Vec<plot::Bar> {
        let bare = &self.subjects[0];
        let shown = self
            .subjects
            .iter()
            .filter(|subject| !matches!(subject.expected, Expected::Redirect) && subject.path != "/healthz");
        let bar = |subject: &Subject| {
            let spread = if cost { above(subject, bare) } else { subject.over(|one| one.requests_a_second) };
            let unit = if cost { " µs" } else { "/s" };
            plot::Bar {
                name: subject.name.to_owned(),
                spread,
                unit,
                is_ours: subject.name.starts_with("Vestibule"),
            }
        };
        shown.filter(|subject| !cost || subject.name != bare.name).map(bar).collect()
    }

    fn native(&self) -> Option<[&Subject; 2]> {
        let find = |name: &str| self.subjects.iter().find(|subject| subject.name == name);
        Some([find("native oauth2")?, find("native oauth2, access token")?])
    }

    fn targets(&self) -> String {
        let find = |name: &str| self.subjects.iter().find(|subject| subject.name == name);
        let bare = &self.subjects[0];
        let mut text = "| target | measured | |\n| --- | --- | --- |\n".to_owned();
        let mut line =
            |what: &str, one: Option<&Subject>, other: Option<&Subject>, limit: f64, at_least: bool| {
                let (Some(one), Some(other)) = (one, other) else { return };
                let measured = ratio(one, other, bare);
                let is_met = if at_least { measured.median >= limit } else { measured.median <= limit };
                let bound = if at_least { "at least" } else { "at most" };
                let verdict = if is_met { "met" } else { "not met" };
                let _ = writeln!(text, "| {what}: {bound} {limit} | {} | {verdict} |", spread(&measured, 2));
            };
        let default = find("Vestibule");
        line("a session, of native oauth2", default, find("native oauth2"), 0.5, false);
        let tokens = find("Vestibule, access token and groups");
        line(
            "with access token and groups, of native with the token",
            tokens,
            find("native oauth2, access token"),
            0.8,
            false,
        );
        line("1,000 rules, of one", find("Vestibule, 1,000 rules"), default, 1.1, false);
        line(
            "ext_authz that says yes, of a session",
            find("ext_authz, an Envoy that says yes"),
            default,
            8.0,
            true,
        );
        line("oauth2-proxy, of a session", find("ext_authz, oauth2-proxy"), default, 25.0, true);
        text
    }

    fn life(&self) -> String {
        let Self { sign_ins, starts, memory, .. } = self;
        let mib = |kib: u64| kib as f64 / 1024.0;
        let more = |with: u64, without: u64| mib(with) - mib(without);
        let wasm = fs::metadata(filter_wasm()).expect("the filter").len();
        let [bare_one, bare_two] = memory.bare;
        let [one, two] = memory.with_filter;
        let listener = more(memory.second_listener, one) - more(memory.second_listener_bare, bare_one);
        format!(
            "| | |\n| --- | --- |\n\
             | sign-ins a second, from the first page to the session ({} of them, 8 at a time, the provider on the same machine) | {:.0} |\n\
             | processor time of Envoy for one | {:.1} ms |\n\
             | from the start of Envoy to the first right answer | {} ms |\n\
             | to the first answer on a public page | {} ms |\n\
             | the same for Envoy alone | {} ms |\n\
             | memory of Envoy alone, `--concurrency` 1 and 2 | {:.0} and {:.0} MiB |\n\
             | with the filter | {:.0} and {:.0} MiB |\n\
             | so for one more worker (its VM) | {:.0} MiB |\n\
             | and for one more listener with the filter | {listener:.0} MiB |\n\
             | size of the filter | {wasm} bytes |\n",
            sign_ins.count,
            sign_ins.a_second,
            sign_ins.cost / 1e3,
            spread(&starts.with_filter, 0),
            spread(&starts.public, 0),
            spread(&starts.bare, 0),
            mib(bare_one),
            mib(bare_two),
            mib(one),
            mib(two),
            more(two, one) - more(bare_two, bare_one),
        )
    }
}

/// The table of requests; ratios where there is something to compare with.
pub(crate) fn requests(subjects: &[Subject], native: Option<[&Subject; 2]>) -> String {
    let Some(bare) = subjects.first() else { return String::new() };
    let mut text = format!(
        "| one worker | requests/s | ms at {RATE}/s: p50 | p99 | µs a request: Envoy | asked | above Envoy alone | native = 1 | bytes of cookies |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    );
    for subject in subjects {
        let asked =
            subject.helper_pid.map_or_else(String::new, |_| spread(&subject.over(|one| one.helper), 0));
        let compared = native.filter(|_| subject.name != bare.name).map(|native| {
            let [plain, forwarding] = native;
            let forwards = matches!(subject.expected, Expected::PersonWithToken | Expected::Token);
            spread(&ratio(subject, if forwards { forwarding } else { plain }, bare), 2)
        });
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {asked} | {} | {} | {} |",
            subject.name,
            spread(&subject.over(|one| one.requests_a_second), 0),
            spread(&subject.over(|one| one.p50), 2),
            spread(&subject.over(|one| one.p99), 2),
            spread(&subject.over(|one| one.envoy), 1),
            if subject.name == bare.name { String::new() } else { spread(&above(subject, bare), 1) },
            compared.unwrap_or_default(),
            subject.sends_bytes(),
        );
    }
    text.push_str("\nEach number is a median over the rounds; behind it stands where the middle half lies. ");
    text.push_str(
        "Differences and ratios are taken in each round. With a token, native forwards its token too. \
         The [empty filter](empty.wat) reads the headers, adds three and decides nothing: no WebAssembly filter costs less.\n",
    );
    text
}

/// What it costs above Envoy alone, in microseconds, taken in each round.
fn above(subject: &Subject, bare: &Subject) -> Spread {
    Spread::of(each_above(subject, bare).collect())
}

fn ratio(one: &Subject, other: &Subject, bare: &Subject) -> Spread {
    Spread::of(each_above(one, bare).zip(each_above(other, bare)).map(|(one, other)| one / other).collect())
}

fn each_above(subject: &Subject, bare: &Subject) -> impl Iterator<Item = f64> {
    subject.samples.iter().zip(&bare.samples).map(|(one, bare)| one.cost() - bare.cost())
}

pub(crate) fn spread(spread: &Spread, digits: usize) -> String {
    let Spread { low, median, high } = spread;
    format!("{median:.digits$} ({low:.digits$} to {high:.digits$})")
}

fn circumstances(effort: Effort) -> String {
    let said = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = processor.map_or("an unknown processor", |(_, name)| name);
    // Of the machine: this program has been given a part of it.
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let envoy = said("target/tools/envoy", "--version");
    let envoy = envoy.rsplit('/').nth(3).unwrap_or("of unknown version");
    format!(
        "{} rounds on {}, {cores} cores, {processor}; Envoy {envoy}, {}",
        effort.rounds,
        today(),
        said("rustc", "--version"),
    )
}

fn today() -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    let date = date.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    date.unwrap_or_else(|_| format!("{:?}", SystemTime::now()))
}

fn write(name: &str, text: &str) {
    let path = Path::new(FOLDER).join(name);
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
