//! `perfteam setup`: at home in the tools of agents, and on forges.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::output::print_line;
use crate::check;
use crate::domain::text::{shell_word, shown_line, shown_text};
use crate::scaffold::setup::{self, AGENTS_MD, CLAUDE_MD, Foreign, Part, Rest, Standing};
use crate::store::{Repo, StoreError, tool_files};

/// Make agents' tools and forges call perfteam
///
/// For claude, codex and cursor: hooks that begin a session with `perfteam prime`, refuse an edit where the
/// commit would be refused (write authority), and hold back an end that leaves something hanging; and a
/// section in the text that agents read. agents-md is that section in AGENTS.md alone. For github and
/// gitlab: what checks pull requests and keeps one comment with the review up to date. What others wrote in
/// these files stays; run again, it renews what is old and changes nothing else. docs/agents-tools.md.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam setup claude            .claude/settings.json and CLAUDE.md
  perfteam setup claude --print    what would be written, and nothing is
  perfteam setup codex --check     exit code 1 where something is missing or old
  perfteam setup cursor --remove   take it out again; files that are empty then go, too")]
pub struct Setup {
    /// The tool or the forge
    #[arg(value_enum)]
    tool: Tool,
    /// Say whether all is in place; exit code 1 where it is not
    #[arg(long, group = "what")]
    check: bool,
    /// Take out what is perfteam's
    #[arg(long, group = "what")]
    remove: bool,
    /// Print the files as they would be, and write nothing
    #[arg(long, group = "what")]
    print: bool,
}

/// What can be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tool {
    Claude,
    Codex,
    Cursor,
    AgentsMd,
    Gitlab,
    Github,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Tool::Claude => "claude",
            Tool::Codex => "codex",
            Tool::Cursor => "cursor",
            Tool::AgentsMd => "agents-md",
            Tool::Gitlab => "gitlab",
            Tool::Github => "github",
        }
    }

    fn parts(self, repo: &Repo) -> Result<Vec<Part>, Failure> {
        Ok(match self {
            Tool::Claude => setup::claude(text_of_claude(repo)?),
            Tool::Codex => setup::codex(),
            Tool::Cursor => setup::cursor(),
            Tool::AgentsMd => setup::agents_md(),
            Tool::Gitlab => setup::gitlab(),
            Tool::Github => setup::github(&integration(repo)?),
        })
    }

    /// What is left to people.
    fn next(self) -> Option<&'static str> {
        match self {
            Tool::Codex => Some("Codex asks once whether this project's hooks may run: trust them"),
            Tool::Gitlab => Some(
                "give the job an image with git, curl and perfteam: perfteam: { image: ... } in .gitlab-ci.yml",
            ),
            Tool::Github => {
                Some("the comment with the review needs no token of yours; docs/review.md has the inputs")
            }
            Tool::Claude | Tool::Cursor | Tool::AgentsMd => None,
        }
    }
}

/// Where Claude Code reads the text: in AGENTS.md where CLAUDE.md has it read that, or is a link to it.
fn text_of_claude(repo: &Repo) -> Result<&'static str, Failure> {
    if tool_files::link(repo, CLAUDE_MD).is_some_and(|target| target.ends_with(AGENTS_MD)) {
        return Ok(AGENTS_MD);
    }
    let text = read(repo, CLAUDE_MD)?.unwrap_or_default();
    Ok(if setup::reads(&text, AGENTS_MD) { AGENTS_MD } else { CLAUDE_MD })
}

