//! Handles from the names that people give.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::handle::{Handle, MAX_HANDLE, is_device_name};

/// Signs that carry meaning, and letters that no normalisation takes apart.
const SPELT_OUT: [(&str, &str); 11] = [
    ("c++", "cpp"),
    ("c#", "csharp"),
    ("f#", "fsharp"),
    (".net", "dotnet"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ø", "o"),
    ("ł", "l"),
    ("đ", "d"),
    ("ı", "i"),
];

/// Words that say what kind of document it is, not whom it is about.
const GENERIC: [&str; 16] = [
    "agent",
    "subagent",
    "role",
    "persona",
    "definition",
    "description",
    "document",
    "profile",
    "specification",
    "spec",
    "instructions",
    "prompt",
    "guide",
    "guidelines",
    "the",
    "your",
];

/// The handle that `name` is, where it is one as it stands.
pub(super) fn exact(name: &str) -> Option<Handle> {
    let handle: Handle = name.parse().ok()?;
    (handle.bare() == name.strip_prefix('@').unwrap_or(name)).then_some(handle)
}

/// The handle nearest to `name`; `None` where no letter or digit of it can stand in a handle.
pub(super) fn derived(name: &str) -> Option<Handle> {
    let parts: Vec<String> = plain(name).split('.').map(dashed).filter(|part| !part.is_empty()).collect();
    let (head, tail) = parts.split_at(parts.len().min(2));
    let mut parts = head.to_vec();
    if !tail.is_empty() {
        parts.push(tail.join("-"));
    }
    for part in &mut parts {
        if is_device_name(part) {
            part.push_str("-agent");
        }
    }
    let mut bare = parts.join(".");
    bare.truncate(MAX_HANDLE);
    bare.trim_end_matches(['-', '.']).parse().ok()
}

/// The handle of an agent named `name` in the file `path`: by name, else by file, else by number.
pub(super) fn derived_or_numbered(name: &str, path: &str) -> Option<Handle> {
    let numbered = || format!("agent-{:06x}", hash(name) & 0xff_ffff);
    derived(name).or_else(|| derived(&file_name(path))).or_else(|| derived(&numbered()))
}

/// What the file is called, without folders and endings. A file that is called as all of its kind
/// are is named by its folder.
pub(super) fn file_name(path: &str) -> String {
    let mut parts = path.rsplit(['/', '\\']).filter(|part| !part.is_empty());
    let stem = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let endings =
            [".agent.md", ".chatmode.md", ".md", ".mdc", ".markdown", ".toml", ".txt", ".yaml", ".yml"];
        let ending = endings.iter().find(|ending| lower.ends_with(**ending)).map_or(0, |ending| ending.len());
        name[..name.len() - ending].to_owned()
    };
    let own = parts.next().map(stem).unwrap_or_default();
    let common = ["agent", "agents", "readme", "index", "skill", "prompt", "role", "claude"];
    match parts.next() {
        Some(folder) if common.contains(&own.to_ascii_lowercase().as_str()) => folder.to_owned(),
        _ => own,
    }
}

/// Whom a heading such as `Performance Agent Role Definition` is about: `Performance`.
pub(super) fn subject(heading: &str) -> String {
    let (_, subject, _) = around_subject(heading);
    if subject.is_empty() { heading.to_owned() } else { subject.join(" ") }
}

/// Whether a heading says that it is about one agent or role: `Agent: X`, `X Agent Definition`.
pub(super) fn names_a_role(heading: &str) -> bool {
    let (before, subject, after) = around_subject(heading);
    !subject.is_empty() && before.iter().chain(&after).any(|word| mentions_a_role(word))
}

/// Whether a text has the word.
pub(super) fn mentions_a_role(text: &str) -> bool {
    tokens(text).iter().any(|word| ["agent", "subagent", "role", "persona"].contains(&word.as_str()))
}

/// A heading in three: generic words up to a colon, the subject, generic words.
fn around_subject(heading: &str) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
    let words: Vec<&str> = heading.split_whitespace().collect();
    let is_generic = |word: &&&str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        bare.is_empty() || GENERIC.contains(&bare.as_str())
    };
    let leading = words.iter().take_while(is_generic).count();
    let is_lead =
        |word: &&str| word.ends_with(':') || ["the", "your"].contains(&word.to_lowercase().as_str());
    let start = words[..leading].iter().rposition(is_lead).map_or(0, |at| at + 1);
    let trailing = words[start..].iter().rev().take_while(is_generic).count();
    let end = words.len() - trailing;
    (words[..start].to_vec(), words[start..end].to_vec(), words[end..].to_vec())
}

/// The words of a text as a handle would have them.
pub(super) fn tokens(text: &str) -> Vec<String> {
    plain(text).split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// `text` in lower case, without accents.
fn plain(text: &str) -> String {
    let mut lower = text.to_lowercase();
    for (sign, word) in SPELT_OUT {
        lower = lower.replace(sign, word);
    }
    lower.nfkd().filter(|c| !is_combining_mark(*c)).collect()
}

fn dashed(part: &str) -> String {
    let words: Vec<&str> =
        part.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// FNV-1a: the same number for the same name, everywhere and always.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_derived_as_a_person_would() {
        for (name, expected) in [
            ("Code Reviewer", "@code-reviewer"),
            ("DATA_EXPERT", "@data-expert"),
            ("ops.performance", "@ops.performance"),
            ("DevOps/Infrastructure Team", "@devops-infrastructure-team"),
            ("Prüfer für Größe", "@prufer-fur-grosse"),
            ("C++ & C# Expert", "@cpp-csharp-expert"),
            ("../../etc/passwd", "@etc-passwd"),
            ("a.b.c.d.e", "@a.b.c-d-e"),
            ("CON", "@con-agent"),
            ("性能 monitor", "@monitor"),
            ("--x--", "@x"),
        ] {
            assert_eq!(derived(name).map(|handle| handle.to_string()).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(derived("性能"), None);
        assert!(derived(&"long name ".repeat(40)).is_some());
    }

    #[test]
    fn a_name_without_latin_letters_gets_a_stable_handle() {
        assert_eq!(derived_or_numbered("性能", "x/perf-team.md"), "@perf-team".parse().ok());
        assert_eq!(derived_or_numbered("性能", "性能.md"), "@agent-f3e5d8".parse().ok());
    }

    #[test]
    fn headings_say_whom_they_are_about() {
        assert_eq!(subject("Performance Agent Role Definition"), "Performance");
        assert_eq!(subject("Agent: QA Lead"), "QA Lead");
        assert_eq!(subject("Support Agent"), "Support");
        assert_eq!(subject("Agent Role"), "Agent Role");
        assert!(["Support Agent", "Role: QA", "The Performance Agent"].iter().all(|text| names_a_role(text)));
        assert!(
            !["Agent Capabilities", "Ops Agent Test Harness", "Agent"].iter().any(|text| names_a_role(text))
        );
    }

    #[test]
    fn files_called_like_all_others_are_named_by_their_folder() {
        assert_eq!(file_name("a/b/reviewer.agent.md"), "reviewer");
        assert_eq!(file_name("a/reviewer/AGENT.md"), "reviewer");
        assert_eq!(file_name("AGENT.md"), "AGENT");
    }
}
