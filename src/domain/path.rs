//! Paths that records name: always from the top of the work tree, with slashes.

use super::glob::Globs;

/// Why `path` is none that a record may name; `None` when it is one.
pub fn fault_of(path: &str) -> Option<&'static str> {
    if path.trim().is_empty() {
        return Some("is empty");
    }
    if path.chars().any(char::is_control) {
        return Some("holds control characters");
    }
    let is_drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with(['/', '~']) || is_drive || path.contains('\\') {
        return Some("is no path from the top of the work tree");
    }
    path.split('/').any(|part| part == "..").then_some("leads out of the folder that it starts in")
}

/// Whether `named`, a file, a folder or a glob from the top of the work tree, covers `path`.
pub fn covers(named: &str, path: &str) -> bool {
    if fault_of(named).is_some() {
        return false;
    }
    let named = named.trim_start_matches("./").trim_end_matches('/');
    path == named
        || path.strip_prefix(named).is_some_and(|rest| rest.starts_with('/'))
        || (is_glob(named) && Globs::new([format!("/{named}")]).matches(path))
}

/// Whether `named` stands for more than one path.
pub fn is_glob(named: &str) -> bool {
    named.contains(['*', '?', '['])
}

/// The path of a location `path:line` or `path:line:column`.
pub fn of_location(location: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut path = location;
    while let Some((head, number)) = path.rsplit_once(':') {
        if !is_number(number) {
            break;
        }
        path = head;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_globs_cover_paths() {
        for (named, path, expected) in [
            ("src/pool.rs", "src/pool.rs", true),
            ("src/pool.rs", "lib/src/pool.rs", false),
            ("pool.rs", "src/pool.rs", false),
            ("src", "src/a/b.rs", true),
            ("src/", "src/a/b.rs", true),
            ("./src", "src/a.rs", true),
            ("sr", "src/a.rs", false),
            ("src/*.rs", "src/a.rs", true),
            ("src/*.rs", "src/a/b.rs", false),
            ("**/*.sql", "db/a/b.sql", true),
            ("app/[id].tsx", "app/[id].tsx", true),
            ("../src", "src/a.rs", false),
            ("", "src/a.rs", false),
        ] {
            assert_eq!(covers(named, path), expected, "{named} on {path}");
        }
    }

    #[test]
    fn paths_that_lead_out_are_told() {
        for path in
            ["", " ", "../x", "a/../../x", "/etc/passwd", "C:/x", "C:\\x", "a\\b", "~/x", "a\u{1b}[31m"]
        {
            assert!(fault_of(path).is_some(), "{path:?} was taken");
        }
        for path in ["src/pool.rs", "a..b/c", "..hidden", ".github/x.yml", "docs/é 接続.md"] {
            assert_eq!(fault_of(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_location_is_a_path_with_numbers() {
        for location in ["src/a.rs", "src/a.rs:3", "src/a.rs:3:14"] {
            assert_eq!(of_location(location), "src/a.rs");
        }
        assert_eq!(of_location("a:b:3"), "a:b");
    }
}
