//! Which setting of an option counts: flags before the environment, the environment before the file.

use std::collections::BTreeMap;

use super::found::Found;
use super::options;
use super::setting::{Layer, Setting, Value};

/// The settings that count, by option.
#[derive(Debug, Default)]
pub(crate) struct InForce {
    by_option: BTreeMap<String, Setting>,
    /// What another setting of the same option put out of force, with that one.
    pub(crate) overridden: Vec<(Setting, Setting)>,
}

impl InForce {
    pub(crate) fn of(found: &mut Found) -> Self {
        let mut in_force = Self::default();
        for setting in
            std::mem::take(&mut found.settings).into_iter().filter(|setting| !setting.option.is_empty())
        {
            in_force.add(setting);
        }
        in_force
    }

    fn add(&mut self, setting: Setting) {
        let Some(other) = self.by_option.get_mut(&setting.option) else {
            self.by_option.insert(setting.option.clone(), setting);
            return;
        };
        let is_list = options::by_flag(&setting.option).is_some_and(|option| option.is_list)
            || setting.option == "login-url-parameters";
        match (&mut other.value, &setting.value) {
            // A flag that is there several times makes one list; that of another file of values takes its place.
            (Value::Texts(all), Value::Texts(more))
                if is_list
                    && other.layer == setting.layer
                    && other.at.file == setting.at.file
                    && setting.layer >= Layer::Flag =>
            {
                all.extend(more.iter().cloned());
            }
            _ => {
                let (lower, higher) = if setting.layer >= other.layer {
                    (std::mem::replace(other, setting.clone()), setting)
                } else {
                    (setting, other.clone())
                };
                if lower.value != higher.value && lower.layer != Layer::Chart {
                    self.overridden.push((lower, higher));
                }
            }
        }
    }

    pub(crate) fn get(&self, option: &str) -> Option<&Setting> {
        self.by_option.get(option)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Setting> {
        self.by_option.values()
    }

    /// The one text of an option; `None` where it is not there, or empty.
    pub(crate) fn text(&self, option: &str) -> Option<&str> {
        match &self.get(option)?.value {
            Value::Texts(texts) => texts.last().map(|text| text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Whether a switch is on; `default` where nobody touched it.
    pub(crate) fn is_on(&self, option: &str, default: bool) -> bool {
        match self.get(option).map(|setting| &setting.value) {
            None => default,
            Some(Value::Bare) => true,
            Some(Value::Texts(texts)) => {
                match texts.last().map(|text| text.trim().to_ascii_lowercase()).as_deref() {
                    Some("true" | "1" | "t" | "yes" | "on") => true,
                    Some("") | None => default,
                    Some(_) => false,
                }
            }
            Some(Value::Secret { .. } | Value::Elsewhere(_)) => default,
        }
    }

    /// The entries of a list. Variables and flags are texts that stand for lists, and are divided at commas; files have lists,
    /// whose entries may hold one, such as `cn=admins,ou=groups`.
    pub(crate) fn list(&self, option: &str) -> Vec<String> {
        let Some(setting) = self.get(option) else { return Vec::new() };
        let Value::Texts(texts) = &setting.value else { return Vec::new() };
        let entries: Vec<&str> = match setting.layer {
            Layer::Environment | Layer::Flag => texts.iter().flat_map(|text| text.split(',')).collect(),
            Layer::Chart | Layer::File | Layer::Alpha => texts.iter().map(String::as_str).collect(),
        };
        let entries = entries.into_iter().map(|entry| entry.trim().trim_matches('"').to_owned());
        entries.filter(|entry| !entry.is_empty()).collect()
    }
}
