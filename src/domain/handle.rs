//! Handles: the names of agents, such as `@ops.performance`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The name of an agent: one to three parts joined by dots, each `[a-z0-9][a-z0-9-]*`.
///
/// Every reader takes it with or without `@`; it is written with it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(String);

/// Longest handle in characters, the `@` not counted: it is also a file name.
pub const MAX_HANDLE: usize = 80;

/// Why a text is no handle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a handle: {why}")]
pub struct InvalidHandle {
    given: String,
    why: &'static str,
}

impl Handle {
    /// The handle without its `@`, as it stands in file names.
    pub fn bare(&self) -> &str {
        &self.0
    }

    /// The path of this agent's file, relative to the folder `.perfteam`.
    pub fn file(&self) -> String {
        format!("agents/{}.md", self.0)
    }
}

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(given: &str) -> Result<Self, InvalidHandle> {
        let fail = |why| InvalidHandle { given: unmistakable(given), why };
        let bare = given.trim();
        let bare = bare.strip_prefix('@').unwrap_or(bare).to_ascii_lowercase();
        if bare.is_empty() {
            return Err(fail("it is empty"));
        }
        if bare.len() > MAX_HANDLE {
            return Err(fail("it is longer than 80 characters"));
        }
        if bare.split('.').count() > 3 {
            return Err(fail("it has more than three parts"));
        }
        for part in bare.split('.') {
            if !is_slug(part) {
                return Err(fail(
                    "each part is lower-case letters, digits and dashes, and starts with a letter or digit, like `@ops.performance`",
                ));
            }
            if is_device_name(part) {
                return Err(fail("one part is a device name on Windows"));
            }
        }
        Ok(Handle(bare))
    }
}

/// What was given for a handle. Letters that no Latin script has are shown by their number: some look
/// like those of a handle that somebody else has.
fn unmistakable(given: &str) -> String {
    let shown = |c: char| {
        if c.is_alphanumeric() && c > '\u{24f}' { format!("<U+{:04X}>", u32::from(c)) } else { c.to_string() }
    };
    given.chars().take(100).map(shown).collect()
}

/// Handles as they stand in a sentence.
pub fn names<'a>(handles: impl IntoIterator<Item = &'a Handle>) -> Vec<String> {
    handles.into_iter().map(Handle::to_string).collect()
}

/// Whether `text` matches `[a-z0-9][a-z0-9-]*`.
pub fn is_slug(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether Windows reserves `name` for a device (`con`, `com1`, ...), whatever the extension.
pub fn is_device_name(name: &str) -> bool {
    let stem = name.bytes().position(|byte| byte == b'.').map_or(name, |end| &name[..end]);
    let is_one_of = |names: &[&str], text: &str| names.iter().any(|name| name.eq_ignore_ascii_case(text));
    match stem.len() {
        3 => is_one_of(&["con", "prn", "aux", "nul"], stem),
        4 if stem.is_char_boundary(3) => {
            is_one_of(&["com", "lpt"], &stem[..3]) && stem.as_bytes()[3].is_ascii_digit()
        }
        _ => false,
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("@{}", self.0))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

// Caches, which only this program writes, hold what was read as a handle once.

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_str(&self.0);
        }
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return String::deserialize(deserializer).map(Handle);
        }
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl schemars::JsonSchema for Handle {
    fn schema_name() -> Cow<'static, str> {
        "Handle".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A handle such as \"@ops.performance\"; quote it, a bare @ is not YAML",
            "pattern": "^@?[a-z0-9][a-z0-9-]*(\\.[a-z0-9][a-z0-9-]*){0,2}$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_read_with_or_without_the_at_sign() {
        for text in ["@ops.performance", "ops.performance", " @Ops.Performance "] {
            assert_eq!(text.parse::<Handle>().map(|h| h.to_string()), Ok("@ops.performance".into()));
        }
    }

    #[test]
    fn letters_that_look_like_others_are_told_apart() {
        let error = "@b\u{430}ckend".parse::<Handle>().map_err(|error| error.to_string());
        assert!(error.is_err_and(|told| told.starts_with("`@b<U+0430>ckend` is not a handle")));
    }

    #[test]
    fn what_is_no_handle_is_refused() {
        for text in ["", "@", "@a b", "a.b.c.d", "-a", "@a..b", "../x", "con", "ops.nul", "a/b", "é"] {
            assert!(text.parse::<Handle>().is_err(), "{text:?} was taken");
        }
    }
}
