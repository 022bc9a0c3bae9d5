//! Arguments that make no sense, in the form of every other failure.

use clap::Command;
use clap::error::ErrorKind;

use super::failure::Failure;

/// Whether programs read the answer, as far as arguments tell that could not be understood.
pub fn asks_for_json(words: &[String]) -> bool {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let options = &words[..end];
    options.iter().any(|option| option == "--format=json")
        || options.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// The command that the arguments name, as far as they name one: `flag` of `flag lits --mine`.
pub fn command(root: &Command, words: &[String]) -> Option<String> {
    let mut command = root;
    let mut names = Vec::new();
    for word in words {
        if let Some(next) = command.find_subcommand(word) {
            names.push(next.get_name());
            command = next;
        }
    }
    (!names.is_empty()).then(|| names.join(" "))
}

/// What the parser of arguments says, taken apart: its message, and as hints what it advises.
pub fn failure(error: &clap::Error) -> Failure {
    let without_command = [ErrorKind::MissingSubcommand, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];
    if without_command.contains(&error.kind()) {
        return Failure::usage("no command is given").hint("perfteam --help");
    }
    let text = error.render().to_string();
    let mut paragraphs =
        text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let message = paragraphs.next().unwrap_or_default();
    let failure = Failure::usage(message.strip_prefix("error: ").unwrap_or(&message));
    let advice = paragraphs.filter(|paragraph| !paragraph.is_empty());
    advice.fold(failure, |failure, paragraph| {
        failure.hint(paragraph.strip_prefix("tip: ").unwrap_or(&paragraph))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_answer_is_found_in_any_arguments() {
        let asks = |line: &str| asks_for_json(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(asks("perfteam --format json nonsense") && asks("perfteam check --nope --format=json"));
        assert!(!asks("perfteam check --format text json") && !asks("perfteam hook run x -- --format json"));
    }
}
