//! What a plain scalar means.

use super::tree::Value;

/// `text` without quotes, as Go's YAML reads it for `kubectl`, Helm and Istio: in YAML 1.1 `yes`, `on` and `y` are
/// booleans too, which surprises people in secrets and in lists of countries.
pub(super) fn plain(text: String) -> Value {
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::Bool(false)
        }
        _ => match number(&text) {
            Some(number) => Value::Number(number, text),
            None => Value::String(text),
        },
    }
}

fn number(text: &str) -> Option<serde_json::Number> {
    // Words that Rust takes for numbers are none in YAML without a dot in front.
    let first = text.trim_start_matches(['-', '+']).chars().next()?;
    if !(first.is_ascii_digit() || first == '.') {
        return None;
    }
    let whole = text.replace('_', "");
    let whole = whole.strip_prefix('+').unwrap_or(&whole);
    let of_radix = |prefix: &str, radix| {
        whole.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok())
    };
    if let Some(number) = of_radix("0x", 16).or(of_radix("0o", 8)).or(of_radix("0b", 2)) {
        return Some(number.into());
    }
    let octal = whole.len() > 1 && whole.starts_with('0') && whole.bytes().all(|byte| byte.is_ascii_digit());
    if octal && let Ok(number) = i64::from_str_radix(whole, 8) {
        return Some(number.into());
    }
    if let Ok(number) = whole.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = whole.parse::<u64>() {
        return Some(number.into());
    }
    whole.parse::<f64>().ok().and_then(serde_json::Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_have_the_types_of_yaml_1_1() {
        let json = |text: &str| super::super::tree::json_of_value(&plain(text.to_owned()));
        for (text, value) in [
            ("yes", serde_json::json!(true)),
            ("off", serde_json::json!(false)),
            ("~", serde_json::json!(null)),
            ("", serde_json::json!(null)),
            ("15", serde_json::json!(15)),
            ("-1.5", serde_json::json!(-1.5)),
            ("0x1f", serde_json::json!(31)),
            ("0755", serde_json::json!(493)),
            ("18446744073709551615", serde_json::json!(u64::MAX)),
            ("15m", serde_json::json!("15m")),
            ("0o", serde_json::json!("0o")),
            ("inf", serde_json::json!("inf")),
            ("nan", serde_json::json!("nan")),
            ("1.2.3.4", serde_json::json!("1.2.3.4")),
            ("-", serde_json::json!("-")),
            ("2026-11-24T08:00:00Z", serde_json::json!("2026-11-24T08:00:00Z")),
        ] {
            assert_eq!(json(text), value, "{text}");
        }
    }
}
