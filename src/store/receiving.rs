//! The repository as the one that receives a push sees it: without a work tree, with the objects
//! that arrive and are not taken in yet, and without the replacements that a push could bring.

use std::io::Write;
use std::path::{Path, PathBuf};

use gix::odb::Store;
use tempfile::TempDir;

use super::error::StoreError;
use super::leftovers::sweep_folders;

/// How the names of the folders begin that name all places of objects. One that a killed hook left is
/// taken away by a later one.
const INCOMING: &str = "perfteam-incoming-";

/// Where git says that objects lie while a push is judged. What arrives lies in a folder of its own,
/// the quarantine, until the push is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quarantine {
    /// `GIT_OBJECT_DIRECTORY`: what arrives.
    pub objects: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`: what is there already.
    pub alternates: String,
}

/// The objects of the repository with those that arrive. The library reads alternates from a file
/// alone, so there is one, in a folder of its own: nothing is written into the quarantine.
pub(super) struct Objects {
    /// The folder of the objects.
    pub(super) path: PathBuf,
    /// Holds the folder that names them all, where there is more than one.
    _together: Option<TempDir>,
}

impl Objects {
    /// Those of the repository at `common_dir`, and those that arrive.
    pub(super) fn of(common_dir: &Path, quarantine: &Quarantine) -> Result<Objects, StoreError> {
        let own = absolute(&common_dir.join("objects"))?;
        let Some(arriving) = &quarantine.objects else { return Ok(Objects { path: own, _together: None }) };
        let mut lines = format!("{}\n", quoted(&absolute(arriving)?));
        for place in places(&quarantine.alternates) {
            let line = if place.starts_with('"') { place } else { quoted(&absolute(Path::new(&place))?) };
            lines.push_str(&format!("{line}\n"));
        }
        lines.push_str(&format!("{}\n", quoted(&own)));
        // Beside the folder `objects`: from there, relative paths in its own list of alternates lead
        // where they lead from `objects`.
        let failed = |error| StoreError::io("write into", common_dir)(error);
        sweep_folders(common_dir, INCOMING);
        let together = tempfile::Builder::new().prefix(INCOMING).tempdir_in(common_dir);
        let together = together.map_err(failed)?;
        let info = together.path().join("info");
        std::fs::create_dir(&info)
            .and_then(|()| std::fs::File::create(info.join("alternates")))
            .and_then(|mut file| file.write_all(lines.as_bytes()))
            .map_err(failed)?;
        Ok(Objects { path: together.path().to_owned(), _together: Some(together) })
    }
}

/// The objects at `path`, none of them replaced: a push may bring `refs/replace/`, and what is judged
/// must be what is taken in.
pub(super) fn unreplaced(path: &Path, hash: gix::hash::Kind) -> Result<Store, StoreError> {
    let options = gix::odb::store::init::Options::default();
    Store::at_opts(path.to_owned(), hash, &mut std::iter::empty(), options)
        .map_err(StoreError::io("read", path))
}

fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::fs::canonicalize(path).map_err(StoreError::io("read", path))
}

/// A line of a list of alternates, quoted as in C.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The folders that the variable names, between colons; those in quotes stay quoted.
fn places(variable: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let (mut inside, mut escaped) = (false, false);
    for character in variable.chars() {
        let starts = out.last().is_some_and(String::is_empty);
        match character {
            ':' if !inside => {
                out.push(String::new());
                continue;
            }
            '"' if (starts || inside) && !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && character == '\\' && !escaped;
        if let Some(last) = out.last_mut() {
            last.push(character);
        }
    }
    out.retain(|place| !place.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_quotes_may_hold_colons() {
        assert_eq!(places("/a/objects:/b/objects"), ["/a/objects", "/b/objects"]);
        assert_eq!(places(r#""/a:\"b/objects":/c"#), [r#""/a:\"b/objects""#, "/c"]);
        assert_eq!(places(r#"/a"b:/c"#), [r#"/a"b"#, "/c"]);
        assert!(places("").is_empty());
    }

    #[test]
    fn a_line_says_any_path() {
        assert_eq!(quoted(Path::new("/a \"b\"\\c\n")), r#""/a \"b\"\\c\n""#);
    }
}
