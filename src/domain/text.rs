//! Texts that people write: how much they say, and how they are shown safely.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// How often one word may count; padding repeats itself.
const WORD_LIMIT: u32 = 3;

/// How many meaningful characters `text` has: letters and digits after NFC normalisation, where a
/// run of one character counts once, a word counts at most three times, and a CJK character,
/// which says as much as a short word, counts double.
pub fn meaningful(text: &str) -> usize {
    let normal: String = text.nfc().flat_map(char::to_lowercase).collect();
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut total = 0;
    for word in normal.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let times = seen.entry(word).or_default();
        *times += 1;
        if *times <= WORD_LIMIT {
            total += weight(word);
        }
    }
    total
}

fn weight(word: &str) -> usize {
    let mut last = None;
    let mut total = 0;
    for c in word.chars() {
        if last != Some(c) {
            total += if is_cjk(c) { 2 } else { 1 };
        }
        last = Some(c);
    }
    total
}

pub(super) fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// `text` for one line of a terminal: control characters, line breaks and invisible direction
/// marks are made visible, so that a record can't write escape sequences to a terminal.
pub fn shown_line(text: &str) -> Cow<'_, str> {
    shown(text, |c| c == '\t')
}

/// `text` for a terminal, line breaks and tabs kept, all other control characters made visible.
pub fn shown_text(text: &str) -> Cow<'_, str> {
    shown(text, |c| c == '\n' || c == '\t')
}

/// Whether a terminal may obey `c` instead of showing it: control characters, line breaks and tabs
/// among them, and what is not seen or turns the direction of others around.
pub fn is_invisible(c: char) -> bool {
    c.is_control() || is_unseen(c)
}

