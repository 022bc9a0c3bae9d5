//! The commands that agent files show: understood as the command line understands them, and never run.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command as ClapCommand, CommandFactory, FromArgMatches, Subcommand};

use crate::cli::agent_db::{Call, verbs};
use crate::cli::{Cli, Command, flag::FlagCommand, usage};
use crate::domain::diagnostic::{Diagnostic, Severity, Spot};
use crate::domain::handle::Handle;
use crate::domain::level::Level;
use crate::domain::roster::Roster;
use crate::domain::text::{nearest, shell_word, shown_line};
use crate::domain::verdict::RuleInfo;
use crate::markdown::examples::commands;

/// What is looked for.
pub const EXAMPLES: RuleInfo = RuleInfo {
    name: "example",
    summary: "every command that an agent file shows would be taken",
    default_level: Severity::Block,
};

/// What stands for something to be filled in, once it must be a value.
const FILLERS: [&str; 8] = ["@placeholder", "medium", "1", "2h", "local", "a=1s..2s", "src/a.rs:1", "all"];
/// Words in a handle that is an example of one.
const SAMPLES: [&str; 9] =
    ["your", "example", "handle", "agent-name", "target", "someone", "placeholder", "other", "domain"];

/// What is wrong with the commands in the code of a file.
pub fn lint(path: &str, text: &str, roster: &Roster) -> Vec<Diagnostic> {
    let found =
        commands(text).into_iter().filter_map(|segment| Some((segment.line, Shown::of(&segment.words)?)));
    found.filter_map(|(line, shown)| shown.judge(roster).map(|fault| diagnostic(path, line, fault))).collect()
}

fn diagnostic(path: &str, line: usize, fault: Fault) -> Diagnostic {
    Diagnostic {
        rule: EXAMPLES.name,
        severity: EXAMPLES.default_level,
        path: Some(path.to_owned()),
        spot: Spot::At(line, 1),
        message: fault.messages.join("; "),
        why: "agents do what their file shows, and would be refused".to_owned(),
        mends: vec![fault.mend],
        commit: None,
    }
}

/// Why a command would be refused, and what it should be.
struct Fault {
    messages: Vec<String>,
    mend: String,
}

/// A command of ours that a file shows, in the words of today or in those of the earlier tool.
enum Shown {
    Today(Vec<String>),
    Earlier(Vec<String>),
}

impl Shown {
    /// The command of ours among these words, behind what runs it.
    fn of(words: &[String]) -> Option<Shown> {
        let before = |word: &str| {
            let is_setting = word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            });
            is_setting
                || [
                    "uv", "run", "poetry", "python", "python3", "sudo", "env", "exec", "time", "npx",
                    "command",
                ]
                .contains(&word)
        };
        let at = words.iter().position(|word| !before(word))?;
        let name = words[at].rsplit('/').next().unwrap_or_default();
        let rest = words[at + 1..].to_vec();
        match name {
            "perfteam" if rest.first().is_some_and(|word| word == "agent-db") => {
                Some(Shown::Earlier(rest[1..].to_vec()))
            }
            "perfteam" => Some(Shown::Today(rest)),
            "agent_db.py" | "agent-db" | "agent_db" => Some(Shown::Earlier(rest)),
            // The script is often left out; a verb alone is a word of prose.
            verb if verbs().iter().any(|known| known == verb) && !rest.is_empty() => {
                Some(Shown::Earlier(words[at..].to_vec()))
            }
            _ => None,
        }
    }

    fn judge(self, roster: &Roster) -> Option<Fault> {
        match self {
            Shown::Today(words) => judge_today(words, Vec::new(), roster),
            Shown::Earlier(words) => {
                let call = parse(earlier_command(), &words, Call::from_arg_matches);
                match call {
                    Parsed::Help => None,
                    Parsed::Fault(error) => Some(Fault {
                        messages: vec![usage::failure(&error).message],
                        mend: earlier_help(&words),
                    }),
                    Parsed::Fine(mut call) => {
                        let messages = call.correct_level(is_open).into_iter().collect();
                        judge_today(call.modern(&|id| Ok(id.to_owned())).ok()?, messages, roster)
                    }
                }
            }
        }
    }
}

