//! UTF-8 that some program took for Windows-1252 and saved again: `â€”` for a dash.

use super::Repairs;
use super::bytes::line_of;

/// Fewer places than this are left alone: they could be meant.
const MIN_PLACES: usize = 3;

/// Undoes the damage where it is certain: nearly all non-ASCII text of the file shows it.
pub(super) fn undo(text: String, repairs: &mut Repairs) -> String {
    let mut mended = String::with_capacity(text.len());
    let (mut places, mut damaged, mut foreign, mut first) = (0, 0, 0, None);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some((meant, length)) = misread(rest) {
            first.get_or_insert(text.len() - rest.len());
            places += 1;
            damaged += length;
            mended.push(meant);
            let taken: usize = rest.chars().take(length).map(char::len_utf8).sum();
            rest = &rest[taken..];
        } else {
            foreign += usize::from(!c.is_ascii());
            mended.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    match first {
        Some(at) if places >= MIN_PLACES && damaged >= 9 * foreign => {
            let what = format!("UTF-8 had been read as Windows-1252; this was undone in {places} places");
            repairs.note(line_of(&text, at), what);
            mended
        }
        _ => text,
    }
}

/// The character that the first characters of `text` were, and how many they are now.
fn misread(text: &str) -> Option<(char, usize)> {
    let lead = windows_1252(text.chars().next()?)?;
    let length = match lead {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let bytes: Vec<u8> = text.chars().take(length).map_while(windows_1252).collect();
    let mut meant = std::str::from_utf8(&bytes).ok()?.chars();
    Some((meant.next()?, length))
}

/// The byte that Windows-1252 has for `c`; its five gaps are read as Latin-1, as browsers do.
fn windows_1252(c: char) -> Option<u8> {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    match u32::from(c) {
        code @ 0xa0..=0xff => u8::try_from(code).ok(),
        0..0x80 => None,
        _ => HIGH.chars().position(|high| high == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_undone_where_it_is_certain() {
        let mut repairs = Repairs::default();
        assert_eq!(undo("plan\nâ€” a â€” b Ã© ðŸš€".into(), &mut repairs), "plan\n— a — b é 🚀");
        assert_eq!(repairs.sorted()[0].line, 2);
    }

    #[test]
    fn text_of_any_language_stays() {
        for text in
            ["„MENÜ“ Größe «CAFÉ» à la carte", "naïve é…” é…” é…” und Ärger über Öl", "â€”", "接続プール"]
        {
            let mut repairs = Repairs::default();
            assert_eq!(undo(text.into(), &mut repairs), text);
            assert!(repairs.0.is_empty());
        }
    }
}
