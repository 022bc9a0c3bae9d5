//! The calls of the earlier tool, and the words of today for each.

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::view::limit;
use crate::domain::handle::Handle;
use crate::domain::text::shown_line;

/// A call of the earlier tool.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Call {
    /// perfteam flag create: raise a flag
    CreateFlag(Box<Create>),
    /// perfteam flag create: raise a flag, also in the short form
    CreateFlagForAgent(Box<Create>),
    /// perfteam inbox @HANDLE: what is pending for an agent, not locked before locked
    GetAgentFlags {
        /// Whose flags
        #[arg(value_name = "@HANDLE")]
        agent: Handle,
    },
    /// perfteam flag list: what is pending, for one agent or for all
    GetPendingFlags {
        /// Whose flags [default: those of all]
        #[arg(value_name = "@HANDLE")]
        agent: Option<Handle>,
    },
    /// perfteam flag list: how much waits for each agent, critical first
    GetWorkableFlags,
    /// perfteam flag lock ID: say that you work on a flag; the lock is a lease
    LockFlag(OfFlag),
    /// perfteam flag unlock ID: let go of a flag that you hold
    UnlockFlag(OfFlag),
    /// perfteam flag complete ID: say that a flag is done
    CompleteFlag(OfFlag),
    /// perfteam agent search "WORDS": who is right for a request
    SearchAgents {
        /// What you need
        words: String,
        /// So many at most
        #[arg(default_value_t = 5, value_parser = limit)]
        limit: usize,
    },
}

/// What a flag that is to be raised says.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(args_override_self = true)]
pub struct Create {
    /// --type
    #[arg(long = "flag_type", alias = "flag-type", value_name = "TYPE")]
    flag_type: Option<String>,
    /// --as
    #[arg(long = "source_agent", alias = "source-agent", value_name = "@HANDLE")]
    source_agent: Option<String>,
    /// --to
    #[arg(long = "target_agent", alias = "target-agent", value_name = "@HANDLE")]
    target_agent: Option<String>,
    /// --change: at least 50 meaningful characters
    #[arg(long = "change_description", alias = "change-description", value_name = "TEXT")]
    change_description: Option<String>,
    /// --action: at least 100 meaningful characters
    #[arg(long = "action_required", alias = "action-required", value_name = "TEXT")]
    action_required: Option<String>,
    /// --impact: critical, high, medium or low [default: medium]
    #[arg(long = "impact_level", visible_alias = "priority", alias = "impact-level", value_name = "LEVEL")]
    impact_level: Option<String>,
    /// --file for each, with commas between them
    #[arg(long = "related_files", alias = "related-files", value_name = "PATHS")]
    related_files: Option<String>,
    /// --location
    #[arg(long = "code_location", alias = "code-location", value_name = "PATH:LINE")]
    code_location: Option<String>,
    /// --example
    #[arg(long = "example_usage", alias = "example-usage", value_name = "TEXT")]
    example_usage: Option<String>,
    /// --context
    #[arg(long, value_name = "JSON")]
    context: Option<String>,
    /// --chain
    #[arg(long = "chain_origin_id", alias = "chain-origin-id", value_name = "ID")]
    chain_origin_id: Option<String>,
    /// --title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The short form: stands for the change and the action where they are not given
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// What happens to a flag, and who does it.
#[derive(Debug, Clone, PartialEq, Args)]
#[command(args_override_self = true)]
pub struct OfFlag {
    /// The id, its beginning, or the number that the flag had in the earlier tool
    pub id: String,
    /// --as [default: who you are]
    #[arg(value_name = "@HANDLE")]
    agent: Option<String>,
    /// --note, as a word
    #[arg(value_name = "NOTE", conflicts_with = "note")]
    words: Option<String>,
    /// --note
    #[arg(long, alias = "notes", value_name = "TEXT")]
    note: Option<String>,
}

/// Finds the id that is meant by what the earlier tool calls one.
pub type Ids<'a> = dyn Fn(&str) -> Result<String, Failure> + 'a;

impl Call {
    /// Puts a level in place of one that would be refused, and says why. A type that is to be filled in fits any level.
    pub fn correct_level(&mut self, is_open: impl Fn(&str) -> bool) -> Option<String> {
        let (Call::CreateFlag(create) | Call::CreateFlagForAgent(create)) = self else { return None };
        if create.flag_type.as_deref().is_some_and(is_open) {
            return None;
        }
        let level = create.misplaced_level()?;
        create.impact_level = Some(level.instead.to_owned());
        Some(level.message)
    }

