//! What a commit, or a range of commits, changes in the tree.

use std::cell::OnceCell;
use std::ops::Deref;

use super::document::Document;
use super::event::Event;
use super::record::{Record, RecordDir};
use super::redaction::{self, Redaction};

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

/// All that a commit, or a range of commits, changes: found by path without a look at each change.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    all: Vec<Change>,
    /// The paths that are touched, sorted, each with the number of its change.
    touched: OnceCell<Vec<(String, usize)>>,
}

impl Changes {
    /// Whether something touches `place`, or something in the folder that lies there.
    pub fn touch(&self, place: &str) -> bool {
        let begins = |start: &str| {
            let at = self.touched().partition_point(|(path, _)| path.as_str() < start);
            self.touched().get(at).map(|(path, _)| path.as_str())
        };
        let folder = format!("{place}/");
        begins(place) == Some(place) || begins(&folder).is_some_and(|path| path.starts_with(&folder))
    }

    /// What happened to the file at `path`; what was moved away from there is not told.
    pub fn of(&self, path: &str) -> Option<&Change> {
        let touched = self.touched();
        let first = touched.partition_point(|(other, _)| other.as_str() < path);
        let own = touched[first..].iter().take_while(|(other, _)| other == path);
        own.map(|(_, at)| &self.all[*at]).find(|change| change.path == path)
    }

    fn touched(&self) -> &[(String, usize)] {
        self.touched.get_or_init(|| {
            let numbered = self.all.iter().enumerate();
            let mut touched: Vec<(String, usize)> = numbered
                .flat_map(|(at, change)| change.touched().map(move |path| (path.to_owned(), at)))
                .collect();
            touched.sort_unstable();
            touched
        })
    }
}

impl From<Vec<Change>> for Changes {
    fn from(all: Vec<Change>) -> Self {
        Changes { all, touched: OnceCell::new() }
    }
}

impl Deref for Changes {
    type Target = [Change];

    fn deref(&self) -> &[Change] {
        &self.all
    }
}

/// A record in whose folder something changes.
#[derive(Debug, Clone)]
pub struct RecordChange {
    /// Where it lies.
    pub dir: RecordDir,
    /// As it was.
    pub before: Option<Record>,
    /// As it is.
    pub after: Option<Record>,
}

impl RecordChange {
    /// The head, where the change brings or alters it otherwise than by a redaction.
    pub fn new_head(&self) -> Option<&Document> {
        let head = self.after.as_ref()?.head.as_ref()?;
        let old = self.before.as_ref().and_then(|record| record.head.as_ref());
        let is_old = |old: &Document| old == head || redaction::is_of_head(self.dir.kind(), old, head);
        (!old.is_some_and(is_old)).then_some(head)
    }

    /// The events that the change brings or alters otherwise than by a redaction, in their order.
    pub fn new_events(&self) -> impl Iterator<Item = &Event> {
        let old = self.before.as_ref().map(|record| record.events.as_slice()).unwrap_or_default();
        let new = self.after.as_ref().map(|record| record.events.as_slice()).unwrap_or_default();
        let kind = self.dir.kind();
        let is_redacted = |event: &Event| old.iter().any(|known| redaction::is_of_event(kind, known, event));
        new.iter().filter(move |event| !old.contains(event) && !is_redacted(event))
    }

    /// The redactions of its head and its events that the change brings, wherever they lie.
    pub fn redactions(&self) -> Vec<Redaction> {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return Vec::new() };
        let kind = self.dir.kind();
        let head = after
            .head
            .as_ref()
            .filter(|head| before.head.as_ref().is_some_and(|old| redaction::is_of_head(kind, old, head)));
        let events = after
            .events
            .iter()
            .filter(|event| before.events.iter().any(|old| redaction::is_of_event(kind, old, event)));
        let metas = head.map(|head| &head.meta).into_iter().chain(events.map(|event| &event.details));
        metas.filter_map(Redaction::read).collect()
    }

    /// Whether the record is new.
    pub fn is_new(&self) -> bool {
        self.before.as_ref().is_none_or(|record| record.head.is_none()) && self.after.is_some()
    }
}

/// Whether two contents are the same but for white space.
pub fn same_but_for_white_space(a: &[u8], b: &[u8]) -> bool {
    let dense = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    dense(a) == dense(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_found_by_path_and_by_folder() {
        let change = |path: &str, what| Change { path: path.into(), what };
        let changes = Changes::from(vec![
            change("src/pool.rs", What::Modified),
            change("src/pool-old.rs", What::Moved("lib/old.rs".into())),
            change("a/b/c.md", What::Added),
        ]);
        let places = ["src", "src/pool.rs", "src/pool", "lib/old.rs", "lib", "a/b", "a/b/c", "b", "", "z"];
        for place in places {
            let expected = changes.iter().any(|change| change.is_at(place));
            assert_eq!(changes.touch(place), expected, "{place}");
        }
        assert_eq!(changes.of("a/b/c.md").map(|change| &change.what), Some(&What::Added));
        assert_eq!((changes.of("lib/old.rs"), changes.of("src")), (None, None));
    }
}
