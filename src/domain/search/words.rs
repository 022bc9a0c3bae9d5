//! Words: how a text is cut into them, how they are made comparable, and how much each says.

use std::borrow::Cow;
use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::text::is_cjk;

/// See [`is_function_word`].
const FUNCTION_WORDS: &str = include_str!("function.txt");

/// Words of everyday talk. They are rare in role texts, so that their rarity alone would make them
/// look important.
const EVERYDAY_WORDS: &str = include_str!("everyday.txt");

/// How much an everyday word or a bare number counts against any other word.
const EVERYDAY_WEIGHT: f64 = 0.2;

/// Short and long forms of the same word, either of which may stand in a request or a file.
const SAME: &[(&str, &str)] = &[
    ("a11y", "accessibility"),
    ("auth", "authentication"),
    ("config", "configuration"),
    ("cpp", "c++"),
    ("csharp", "c#"),
    ("db", "database"),
    ("docs", "documentation"),
    ("go", "golang"),
    ("i18n", "internationalization"),
    ("infra", "infrastructure"),
    ("js", "javascript"),
    ("k8s", "kubernetes"),
    ("o11y", "observability"),
    ("otel", "opentelemetry"),
    ("perf", "performance"),
    ("postgres", "postgresql"),
    ("repo", "repository"),
    ("ts", "typescript"),
];

/// The words of `text` as they are written, in order: runs of letters and digits, with the `+` and
/// `#` of `C++` and `C#`. A script without spaces is cut into overlapping pairs of characters.
pub(super) fn words(text: &str) -> Words<'_> {
    Words { rest: text, unspaced: "" }
}

/// See [`words`].
pub(super) struct Words<'a> {
    rest: &'a str,
    unspaced: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if !self.unspaced.is_empty() {
            return Some(self.next_pair());
        }
        let start = find(self.rest, is_word_char)?;
        let run = &self.rest[start..];
        if run.starts_with(is_cjk) {
            (self.unspaced, self.rest) = run.split_at(run.find(|c| !is_cjk(c)).unwrap_or(run.len()));
            return Some(self.next_pair());
        }
        let letters = find(run, |c| !is_word_char(c) || is_cjk(c)).unwrap_or(run.len());
        let signs = run[letters..].bytes().take_while(|sign| matches!(sign, b'+' | b'#')).count();
        let (word, rest) = run.split_at(letters + signs);
        self.rest = rest;
        Some(word)
    }
}

/// Where the first character is for which `wanted` holds. Faster than `str::find` on text that is
/// mostly ASCII, and all role texts go through it.
fn find(text: &str, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from
            + text.as_bytes()[from..]
                .iter()
                .position(|byte| !byte.is_ascii() || wanted(char::from(*byte)))?;
        let found = text[at..].chars().next()?;
        if wanted(found) {
            return Some(at);
        }
        from = at + found.len_utf8();
    }
}

impl<'a> Words<'a> {
    /// The first two characters of what is left of an unspaced run; it moves on by one.
    fn next_pair(&mut self) -> &'a str {
        let run = self.unspaced;
        let mut starts = run.char_indices().map(|(at, _)| at).skip(1);
        let second = starts.next().unwrap_or(run.len());
        let third = starts.next().unwrap_or(run.len());
        self.unspaced = if third == run.len() { "" } else { &run[second..] };
        &run[..third]
    }
}

fn is_word_char(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() || is_combining_mark(c) }
}

/// `text` in lower case and in one of its possible spellings in Unicode.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        Cow::Owned(text.nfkc().flat_map(char::to_lowercase).collect())
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a word only holds a sentence together.
pub(super) fn is_function_word(folded: &str) -> bool {
    FUNCTION_WORDS.split_whitespace().any(|word| word == folded)
}

/// What is known about the words of the language in which roles are mostly written.
pub(super) struct English {
    stemmer: Stemmer,
    everyday: HashSet<Cow<'static, str>>,
}

