//! Changes single keys of a front matter that people wrote: every other byte stays.

use serde_json::Value;

use super::document::parse;
use super::yaml::write_mapping;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Meta;

/// `text`, a document with front matter, with the top-level `key` set to `value`. A key that is
/// there is replaced where it stands, a new one comes last. BOM, line ends, comments and the order
/// of keys stay. Where the front matter is written so that this can't be done line by line, it is a
/// fault, and nothing is changed.
pub fn set_key(text: &str, key: &str, value: &Value) -> Result<String, Fault> {
    let before = parse(text.as_bytes())?;
    let mut expected = before.meta.clone();
    expected.insert(key.to_owned(), value.clone());
    let edited = edit_lines(text, key, value);
    match parse(edited.as_bytes()) {
        Ok(after)
            if after.meta == expected && after.text == before.text && after.sections == before.sections =>
        {
            Ok(edited)
        }
        _ => Err(Fault::new(Spot::Start, format!("can't set `{key}` without touching other lines"))
            .mend(format!("write it into the front matter by hand: {}", written(key, value).trim_end()))),
    }
}

fn written(key: &str, value: &Value) -> String {
    write_mapping(&Meta::from_iter([(key.to_owned(), value.clone())]))
}

fn edit_lines(text: &str, key: &str, value: &Value) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line_end = if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
    let end = lines.iter().skip(1).position(|line| line.trim_end() == "---").map_or(lines.len(), |at| at + 1);
    let old = (1..end).find(|at| is_key(lines[*at], key));
    let (from, to) = match old {
        Some(at) => (at, at + 1 + continuation(&lines[at + 1..end])),
        None => (end, end),
    };
    let comment = old.map_or("", |at| comment_of(lines[at]));
    let new = written(key, value).trim_end().replace('\n', line_end) + comment + line_end;
    [lines[..from].concat(), new, lines[to..].concat()].concat()
}

fn is_key(line: &str, key: &str) -> bool {
    let bare = line.trim_start_matches('\u{feff}');
    let after = [key.to_owned(), format!("\"{key}\""), format!("'{key}'")]
        .iter()
        .find_map(|form| bare.strip_prefix(form.as_str()).map(str::to_owned));
    after.is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(':'))
}

/// How many of these lines belong to the key above them: what is indented, and the items of a list.
fn continuation(lines: &[&str]) -> usize {
    let belongs =
        |line: &&str| line.starts_with([' ', '\t']) || line.starts_with("- ") || line.trim_end() == "-";
    let is_blank = |line: &&str| line.trim().is_empty();
    let reach = lines.iter().take_while(|line| belongs(line) || is_blank(line)).count();
    // Blank lines behind the value are not part of it.
    lines[..reach].iter().rposition(|line| !is_blank(line)).map_or(0, |at| at + 1)
}

/// The comment at the end of a line, with the space before it; what a quoted value holds is none.
fn comment_of(line: &str) -> &str {
    let line = line.trim_end();
    match line.find(" #") {
        Some(at) if !line.contains(['"', '\'']) => &line[at..],
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_new_key_comes_last_and_an_old_one_stays_in_its_place() {
        let text = "---\n# the team's own\nhandle: \"@a.b\"   # never change\nretired: false # yet\nzeal: 9\n---\n\nRole.\n";
        let edited = set_key(text, "retired", &json!(true)).expect("edited");
        assert_snapshot!(set_key(&edited, "successor", &json!("@c.d")).expect("edited"), @r#"
        ---
        # the team's own
        handle: "@a.b"   # never change
        retired: true # yet
        zeal: 9
        successor: "@c.d"
        ---

        Role.
        "#);
    }

    #[test]
    fn lists_and_long_values_are_replaced_whole() {
        let text = "---\nsuccessor:\n  \"@old\"\n\nkeywords:\n- a\n- b\ntitle: T\n---\n";
        let edited = set_key(text, "keywords", &json!(["c"])).expect("edited");
        assert_eq!(edited, "---\nsuccessor:\n  \"@old\"\n\nkeywords:\n  - c\ntitle: T\n---\n");
        let edited = set_key(text, "successor", &json!("@new")).expect("edited");
        assert_eq!(edited, "---\nsuccessor: \"@new\"\n\nkeywords:\n- a\n- b\ntitle: T\n---\n");
    }

    #[test]
    fn bom_and_line_ends_stay() {
        let text = "\u{feff}---\r\nhandle: \"@a\"\r\n---\r\nRole\r\n";
        assert_eq!(
            set_key(text, "retired", &json!(true)).expect("edited"),
            "\u{feff}---\r\nhandle: \"@a\"\r\nretired: true\r\n---\r\nRole\r\n"
        );
    }

    #[test]
    fn what_can_not_be_edited_by_lines_is_refused_with_the_line_to_write() {
        let fault = set_key("---\n{handle: a}\n---\n", "retired", &json!(true)).expect_err("a fault");
        assert_eq!(fault.mend.as_deref(), Some("write it into the front matter by hand: retired: true"));
    }

    proptest! {
        #[test]
        fn all_other_lines_stay(
            values in proptest::collection::btree_map("[a-z]{1,6}", "[ -~]{0,20}", 0..6),
            body in "[ -~\n]{0,60}",
            value in "[ -~]{0,20}",
        ) {
            let meta: Meta = values.into_iter().map(|(key, value)| (key, Value::String(value))).collect();
            let text = format!("---\n{}---\n{body}\n", write_mapping(&meta));
            let edited = set_key(&text, "retired", &Value::String(value)).expect("edited");
            let kept: Vec<&str> = edited.lines().filter(|line| !line.starts_with("retired:")).collect();
            let old: Vec<&str> = text.lines().filter(|line| !line.starts_with("retired:")).collect();
            prop_assert_eq!(kept, old);
        }
    }
}
