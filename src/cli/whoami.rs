//! `perfteam whoami`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line, unknown_agent};
use super::failure::Failure;
use crate::domain::handle::Handle;
use crate::domain::identity::{Evidence, Identity, Origin};
use crate::domain::roster::Roster;
use crate::domain::text::shown_line;
use crate::store::config::Unset;

/// The key of git's configuration that names the agent.
const KEY: &str = "perfteam.agent";

/// Show which agent you act as, and why
///
/// Four sources are asked in this order, and the first that says something decides: the option
/// --as, the variable PERFTEAM_AGENT, `git config perfteam.agent`, and the agent of the roster that
/// lists the git author's e-mail address. Where several agents share the address, one of the
/// others must choose.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam whoami                                  who, and what each source says
  perfteam whoami --set @ops.performance           for this work tree, until --unset
  PERFTEAM_AGENT=@ops.performance git commit       for one command, hooks included
  git -c perfteam.agent=@ops.performance commit    the same

--set writes `git config --worktree perfteam.agent`. Where work trees share a configuration, it
turns on git's extension worktreeConfig first, so that each has its own. `git worktree add` copies
the value of the work tree in which it runs: set it anew in the new one.

Exit code: 0 when it is clear who acts, 1 or 2 with the reason when it is not.")]
pub struct Whoami {
    /// Act as this agent in this work tree from now on
    #[arg(long, value_name = "@HANDLE", conflicts_with = "unset")]
    set: Option<Handle>,
    /// Forget what --set said
    #[arg(long)]
    unset: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WhoamiV1 {
    /// The agent; null when it is not clear.
    agent: Option<String>,
    /// The source that decides.
    by: Option<&'static str>,
    /// Why it is not clear.
    unclear: Option<String>,
    /// What could be done about it.
    hints: Vec<String>,
    /// All sources, in the order in which they are asked.
    sources: Vec<SourceV1>,
    /// What will not fit together later.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SourceV1 {
    source: &'static str,
    /// What it says, as it stands there.
    says: Option<String>,
    /// The agents that this means.
    agents: Vec<String>,
    /// Where it is set, for the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_in: Option<String>,
    verdict: Verdict,
}

/// What became of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// It says nothing.
    Silent,
    /// It is the first that says something.
    Decides,
    /// An earlier one has decided.
    Outranked,
}

impl Whoami {
    /// Whether it changes nothing.
    pub fn only_reads(&self) -> bool {
        self.set.is_none() && !self.unset
    }

    /// Sets or unsets the agent, then shows who acts.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let roster = &context.team()?.roster;
        if self.only_reads() {
            return show(context);
        }
        if let Some(handle) = &self.set {
            set(context, roster, handle)?;
        }
        if self.unset {
            unset(context)?;
        }
        // What was just written is read anew.
        let shown = show(&Context::new(context.global.clone()));
        match shown {
            // Nobody may be named now: that was the wish.
            _ if self.unset => Ok(ExitCode::SUCCESS),
            shown => shown,
        }
    }
}

fn set(context: &Context, roster: &Roster, handle: &Handle) -> Result<(), Failure> {
    match roster.get(handle) {
        None => {
            return Err(unknown_agent(handle, roster, "given by --set"))
                .map_err(|failure| failure.why("every step carries the name of who did it"));
        }
        Some(agent) if agent.retired => {
            let failure = Failure::refused(format!("{handle} has retired"))
                .why("a step by somebody who left would be refused");
            let heir = roster.heir(handle);
            return Err(match roster.get(&heir).is_some_and(|heir| !heir.retired) {
                true => failure.hint(format!("its successor: perfteam whoami --set {heir}")),
                false => failure.hint("see who is there: perfteam agent list"),
            });
        }
        Some(_) => {}
    }
    context.repo()?.set_here(KEY, &handle.to_string())?;
    Ok(())
}

fn unset(context: &Context) -> Result<(), Failure> {
    let repo = context.repo()?;
    let done = repo.unset_here(KEY)?;
    if let Some(value) = repo.origin_of(KEY) {
        say!("note: {KEY} is still set in {}; it is not for this work tree alone", shown_line(&value));
    } else if done == Unset::WasNot {
        say!("note: {KEY} was not set");
    }
    Ok(())
}

