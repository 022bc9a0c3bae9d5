//! From bytes to text with `\n` line ends.

use super::Repairs;
use super::mojibake;

/// Agent files are texts of some kilobytes; anything beyond this is something else.
const MAX_FILE: usize = 1024 * 1024;

/// The text, or why the bytes are none. CRLF and a byte order mark are usual and need no repair.
pub(super) fn decode(bytes: &[u8], repairs: &mut Repairs) -> Result<String, String> {
    if bytes.len() > MAX_FILE {
        return Err(format!("it has {} bytes; an agent file has at most {MAX_FILE}", bytes.len()));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes, repairs),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes, repairs),
        _ => from_utf8(bytes, repairs),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.contains('\0') {
        return Err("it is a binary file, not a text".to_owned());
    }
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Ok(mojibake::undo(without_controls(text, repairs), repairs))
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, repairs: &mut Repairs) -> String {
    repairs.note(1, "the file is UTF-16; it was converted to UTF-8");
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn from_utf8(bytes: &[u8], repairs: &mut Repairs) -> String {
    if let Err(error) = std::str::from_utf8(bytes) {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        repairs.note(
            line,
            format!("the file is not UTF-8; from here on, bytes that are none became `{}`", '\u{fffd}'),
        );
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// Drops control characters: YAML forbids them, and a terminal obeys them.
fn without_controls(text: String, repairs: &mut Repairs) -> String {
    let unwanted = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\u{80}'..='\u{9f}');
    let Some(at) = text.find(unwanted) else { return text };
    repairs.note(line_of(&text, at), "control characters were dropped");
    text.chars().filter(|c| !unwanted(*c)).collect()
}

/// The line, from 1, in which byte `at` of `text` stands.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (Result<String, String>, usize) {
        let mut repairs = Repairs::default();
        (decode(bytes, &mut repairs), repairs.0.len())
    }

    #[test]
    fn what_editors_write_needs_no_repair() {
        assert_eq!(decoded(b"\xef\xbb\xbfa\r\nb\rc\n"), (Ok("a\nb\nc\n".into()), 0));
    }

    #[test]
    fn damage_is_named() {
        assert_eq!(decoded(b"a\xffb"), (Ok("a\u{fffd}b".into()), 1));
        assert_eq!(decoded(b"\xff\xfea\0\n\0"), (Ok("a\n".into()), 1));
        assert_eq!(decoded(b"a\x1b[31mb"), (Ok("a[31mb".into()), 1));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for (bytes, why) in [(&b"a\0b"[..], "binary"), (b"", "empty"), (b" \n\t", "empty")] {
            assert!(decoded(bytes).0.is_err_and(|told| told.contains(why)));
        }
        assert!(decoded(&vec![b'a'; MAX_FILE + 1]).0.is_err_and(|told| told.contains("1048577 bytes")));
    }
}
