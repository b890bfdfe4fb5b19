//! Text of somebody's file where a person reads it: in a terminal, a report, a comment.

/// On one line: what a file says may neither write to a terminal, nor begin a line, which could be a command to whoever reads
/// the log, or a key where it stands behind a `#`. What turns the direction of text goes as well, for it hides what is there.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|char| if is_invisible(char) { ' ' } else { char }).collect()
}

/// Control characters; line and paragraph separators, which YAML takes for the ends of lines; marks of direction; the byte order
/// mark.
pub(crate) fn is_invisible(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_line_begins_in_it() {
        assert_eq!(plain("a\nb\r\u{85}\u{2028}\u{2029}\u{1b}[2J\u{202e}c\u{feff}d"), "a b     [2J c d");
        assert_eq!(plain("Größe = 1"), "Größe = 1");
    }
}
