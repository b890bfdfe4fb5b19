//! `wasmplugin admission`: a policy by which the cluster refuses what the filter would refuse, as far as CEL can say it.
//!
//! It is made of the JSON Schema: unknown keys, keys that are missing, choices, patterns; and it refuses what surely lets
//! requests past the filter. Everything else is found by `wasmplugin check`, and by the filter. It looks at resources with
//! our label only: plugins of other people pass.

use std::fmt::Write as _;

use serde_json::Value;

/// The label by which our resources are known, and its value.
pub(crate) const LABEL: (&str, &str) = ("app.kubernetes.io/name", "vestibule");

/// One condition, and what is said where it does not hold.
#[derive(Debug)]
struct Rule {
    expression: String,
    message: String,
}

/// ValidatingAdmissionPolicy and its binding, as YAML.
pub(crate) fn policy() -> String {
    let mut rules = around_the_configuration();
    let schema = vestibule::config::schema();
    let config = "variables.config";
    Section { schema: &schema, path: String::new(), depth: 0 }.rules(
        &schema,
        config,
        &|condition| condition,
        &mut rules,
    );
    let mut out = HEAD.replace("LABEL_KEY", LABEL.0).replace("LABEL_VALUE", LABEL.1);
    for Rule { expression, message } in rules {
        let _ = writeln!(
            out,
            "    - expression: {}\n      message: {}",
            Value::from(expression),
            Value::from(message)
        );
    }
    out.push_str(BINDING);
    out
}

/// What lets requests past the filter, and is no part of its configuration. Only what is certain: a name alone may be that
/// of something else, and `wasmplugin check` warns of it.
fn around_the_configuration() -> Vec<Rule> {
    let rules = [
        (
            "!has(variables.module.failStrategy) || variables.module.failStrategy != 'FAIL_OPEN'",
            "failStrategy FAIL_OPEN lets every request through where the filter fails: FAIL_RELOAD or FAIL_CLOSE",
        ),
        (
            "!has(variables.module.type) || variables.module.type != 'NETWORK'",
            "type NETWORK makes a filter of connections, and no request is checked: HTTP, which is the default",
        ),
        // The label that Istio's own charts give to the pods of a gateway.
        (
            "!(variables.mode == 'SERVER' && has(object.spec.selector) && has(object.spec.selector.matchLabels) && 'istio' in object.spec.selector.matchLabels && object.spec.selector.matchLabels['istio'].matches('gateway|ingress|egress'))",
            "match: to Istio all traffic of a gateway is CLIENT, so with mode SERVER no request is checked: no mode",
        ),
        (
            "!(variables.mode == 'CLIENT' && has(object.spec.targetRefs) && size(object.spec.targetRefs) > 0 && object.spec.targetRefs.all(t, has(t.kind) && t.kind in ['Service', 'ServiceEntry']))",
            "match: to Istio all traffic of a waypoint is SERVER, so with mode CLIENT no request is checked: no mode",
        ),
        ("has(variables.module.pluginConfig)", "pluginConfig is missing"),
    ];
    let rule = |(expression, message): (&str, &str)| Rule {
        expression: expression.to_owned(),
        message: message.to_owned(),
    };
    rules.into_iter().map(rule).collect()
}

const HEAD: &str = "\
# Written by `wasmplugin admission` from the schema of the configuration. The cluster then refuses a WasmPlugin or a
# TrafficExtension with the label LABEL_KEY: LABEL_VALUE that the filter would refuse, as far as this can say it.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: vestibule
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - apiGroups: [extensions.istio.io]
        apiVersions: [\"*\"]
        operations: [CREATE, UPDATE]
        resources: [wasmplugins, trafficextensions]
  matchConditions: # plugins of other people pass
    - name: ours
      expression: has(object.metadata.labels) && 'LABEL_KEY' in object.metadata.labels && object.metadata.labels['LABEL_KEY'] == 'LABEL_VALUE'
  variables:
    - name: module
      expression: \"has(object.spec.wasm) ? object.spec.wasm : object.spec\"
    - name: config
      expression: \"has(variables.module.pluginConfig) ? variables.module.pluginConfig : {}\"
    - name: mode # that of all entries of match
      expression: \"!has(object.spec.match) || size(object.spec.match) == 0 ? '' : object.spec.match.all(m, has(m.mode) && m.mode == 'SERVER') ? 'SERVER' : object.spec.match.all(m, has(m.mode) && m.mode == 'CLIENT') ? 'CLIENT' : ''\"
  validations:
";

const BINDING: &str = "\
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: vestibule
spec:
  policyName: vestibule
  validationActions: [Deny]
";

/// A place in the schema.
struct Section<'a> {
    /// The whole, for references.
    schema: &'a Value,
    /// As people know it: `access[].match`.
    path: String,
    /// How many lists there are around it: each needs a name of its own.
    depth: usize,
}

