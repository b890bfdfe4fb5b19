//! Arguments of a command line: `--name=value`, `--name value`, `-name=value`, alone or within a shell's.

use super::Source;
use crate::migrate::found::{Found, Unknown};
use crate::migrate::options;
use crate::migrate::setting::{At, Layer, Value};
use crate::yaml::Node;

/// An argument and where it stands.
pub(super) type Argument = (String, At);

/// The arguments of a list, or of one text that a shell would split. Of a shell's script it is what follows the program.
pub(super) fn of(node: &Node, source: &Source, is_shell: bool) -> Vec<Argument> {
    let texts: Vec<(&str, At)> = match node.text() {
        Some(text) => vec![(text, source.at(node.place))],
        None => node.items().iter().filter_map(|item| Some((item.text()?, source.at(item.place)))).collect(),
    };
    let is_shell = is_shell || node.text().is_some();
    let mut arguments = Vec::new();
    for (text, at) in texts {
        if is_shell && text.contains(char::is_whitespace) {
            arguments.extend(
                words(text).into_iter().map(|(word, line)| (word, At { line: at.line + line, ..at.clone() })),
            );
        } else {
            arguments.push((text.to_owned(), at));
        }
    }
    arguments
}

/// Whether a shell is to read what follows.
pub(super) fn names_a_shell(node: &Node) -> bool {
    node.items().iter().filter_map(Node::text).any(|text| matches!(text, "-c" | "-ec" | "-lc"))
}

/// Reads flags; what is no flag is passed over.
pub(super) fn read(arguments: &[Argument], found: &mut Found) {
    let mut rest = arguments.iter().peekable();
    while let Some((argument, at)) = rest.next() {
        let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else { continue };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        if name.is_empty() || matches!(name, "c" | "ec" | "lc") {
            continue;
        }
        let value = match value {
            Some(value) => Value::text(unquoted(&value)),
            None => match rest.next_if(|(next, _)| !next.starts_with('-') && takes_a_value(name)) {
                Some((next, _)) => Value::text(unquoted(next)),
                None => Value::Bare,
            },
        };
        flag_given(name, &format!("--{name}"), value, at, found);
    }
}

/// A flag of the command line, or of the chart's `extraArgs`.
pub(super) fn flag_given(name: &str, written: &str, value: Value, at: &At, found: &mut Found) {
    let Some(option) = options::by_flag(name) else {
        let meant = options::meant_by(name).map(|option| option.name);
        found.unknown.push(Unknown {
            written: written.to_owned(),
            at: at.clone(),
            meant,
            value: None,
            ends_the_start: true,
        });
        return;
    };
    found.set(option.name, written, value, Layer::Flag, at.clone());
}

/// Switches do not take the next word as their value; every other flag does.
fn takes_a_value(name: &str) -> bool {
    !options::is_switch(name)
}

/// Quotes that a person wrote for a shell that is not there.
fn unquoted(value: &str) -> String {
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(value).to_owned()
}

/// `text` as a shell splits it, each word with the number of lines before it.
fn words(text: &str) -> Vec<(String, usize)> {
    let (mut words, mut word, mut quote, mut line) = (Vec::new(), None::<(String, usize)>, None, 0);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            line += 1;
        }
        match (quote, letter) {
            (None, '\\') if letters.peek() == Some(&'\n') => {
                letters.next();
                line += 1;
            }
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_with(|| (String::new(), line));
            }
            (Some(open), _) if open == letter => quote = None,
            (None, _) if letter.is_whitespace() || letter == ';' => words.extend(word.take()),
            _ => word.get_or_insert_with(|| (String::new(), line)).0.push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_split_as_a_shell_does() {
        let found: Vec<String> = words("exec oauth2-proxy \\\n  --a='x y' --b \"z\"\n--c=1;")
            .into_iter()
            .map(|(word, _)| word)
            .collect();
        assert_eq!(found, ["exec", "oauth2-proxy", "--a=x y", "--b", "z", "--c=1"]);
    }
}