    /// The same call in the words of today, without the name of the program.
    pub fn modern(&self, ids: &Ids<'_>) -> Result<Vec<String>, Failure> {
        let of_flag = |verb: &str, given: &OfFlag| -> Result<Vec<String>, Failure> {
            let mut words = Words::new(&["flag", verb, &ids(&given.id)?]);
            words.option("--note", given.note.as_deref().or(given.words.as_deref()));
            words.option("--as", given.agent.as_deref().map(with_at).as_deref());
            Ok(words.0)
        };
        Ok(match self {
            Call::CreateFlag(given) | Call::CreateFlagForAgent(given) => given.modern(ids)?,
            Call::GetAgentFlags { agent } => Words::new(&["inbox", &agent.to_string()]).0,
            Call::GetPendingFlags { agent } => {
                let mut words = Words::new(&["flag", "list"]);
                words.option("--to", agent.as_ref().map(ToString::to_string).as_deref());
                words.0
            }
            Call::GetWorkableFlags => Words::new(&["flag", "list"]).0,
            Call::LockFlag(given) => of_flag("lock", given)?,
            Call::UnlockFlag(given) => of_flag("unlock", given)?,
            Call::CompleteFlag(given) => of_flag("complete", given)?,
            Call::SearchAgents { words, limit } => {
                Words::new(&["agent", "search", "--limit", &limit.to_string(), "--", words]).0
            }
        })
    }
}

/// The types that may be critical, and those that are never low, by the later rules of the earlier tool.
const CRITICAL: [&str; 3] = ["breaking_change", "security", "data_loss"];
const NEVER_LOW: [&str; 2] = ["breaking_change", "security"];

/// A level that the rules for levels refuse.
struct Misplaced {
    message: String,
    why: &'static str,
    /// The level that they allow.
    instead: &'static str,
}

impl Create {
    /// The rules for levels, which the earlier tool told its users and never held.
    fn misplaced_level(&self) -> Option<Misplaced> {
        let kind = given(&self.flag_type).unwrap_or("change");
        let level = given(&self.impact_level).unwrap_or_default().trim().to_lowercase();
        match level.as_str() {
            "critical" if !CRITICAL.contains(&kind) => Some(Misplaced {
                message: format!("`{}` is never critical: {} are", shown_line(kind), CRITICAL.join(", ")),
                why: "where everything is critical, nothing is",
                instead: "high",
            }),
            "low" if NEVER_LOW.contains(&kind) => Some(Misplaced {
                message: format!("`{kind}` is never low"),
                why: "who reads it late pays for it",
                instead: "medium",
            }),
            _ => None,
        }
    }

    fn judge_level(&self) -> Result<(), Failure> {
        let refused = |level: Misplaced| {
            Failure::refused(level.message)
                .why(level.why)
                .hint(format!("say: --impact_level {}", level.instead))
        };
        self.misplaced_level().map_or(Ok(()), |level| Err(refused(level)))
    }

    fn modern(&self, ids: &Ids<'_>) -> Result<Vec<String>, Failure> {
        self.judge_level()?;
        let short = self.description.as_deref();
        let chain = given(&self.chain_origin_id).map(ids).transpose()?;
        let mut words = Words::new(&["flag", "create"]);
        words.option("--type", given(&self.flag_type));
        words.option("--to", given(&self.target_agent).map(with_at).as_deref());
        words.option("--impact", given(&self.impact_level));
        words.option("--title", given(&self.title));
        words.option("--change", self.change_description.as_deref().or(short));
        words.option("--action", self.action_required.as_deref().or(short));
        let files = given(&self.related_files).unwrap_or_default().split(',').map(str::trim);
        files.filter(|file| !file.is_empty()).for_each(|file| words.option("--file", Some(file)));
        words.option("--location", given(&self.code_location));
        words.option("--example", given(&self.example_usage));
        words.option("--context", given(&self.context));
        words.option("--chain", chain.as_deref());
        words.option("--as", given(&self.source_agent).map(with_at).as_deref());
        Ok(words.0)
    }
}

/// What an option says; the earlier tool's prompts give empty ones for nothing.
fn given(option: &Option<String>) -> Option<&str> {
    option.as_deref().filter(|text| !text.trim().is_empty())
}

/// A handle as it is written today, whether or not it is one.
fn with_at(handle: &str) -> String {
    let handle = handle.trim();
    if handle.starts_with('@') { handle.to_owned() } else { format!("@{handle}") }
}

/// The words of a command.
struct Words(Vec<String>);

impl Words {
    fn new(words: &[&str]) -> Words {
        Words(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// Adds an option where there is something to say; a value that looks like an option is joined to
    /// its name.
    fn option(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) if value.starts_with('-') => self.0.push(format!("{name}={value}")),
            Some(value) => self.0.extend([name.to_owned(), value.to_owned()]),
            None => {}
        }
    }
}

/// The names of all verbs.
pub fn verbs() -> Vec<String> {
    let command = Call::augment_subcommands(clap::Command::new(super::NAME));
    command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}
