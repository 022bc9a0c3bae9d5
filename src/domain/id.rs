//! Ids of records and names of events.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::time::Timestamp;

/// Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`, so that no two characters look alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Ten characters of five bits: 50 random bits.
pub const ID_LENGTH: usize = 10;
/// Shortest prefix that names a record.
pub const MIN_PREFIX: usize = 4;

/// The id of a record: ten random characters without look-alikes, such as `7k2m9qxa3d`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(String);

impl RecordId {
    /// The id that the lowest 50 of these random bits spell.
    pub fn from_bits(bits: u64) -> Self {
        RecordId(spell(bits, ID_LENGTH))
    }

    /// The id as it stands in files.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `byte` stands in [`ALPHABET`].
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'z') && !matches!(byte, b'i' | b'l' | b'o' | b'u')
}

fn spell(mut bits: u64, length: usize) -> String {
    (0..length)
        .map(|_| {
            let digit = char::from(ALPHABET[(bits & 31) as usize]);
            bits >>= 5;
            digit
        })
        .collect()
}

/// The number that the digits of an id spell: ids and their numbers have the same order.
pub fn number(id: &str) -> u64 {
    let digit = |byte: u8| ALPHABET.binary_search(&byte).unwrap_or(0) as u64;
    id.bytes().fold(0, |number, byte| (number << 5) | digit(byte))
}

/// How many digits the ids with these numbers share before they differ.
pub fn shared_digits(a: u64, b: u64) -> usize {
    let differing = 64 - (a ^ b).leading_zeros() as usize;
    ID_LENGTH - differing.div_ceil(5).min(ID_LENGTH)
}

impl FromStr for RecordId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == ID_LENGTH && text.bytes().all(is_digit) {
            Ok(RecordId(text.to_owned()))
        } else {
            Err(format!("`{text}` is no id: expected ten characters such as 7k2m9qxa3d"))
        }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What a cache holds was read as an id once.
        if !deserializer.is_human_readable() {
            return String::deserialize(deserializer).map(RecordId);
        }
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl schemars::JsonSchema for RecordId {
    fn schema_name() -> Cow<'static, str> {
        "RecordId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9a-hjkmnp-tv-z]{10}$",
            "description": "The id of a record, such as 7k2m9qxa3d"
        })
    }
}

/// The name of an event's file without `.md`: time, what happened, six random characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct EventName(String);

impl<'de> Deserialize<'de> for EventName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        EventName::from_file(&format!("{text}.md")).ok_or_else(|| {
            let expected = "expected one such as 20261120T155200.123Z-completed-4f7a1c";
            D::Error::custom(format!("`{text}` is no name of an event: {expected}"))
        })
    }
}

impl EventName {
    /// The name of an event that happened `at`; `bits` are random.
    pub fn new(at: Timestamp, what: &str, bits: u64) -> Self {
        EventName(format!("{}-{what}-{}", at.compact(), spell(bits, 6)))
    }

    /// The name that the file `file` gives its event, when it has the form of one.
    pub fn from_file(file: &str) -> Option<Self> {
        let stem = file.strip_suffix(".md")?;
        let mut parts = stem.splitn(2, '-');
        let (time, rest) = (parts.next()?, parts.next()?);
        let (what, random) = rest.rsplit_once('-')?;
        let shaped = time.len() == 20
            && time.ends_with('Z')
            && time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'T' | b'.' | b'Z'))
            && !what.is_empty()
            && what.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'))
            && !random.is_empty()
            && random.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        shaped.then(|| EventName(stem.to_owned()))
    }

    /// What happened, as the name tells it: `locked`.
    pub fn what(&self) -> &str {
        let rest = self.0.split_once('-').map_or("", |(_, rest)| rest);
        rest.rsplit_once('-').map_or(rest, |(what, _)| what)
    }

    /// The name of the file.
    pub fn file(&self) -> String {
        format!("{}.md", self.0)
    }

    /// The name without `.md`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the name of an archive begins; what follows are the first digits of its object id in git.
const ARCHIVED: &str = "archived-";
/// So many digits of an object id.
const DIGITS: usize = 8;

/// The name of the archive whose object id begins with `hex`: another text has another name, so that
/// two branches never write one file differently.
pub fn archive_file(hex: &str) -> String {
    format!("{ARCHIVED}{}.md", hex.get(..DIGITS).unwrap_or(hex))
}

/// Whether the file `name` is the archive of the record in whose folder it lies.
pub fn is_archive(name: &str) -> bool {
    let digits = name.strip_prefix(ARCHIVED).and_then(|rest| rest.strip_suffix(".md"));
    digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_no_look_alikes_and_read_back() {
        let id = RecordId::from_bits(0x3_1234_5678_9abc);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        for text in ["", "7k2m9qxa3", "7K2M9QXA3D", "7k2m9qxa3o", "../../etc/"] {
            assert!(text.parse::<RecordId>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn the_digits_are_those_of_the_alphabet() {
        assert!((0..=u8::MAX).all(|byte| is_digit(byte) == ALPHABET.contains(&byte)));
    }

    #[test]
    fn numbers_of_ids_order_and_share_as_their_digits_do() {
        let ids = ["0000000000", "0000000001", "7k2m9qxa3d", "7k2m9qxa3e", "7k2n000000", "zzzzzzzzzz"];
        for (a, b) in ids.iter().flat_map(|a| ids.iter().map(move |b| (*a, *b))) {
            assert_eq!(number(a).cmp(&number(b)), a.cmp(b), "{a} and {b}");
            let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            assert_eq!(shared_digits(number(a), number(b)), shared, "{a} and {b}");
        }
    }

    #[test]
    fn event_names_tell_time_and_step() {
        let same_but_for_case = "20261120T155200.123Z-locked-4F7A1C.md";
        assert_eq!(EventName::from_file(same_but_for_case), None, "one file on some systems");
        let name = EventName::new(Timestamp::from_millis(1_795_190_000_123), "handed_on", 7);
        assert_eq!(EventName::from_file(&name.file()), Some(name.clone()));
        assert_eq!(name.what(), "handed_on");
        for file in ["flag.md", "notes.md", "20261120T155200.123Z-.md", "x-locked-4f7a1c.md"] {
            assert_eq!(EventName::from_file(file), None, "{file}");
        }
        let read = |text: &str| serde_json::from_value::<EventName>(text.into());
        assert_eq!(read(name.as_str()).ok(), Some(name));
        for text in
            ["", "../../x", "20261120T155200.123Z-locked-4f7a1c.md", "20261120T155200.123Z-a\u{1b}-4f7a1c"]
        {
            assert!(read(text).is_err(), "{text:?} was taken");
        }
    }
}
