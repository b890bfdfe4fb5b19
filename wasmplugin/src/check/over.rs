//! A configuration below those of the files, for parts that are none alone.

use std::path::Path;

use serde_json::{Map, Value};

use crate::input;

/// What the files are laid over; nothing where there is none.
#[derive(Debug, Default)]
pub(crate) struct Base(Option<Value>);

impl Base {
    /// # Errors
    /// One line: the file cannot be read, or is no JSON.
    pub(crate) fn read_file(file: Option<&Path>) -> Result<Self, String> {
        let Some(file) = file else { return Ok(Self::default()) };
        let inputs = input::read(&[file.to_owned()])?;
        let text = inputs.first().map(|input| input.text.as_str()).unwrap_or_default();
        let base = serde_json::from_str(text).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self(Some(base)))
    }

    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The configuration laid over this one, as a JSON merge patch (RFC 7396).
    pub(super) fn below(&self, config: Value) -> Value {
        match self.0.clone() {
            None => config,
            Some(mut base) => {
                merge(&mut base, config);
                base
            }
        }
    }
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_is_laid_over_the_base() {
        let base = Base(Some(json!({"a": {"b": 1, "c": 2}, "d": [1], "e": 3})));
        let part = json!({"a": {"b": 4}, "d": [2, 3], "e": null, "f": {"g": 5}});
        assert_eq!(base.below(part), json!({"a": {"b": 4, "c": 2}, "d": [2, 3], "f": {"g": 5}}));
        assert_eq!(Base::default().below(json!({"a": null})), json!({"a": null}));
    }
}
