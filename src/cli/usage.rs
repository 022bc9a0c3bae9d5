//! Arguments that make no sense, in the form of every other failure.

use clap::error::ErrorKind;

use super::failure::Failure;

/// Whether programs read the answer, as far as arguments tell that could not be understood.
pub fn asks_for_json(arguments: impl IntoIterator<Item = String>) -> bool {
    let options: Vec<String> = arguments.into_iter().take_while(|argument| argument != "--").collect();
    is_for(&options, super::agent_db::NAME)
        || options.iter().any(|option| option == "--format=json")
        || options.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// Whether these arguments, the program's name first, are for the command `name`.
pub fn is_for(arguments: &[String], name: &str) -> bool {
    let command = arguments.iter().skip(1).find(|word| !word.starts_with(['-', '@']));
    command.is_some_and(|command| command == name)
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
        let asks = |line: &str| asks_for_json(line.split(' ').map(str::to_owned));
        assert!(asks("perfteam --format json nonsense") && asks("perfteam check --nope --format=json"));
        assert!(!asks("perfteam check --format text json") && !asks("perfteam hook run x -- --format json"));
    }
}
