//! What people wrote, as Markdown in which nothing of it is markup, a link, a picture or a call.
//!
//! It stands in comments that a forge shows under its own name: so nothing of it may break out,
//! load anything, look like ours, or make the forge call or refer to anybody.

use crate::domain::text::{shown_line, shown_text};

/// Behind this, a sign begins no reference: forges look at the text after entities are read.
const BREAK: &str = "&#8203;";

/// One line of what people wrote.
pub fn said(text: &str) -> String {
    escaped(&shown_line(text))
}

/// What is shown letter by letter, on one line.
pub fn code(text: &str) -> String {
    let text = shown_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Blanks at both ends are taken away by the reader where both are there; a code span is never empty.
    let touches = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty();
    let pad = if touches { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A link; its words are shown letter by letter. `target` holds nothing but what an address may.
pub fn link(words: &str, target: &str) -> String {
    format!("[{}]({target})", code(words))
}

/// A text of several lines as a quotation. No line begins with anything that was written: what a
/// line begins with can be markup, or an order to the forge such as `/close`.
pub fn quote(text: &str, indent: &str) -> String {
    let shown = shown_text(text);
    let mut lines: Vec<String> = Vec::new();
    for line in shown.lines() {
        let line = line.trim().replace('\t', " ");
        let is_blank = lines.last().is_none_or(String::is_empty);
        match line.as_str() {
            "" if is_blank => {}
            "" => lines.push(String::new()),
            line => lines.push(guarded(&escaped(line))),
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        // A backslash keeps the line break.
        let goes_on = !line.is_empty() && lines.get(at + 1).is_some_and(|next| !next.is_empty());
        let end = if goes_on { "\\" } else { "" };
        out.push_str(&format!("{indent}> {line}{end}\n"));
    }
    out
}

/// Makes all of it text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '$' => out.push_str("&#36;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '!' | '~' | '^' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        if begins_reference(c, rest) {
            out.push_str(BREAK);
        }
    }
    out
}

/// Whether forges take `c` and what follows for a call, a reference or an address: `@everyone`,
/// `#12`, `!12`, `~label`, `GH-12`, `https://`, `www.`.
fn begins_reference(c: char, rest: &str) -> bool {
    let goes_on = rest.starts_with(|c: char| c.is_alphanumeric() || "\"'_-{[/".contains(c));
    match c {
        '@' | '#' | '!' | '~' | '$' | '%' | '&' => goes_on,
        ':' => rest.starts_with("//"),
        'h' | 'H' => rest.starts_with('-') && rest[1..].starts_with(|c: char| c.is_ascii_digit()),
        'w' | 'W' => rest.starts_with('.'),
        _ => false,
    }
}

/// A line that is no heading, list, table, rule or order, whatever it begins with.
fn guarded(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let first = line.chars().next().unwrap_or(' ');
    if digits > 0 && line[digits..].starts_with(['.', ')']) {
        format!("{}\\{}", &line[..digits], &line[digits..])
    } else if "#-+=:/.\"'%,;?".contains(first) {
        format!("\\{line}")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    /// What Markdown and forges make something of.
    const PIECES: [&str; 48] = [
        "*", "**", "_", "__", "`", "``", "```", "~", "~~", "^", "=", "==", "#", "##", "-", "---", "+", "1.",
        "1)", ">", "|", "|-|", "[", "]", "](", ")", "(", "!", "![", "<", "</", "<b>", "<!--", "-->", "&",
        "&lt;", "\\", "$", "$$", ":", "::", "://", "{", "}", "@", "\n", " ", "    ",
    ];

    /// Whether nothing of it is markup but what is ours.
    fn is_text(markdown: &str, ours: fn(&Tag<'_>) -> bool) -> bool {
        Parser::new_ext(markdown, Options::all()).all(|event| match event {
            Event::Start(Tag::List(None) | Tag::Item | Tag::Paragraph) => true,
            Event::Start(tag) => ours(&tag),
            Event::Text(_) | Event::Code(_) | Event::End(_) | Event::SoftBreak | Event::HardBreak => true,
            _ => false,
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_stays_text(parts in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..14)) {
            let text = parts.concat();
            let line = format!("- x {} y", said(&text));
            prop_assert!(is_text(&line, |_| false), "{line}");
            let line = format!("- {} y", code(&text));
            prop_assert!(is_text(&line, |_| false), "{line}");
            let line = format!("- {} y", link(&text, "a"));
            prop_assert!(is_text(&line, |tag| matches!(tag, Tag::Link { dest_url, .. } if &**dest_url == "a")), "{line}");
            let lines = format!("- x\n\n{}", quote(&text, "  "));
            prop_assert!(is_text(&lines, |tag| matches!(tag, Tag::BlockQuote(None))), "{lines}");
        }
    }

    #[test]
    fn nothing_that_was_written_is_markup() {
        assert_snapshot!(said("<b>x</b> ![i](https://e.example/p.png) `c` *e* _u_ | a ~~s~~ $x$ &amp;"), @r#"
        &lt;b&gt;x&lt;/b&gt; \!&#8203;\[i\](https:&#8203;//e.example/p.png) \`c\` \*e\* \_u\_ \| a \~\~&#8203;s\~\~ &#36;&#8203;x&#36; &amp;&#8203;amp;
        "#);
        assert_snapshot!(said("@everyone fixes #12, o/r#3, !4, GH-5, www.e.example, a@b.example"), @r#"
        @&#8203;everyone fixes #&#8203;12, o/r#&#8203;3, \!&#8203;4, GH&#8203;-5, www&#8203;.e.example, a@&#8203;b.example
        "#);
        assert_eq!(said("a\n\u{202e}b"), "a␊&lt;U+202E&gt;b");
    }

    #[test]
    fn code_ends_where_we_end_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("``x`"), "``` ``x` ```");
        assert_eq!(code(""), "`  `");
        assert_eq!(code(" a"), "`  a `");
    }

    #[test]
    fn no_line_of_a_quotation_begins_as_it_was_written() {
        let text = "# h\n/close\n- l\n1. n\n\n\n    code\n===\n```\n</details>\n[x]: y\n";
        assert_snapshot!(quote(text, "  "), @r#"
        > \# h\
        > \/close\
        > \- l\
        > 1\. n
        > 
        > code\
        > \===\
        > \`\`\`\
        > &lt;/details&gt;\
        > \[x\]: y
        "#);
        assert_eq!(quote(" \n\n", ""), "");
    }
}
