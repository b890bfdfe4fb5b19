//! The codes of the page for whoever is called are codes of the filter.

use crate::pages::read;

#[test]
fn every_reason_of_the_table_is_one() {
    let reasons = vestibule::page::Reason::ALL.iter().map(|reason| reason.code());
    let known: Vec<_> = reasons.chain(vestibule::engine::ProviderEvent::CODES).collect();
    let page = read("wasmplugin/guide/troubleshooting.md");
    let table = page.split("## Reason codes").nth(1).unwrap().split("\n## ").next().unwrap();
    // Several of one meaning share a row.
    let first = table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let codes: Vec<_> = first.flat_map(|cell| cell.split(", ")).map(|code| code.trim_matches('`')).collect();
    assert!(codes.len() >= 20, "{codes:?}");
    for code in codes {
        assert!(known.contains(&code), "{code}");
    }
}
