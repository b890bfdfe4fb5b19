//! The page for operators is complete, and says what the code does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use vestibule::driver::report::metrics::{Counter, Gauge, duration_name};
use vestibule::engine::ProviderEvent;
use vestibule::oidc::endpoint::ProviderEndpoint;
use vestibule::page::{Cause, Reason, explanation};

const PAGE: &str = "OPERATIONS.md";

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasmplugin").join(name)).unwrap()
}

/// The rows of the tables below a heading, up to the next heading; without what heads the columns.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let below = page.split_once(&format!("\n{heading}\n")).expect(heading).1;
    let section = below.split("\n#").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with('|'));
    let rows = lines.map(|line| {
        let cells = line.trim_matches('|').replace("\\|", "\u{a6}");
        cells.split(" | ").map(|cell| cell.trim().replace('\u{a6}', "|")).collect::<Vec<_>>()
    });
    // Up to the line of dashes, which stands below the columns' names.
    rows.skip_while(|cells| !cells[0].starts_with("---")).skip(1).collect()
}

/// What stands in backquotes.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn names(rows: &[Vec<String>]) -> Vec<&str> {
    rows.iter().flat_map(|cells| code(&cells[0])).collect()
}

fn assert_same<'a>(told: impl IntoIterator<Item = &'a str>, real: impl IntoIterator<Item = &'a str>) {
    let told: Vec<_> = told.into_iter().collect();
    let once: BTreeSet<_> = told.iter().copied().collect();
    assert_eq!(once.len(), told.len(), "one is told twice: {told:?}");
    assert_eq!(once, real.into_iter().collect());
}

#[test]
fn every_reason_is_in_the_table_and_no_other() {
    let rows = rows(&read(PAGE), "## Reasons");
    let reasons = Reason::ALL.iter().map(|reason| reason.code());
    assert_same(names(&rows), reasons.chain(ProviderEvent::CODES));
    let whose = ["person", "owner", "platform", "identity", "stranger", "nobody"];
    for row in rows {
        let [_, answer, meaning, whom, what_to_do] = row.as_slice() else { panic!("{row:?}") };
        assert!(!meaning.is_empty() && !what_to_do.is_empty() && whose.contains(&whom.as_str()), "{row:?}");
        let named = Reason::ALL.iter().find(|reason| code(&row[0]) == [reason.code()]);
        let page = named.map(|reason| explanation(*reason));
        let real = page.map(|page| format!("{} {}", page.status, page.title)).unwrap_or_default();
        assert_eq!(answer, real.trim(), "{row:?}");
    }
}

#[test]
fn every_cause_is_in_the_table_and_no_other() {
    let rows = rows(&read(PAGE), "## Causes");
    assert_same(names(&rows), Cause::ALL.iter().map(|cause| cause.word()));
    let codes = codes();
    for row in rows {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        assert!(code(&row[1]).iter().all(|reason| codes.contains(reason)), "{row:?}");
    }
}

fn codes() -> BTreeSet<&'static str> {
    Reason::ALL.iter().map(|reason| reason.code()).chain(ProviderEvent::CODES).collect()
}

/// Also where the page shows a line of the log, or what stands in the access log.
#[test]
fn the_page_names_no_reason_and_no_cause_that_there_is_not() {
    let page = read(PAGE);
    let plain = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
    let named = |before: &str| -> BTreeSet<String> { page.split(before).skip(1).map(plain).collect() };
    let known = codes();
    let reasons: Vec<String> =
        named("reason=").into_iter().chain(named("reason=\"")).filter(|code| !code.is_empty()).collect();
    assert!(reasons.len() > 10, "{reasons:?}");
    for reason in reasons {
        assert!(known.contains(reason.as_str()), "{reason}");
    }
    let causes: Vec<String> = named("cause=").into_iter().filter(|word| !word.is_empty()).collect();
    assert!(causes.len() > 10, "{causes:?}");
    for cause in causes {
        assert!(Cause::ALL.iter().any(|known| known.word() == cause), "{cause}");
    }
}

/// Of each metric the values of its labels, as Envoy is told them.
fn metrics() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let counters = Counter::all(2).into_iter().map(Counter::name);
    let durations = ProviderEndpoint::ALL.into_iter().map(duration_name);
    let gauges = Gauge::ALL.into_iter().map(|gauge| gauge.name().to_owned());
    let mut all = BTreeMap::<_, BTreeMap<_, BTreeSet<_>>>::new();
    for series in counters.chain(durations).chain(gauges) {
        let (labels, name) = series.rsplit_once(".;").unwrap_or(("", &series));
        let of_metric = all.entry(name.to_owned()).or_default();
        for label in
            labels.split(";").map(|label| label.trim_start_matches('.')).filter(|label| !label.is_empty())
        {
            let (label, value) =
                label.trim_end_matches(".").split_once("=.=").unwrap_or_else(|| panic!("{series}"));
            of_metric.entry(label.to_owned()).or_default().insert(value.to_owned());
        }
    }
    all
}

