//! How the names of resources are written.

use crate::cli::failure::Failure;
use crate::domain::claim::Subject;
use crate::domain::text::{is_invisible, shell_word, shown_line};

/// The longest name, in characters: with it titles and commands name the resource whole.
const MOST_CHARACTERS: usize = 72;
/// The longest name of its ref. File systems take 255 bytes, of which git and shares need some.
const MOST_BYTES: usize = 230;

/// `name` as the title of a reservation: all of it, on one line.
pub fn title(name: &str) -> Result<String, Failure> {
    let name = one_line(name);
    if let Some(hidden) = name.chars().find(|c| is_invisible(*c)) {
        let code = u32::from(hidden);
        return Err(Failure::usage(format!("the name of the resource has a hidden character, U+{code:04X}"))
            .why("two names that look the same would be two resources")
            .hint("type the name anew, or see how others wrote it: perfteam resource list"));
    }
    if name.starts_with('-') {
        return Err(Failure::usage("the name of the resource begins with a dash")
            .why("commands take it for an option")
            .hint(format!("perfteam resource reserve {}", word(name.trim_start_matches('-')))));
    }
    let bytes = Subject::resource(&name).ref_name().len();
    if name.chars().count() > MOST_CHARACTERS || bytes > MOST_BYTES {
        return Err(Failure::usage("the name of the resource is too long")
            .why(format!(
                "it names a git ref, which file systems limit: {MOST_CHARACTERS} characters at most, about 25 \
                 where each is not of the Latin alphabet"
            ))
            .hint("a short name; --reason TEXT says the rest"));
    }
    Ok(name)
}

/// `name` as a word of a command that can be typed.
pub fn word(name: &str) -> String {
    shell_word(&shown_line(&one_line(name)))
}

fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
