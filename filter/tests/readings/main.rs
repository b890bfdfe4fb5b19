//! The readings of a path hold what other people's software reads of it: Node, Express, Python, Flask, PHP and Go, in
//! `software.tsv`. So nothing that one of them takes for a restricted path passes for less.

use vestibule::web::path::{self, Clarity, NormalPath, PathPattern, Readings};
use vestibule::web::percent;

const STORED: &str = include_str!("software.tsv");

/// Those that hold a path.
const PATH_COLUMNS: [usize; 7] = [1, 2, 5, 6, 8, 9, 10];
/// One more, in which blanks are encoded again.
const ENCODED_PATH: usize = 3;
const ROUTE_COLUMNS: [usize; 3] = [4, 7, 11];

struct Row {
    columns: Vec<&'static str>,
}

fn rows() -> impl Iterator<Item = Row> {
    STORED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| Row { columns: line.split('\t').collect() })
}

impl Row {
    /// None: it is refused.
    fn readings(&self) -> Option<Readings> {
        let path = NormalPath::parse(self.columns[0].as_bytes()).unwrap();
        (path.clarity() != Clarity::NeverGuessed).then(|| path.readings().unwrap())
    }

    fn answers(&self, columns: &[usize]) -> Vec<&'static str> {
        columns.iter().map(|column| self.columns[*column]).filter(|answer| *answer != "-").collect()
    }
}

/// What a reading stands for.
fn text_of(reading: &str) -> Vec<u8> {
    percent::decoded(reading.as_bytes())
}

#[test]
fn what_any_software_reads_is_a_reading() {
    let (mut asked, mut unknown) = (0, Vec::new());
    for row in rows() {
        let Some(readings) = row.readings() else { continue };
        let ours: Vec<_> = readings.iter().map(|reading| text_of(reading.as_str())).collect();
        let encoded = row.answers(&[ENCODED_PATH]).into_iter().map(|path| path.replace("%20", " "));
        for answer in row.answers(&PATH_COLUMNS).into_iter().map(str::to_owned).chain(encoded) {
            asked += 1;
            if !ours.iter().any(|text| text == answer.as_bytes()) {
                unknown.push(format!("{} is {answer}", row.columns[0]));
            }
        }
    }
    assert!(asked > 3000, "{asked}");
    assert!(unknown.is_empty(), "{} of {asked}:\n{}", unknown.len(), unknown.join("\n"));
}

#[test]
fn what_any_router_takes_to_a_restricted_place_is_there_in_a_reading() {
    let mut restricted = 0;
    for row in rows() {
        let Some(readings) = row.readings() else { continue };
        for route in row.answers(&ROUTE_COLUMNS) {
            let pattern = match route {
                "/finance" | "/finance/" | "/finance/<path:rest>" => PathPattern::Below("/finance".into()),
                "/exact" => PathPattern::Exact("/exact".into()),
                "/report" => PathPattern::Exact("/report".into()),
                _ => continue,
            };
            restricted += 1;
            assert!(
                readings.iter().any(|reading| path::resembles(&pattern, reading)),
                "{} is {route}",
                row.columns[0]
            );
        }
    }
    assert!(restricted > 50, "{restricted}");
}
