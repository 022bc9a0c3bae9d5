//! The entry by which GitLab's CI includes the template. `include:` can stand in the file once: where others
//! have such a list, ours is an entry of it.

use super::section::{Found, HASH, appended, taken_out, with_ends_of};
use super::{Foreign, Rest, Standing};

/// Where the template lies.
pub const INCLUDED: &str = ".gitlab/perfteam.yml";

/// The list with our entry alone.
const LIST: &str = include_str!("../../../templates/setup/gitlab.yml");

/// How a text stands to it.
pub fn standing(text: &str) -> Result<Standing, Foreign> {
    let found = HASH.find(text)?;
    let rest = taken_out(text, &found);
    Ok(match found.as_slice() {
        [] if is_by_hand(&rest) => Standing::ByHand,
        [] => Standing::Absent,
        [one] if is_good(one, &rest) => Standing::Current,
        [one] if one.intact => Standing::Old,
        _ => Standing::Changed,
    })
}

/// The text with it.
pub fn with(text: &str) -> Result<String, Foreign> {
    if matches!(standing(text)?, Standing::Current | Standing::ByHand) {
        return Ok(text.to_owned());
    }
    let rest = taken_out(text, &HASH.find(text)?);
    let section = |body: &str, indent: &str| with_ends_of(&rest, &HASH.around(body, indent));
    match list_of(&rest)? {
        None => Ok(appended(&rest, &section(LIST, ""))),
        Some(List { at, indent }) => {
            Ok(format!("{}{}{}", &rest[..at], section(entry(), indent), &rest[at..]))
        }
    }
}

/// The text without it.
pub fn without(text: &str) -> Result<Rest, Foreign> {
    let found = HASH.find(text)?;
    if found.is_empty() {
        return Ok(Rest::Same);
    }
    let rest = taken_out(text, &found);
    Ok(if rest.trim().is_empty() { Rest::Nothing } else { Rest::Text(rest) })
}

/// Our entry alone.
fn entry() -> &'static str {
    LIST.split_once('\n').map_or(LIST, |(_, entry)| entry.trim_start())
}

fn is_good(own: &Found, rest: &str) -> bool {
    let others = rest.lines().any(|line| line.starts_with("include:"));
    own.intact && own.body == if others { entry() } else { LIST }
}

fn is_by_hand(text: &str) -> bool {
    text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains(INCLUDED))
}

/// The list of others.
struct List<'a> {
    /// Where its first entry stands.
    at: usize,
    /// What stands before the entries.
    indent: &'a str,
}

fn list_of(text: &str) -> Result<Option<List<'_>>, Foreign> {
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').enumerate();
    let number = loop {
        let Some((number, line)) = lines.next() else { return Ok(None) };
        at += line.len();
        let Some(value) = line.strip_prefix("include:") else { continue };
        if value.trim().is_empty() || value.trim_start().starts_with('#') {
            break number + 1;
        }
        return Err(no_list(number + 1));
    };
    for (_, line) in lines {
        let bare = line.trim_start();
        if bare.starts_with("- ") {
            return Ok(Some(List { at, indent: &line[..line.len() - bare.len()] }));
        }
        if !bare.is_empty() && !bare.starts_with('#') {
            break;
        }
        at += line.len();
    }
    Err(no_list(number))
}

fn no_list(line: usize) -> Foreign {
    Foreign {
        what: format!("`include:` in line {line} is no list with an entry a line"),
        mend: format!("write it as such a list, or add the entry yourself: {}", entry().trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_and_goes_without_a_trace() {
        for text in [
            "",
            "stages:\n  - test\n",
            "include:\n  - local: a.yml\n\njob:\n  script: x\n",
            "include: # ours\n\n# why\n- local: a.yml\n",
        ] {
            let with_it = with(text).expect("it takes it");
            assert_eq!(standing(&with_it), Ok(Standing::Current), "{with_it}");
            assert_eq!(with(&with_it).expect("it takes it"), with_it);
            assert_eq!(with_it.lines().filter(|line| line.starts_with("include:")).count(), 1, "{with_it}");
            let rest = if text.is_empty() { Rest::Nothing } else { Rest::Text(text.to_owned()) };
            assert_eq!(without(&with_it), Ok(rest));
        }
    }

    #[test]
    fn what_is_no_list_is_left_alone() {
        for text in ["include: a.yml\n", "include:\n  local: a.yml\n", "include: [a.yml]\n", "include:\n"] {
            let foreign = with(text).expect_err("no list");
            assert!(foreign.what.contains("line 1"), "{}", foreign.what);
        }
        assert_eq!(standing("include: .gitlab/perfteam.yml\n"), Ok(Standing::ByHand));
        assert_eq!(standing("# include: .gitlab/perfteam.yml\n"), Ok(Standing::Absent));
    }

    #[test]
    fn a_list_that_others_begin_later_takes_it_in() {
        let with_it = with("").expect("it takes it") + "include:\n  - local: a.yml\n";
        assert_eq!(standing(&with_it), Ok(Standing::Old));
        let moved = with(&with_it).expect("it takes it");
        assert_eq!(standing(&moved), Ok(Standing::Current), "{moved}");
        assert_eq!(moved.matches("include:").count(), 1, "{moved}");
    }
}