/// The verb of today for a call that can't be understood.
fn earlier_help(words: &[String]) -> String {
    let verbs = verbs();
    let given = words.first().map(String::as_str).unwrap_or_default();
    match nearest(given, verbs.iter().map(String::as_str)) {
        Some(verb) => format!("see what it takes: perfteam agent-db {verb} --help"),
        None => "see the verbs, and what each has become: perfteam agent-db --help".to_owned(),
    }
}

fn earlier_command() -> ClapCommand {
    Call::augment_subcommands(ClapCommand::new("agent-db")).subcommand_required(true)
}

/// What became of words.
enum Parsed<T> {
    Fine(T),
    /// They ask for help or the version.
    Help,
    Fault(clap::Error),
}

/// Understands words. What is to be filled in is taken for whatever fits.
fn parse<T>(
    command: ClapCommand,
    words: &[String],
    read: impl Fn(&clap::ArgMatches) -> Result<T, clap::Error>,
) -> Parsed<T> {
    let mut words = words.to_vec();
    let attempt = |words: &[String]| {
        let all = ["perfteam".to_owned()].into_iter().chain(words.iter().cloned());
        command.clone().try_get_matches_from(all).and_then(|matches| read(&matches))
    };
    // Each turn fills in one word.
    for _ in 0..=words.len() {
        let error = match attempt(&words) {
            Ok(understood) => return Parsed::Fine(understood),
            Err(error) if !error.use_stderr() => return Parsed::Help,
            Err(error) => error,
        };
        let Some(at) = open_value(&error, &words) else { return Parsed::Fault(error) };
        let told = error.to_string();
        let joined = words[at]
            .split_once('=')
            .filter(|(name, _)| name.starts_with('-'))
            .map(|(name, _)| format!("{name}="));
        let filled = FILLERS.iter().find_map(|filler| {
            let mut filled = words.clone();
            filled[at] = format!("{}{filler}", joined.as_deref().unwrap_or_default());
            let fits = match attempt(&filled) {
                Ok(_) => true,
                Err(other) => {
                    other.to_string() != told
                        && open_value(&other, &filled) != Some(at)
                        && !complains_of(&other, filler)
                }
            };
            fits.then_some(filled)
        });
        match filled {
            Some(filled) => words = filled,
            // A value of a form that no filler has is not judged.
            None => return Parsed::Help,
        }
    }
    Parsed::Help
}

fn complains_of(error: &clap::Error, value: &str) -> bool {
    matches!(error.get(ContextKind::InvalidValue), Some(ContextValue::String(given)) if given == value)
}

/// The word that the parser refuses as a value, where it is one to be filled in.
fn open_value(error: &clap::Error, words: &[String]) -> Option<usize> {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        return None;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidValue) else { return None };
    words.iter().position(|word| {
        let value = word.split_once('=').map_or(word.as_str(), |(_, value)| value);
        (word == given || value == given) && is_open(given)
    })
}

/// Whether a text leaves something to be filled in: `<id>`, `[level]`, `$ID`, `{x}`, `...`, `FLAG_ID`.
fn is_open(text: &str) -> bool {
    let text = text.trim().trim_start_matches('@');
    let within = |open: char, close: char| text.contains(open) && text.contains(close);
    let shouts = !text.is_empty()
        && text.chars().any(|c| c.is_ascii_uppercase())
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || matches!(c, '_' | '-' | '@' | '.') || c.is_ascii_digit());
    within('<', '>')
        || within('[', ']')
        || within('{', '}')
        || text.contains('$')
        || text.contains("...")
        || text.contains('…')
        || shouts
        || text.contains("placeholder")
}

/// So many slips are mended in one command.
const MOST_SLIPS: usize = 8;

