//! Words that several rules use.

use std::collections::BTreeSet;

use crate::domain::handle::Handle;
use crate::domain::text::shell_word;

/// How many paths a message or a command names.
pub const SHOWN: usize = 3;

/// The command that tells `to` of a change to `paths`; the texts are its author's to fill in.
pub fn flag_command(to: &Handle, paths: &[&str]) -> String {
    let files: String = covering(paths).iter().map(|path| format!(" --file {}", shell_word(path))).collect();
    format!(
        "perfteam flag create --type change --to {to}{files} --change \"what changed, with names and numbers\" \
         --action \"the exact steps that {to} must take\""
    )
}

/// The paths, or when they are many, folders that hold them all.
fn covering<'a>(paths: &[&'a str]) -> BTreeSet<&'a str> {
    let all: BTreeSet<&str> = paths.iter().copied().collect();
    if all.len() <= SHOWN {
        return all;
    }
    let folders: BTreeSet<&str> =
        all.iter().map(|path| path.rsplit_once('/').map_or(*path, |(folder, _)| folder)).collect();
    if folders.len() <= SHOWN {
        return folders;
    }
    folders.iter().map(|folder| folder.split('/').next().unwrap_or(folder)).collect()
}

/// Handles as they stand in a sentence.
pub fn names<'a>(handles: impl IntoIterator<Item = &'a Handle>) -> Vec<String> {
    handles.into_iter().map(Handle::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_paths_are_covered_by_their_folders() {
        let covered = |paths: &[&str]| covering(paths).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(covered(&["a/b.rs", "c.rs"]), "a/b.rs c.rs");
        assert_eq!(covered(&["a/1", "a/2", "a/3", "b/c/1", "top"]), "a b/c top");
        assert_eq!(covered(&["a/b/1", "a/c/2", "a/d/3", "a/e/4", "f/1"]), "a f");
    }
}