/// The branch into which work is merged, without the name of a remote.
fn integration(repo: &Repo) -> Result<String, Failure> {
    let named = check::integration(repo)?.unwrap_or_else(|| "main".to_owned());
    Ok(named.strip_prefix("origin/").unwrap_or(&named).to_owned())
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SetupV1 {
    tool: &'static str,
    /// Whether all is in place.
    good: bool,
    files: Vec<SetUpFileV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SetUpFileV1 {
    path: &'static str,
    /// `created`, `changed`, `removed`, `unchanged`; with --check `current`, `by-hand`, `absent`, `old`,
    /// `changed`.
    state: &'static str,
    /// The file as it would be, with --print.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// What is to become of a file.
enum Plan {
    Create(String),
    Change(String, Standing),
    Remove,
    Keep,
}

/// A part with its file as it is.
struct Found {
    part: Part,
    text: Option<String>,
}

impl Found {
    /// Whether something of perfteam's is in the file.
    fn has_ours(&self) -> bool {
        self.text.as_deref().is_some_and(|text| !matches!(self.part.without(text), Ok(Rest::Same)))
    }
}

impl Setup {
    /// Sets up, or says what there is.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let writes = !self.check && !self.print;
        let _lock = if writes { Some(context.lock()?) } else { None };
        let found = self.find(repo)?;
        if self.check {
            return self.report(context, &found);
        }
        if !self.remove {
            context.team()?;
        }
        let mut plans = Vec::new();
        for found in found {
            let plan = if self.remove { self.removal(&found)? } else { self.addition(&found)? };
            plans.push((found, plan));
        }
        if self.print {
            return print(context, self.tool, plans);
        }
        // All files were read and understood before the first is written.
        for (found, plan) in &plans {
            let path = found.part.path;
            match plan {
                Plan::Create(text) | Plan::Change(text, _) => tool_files::write(repo, path, text),
                Plan::Remove => tool_files::remove(repo, path),
                Plan::Keep => Ok(()),
            }
            .map_err(link)?;
        }
        self.say(context, &plans)?;
        Ok(ExitCode::SUCCESS)
    }

    fn find(&self, repo: &Repo) -> Result<Vec<Found>, Failure> {
        let with_text = |part: Part| Ok(Found { text: read(repo, part.path)?, part });
        self.tool.parts(repo)?.into_iter().map(with_text).collect()
    }

    fn addition(&self, Found { part, text }: &Found) -> Result<Plan, Failure> {
        let foreign = |foreign| self.foreign(part.path, &foreign);
        let wanted = part.with(text.as_deref()).map_err(foreign)?;
        Ok(match text {
            None => Plan::Create(wanted),
            Some(text) if *text == wanted => Plan::Keep,
            Some(text) => Plan::Change(wanted, part.standing(Some(text)).map_err(foreign)?),
        })
    }

    fn removal(&self, Found { part, text }: &Found) -> Result<Plan, Failure> {
        // Others read that section, too.
        let is_shared = part.path == AGENTS_MD && self.tool != Tool::AgentsMd;
        let Some(text) = text.as_deref().filter(|_| !is_shared) else { return Ok(Plan::Keep) };
        let rest = part.without(text).map_err(|foreign| self.foreign(part.path, &foreign))?;
        Ok(match rest {
            Rest::Same => Plan::Keep,
            Rest::Text(rest) => Plan::Change(rest, Standing::Current),
            Rest::Nothing => Plan::Remove,
        })
    }

    fn foreign(&self, path: &str, foreign: &Foreign) -> Failure {
        let word = shell_word(path);
        Failure::new(Exit::Unreadable, format!("{path} is left as it is: {}", shown_line(&foreign.what)))
            .why("what others put there must not be lost, and nothing of it can be told for sure")
            .hint(format!("{}; then: {}", shown_line(&foreign.mend), self.command()))
            .hint(format!("or begin anew: mv {word} {word}.old; {}", self.command()))
    }

    fn command(&self) -> String {
        format!("perfteam setup {}", self.tool.name())
    }

    /// `--check`.
    fn report(&self, context: &Context, found: &[Found]) -> Result<ExitCode, Failure> {
        let mut files = Vec::new();
        let mut good = true;
        for Found { part, text } in found {
            let standing =
                part.standing(text.as_deref()).map_err(|foreign| self.foreign(part.path, &foreign))?;
            good &= matches!(standing, Standing::Current | Standing::ByHand);
            let (state, words) = words(standing);
            files.push(SetUpFileV1 { path: part.path, state, text: None });
            if !context.is_json() {
                print_line(&format!("{}: {words}", part.path));
            }
        }
        if context.is_json() {
            context.answer(&SetupV1 { tool: self.tool.name(), good, files })?;
        } else if !good {
            print_line(&format!("try: {}", self.command()));
        }
        Ok(if good { ExitCode::SUCCESS } else { Exit::Refused.into() })
    }

    /// What was done.
    fn say(&self, context: &Context, plans: &[(Found, Plan)]) -> Result<(), Failure> {
        if context.is_json() {
            let file = |(found, plan): &(Found, Plan)| SetUpFileV1 {
                path: found.part.path,
                state: done(plan),
                text: None,
            };
            let files = plans.iter().map(file).collect();
            return context.answer(&SetupV1 { tool: self.tool.name(), good: true, files });
        }
        let changed: Vec<&(Found, Plan)> =
            plans.iter().filter(|(_, plan)| !matches!(plan, Plan::Keep)).collect();
        for (found, plan) in &changed {
            print_line(&format!("{} {}", self.words(plan), found.part.path));
        }
        if changed.is_empty() {
            print_line(&format!("nothing to do: {}", self.nothing()));
            return Ok(());
        }
        if self.remove {
            let keeps = |found: &Found| found.part.path == AGENTS_MD && found.has_ours();
            if self.tool != Tool::AgentsMd && plans.iter().any(|(found, _)| keeps(found)) {
                print_line(&format!(
                    "{AGENTS_MD} keeps its section, which other tools read: perfteam setup agents-md --remove"
                ));
            }
            return Ok(());
        }
        self.tool.next().iter().for_each(|next| print_line(next));
        let paths: Vec<String> = changed.iter().map(|(found, _)| shell_word(found.part.path)).collect();
        print_line(&format!("for the whole team: git add -- {} && git commit", paths.join(" ")));
        Ok(())
    }

    fn words(&self, plan: &Plan) -> &'static str {
        match plan {
            Plan::Change(_, Standing::Changed) => {
                "renewed, though somebody had changed it, what is perfteam's in"
            }
            Plan::Change(_, Standing::Old) => "renewed what is perfteam's in",
            Plan::Change(..) if self.remove => "took what is perfteam's out of",
            Plan::Change(..) => "added to",
            Plan::Create(_) => "created",
            Plan::Remove => "removed",
            Plan::Keep => "kept",
        }
    }

    fn nothing(&self) -> String {
        let tool = self.tool.name();
        if self.remove {
            format!("there is nothing of perfteam's for {tool}")
        } else {
            format!("{tool} is set up, as this version does it")
        }
    }
}

/// `--print`.
fn print(context: &Context, tool: Tool, plans: Vec<(Found, Plan)>) -> Result<ExitCode, Failure> {
    let files = plans.into_iter().map(|(found, plan)| {
        let state = done(&plan);
        let text = match plan {
            Plan::Create(text) | Plan::Change(text, _) => text,
            Plan::Keep | Plan::Remove => found.text.unwrap_or_default(),
        };
        SetUpFileV1 { path: found.part.path, state, text: Some(text) }
    });
    let files: Vec<SetUpFileV1> = files.collect();
    if context.is_json() {
        let good = files.iter().all(|file| file.state == "unchanged");
        context.answer(&SetupV1 { tool: tool.name(), good, files })?;
        return Ok(ExitCode::SUCCESS);
    }
    for file in &files {
        print_line(&format!("==> {} <==", file.path));
        print_line(&shown_text(file.text.as_deref().unwrap_or_default().trim_end()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The word for what is done, for programs.
fn done(plan: &Plan) -> &'static str {
    match plan {
        Plan::Create(_) => "created",
        Plan::Change(..) => "changed",
        Plan::Remove => "removed",
        Plan::Keep => "unchanged",
    }
}

/// How a file stands, for programs and for people.
fn words(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Absent => ("absent", "not set up"),
        Standing::Current => ("current", "in place"),
        Standing::Old => ("old", "not as this version writes it"),
        Standing::Changed => ("changed", "somebody changed what is perfteam's in it"),
        Standing::ByHand => ("by-hand", "in place, by hand"),
    }
}

/// The text of a file, refused where it is none.
fn read(repo: &Repo, path: &str) -> Result<Option<String>, Failure> {
    let bytes = tool_files::read(repo, path).map_err(link)?;
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|error| {
        Failure::new(Exit::Unreadable, format!("{path} is left as it is: it is no UTF-8 text: {error}"))
            .why("what others put there must not be lost")
            .hint(format!("see what it is: file {}", shell_word(path)))
    })
}

fn link(error: StoreError) -> Failure {
    match error {
        StoreError::Link(path) => Failure::refused(format!("{} is a symbolic link", path.display()))
            .why("it can lead out of the repository, to what is not this team's to change")
            .hint("put a file or a folder in its place; or set up the tool where the link leads"),
        error => error.into(),
    }
}
