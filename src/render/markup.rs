//! What people wrote, as text of HTML and XML.

use std::borrow::Cow;

use crate::domain::text::{shown_line, shown_text};

/// One line as text or as the value of an attribute.
pub fn line(text: &str) -> String {
    escaped(shown_line(text))
}

/// Several lines as text.
pub fn text(text: &str) -> String {
    escaped(shown_text(text))
}

fn escaped(text: Cow<'_, str>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML knows no such characters, not even as references.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_text_or_the_attribute() {
        assert_eq!(line("</b>\"'&\n\u{1b}"), "&lt;/b&gt;&quot;&#39;&amp;␊␛");
        assert_eq!(text("a\nb\u{ffff}"), "a\nb\u{fffd}");
    }
}
