//! What other people's software reads of a path: asked again, so that what is stored for the filter's own tests
//! (`filter/tests/readings`) stays true.
//!
//! `UPDATE_GOLDEN=1 cargo test -p vestibule-e2e --test attacks path_oracle` writes it anew; that wants Go as well, which
//! the usual tests do without.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::software::{Server, Software};

/// What each column but the first holds: a member of what the software answers.
const COLUMNS: &[(Software, &str)] = &[
    (Software::Node, "path"),
    (Software::Express, "path"),
    (Software::Express, "decoded_first"),
    (Software::Express, "route"),
    (Software::Python, "path"),
    (Software::Flask, "path"),
    (Software::Flask, "route"),
    (Software::Php, "path"),
    (Software::Php, "/server/SCRIPT_NAME"),
];

const HEADER: &str = "\
# What real software reads of a path; - where it gives no answer. Made by e2e/tests/attacks/path_oracle.rs, which asks
# again and says how to write it anew: the programs are e2e/software. Go's columns are asked again with --istio.
# path\tNode: URL, then decoded\tExpress: request.path, decoded\tExpress: decoded, then URL\tExpress: route\t\
Python: urlsplit, unquote\tFlask: request.path\tFlask: route\tPHP: parse_url, rawurldecode\tPHP: SCRIPT_NAME\t\
Go: URL.Path\tGo: ServeMux's pattern
";

const NO_ANSWER: &str = "-";

fn stored_at() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../filter/tests/readings/software.tsv")
}

#[tokio::test]
async fn what_software_reads_of_a_path_is_what_is_stored() {
    let paths = paths();
    let mut rows: Vec<Vec<String>> = paths.iter().map(|path| vec![path.clone()]).collect();
    let mut server: Option<(Software, Vec<Value>)> = None;
    for (software, member) in COLUMNS {
        let answers = match server.take() {
            Some((same, answers)) if same == *software => answers,
            _ => answers(*software, &paths).await,
        };
        for (row, answer) in rows.iter_mut().zip(&answers) {
            let found = if member.starts_with('/') { answer.pointer(member) } else { answer.get(member) };
            row.push(found.and_then(Value::as_str).unwrap_or(NO_ANSWER).to_owned());
        }
        server = Some((*software, answers));
    }
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    if update || cfg!(feature = "istio") {
        for (row, line) in rows.iter_mut().zip(of_go(&paths)) {
            row.extend(line.split('\t').map(str::to_owned));
        }
    }
    if update {
        let lines: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
        fs::write(stored_at(), HEADER.to_owned() + &lines).unwrap();
        return;
    }
    let stored = fs::read_to_string(stored_at()).unwrap();
    let stored: Vec<Vec<&str>> =
        stored.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
    assert_eq!(stored.len(), rows.len());
    for (stored, row) in stored.iter().zip(&rows) {
        assert_eq!(
            stored[..row.len()],
            *row,
            "write it anew, and see whether the filter still knows all readings"
        );
    }
}

async fn answers(software: Software, paths: &[String]) -> Vec<Value> {
    let server = Server::start(software).await;
    let mut answers = Vec::new();
    for path in paths {
        let response = client::send(server.address(), &Request::page(path)).await;
        let answered = response.ok().filter(|response| response.status == 200);
        answers.push(answered.map_or(Value::Null, |response| response.json()));
    }
    answers
}

fn of_go(paths: &[String]) -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("software/go_paths.go");
    let mut go = Command::new("go");
    let mut go = go.arg("run").arg(source).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Go");
    let mut input = go.stdin.take().unwrap();
    let lines = paths.join("\n");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = go.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), paths.len());
    lines
}

/// The same in every run: ways to a restricted path, with what is read in several ways before, in and behind it.
fn paths() -> Vec<String> {
    const BEFORE: &[&str] = &[
        "/", "/", "/", "//", "///", "//a/", "///a/", "/\\a/", "\\\\", "/%2fa/", "/%2Fa%2f", "/%5ca/",
        "/.//a/", "/./", "/%2e/", "/%2e//a/", "/;/", "/;x/", "/.;x/", "//a;b/", "//a%3bb/", "//a%2fb/",
        "//a%5cb/", "//a\\b/", "//a%3fb/", "//a%23b/", "//a@b/", "//a:80/", "/a%252f", "/%252fa/", "/x/",
        "/x//", "/x%2f", "/x;y%2f",
    ];
    const NAMES: &[&str] = &[
        "finance/x",
        "finance/x",
        "finance",
        "%66inance/x",
        "finance%2fx",
        "finance%5cx",
        "finance\\x",
        "FINANCE/x",
        "financ%2565/x",
        "%2566inance%2fx",
        "finance//x",
        "finance/./x",
        "finance%252fx",
        "exact",
        "exact/",
        "%65xact",
        "Exact",
        "report",
        "report.json",
        "report%2ejson",
        "report.json/",
        "finance;x/y",
        "exact;x",
        "x",
    ];
    const BEHIND: &[&str] = &[
        "", "", "", "/", "//", "/.", ";", ";x=1", "%3bx", "%253bx", "%3fx", "%3f", "%23", "%23x/y", "%253fx",
        "%2523", "%2f", "%2f%2f", "%5c", "\\", ";x/y", "%3bx%2fy", "/a%2fb", "/a;b%3fc", "%20", "%24x",
        "%25", "/%40x", ".x",
    ];
    let mut random = 0x5eed_u64;
    let mut choose = |from: &[&'static str]| {
        // SplitMix64.
        random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from[usize::try_from((mixed ^ (mixed >> 31)) % from.len() as u64).unwrap()]
    };
    let mut paths = Vec::new();
    while paths.len() < 600 {
        let path = [choose(BEFORE), choose(NAMES), choose(BEHIND), choose(BEHIND)].concat();
        // Without a slash it is no path.
        if path.starts_with('/') && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}