/// What is wrong with these words, beside what is known to be.
fn judge_today(mut words: Vec<String>, mut messages: Vec<String>, roster: &Roster) -> Option<Fault> {
    messages.extend(strangers(&mut words, roster));
    for _ in 0..MOST_SLIPS {
        match parse(Cli::command(), &words, Cli::from_arg_matches) {
            Parsed::Help => break,
            Parsed::Fine(cli) => {
                messages.extend(thin_flag(&cli, &mut words));
                break;
            }
            Parsed::Fault(error) => {
                messages.push(usage::failure(&error).message);
                if !mended(&error, &mut words) {
                    return Some(Fault { messages, mend: help_of(&words) });
                }
            }
        }
    }
    (!messages.is_empty()).then(|| Fault { messages, mend: shown_call(&words) })
}

/// What a flag that would be raised says too little of; the words say then what is needed.
fn thin_flag(cli: &Cli, words: &mut Vec<String>) -> Vec<String> {
    let Command::Flag(FlagCommand::Create(create)) = &cli.command else { return Vec::new() };
    let faults = create.example_faults(&is_open).into_iter();
    faults
        .map(|(option, message, instead)| {
            put(words, option, instead);
            message
        })
        .collect()
}

/// Where to see what a command takes that can't be mended.
fn help_of(words: &[String]) -> String {
    let is_name = |word: &&str| !word.starts_with(['-', '@', '<', '[']);
    let names: Vec<&str> = words.iter().map(String::as_str).take_while(is_name).take(2).collect();
    format!("see what it takes: perfteam {} --help (it is shown as: {})", names.join(" "), shown_call(words))
}

fn shown_call(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    shown_line(&format!("perfteam {}", words.join(" "))).into_owned()
}

/// Handles that nobody has, each with what should stand there.
fn strangers(words: &mut [String], roster: &Roster) -> Vec<String> {
    let mut messages = Vec::new();
    for word in words.iter_mut().filter(|word| word.starts_with('@')) {
        let Ok(handle) = word.parse::<Handle>() else { continue };
        let is_sample = SAMPLES.iter().any(|sample| handle.bare().contains(sample));
        if roster.contains(&handle) || is_sample || is_open(word) {
            continue;
        }
        messages.push(format!("{handle} is in no roster"));
        if let Some(near) = roster.nearest(&handle).first() {
            *word = near.to_string();
        }
    }
    messages
}

/// Puts what was meant in place of a wrong word; whether that is known.
fn mended(error: &clap::Error, words: &mut [String]) -> bool {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let pairs = [
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ];
    let suggested = pairs.into_iter().find_map(|(wrong, right)| Some((text(wrong)?, text(right)?)));
    let level = || {
        let wrong = text(ContextKind::InvalidValue)?;
        let is_level = ["--impact", "--priority", "--severity"]
            .iter()
            .any(|option| text(ContextKind::InvalidArg).is_some_and(|arg| arg.starts_with(option)));
        let near = nearest(&wrong, Level::ALL.map(Level::as_str)).unwrap_or("high");
        is_level.then(|| (wrong, near.to_owned()))
    };
    let Some((wrong, right)) = suggested.or_else(level) else { return false };
    for word in words.iter_mut() {
        if *word == wrong {
            *word = right;
            return true;
        }
        if let Some((name, value)) = word.split_once('=') {
            if name == wrong {
                *word = format!("{right}={value}");
                return true;
            }
            if value == wrong {
                *word = format!("{name}={right}");
                return true;
            }
        }
    }
    false
}

/// Puts a value behind an option, in place of the one that it has.
fn put(words: &mut Vec<String>, option: &str, value: &str) {
    let joined = format!("{option}=");
    match words.iter().position(|word| word == option || word.starts_with(&joined)) {
        Some(at) if words[at] == option && at + 1 < words.len() => words[at + 1] = value.to_owned(),
        Some(at) => words[at] = format!("{joined}{value}"),
        None => words.extend([option.to_owned(), value.to_owned()]),
    }
}
