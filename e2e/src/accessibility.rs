//! What keeps somebody from reading or using a page, as axe-core finds it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::browser::Browser;

/// WCAG 2.2, level AA, and what its authors hold for good practice.
const RULES: &str = r#"["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22a","wcag22aa","best-practice"]"#;

/// The barriers of the current page, a line each.
///
/// # Panics
/// When axe-core is not there, or does not look at the page: that it found nothing would then say nothing.
pub async fn barriers(browser: &Browser) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("software/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}. scripts/bootstrap --e2e gets it", file.display()));
    // It is long, and stays in the page.
    if browser.script("return typeof axe").await != "object" {
        browser.script(&format!("{axe}; window.axe = axe")).await;
    }
    let found = browser
        .script(&format!(
            "return axe.run(document, {{runOnly: {RULES}}}).then(found => ({{
                 passes: found.passes.map(rule => rule.id),
                 faults: found.violations.concat(found.incomplete).map(rule => [
                     rule.id, rule.help, ...rule.nodes.map(node => node.html + ': ' + node.failureSummary),
                 ].join(' | ')),
             }}))"
        ))
        .await;
    let texts = |name: &str| -> Vec<String> {
        let texts = found[name].as_array().unwrap_or_else(|| panic!("axe-core says {found}"));
        texts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let passes = texts("passes");
    for rule in ["color-contrast", "document-title", "html-has-lang", "page-has-heading-one"] {
        assert!(passes.iter().any(|passed| passed == rule) || !texts("faults").is_empty(), "{passes:?}");
    }
    texts("faults")
}