/// `text` as its lines are counted: without a byte order mark, line ends of any kind as LF.
pub fn with_plain_lines(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The first `limit` characters of `text`, with an ellipsis where that is not all of it.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

fn shown(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let hidden = |before: Option<char>, c: char| {
        (!keep(c) && is_invisible(c)) || (is_joiner(c) && before.is_none_or(|before| before.is_ascii()))
    };
    if !text.contains(|c| is_invisible(c) && !keep(c) || is_joiner(c)) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    for (at, c) in text.char_indices() {
        match u32::from(c) {
            _ if c == '#' && begins_log_command(&text[at..]) => out.push_str("# "),
            _ if !hidden(before, c) => out.push(c),
            code @ 0..=0x1f => out.push(char::from_u32(0x2400 + code).unwrap_or('\u{fffd}')),
            0x7f => out.push('\u{2421}'),
            code => out.push_str(&format!("<U+{code:04X}>")),
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

/// Whether `text` begins like what CI takes for a command wherever it stands in a log: `##[error]`,
/// `##vso[task.setvariable]`. A blank between the signs makes it a text.
fn begins_log_command(text: &str) -> bool {
    text.strip_prefix("##")
        .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// Characters that are not seen, or that turn the direction of others around.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e01ef}')
}

/// Characters that join or part letters of scripts that need it, and emoji; behind a character of
/// ASCII they only hide.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// A number with its noun: `1 commit`, `2 commits`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A slug for `text`: at most 40 characters of `[a-z0-9-]`, never empty, never a device name.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if out.len() >= 40 {
            break;
        }
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !c.is_alphanumeric() && !out.is_empty() && !out.ends_with('-') && !is_mark(c) {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() || super::handle::is_device_name(out) { "record".to_owned() } else { out.to_owned() }
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The first line or sentence of `text`, cut at a word to at most `limit` characters.
pub fn headline(text: &str, limit: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim();
    let line = line.split_inclusive(". ").next().unwrap_or(line).trim_end_matches(['.', ' ']);
    if line.chars().count() <= limit {
        return line.to_owned();
    }
    let cut: String = line.chars().take(limit).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", cut.trim_end_matches([',', ';', ':', ' ']))
}

/// The one of `known` that is spelt most like `word`; `None` when none is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

/// The first of `items` in words, and how many more there are: `a, b and 3 more`.
pub fn some_of<S: AsRef<str>>(items: &[S], shown: usize) -> String {
    let names: Vec<&str> = items.iter().take(shown).map(AsRef::as_ref).collect();
    match (names.as_slice(), items.len() - names.len()) {
        ([.., _], more) if more > 0 => format!("{} and {more} more", names.join(", ")),
        ([first @ .., last], _) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// `text` as one word of a POSIX shell command, quoted where it must be.
pub fn shell_word(text: &str) -> String {
    let plain = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b'@' | b':' | b'=' | b'+' | b',')
    };
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// The command that stages these paths, which are from the top of the work tree; with `:/` it works
/// in every folder of it.
pub fn stage_command<S: AsRef<str>>(paths: &[S]) -> String {
    let words: Vec<String> = paths.iter().map(|path| from_everywhere(path.as_ref())).collect();
    format!("git add -- {}", words.join(" "))
}

/// A path from the top of the work tree as a word that git understands in every folder of it.
pub fn from_everywhere(path: &str) -> String {
    shell_word(&format!(":/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_does_not_count() {
        assert_eq!(meaningful("pool size, 10"), 10 - 1); // the double `o` counts once
        assert_eq!(meaningful(&"a".repeat(500)), 1);
        assert_eq!(meaningful(&"word ".repeat(100)), 12);
        assert_eq!(meaningful("... --- !!! \u{200b}"), 0);
        assert_eq!(meaningful("接続プール"), 10);
        assert_eq!(meaningful("e\u{301}"), 1, "NFC makes one letter of two code points");
    }

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(shown_line("a\u{1b}[31mred\r\nb"), "a␛[31mred␍␊b");
        assert_eq!(shown_text("a\nb\u{9b}31m\u{202e}"), "a\nb<U+009B>31m<U+202E>");
        assert!(matches!(shown_line("plain é 接続"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_not_seen_becomes_visible_and_scripts_keep_their_joiners() {
        assert_eq!(shown_line("a\u{200b}d\u{200d}min\u{feff}"), "a<U+200B>d<U+200D>min<U+FEFF>");
        assert_eq!(shown_line("\u{e0041}\u{61c}x"), "<U+E0041><U+061C>x");
        assert_eq!(shown_line("👩\u{200d}💻 می\u{200c}خواهم"), "👩\u{200d}💻 می\u{200c}خواهم");
    }

    #[test]
    fn what_ci_would_obey_in_a_log_is_a_text() {
        assert_eq!(shown_line("x ##[add-mask]a"), "x # #[add-mask]a");
        assert_eq!(shown_line("##vso[task.setvariable]"), "# #vso[task.setvariable]");
        assert_eq!(shown_line("###[x] ### y"), "## #[x] ### y");
        assert_eq!(shown_line("## Change"), "## Change");
    }

    #[test]
    fn lines_and_lengths_are_plain() {
        assert_eq!(with_plain_lines("\u{feff}a\r\nb\rc\n"), "a\nb\nc\n");
        assert_eq!(cut("接続プール", 2), "接続…");
        assert_eq!(cut("ab", 2), "ab");
    }

    #[test]
    fn slugs_are_safe_file_names() {
        assert_eq!(slug("Connection pool: exhausted!"), "connection-pool-exhausted");
        assert_eq!(slug("Größe geändert"), "groe-geandert");
        assert_eq!(slug("接続"), "record");
        assert_eq!(slug("con"), "record");
        assert!(slug(&"long ".repeat(50)).len() <= 40);
    }

    #[test]
    fn near_words_and_lists_read_well() {
        assert_eq!(nearest("min_impct", ["min_impact", "max_wait"]), Some("min_impact"));
        assert_eq!(nearest("Flags", ["flags", "agents"]), Some("flags"));
        assert_eq!(nearest("notes", ["flags", "agents"]), None);
        assert_eq!(some_of(&["a"], 2), "a");
        assert_eq!(some_of(&["a", "b"], 2), "a and b");
        assert_eq!(some_of(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(some_of::<&str>(&[], 2), "");
    }

    #[test]
    fn headlines_are_cut_at_a_word() {
        assert_eq!(headline("The pool is smaller. Much smaller.", 60), "The pool is smaller");
        assert_eq!(headline("one two three four", 9), "one two…");
    }
}
