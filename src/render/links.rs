//! Where a line of a file can be read: an address on the forge, or a path.

use crate::domain::text::is_invisible;

/// How links to lines are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    template: Option<String>,
}

/// The parts of a template that are filled in.
pub const COMMIT: &str = "{commit}";
/// The path, from the top of the work tree.
pub const PATH: &str = "{path}";
/// The line, from 1.
pub const LINE: &str = "{line}";

impl Links {
    /// Links that are paths from the top of the work tree.
    pub fn relative() -> Links {
        Links::default()
    }

    /// Links of the form of `template`, such as
    /// `https://forge.example/team/repo/blob/{commit}/{path}#L{line}`; what is wrong with it
    /// otherwise.
    pub fn from_template(template: &str) -> Result<Links, String> {
        let is_web = ["https://", "http://"].iter().any(|scheme| template.starts_with(scheme));
        let breaks = |c: char| c.is_whitespace() || is_invisible(c) || "<>\"'()[]`\\".contains(c);
        if !is_web || template.contains(breaks) || !template.contains(PATH) {
            return Err(format!(
                "expected an address such as https://forge.example/team/repo/blob/{COMMIT}/{PATH}#L{LINE}"
            ));
        }
        Ok(Links { template: Some(template.to_owned()) })
    }

    /// The address of a line of the file at `path`, as it is in `commit`; `None` for a path that
    /// leads somewhere else.
    pub fn to(&self, commit: &str, path: &str, line: usize) -> Option<String> {
        if leads_away(path) {
            return None;
        }
        let path = encoded(path);
        Some(match &self.template {
            // The path comes last: it is not ours, and could hold what looks like another part.
            Some(template) => template
                .replace(COMMIT, &encoded(commit))
                .replace(LINE, &line.to_string())
                .replace(PATH, &path),
            None => format!("{path}#L{line}"),
        })
    }
}

/// Whether a path has parts that readers of addresses take for a way up or out. No checkout makes
/// such paths, but a tree can hold them.
pub fn leads_away(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "" | "." | ".."))
}

/// A path as a relative URI reference, in which nothing is a scheme, a query or markup.
pub fn encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fills_its_place_and_nothing_else() {
        let links = Links::from_template("https://x.example/r/blob/{commit}/{path}?plain=1#L{line}");
        let links = links.expect("a template");
        assert_eq!(
            links.to("5bb649", "a b/{line}?(x).md", 7).as_deref(),
            Some("https://x.example/r/blob/5bb649/a%20b/%7Bline%7D%3F%28x%29.md?plain=1#L7")
        );
        let relative = |path: &str| Links::relative().to("5bb649", path, 1);
        assert_eq!(relative("javascript:alert(1)").as_deref(), Some("javascript%3Aalert%281%29#L1"));
        for path in ["../x", "a/../../x", "//x.example/y", "./x"] {
            assert_eq!(relative(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for template in [
            "",
            "{path}",
            "javascript:{path}",
            "https://x.example/",
            "https://x/{path} x",
            "https://x/{path})",
        ] {
            assert!(Links::from_template(template).is_err(), "{template} was taken");
        }
    }
}
