//! Places in code that are bound to what stands there, so that they are found again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::path::of_location;

/// Longest line that is kept.
const LONGEST: usize = 200;

/// What stood at a place when it was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Anchor {
    /// The commit that was checked out.
    #[serde(default)]
    pub commit: Option<String>,
    /// The line, without the white space around it.
    pub text: String,
}

/// A place in code with what stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spotted {
    /// `path:line`.
    pub location: String,
    /// What stood there; `None` where nobody knows.
    pub anchor: Option<Anchor>,
}

/// Where what stood at a place is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// Where it was.
    Here,
    /// In another line of the file.
    Moved(usize),
    /// Nowhere: it changed, or the file is gone.
    Stale,
    /// Nobody knows what stood there.
    Unbound,
}

impl Whereabouts {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Whereabouts::Here => "current",
            Whereabouts::Moved(_) => "moved",
            Whereabouts::Stale => "stale",
            Whereabouts::Unbound => "unbound",
        }
    }
}

impl Spotted {
    /// The path of the file.
    pub fn path(&self) -> &str {
        of_location(&self.location)
    }

    /// The number of the line, from 1.
    pub fn line(&self) -> Option<usize> {
        let rest = self.location[self.path().len()..].trim_start_matches(':');
        rest.split(':').next()?.parse().ok().filter(|line| *line > 0)
    }

    /// Where it is in the file as it is now; `None` stands for a file that is gone.
    pub fn find(&self, text: Option<&str>) -> Whereabouts {
        let (Some(anchor), Some(line)) = (&self.anchor, self.line()) else { return Whereabouts::Unbound };
        let Some(text) = text else { return Whereabouts::Stale };
        let is_it = |line: &str| kept(line) == anchor.text;
        if text.lines().nth(line - 1).is_some_and(is_it) {
            return Whereabouts::Here;
        }
        let found = text.lines().enumerate().filter(|(_, other)| is_it(other)).map(|(at, _)| at + 1);
        found.min_by_key(|other| other.abs_diff(line)).map_or(Whereabouts::Stale, Whereabouts::Moved)
    }
}

/// What is kept of a line.
pub fn kept(line: &str) -> String {
    line.trim().chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_again_or_known_to_be_gone() {
        let spotted = |location: &str, text: &str| Spotted {
            location: location.into(),
            anchor: Some(Anchor { commit: None, text: text.into() }),
        };
        let pool = spotted("src/pool.rs:2", "let size = 100;");
        assert_eq!((pool.path(), pool.line()), ("src/pool.rs", Some(2)));
        assert_eq!(pool.find(Some("fn f() {\n    let size = 100;\n}")), Whereabouts::Here);
        assert_eq!(pool.find(Some("fn f() {\n\n\tlet size = 100;\n}")), Whereabouts::Moved(3));
        assert_eq!(pool.find(Some("fn f() {\n    let size = 20;\n}")), Whereabouts::Stale);
        assert_eq!(pool.find(None), Whereabouts::Stale);
        let twice = "let size = 100;\n1\n2\n3\nlet size = 100;\n";
        assert_eq!(spotted("a:4", "let size = 100;").find(Some(twice)), Whereabouts::Moved(5));
        assert_eq!(Spotted { anchor: None, ..pool }.find(Some(twice)), Whereabouts::Unbound);
    }
}
