//! What a commit, or a range of commits, changes in the tree.

/// What happened to one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path from the top of the work tree, as it is (or was, when deleted).
    pub path: String,
    /// What happened to it.
    pub what: What,
}

/// The ways in which a path can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It came unchanged from this path.
    Moved(String),
}

impl Change {
    /// Whether the path is in the folder of the records and the roster.
    pub fn is_coordination(&self) -> bool {
        self.path.starts_with(".perfteam/")
    }

    /// Whether it is about the file at `place`, or about one in the folder that lies there.
    pub fn is_at(&self, place: &str) -> bool {
        self.touched()
            .any(|path| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// The paths that this change writes to: a move takes from one and puts to another.
    pub fn touched(&self) -> impl Iterator<Item = &str> {
        let from = match &self.what {
            What::Moved(from) => Some(from.as_str()),
            _ => None,
        };
        std::iter::once(self.path.as_str()).chain(from)
    }
}

/// Whether two contents are the same but for white space.
pub fn same_but_for_white_space(a: &[u8], b: &[u8]) -> bool {
    let dense = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    dense(a) == dense(b)
}
