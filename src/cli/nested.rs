//! Commands that are run by another command, in the same process.

use clap::{CommandFactory, FromArgMatches};
use serde_json::Value;

use super::context::{Context, Format, Global};
use super::failure::Failure;
use super::{Cli, usage};

/// A command that was understood and is not run yet.
pub struct Nested {
    cli: Cli,
    name: String,
    words: Vec<String>,
}

impl Nested {
    /// Understands the words of a command, without the name of the program.
    pub fn parse(words: &[String]) -> Result<Nested, Failure> {
        let all = ["perfteam".to_owned()].into_iter().chain(words.iter().cloned());
        let parsed = Cli::command().try_get_matches_from(all);
        let understood = parsed.and_then(|words| Ok((Cli::from_arg_matches(&words)?, super::name(&words))));
        let (cli, name) = understood.map_err(|error| usage::failure(&error))?;
        Ok(Nested { cli, name, words: words.to_vec() })
    }

    /// The command's whole name: `flag list`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same, where it is one that a batch can run: it writes records or reads, and asks nobody.
    pub fn for_batch(self) -> Result<Nested, Failure> {
        let fail = |message: String| {
            Failure::usage(message)
                .why("a batch writes records, all or none; what else a command does could not be undone")
                .hint(format!("run it by itself: perfteam {}", self.name))
        };
        if !self.cli.command.is_for_batch() {
            return Err(fail(format!("`{}` is no command for a batch", self.name)));
        }
        if self.cli.format.is_some_and(|format| format != Format::Json) {
            return Err(Failure::usage("a batch answers in JSON alone").hint("leave --format out"));
        }
        let asks = |word: &&String| matches!(word.as_str(), "--edit" | "--input=-");
        let reads = self.words.windows(2).any(|pair| pair[0] == "--input" && pair[1] == "-");
        match self.words.iter().find(asks) {
            None if !reads => Ok(self),
            _ => Err(fail(format!("`{}` has no editor and no standard input in a batch", self.name))),
        }
    }

    /// Runs it as `context` would; what it says to programs, null where it says nothing.
    pub fn run(self, context: &Context) -> Result<Value, Failure> {
        let global = Global {
            command: self.name,
            actor: self.cli.actor.or_else(|| context.global.actor.clone()),
            format: Format::Json,
            scope: self.cli.command.scope(),
        };
        let within = context.within(global, &self.words);
        self.cli.command.run(&within)?;
        Ok(within.into_answer())
    }
}

/// Runs the command with these words, and yields what it says.
pub fn answer(context: &Context, words: &[String]) -> Result<Value, Failure> {
    Nested::parse(words)?.run(context)
}
