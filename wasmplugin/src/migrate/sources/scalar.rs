//! Values of YAML as programs get them.

use crate::migrate::setting::Value;
use crate::yaml::{self, Node};

/// A value of YAML as the text that a program gets of it.
pub(super) fn scalar(node: &Node) -> Value {
    match &node.value {
        yaml::Value::Null => Value::Bare,
        yaml::Value::Bool(bool) => Value::text(bool.to_string()),
        yaml::Value::Number(_, text) | yaml::Value::String(text) => Value::text(text.clone()),
        yaml::Value::List(items) => {
            let texts = items.iter().filter_map(|item| match scalar(item) {
                Value::Texts(texts) => Some(texts),
                _ => None,
            });
            Value::Texts(texts.flatten().collect())
        }
        yaml::Value::Map(_) => Value::Elsewhere("a map".to_owned()),
    }
}
