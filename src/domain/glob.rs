//! Globs as `.gitignore` reads them, with git's own matcher.

use gix_glob::pattern::Case;
use gix_glob::{Pattern, wildmatch};

/// A list of gitignore-style globs: the last one that matches decides, `!` makes an exception, and
/// a glob that matches a folder matches everything below it.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    patterns: Vec<(Pattern, String)>,
}

impl Globs {
    /// Reads the globs; empty lines and comments match nothing.
    pub fn new<S: AsRef<str>>(globs: impl IntoIterator<Item = S>) -> Self {
        let patterns = globs
            .into_iter()
            .filter_map(|glob| {
                let text = glob.as_ref();
                let pattern =
                    (!text.starts_with('#')).then(|| Pattern::from_bytes(text.as_bytes())).flatten()?;
                Some((pattern, text.to_owned()))
            })
            .collect();
        Globs { patterns }
    }

    /// Whether there is no glob.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The glob that decides for `path` (from the top, with slashes) that it matches.
    pub fn matching(&self, path: &str) -> Option<&str> {
        let deciding = self.patterns.iter().rev().find(|(pattern, _)| covers(pattern, path))?;
        (!deciding.0.is_negative()).then_some(deciding.1.as_str())
    }

    /// Whether `path` matches.
    pub fn matches(&self, path: &str) -> bool {
        self.matching(path).is_some()
    }
}

fn covers(pattern: &Pattern, path: &str) -> bool {
    let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
    folders.chain(std::iter::once((path, false))).any(|(part, is_folder)| {
        pattern.matches_repo_relative_path(
            part.into(),
            part.rfind('/').map(|at| at + 1),
            Some(is_folder),
            Case::Sensitive,
            wildmatch::Mode::NO_MATCH_SLASH_LITERAL,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_gitignore_does() {
        for (glob, path, expected) in [
            ("src/", "src/a/b.rs", true),
            ("src", "lib/src/a.rs", true),
            ("/src", "lib/src/a.rs", false),
            ("*.rs", "a/b/c.rs", true),
            ("src/*.rs", "src/a/b.rs", false),
            ("src/**/b.rs", "src/a/x/b.rs", true),
            ("**/performance/", "performance/x.js", true),
            ("**/performance/", "a/performance/x.js", true),
            ("**/performance/", "a/performance", false),
            ("**/*performance*.md", "docs/my-performance-notes.md", true),
            (".github/workflows/*perf*", ".github/workflows/perf.yml", true),
            ("# comment", "# comment", false),
        ] {
            assert_eq!(Globs::new([glob]).matches(path), expected, "{glob} on {path}");
        }
    }

    #[test]
    fn the_last_match_decides() {
        let globs = Globs::new(["db/migrations/", "!db/migrations/*_perf_index.sql"]);
        assert_eq!(globs.matching("db/migrations/001_users.sql"), Some("db/migrations/"));
        assert_eq!(globs.matching("db/migrations/002_perf_index.sql"), None);
    }
}
