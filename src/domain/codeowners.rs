//! CODEOWNERS files, as GitHub and GitLab read them.

use std::fmt;

/// Where forges look for the file, in this order; the first one counts.
pub const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// Who owns paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A user of the forge: `@octocat`.
    User(String),
    /// A team, or a group: `@org/team`.
    Team(String, String),
    /// Whoever commits under this address.
    Email(String),
}

impl Owner {
    fn parse(word: &str) -> Option<Owner> {
        if let Some(name) = word.strip_prefix('@') {
            // `@@developer` is a role of GitLab, nobody in particular.
            return match name.rsplit_once('/') {
                _ if name.is_empty() || name.starts_with('@') => None,
                Some((group, team)) => Some(Owner::Team(group.to_owned(), team.to_owned())),
                None => Some(Owner::User(name.to_owned())),
            };
        }
        let (local, domain) = word.split_once('@')?;
        (!local.is_empty() && !domain.is_empty()).then(|| Owner::Email(word.to_ascii_lowercase()))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::User(name) => write!(f, "@{name}"),
            Owner::Team(group, team) => write!(f, "@{group}/{team}"),
            Owner::Email(address) => f.write_str(address),
        }
    }
}

/// One line that gives a pattern its owners; the last line that matches a path decides, within
/// its section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line in the file, from 1.
    pub line: usize,
    /// The pattern as it stands there.
    pub pattern: String,
    /// The owners; with none, nobody owns what matches.
    pub owners: Vec<Owner>,
    section: usize,
}

/// Reads the file. What is no entry is a comment, as forges take it.
pub fn parse(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut section = 0;
    let mut section_owners: Vec<Owner> = Vec::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if let Some(rest) = after_section_header(line) {
            section += 1;
            section_owners = owners(&words(rest));
            continue;
        }
        let words = words(line);
        let Some((pattern, named)) = words.split_first() else { continue };
        let named = if named.is_empty() { section_owners.clone() } else { owners(named) };
        entries.push(Entry { line: at + 1, pattern: pattern.clone(), owners: named, section });
    }
    entries
}

/// What follows the header of a section of GitLab: `[Database][2] @db`, `^[Docs]`.
fn after_section_header(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let mut rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?.split_once(']')?.1;
    if let Some(count) = rest.strip_prefix('[') {
        rest = count.split_once(']')?.1;
    }
    Some(rest)
}

/// The words of a line up to a comment; a space behind a backslash belongs to its word.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut escaped = false;
    for c in line.chars() {
        if c == '#' && word.is_empty() {
            break;
        }
        if c.is_whitespace() && !escaped {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn owners(words: &[String]) -> Vec<Owner> {
    words.iter().filter_map(|word| Owner::parse(word)).collect()
}

/// What the file gives an owner, as gitignore-style globs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owned {
    /// The globs; exceptions are the parts that a later line gives to others.
    pub globs: Vec<String>,
    /// The lines that give something, each with its pattern.
    pub lines: Vec<(usize, String)>,
    /// Lines whose pattern covers everything; they are not among the globs.
    pub everything: Vec<usize>,
}

/// What `entries` give to `owner`.
pub fn owned(entries: &[Entry], owner: &Owner) -> Owned {
    let mut owned = Owned::default();
    let mut given: Vec<&Entry> = Vec::new();
    for entry in entries {
        if entry.owners.contains(owner) {
            if covers_everything(&entry.pattern) {
                owned.everything.push(entry.line);
                continue;
            }
            given.push(entry);
            owned.lines.push((entry.line, entry.pattern.clone()));
            owned.globs.push(entry.pattern.clone());
            // Here `dir/*` is the files of the folder alone; a glob would take its folders, too.
            if entry.pattern.ends_with("/*") {
                owned.globs.push(format!("!{}/", entry.pattern));
            }
        } else if given
            .iter()
            .any(|own| own.section == entry.section && may_overlap(&own.pattern, &entry.pattern))
        {
            owned.globs.push(format!("!{}", entry.pattern));
        }
    }
    owned
}

fn covers_everything(pattern: &str) -> bool {
    matches!(pattern.trim_start_matches('/'), "" | "*" | "**" | "**/*" | "**/**") && pattern != "/*"
}

/// Whether some path could match both: not when both begin with folders that lie apart.
fn may_overlap(a: &str, b: &str) -> bool {
    match (fixed_folders(a), fixed_folders(b)) {
        (Some(a), Some(b)) => a.iter().zip(&b).all(|(a, b)| a == b),
        _ => true,
    }
}

/// The folders with which every match begins; `None` where the pattern matches at any depth.
fn fixed_folders(pattern: &str) -> Option<Vec<&str>> {
    let anchored = pattern.trim_end_matches('/').contains('/');
    anchored.then(|| {
        let parts = pattern.split('/').filter(|part| !part.is_empty());
        parts.take_while(|part| !part.contains(['*', '?', '[', '\\'])).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(text: &str, owner: &str) -> Vec<String> {
        owned(&parse(text), &Owner::parse(owner).expect("an owner")).globs
    }

    #[test]
    fn users_teams_and_addresses_own_what_their_lines_say() {
        let text = "# who owns what\n*  @acme/all\n/src/db/  @acme/db Jane@Example.com # the schema\n\ndocs/My\\ Notes/ @octocat\n";
        let entries = parse(text);
        assert_eq!(entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 3, 5]);
        assert_eq!(
            entries[1].owners,
            [Owner::Team("acme".into(), "db".into()), Owner::Email("jane@example.com".into())]
        );
        assert_eq!(globs(text, "@octocat"), ["docs/My\\ Notes/"]);
        assert_eq!(globs(text, "@acme/all"), [""; 0], "everything is left out");
    }

    #[test]
    fn the_last_matching_line_decides() {
        let text = "/src/ @a\n/docs/ @a\n/src/db/ @b\n/docs/api/ \n/lib/ @b\n";
        assert_eq!(globs(text, "@a"), ["/src/", "/docs/", "!/src/db/", "!/docs/api/"]);
        assert_eq!(globs(text, "@b"), ["/src/db/", "/lib/"]);
    }

    #[test]
    fn a_star_behind_a_folder_takes_its_files_alone() {
        use crate::domain::glob::Globs;
        let globs = Globs::new(globs("docs/* @a\n", "@a"));
        assert!(globs.matches("docs/a.md"));
        assert!(!globs.matches("docs/deep/a.md"));
    }

    #[test]
    fn sections_have_owners_and_decide_apart() {
        let text = "[Database][2] @db\nmodel/db/\nconfig/db/ @ops\n^[Docs]\nmodel/ @writer @@developer\n";
        assert_eq!(globs(text, "@db"), ["model/db/"]);
        assert_eq!(globs(text, "@ops"), ["config/db/"]);
        assert_eq!(globs(text, "@writer"), ["model/"]);
        assert_eq!(parse(text)[2].owners.len(), 1, "a role is nobody in particular");
    }
}
