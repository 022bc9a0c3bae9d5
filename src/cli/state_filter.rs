//! `--status` of the commands that list: by the state of a record, or by whether it is over.

use crate::domain::kind::Brief;

/// Which records a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StateFilter {
    /// Those that something may still happen to.
    #[default]
    Open,
    /// Those that are over.
    Closed,
    /// All of them.
    All,
    /// Those in the state of this name, and whether it is one of the last.
    Word(&'static str, bool),
}

impl StateFilter {
    /// Reads `text`, one of the `states` of a kind, of which `last` end a record, or `open`, `closed`,
    /// `all`. Where a state is called `closed`, it is that state alone.
    pub fn parse(text: &str, states: &[&'static str], last: &[&str]) -> Result<StateFilter, String> {
        if let Some(word) = states.iter().find(|word| **word == text) {
            return Ok(StateFilter::Word(word, last.contains(word)));
        }
        match text {
            "open" => Ok(StateFilter::Open),
            "closed" => Ok(StateFilter::Closed),
            "all" => Ok(StateFilter::All),
            _ => {
                let mut words = states.to_vec();
                words.extend(["open", "closed", "all"].iter().filter(|word| !states.contains(word)));
                Err(format!("expected one of {}", words.join(", ")))
            }
        }
    }

    /// Whether records that are over must be read.
    pub fn wants_closed(self) -> bool {
        matches!(self, StateFilter::Closed | StateFilter::All | StateFilter::Word(_, true))
    }

    /// Whether a list shows this one.
    pub fn takes(self, brief: &Brief) -> bool {
        match self {
            StateFilter::Open => !brief.closed,
            StateFilter::Closed => brief.closed,
            StateFilter::All => true,
            StateFilter::Word(word, _) => brief.status == word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_states_or_say_whether_it_is_over() {
        let parse = |text| StateFilter::parse(text, &["held", "closed"], &["closed"]);
        assert_eq!(parse("open"), Ok(StateFilter::Open));
        assert_eq!(parse("closed"), Ok(StateFilter::Word("closed", true)));
        assert!(!parse("held").is_ok_and(StateFilter::wants_closed));
        assert_eq!(parse("done"), Err("expected one of held, closed, open, all".to_owned()));
    }
}
