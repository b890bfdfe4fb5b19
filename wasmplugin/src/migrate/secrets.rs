//! The last look: whatever the files call a secret is in nothing that is written.
//!
//! Nothing here should ever find one. But a text may stand for two things (a placeholder that is both the client ID and the
//! client secret), and an option may be new.

use super::options::is_secret;
use super::plan::Plan;
use super::setting::{Setting, Value};

/// Shorter ones are words, and would be found in anything.
const SHORTEST: usize = 8;

/// Every secret that the settings hold.
pub(super) fn of(settings: &[Setting]) -> Vec<String> {
    let texts = settings.iter().filter(|setting| is_secret(&setting.option)).filter_map(|setting| {
        match &setting.value {
            Value::Texts(texts) => Some(texts),
            _ => None,
        }
    });
    texts.flatten().map(|text| text.trim().to_owned()).filter(|text| text.len() >= SHORTEST).collect()
}

/// Takes them out of what is written: of the configuration they leave gaps.
pub(super) fn take_out(secrets: &[String], plan: &mut Plan) {
    let holds_one = |text: &str| secrets.iter().any(|secret| text.contains(secret));
    if plan.config.leave_gaps(&holds_one) {
        plan.report.gap(
            "pluginConfig",
            "a value that is also a secret of these files, and so is not written: a placeholder, it seems",
        );
    }
    plan.report.replace(&|text| {
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[secret]"))
    });
}
