//! Where entries lie, and what is wrong with files that lie elsewhere.

use std::fmt;

use super::form::FORMS;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::handle::{is_device_name, is_slug};
use crate::domain::text::{headline, nearest, shell_word, slug};

/// The folder of all entries from the top of the work tree.
pub const FOLDER: &str = ".perfteam/knowledge";

/// Longest kind or slug.
const LONGEST: usize = 80;

/// The endings of texts that people may take for entries.
const TEXTS: [&str; 4] = ["md", "markdown", "mdown", "txt"];

/// The name of an entry: its kind and its slug, `pattern/pool-exhausted-7k2m`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryName {
    kind: String,
    slug: String,
}

impl EntryName {
    /// The name of an entry of this kind; what is wrong where that is none.
    pub fn new(kind: &str, slug: &str) -> Result<Self, String> {
        for part in [kind, slug] {
            if is_device_name(part) {
                return Err(format!("`{part}` is the name of a device on some systems"));
            }
            if !is_slug(part) || part.len() > LONGEST {
                return Err(format!(
                    "`{part}` is no name: expected at most {LONGEST} of the characters a-z, 0-9 and -"
                ));
            }
        }
        Ok(EntryName { kind: kind.to_owned(), slug: slug.to_owned() })
    }

    /// The name of a new entry. What tells it from others comes last, so that two who write of the
    /// same on two branches write two files.
    pub fn fresh(kind: &str, title: &str, distinct: &str) -> Result<Self, String> {
        EntryName::new(kind, &format!("{}-{distinct}", slug(&headline(title, 40))))
    }

    /// What kind of knowledge it is.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What tells it from others of its kind.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The path of its file from the top of the work tree.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{self}.md")
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.kind, self.slug))
    }
}

/// What a path below [`FOLDER`] is.
#[derive(Debug, PartialEq)]
pub enum Place {
    /// That of an entry.
    Entry(EntryName),
    /// That of something beside entries: a read-me file, a picture.
    Beside,
    /// That of a text which nobody would find there.
    Wrong(Fault),
}

/// What the file at `path` is; `None` where it does not lie below [`FOLDER`].
pub fn place(path: &str) -> Option<Place> {
    let inside = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
    let parts: Vec<&str> = inside.split('/').collect();
    let file = parts.last().copied().unwrap_or_default();
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    let is_text = TEXTS.contains(&ending.to_ascii_lowercase().as_str());
    let is_hidden = parts.iter().any(|part| part.starts_with('.'));
    if is_hidden || !is_text || stem.eq_ignore_ascii_case("readme") {
        return Some(Place::Beside);
    }
    let wrong = |message: String, to: String| {
        let mend = format!("git mv -- {} {}", shell_word(path), shell_word(&to));
        Place::Wrong(Fault::new(Spot::Start, message).mend(mend))
    };
    let to = |kind: &str| format!("{FOLDER}/{kind}/{}.md", slug(stem));
    let [kind, _] = parts.as_slice() else {
        let message = "no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md".to_owned();
        let kind = if parts.len() > 2 { parts[0] } else { "runbook" };
        return Some(wrong(message, to(kind)));
    };
    Some(match (refuse_kind(kind), EntryName::new(kind, stem)) {
        (Some(near), _) => wrong(format!("`{kind}` is no kind of knowledge: did you mean {near}?"), to(near)),
        (None, Ok(name)) if ending == "md" => Place::Entry(name),
        (None, Ok(_)) => wrong(format!("no entry: expected {stem}.md"), to(kind)),
        (None, Err(message)) => wrong(message, to(&slug(kind))),
    })
}

/// The known kind for which `kind` is a slip of the pen, such as `runbooks`; `None` where it is one
/// that is known, or a word of the team's own.
pub fn refuse_kind(kind: &str) -> Option<&'static str> {
    let known = || FORMS.iter().map(|form| form.kind);
    if known().any(|known| known == kind) { None } else { nearest(kind, known()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str) -> String {
        match place(path) {
            None => "elsewhere".to_owned(),
            Some(Place::Entry(name)) => format!("entry {name}"),
            Some(Place::Beside) => "beside".to_owned(),
            Some(Place::Wrong(fault)) => format!("{}; {}", fault.message, fault.mend.unwrap_or_default()),
        }
    }

    #[test]
    fn entries_lie_in_the_folder_of_their_kind() {
        let told = |inside: &str| told(&format!("{FOLDER}/{inside}"));
        assert_eq!(told("pattern/pools.md"), "entry pattern/pools");
        assert_eq!(told("fire-drill/night.md"), "entry fire-drill/night", "kinds of the team's own");
        for beside in [
            "README.md",
            "pattern/readme.md",
            "pattern/.pools.md.swp",
            ".x/a.md",
            "pattern/a.png",
            "pattern/pictures/a.png",
        ] {
            assert_eq!(told(beside), "beside", "{beside}");
        }
        let wrong = [
            "pools.md",
            "pattern/deep/pools.md",
            "Patterns/pools.md",
            "pattern/Pool size.md",
            "pattern/pools.txt",
            "pattern/con.md",
            "fire drill/night.md",
        ];
        insta::assert_snapshot!(
            wrong.map(told).join("\n"),
            @r#"
        no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md; git mv -- .perfteam/knowledge/pools.md .perfteam/knowledge/runbook/pools.md
        no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md; git mv -- .perfteam/knowledge/pattern/deep/pools.md .perfteam/knowledge/pattern/pools.md
        `Patterns` is no kind of knowledge: did you mean pattern?; git mv -- .perfteam/knowledge/Patterns/pools.md .perfteam/knowledge/pattern/pools.md
        `Pool size` is no name: expected at most 80 of the characters a-z, 0-9 and -; git mv -- '.perfteam/knowledge/pattern/Pool size.md' .perfteam/knowledge/pattern/pool-size.md
        no entry: expected pools.md; git mv -- .perfteam/knowledge/pattern/pools.txt .perfteam/knowledge/pattern/pools.md
        `con` is the name of a device on some systems; git mv -- .perfteam/knowledge/pattern/con.md .perfteam/knowledge/pattern/record.md
        `fire drill` is no name: expected at most 80 of the characters a-z, 0-9 and -; git mv -- '.perfteam/knowledge/fire drill/night.md' .perfteam/knowledge/fire-drill/night.md
        "#
        );
        assert_eq!(super::place(".perfteam/flags/x.md"), None);
        assert_eq!(super::place(".perfteam/knowledge"), None);
    }
}