fn show(context: &Context) -> Result<ExitCode, Failure> {
    let roster = &context.team()?.roster;
    let identity = context.identity()?;
    let sources = sources(context, roster)?;
    let warnings = warnings(context, roster, &identity)?;
    let actor = context.actor();
    if context.is_json() {
        let by = match &identity {
            Identity::Agent(_, origin) => Some(name(*origin)),
            _ => None,
        };
        let (agent, failure) = match actor {
            Ok(agent) => (Some(agent.to_string()), None),
            Err(failure) => (None, Some(failure)),
        };
        context.answer(&WhoamiV1 {
            agent,
            by,
            unclear: failure.as_ref().map(|failure| failure.message.clone()),
            hints: failure.as_ref().map(|failure| failure.hints.clone()).unwrap_or_default(),
            sources,
            warnings,
        })?;
        return Ok(failure.map_or(ExitCode::SUCCESS, |failure| failure.exit.into()));
    }
    if let Identity::Agent(handle, origin) = &identity {
        let title = roster.get(handle).map(|agent| agent.title.as_str()).unwrap_or_default();
        print_line(&format!("{handle} ({}), by {}", shown_line(title), origin.words()));
    } else {
        print_line("it is not clear who acts");
    }
    print_line("");
    sources.iter().for_each(print_source);
    warnings.iter().for_each(|warning| say!("warning: {warning}"));
    actor.map(|_| ExitCode::SUCCESS)
}

fn name(origin: Origin) -> &'static str {
    match origin {
        Origin::Option => "--as",
        Origin::Variable => "PERFTEAM_AGENT",
        Origin::Config => KEY,
        Origin::Email => "e-mail",
    }
}

fn sources(context: &Context, roster: &Roster) -> Result<Vec<SourceV1>, Failure> {
    let Evidence { option, variable, config, email } = context.evidence()?;
    let set_in = config.as_ref().and_then(|_| context.repo().ok()?.origin_of(KEY));
    let mut decided = false;
    let mut source = |origin: Origin, says: Option<String>, agents: Vec<String>, set_in: Option<String>| {
        // An address that is in no roster says nothing about who acts.
        let speaks = if origin == Origin::Email { !agents.is_empty() } else { says.is_some() };
        let verdict = match (speaks, decided) {
            (false, _) => Verdict::Silent,
            (true, false) => Verdict::Decides,
            (true, true) => Verdict::Outranked,
        };
        decided |= speaks;
        SourceV1 { source: name(origin), says, agents, set_in, verdict }
    };
    let named = |says: &Option<String>| -> Vec<String> {
        let handle = says.as_ref().and_then(|says| says.parse::<Handle>().ok());
        handle.filter(|handle| roster.contains(handle)).iter().map(Handle::to_string).collect()
    };
    let given = |says: Option<String>| says.filter(|says| !says.trim().is_empty());
    let (option, variable, config) = (given(option), given(variable), given(config));
    let by_email: Vec<String> = email
        .as_ref()
        .map(|email| roster.by_email(email).into_iter().map(Handle::to_string).collect())
        .unwrap_or_default();
    Ok(vec![
        source(Origin::Option, option.clone(), named(&option), None),
        source(Origin::Variable, variable.clone(), named(&variable), None),
        source(Origin::Config, config.clone(), named(&config), set_in),
        source(Origin::Email, email, by_email, None),
    ])
}

fn print_source(source: &SourceV1) {
    let says = match (&source.says, source.source) {
        (Some(says), "e-mail") if source.agents.is_empty() => format!("{says}, which is in no agent's file"),
        (Some(says), "e-mail") => format!("{says}, which is {}", source.agents.join(" or ")),
        (Some(says), _) if source.agents.is_empty() => format!("{says}, which is in no roster"),
        (Some(says), _) => says.clone(),
        (None, _) => "not set".to_owned(),
    };
    let verdict = match source.verdict {
        Verdict::Silent => "",
        Verdict::Decides if source.agents.len() > 1 => "  <- one of the others must say which",
        Verdict::Decides => "  <- decides",
        Verdict::Outranked => "  (an earlier one decides)",
    };
    let place = source.set_in.as_deref().map(|place| format!("  [{place}]")).unwrap_or_default();
    print_line(&format!("  {:<14}  {}{}{verdict}", source.source, shown_line(&says), shown_line(&place)));
}

/// What `check --base` will hold against commits that are made so.
fn warnings(context: &Context, roster: &Roster, identity: &Identity) -> Result<Vec<String>, Failure> {
    let Identity::Agent(handle, Origin::Option | Origin::Variable | Origin::Config) = identity else {
        return Ok(Vec::new());
    };
    let (Some(agent), Some(author)) = (roster.get(handle), context.repo()?.author()) else {
        return Ok(Vec::new());
    };
    if agent.emails.is_empty() || agent.has_email(&author.email) {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "you commit as {}, which is not among the e-mail addresses of {handle} ({}): CI will take your commits \
         for somebody else's; add the address to .perfteam/{}, or set git config user.email",
        shown_line(&author.email),
        shown_line(&agent.emails.join(", ")),
        handle.file()
    )])
}
