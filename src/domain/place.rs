//! Where records are seen: here, on other branches, in other work trees.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{counted, shell_word, shown_line};

/// How far commands look for records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// This work tree alone.
    Branch,
    /// Also all local branches, and the other work trees of the repository.
    #[default]
    Local,
    /// Also the branches of other repositories, as last fetched.
    Remote,
}

impl Scope {
    /// Every scope, from narrow to wide.
    pub const ALL: [Scope; 3] = [Scope::Branch, Scope::Local, Scope::Remote];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Scope::Branch => "branch",
            Scope::Local => "local",
            Scope::Remote => "remote",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Scope::ALL.into_iter().find(|scope| scope.word() == text);
        known.ok_or_else(|| format!("expected one of {}", Scope::ALL.map(Scope::word).join(", ")))
    }
}

/// A place beside this work tree in which records are seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// A branch, local or as last fetched: `feature/pool`, `origin/main`.
    Branch {
        /// Its name, without `refs/heads/` or `refs/remotes/`.
        name: String,
        /// How many of its commits are not here; `None` where that is too far to count.
        ahead: Option<usize>,
    },
    /// The commit that another work tree has checked out without a branch.
    Detached {
        /// Its folder, as one would write it from this work tree.
        path: String,
        /// The commit.
        commit: String,
    },
    /// Another work tree of this repository: what is not committed there.
    WorkTree {
        /// Its folder, as one would write it from this work tree.
        path: String,
    },
}

impl Place {
    /// How it gets here, as a command; `None` where it must be committed first.
    pub fn get(&self) -> Option<String> {
        match self {
            Place::Branch { name, .. } => Some(format!("git merge {}", shell_word(name))),
            Place::Detached { commit, .. } => Some(format!("git merge {commit}")),
            Place::WorkTree { .. } => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Place::Branch { name, ahead: Some(ahead) } => {
                format!("on {}, {} ahead", shown_line(name), counted(*ahead, "commit"))
            }
            Place::Branch { name, ahead: None } => format!("on {}", shown_line(name)),
            Place::Detached { path, .. } => {
                format!("in the work tree {}, committed on no branch", shown_line(path))
            }
            Place::WorkTree { path } => format!("in the work tree {}, not committed", shown_line(path)),
        };
        f.pad(&text)
    }
}

/// What of a record is not in this work tree, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whether the whole record is elsewhere, rather than some of what happened to it.
    pub whole: bool,
    /// The places that have it, the most telling first; never empty.
    pub places: Vec<Place>,
}

impl Origin {
    /// How all of it gets here; `None` where it must be committed first.
    pub fn get(&self) -> Option<String> {
        self.places.iter().find_map(Place::get)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.whole {
            f.write_str("more of it ")?;
        }
        match self.places.as_slice() {
            [] => Ok(()),
            [one] => one.fmt(f),
            [first, rest @ ..] => write!(f, "{first}, and in {}", counted(rest.len(), "more place")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_and_how_to_get_what_is_there() {
        let branch = Place::Branch { name: "feature/$(x)\u{202e}".into(), ahead: Some(1) };
        assert_eq!(branch.to_string(), "on feature/$(x)<U+202E>, 1 commit ahead");
        assert_eq!(branch.get().as_deref(), Some("git merge 'feature/$(x)\u{202e}'"));
        let tree = Place::WorkTree { path: "../wt-b".into() };
        assert_eq!(tree.to_string(), "in the work tree ../wt-b, not committed");
        let origin = Origin { whole: false, places: vec![tree, branch.clone(), branch] };
        assert_eq!(
            origin.to_string(),
            "more of it in the work tree ../wt-b, not committed, and in 2 more places"
        );
        assert_eq!(origin.get().as_deref(), Some("git merge 'feature/$(x)\u{202e}'"));
    }

    #[test]
    fn scopes_are_words() {
        for scope in Scope::ALL {
            assert_eq!(scope.word().parse(), Ok(scope));
        }
        assert_eq!("all".parse::<Scope>(), Err("expected one of branch, local, remote".into()));
    }
}