/// The labels' values as well, but for reasons, which have a table of their own.
#[test]
fn every_metric_is_in_the_table_with_its_labels_and_no_other() {
    let real = metrics();
    let rows = rows(&read(PAGE), "## Metrics");
    assert_same(names(&rows), real.keys().map(String::as_str));
    let reasons = codes();
    for row in &rows {
        let [name, kind, labels, meaning] = row.as_slice() else { panic!("{row:?}") };
        assert!(!meaning.is_empty(), "{row:?}");
        let real = &real[code(name)[0]];
        let kinds = [("_total", "counter"), ("_milliseconds", "histogram"), ("", "gauge")];
        let expected = kinds.iter().find(|(end, _)| code(name)[0].ends_with(end)).unwrap().1;
        assert_eq!(kind, expected, "{row:?}");
        let mut told = BTreeMap::<&str, BTreeSet<&str>>::new();
        for label in labels.split("; ").filter(|label| *label != "none") {
            let words = code(label);
            told.entry(words[0]).or_default().extend(&words[1..]);
        }
        assert_same(told.keys().copied(), real.keys().map(String::as_str));
        for (label, values) in told {
            let is_other = |value: &&str| label != "reason" || !reasons.contains(value);
            let real: BTreeSet<_> = real[label].iter().map(String::as_str).filter(is_other).collect();
            assert_eq!(values, real, "{label} of {row:?}");
        }
    }
}

/// One list for Envoy, one for a mesh, one for a single gateway.
#[test]
fn envoy_and_istio_are_told_every_label() {
    let yaml = |name: &str| -> Value { serde_yaml_ng::from_str(&read(name)).unwrap() };
    let labels: BTreeSet<String> = metrics().into_values().flat_map(BTreeMap::into_keys).collect();
    let of_list = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
    };
    let envoy = yaml("monitoring/stats-tags.yaml");
    let tags = envoy["stats_config"]["stats_tags"].as_array().unwrap();
    for tag in tags {
        let name = tag["tag_name"].as_str().unwrap();
        // As Istio writes it into its own bootstrap.
        assert_eq!(tag["regex"], format!(r"({name}=\.=(.*?);\.;)"));
    }
    let tags: Vec<_> = tags.iter().map(|tag| tag["tag_name"].clone()).collect();
    let mesh =
        &yaml("monitoring/istio-mesh-config.yaml")["spec"]["meshConfig"]["defaultConfig"]["extraStatTags"];
    let patch = yaml("monitoring/istio-one-gateway.yaml");
    let annotation = &patch["spec"]["template"]["metadata"]["annotations"]["proxy.istio.io/config"];
    let pod: Value = serde_yaml_ng::from_str(annotation.as_str().unwrap()).unwrap();
    for list in [&Value::from(tags), mesh, &pod["extraStatTags"]] {
        let list = of_list(list);
        assert_eq!(list.iter().cloned().collect::<BTreeSet<_>>(), labels);
        assert_eq!(list.len(), labels.len());
    }
}

/// In the order of the file: name, severity, section.
fn alerts() -> Vec<(String, String, String)> {
    let rules: Value = serde_yaml_ng::from_str(&read("monitoring/alerts.yaml")).unwrap();
    let groups = rules["groups"].as_array().unwrap();
    let rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
    rules
        .map(|rule| {
            let annotations = &rule["annotations"];
            assert!(annotations["summary"].is_string() && annotations["description"].is_string(), "{rule}");
            let link = text(&annotations["runbook_url"]);
            let (page, section) = link.split_once('#').unwrap_or_else(|| panic!("{link}"));
            assert!(page.ends_with("/wasmplugin/OPERATIONS.md"), "{link}");
            (text(&rule["alert"]), text(&rule["labels"]["severity"]), section.to_owned())
        })
        .collect()
}

#[test]
fn every_alert_leads_to_a_section_and_the_page_lists_all() {
    let page = read(PAGE);
    let sections: BTreeSet<_> = page.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    let alerts = alerts();
    assert!(alerts.len() > 10);
    for (name, severity, section) in &alerts {
        assert!(sections.contains(section), "{name}: no section {section}");
        assert!(["critical", "warning", "info"].contains(&severity.as_str()), "{name}");
    }
    let mut listed = BTreeMap::new();
    for row in rows(&page, "## Alerts and dashboard") {
        let section = row[2].split("(#").nth(1).and_then(|rest| rest.strip_suffix(')')).unwrap();
        for name in code(&row[0]) {
            let before = listed.insert(name.to_owned(), (row[1].clone(), section.to_owned()));
            assert!(before.is_none(), "{name} twice");
        }
    }
    let real = alerts.into_iter().map(|(name, severity, section)| (name, (severity, section)));
    assert_eq!(listed, real.collect());
}

/// As GitHub makes it of a heading.
fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
}

/// Two sections of one name would have anchors that no link names.
#[test]
fn no_two_sections_have_one_name() {
    let page = read(PAGE);
    let anchors: Vec<_> = page.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    let once: BTreeSet<_> = anchors.iter().collect();
    assert_eq!(once.len(), anchors.len());
}
