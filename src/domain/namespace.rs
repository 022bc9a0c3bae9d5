//! Where claims lie at a remote: a folder of refs of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Folders that git and forges fill; what is no claim would be taken for one there.
const TAKEN: [&str; 5] = ["refs/", "refs/heads/", "refs/tags/", "refs/remotes/", "refs/perfteam/"];
/// Where the claims of other clones are mirrored.
const MIRROR: &str = "refs/perfteam/remotes/";

/// The folder, with a slash at its end: `refs/heads/perfteam/claims/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Namespace(String);

impl Namespace {
    /// As refs begin that lie there.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<Namespace> for String {
    fn from(namespace: Namespace) -> String {
        namespace.0
    }
}

impl TryFrom<String> for Namespace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let whole = format!("{}/", text.strip_suffix('/').unwrap_or(&text));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(is_plain)
                && !name.starts_with('.')
                && !name.contains("..")
                && !name.ends_with('.')
                && !name.ends_with(".lock")
        };
        let is_own = !TAKEN.contains(&whole.as_str()) && !whole.starts_with(MIRROR);
        if whole.starts_with("refs/") && is_own && whole[..whole.len() - 1].split('/').all(is_name) {
            return Ok(Namespace(whole));
        }
        Err(format!(
            "`{text}` is no folder of refs for claims alone: expected one such as refs/heads/perfteam/claims/"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_its_own_and_nothing_else() {
        let read = |text: &str| Namespace::try_from(text.to_owned()).map(String::from).ok();
        for good in ["refs/heads/perfteam/claims", "refs/heads/perfteam/claims/", "refs/x/"] {
            assert_eq!(read(good), Some(format!("{}/", good.trim_end_matches('/'))));
        }
        let bad = [
            "",
            "/",
            "refs",
            "refs/",
            "refs/heads/",
            "refs/tags",
            "heads/x",
            "/refs/x/",
            "refs/../x/",
            "refs//x",
            "refs/a b/",
            "refs/x*/",
            "refs/x.lock/",
            "refs/.x/",
            "refs/x//",
            "refs/perfteam/remotes/origin/claims/",
        ];
        for bad in bad {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