impl Section<'_> {
    /// Rules for the map `at`. `within` puts a condition into the conditions under which the map is there.
    fn rules(&self, node: &Value, at: &str, within: &dyn Fn(String) -> String, rules: &mut Vec<Rule>) {
        let node = self.resolved(node);
        let Some(properties) = node["properties"].as_object() else { return };
        let message = |key: &str, says: &str| format!("pluginConfig.{}{says}", self.below(key));
        let names: Vec<String> = properties.keys().map(|key| format!("'{key}'")).collect();
        let known = properties.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let expression = within(format!("{at}.all(k, k in [{}])", names.join(", ")));
        let place = if self.path.is_empty() {
            "pluginConfig".to_owned()
        } else {
            format!("pluginConfig.{}", self.path)
        };
        rules.push(Rule {
            expression,
            message: format!("{place}: a key that is not known; known are {known}"),
        });
        for key in node["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            rules.push(Rule {
                expression: within(format!("has({at}.{key})")),
                message: message(key, " is missing"),
            });
        }
        for (rule, joined) in [("oneOf", " != "), ("not", " && ")] {
            let keys: Vec<&str> = match &node[rule] {
                Value::Array(choices) => {
                    choices.iter().filter_map(|choice| choice["required"][0].as_str()).collect()
                }
                other => {
                    other["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
                }
            };
            if keys.len() == 2 {
                let has = keys.iter().map(|key| format!("has({at}.{key})")).collect::<Vec<_>>().join(joined);
                let condition = if rule == "not" { format!("!({has})") } else { format!("({has})") };
                let says = format!(
                    "{place}: {} of {} and {}",
                    if rule == "not" { "at most one" } else { "exactly one" },
                    keys[0],
                    keys[1]
                );
                rules.push(Rule { expression: within(condition), message: says });
            }
        }
        for (key, property) in properties {
            let here = format!("{at}.{key}");
            let is_there = |condition: String| within(format!("(!has({here}) || {condition})"));
            self.value(key, property, &here, &is_there, rules);
        }
    }

    fn value(
        &self,
        key: &str,
        property: &Value,
        at: &str,
        within: &dyn Fn(String) -> String,
        rules: &mut Vec<Rule>,
    ) {
        let node = self.resolved(property);
        let path = self.below(key);
        if let Some(items) = node.get("items") {
            let each = format!("i{}", self.depth);
            let section = Section { schema: self.schema, path: self.path.clone(), depth: self.depth + 1 };
            let all = |condition: String| within(format!("{at}.all({each}, {condition})"));
            section.value(&format!("{key}[]"), items, &each, &all, rules);
        } else if node["properties"].is_object() {
            Section { schema: self.schema, path, depth: self.depth }.rules(node, at, within, rules);
        } else if let Some(choices) = choices(node) {
            let list = choices.iter().map(|choice| format!("'{choice}'")).collect::<Vec<_>>().join(", ");
            rules.push(Rule {
                expression: within(format!("{at} in [{list}]")),
                message: format!("pluginConfig.{path}: {}", choices.join(", ")),
            });
        } else if let Some(pattern) = node["pattern"].as_str() {
            // Within CEL's quotes a backslash stands for another one.
            let quoted = pattern.replace('\\', "\\\\").replace('\'', "\\'");
            let example = property["examples"][0].as_str().or_else(|| property["examples"][0][0].as_str());
            let such_as = example.map(|example| format!(", such as {example}")).unwrap_or_default();
            rules.push(Rule {
                expression: within(format!("(type({at}) == string && {at}.matches('{quoted}'))")),
                message: format!("pluginConfig.{path}: what matches {pattern}{such_as}"),
            });
        } else if node["type"] == "boolean" {
            rules.push(Rule {
                expression: within(format!("type({at}) == bool")),
                message: format!("pluginConfig.{path}: true or false"),
            });
        }
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn resolved<'s>(&'s self, node: &'s Value) -> &'s Value {
        match node["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.schema.pointer(pointer).unwrap_or(node),
            None => node,
        }
    }
}

/// The words of which a value is one.
fn choices(node: &Value) -> Option<Vec<&str>> {
    if let Some(list) = node["enum"].as_array() {
        return Some(list.iter().filter_map(Value::as_str).collect());
    }
    if let Some(only) = node["const"].as_str() {
        return Some(vec![only]);
    }
    let choices: Vec<&str> =
        node["oneOf"].as_array()?.iter().filter_map(|choice| choice["const"].as_str()).collect();
    (!choices.is_empty()).then_some(choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_what_the_schema_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/admission/policy.yaml");
        let policy = policy();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &policy).unwrap();
        }
        assert_eq!(
            policy,
            std::fs::read_to_string(path).unwrap_or_default(),
            "UPDATE_GOLDEN=1 writes it anew"
        );
        assert_eq!(crate::yaml::read(&policy).unwrap().len(), 2);
    }

    #[test]
    fn it_speaks_of_every_section() {
        let policy = policy();
        for place in [
            "pluginConfig.session.secrets[]",
            "pluginConfig.access[].match.paths[]",
            "pluginConfig.access[].allow: public, optional",
            "pluginConfig.provider.issuer",
            "pluginConfig.session.revoked[]: exactly one of sub and email",
            "pluginConfig.client: at most one of secret and private_key",
            "failStrategy FAIL_OPEN",
            "type NETWORK",
            "with mode SERVER no request is checked",
            "with mode CLIENT no request is checked",
        ] {
            assert!(policy.contains(place), "{place}\n{policy}");
        }
    }
}