impl English {
    /// Reads the lists.
    pub(super) fn new() -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let everyday = EVERYDAY_WORDS.split_whitespace().map(|word| stemmer.stem(word)).collect();
        English { stemmer, everyday }
    }

    /// What the forms of one word have in common. Words in other letters stay as they are.
    pub(super) fn stem<'a>(&self, folded: &'a str) -> Cow<'a, str> {
        if folded.bytes().all(|byte| byte.is_ascii_lowercase()) {
            self.stemmer.stem(folded)
        } else {
            Cow::Borrowed(folded)
        }
    }

    /// How much a word says about what somebody wants: 1 for most words, less for everyday words
    /// and bare numbers, nothing for words that only hold the sentence together.
    pub(super) fn weight(&self, folded: &str) -> f64 {
        if is_function_word(folded) {
            0.0
        } else if folded.bytes().all(|byte| byte.is_ascii_digit())
            || self.everyday.contains(&self.stem(folded))
        {
            EVERYDAY_WEIGHT
        } else {
            1.0
        }
    }
}

/// Other ways to write the same word: `kubernetes` for `k8s`, and the other way round.
pub(super) fn same(folded: &str) -> impl Iterator<Item = &'static str> {
    SAME.iter().filter_map(move |(short, long)| match folded {
        word if word == *short => Some(*long),
        word if word == *long => Some(*short),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        words(text).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            cut("p99 of the C++ service, C# and prefetch_related!"),
            ["p99", "of", "the", "C++", "service", "C#", "and", "prefetch", "related"]
        );
        assert_eq!(cut(" ... — 🔥"), Vec::<&str>::new());
        assert_eq!(cut("Größe e\u{301}té"), ["Größe", "e\u{301}té"]);
    }

    #[test]
    fn a_script_without_spaces_is_cut_into_pairs() {
        assert_eq!(cut("接続プール"), ["接続", "続プ", "プー", "ール"]);
        assert_eq!(cut("go性能"), ["go", "性能"]);
        assert_eq!(cut("遅 い"), ["遅", "い"]);
    }

    proptest::proptest! {
        #[test]
        fn no_letter_of_any_text_is_lost(text: String) {
            for word in words(&text) {
                proptest::prop_assert!(text.contains(word) && word.contains(is_word_char));
                proptest::prop_assert!(!word.contains(char::is_whitespace));
            }
            let letters = |text: &str| text.chars().filter(|c| is_word_char(*c)).collect::<HashSet<char>>();
            let kept = words(&text).map(letters).fold(HashSet::new(), |all, some| &all | &some);
            proptest::prop_assert_eq!(kept, letters(&text));
        }
    }

    #[test]
    fn folding_makes_spellings_equal() {
        assert_eq!(folded("JWT"), "jwt");
        assert_eq!(folded("E\u{301}T\u{c9}"), folded("été"));
        assert_eq!(folded("ＡＰＩ"), "api");
    }

    #[test]
    fn only_english_letters_are_stemmed() {
        let english = English::new();
        assert_eq!(english.stem("authenticating"), english.stem("authentication"));
        assert_eq!(english.stem("производительности"), "производительности");
        assert_eq!(english.stem("k8s"), "k8s");
    }

    #[test]
    fn everyday_words_say_little() {
        let english = English::new();
        assert_eq!(english.weight("the"), 0.0);
        assert_eq!(english.weight("trying"), EVERYDAY_WEIGHT);
        assert_eq!(english.weight("2024"), EVERYDAY_WEIGHT);
        assert_eq!(english.weight("latency"), 1.0);
    }

    #[test]
    fn the_lists_hold_each_word_once_and_in_order() {
        for list in [FUNCTION_WORDS, EVERYDAY_WORDS] {
            let words: Vec<&str> = list.split_whitespace().collect();
            assert!(words.is_sorted_by(|a, b| a < b), "not sorted, or a word twice");
        }
        assert!(SAME.is_sorted());
    }
}
