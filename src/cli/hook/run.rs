//! `perfteam hook run`: what git's hooks call.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;

use super::tell::{SHOWN, tell_commit, tell_push, what_is_pushed};
use super::{exit, receive, session};
use crate::check::{self, Asker};
use crate::cli::context::Context;
use crate::cli::environment;
use crate::cli::failure::Failure;
use crate::domain::agent::Agent;
use crate::domain::handle::Handle;
use crate::domain::identity::Identity;
use crate::domain::snapshot::Team;
use crate::domain::text::counted;
use crate::domain::trailer::Trailers;
use crate::githooks::message::{self, Origin};
use crate::githooks::push::{self, Pushed};
use crate::githooks::session::SessionHook;
use crate::githooks::status::{PROBE, PROBED, answer};
use crate::githooks::{Hook, UnknownHook, is_in_force, news};
use crate::rules::Phase;
use crate::store::elsewhere::{Sight, waiting_on_branches};
use crate::store::progress::Underway;
use crate::store::team::{committed_team, read_team};

/// Do what a git hook does; the installed hooks call this
///
/// NAME is pre-commit, prepare-commit-msg, commit-msg, pre-push, post-merge or post-checkout; in a
/// repository that receives pushes, pre-receive or update. Other hook managers call it with the
/// arguments that git gives the hook.
///
/// Hooks of agents' tools, which `perfteam setup` installs, are pre-tool-use (before an edit: may the
/// agent write there?) and stop (before the end: is nothing left hanging?). Each reads what the tool says
/// on standard input, and answers in the tool's own form, or is silent; docs/agents-tools.md.
#[derive(Debug, Args)]
pub struct Run {
    /// The name of the hook
    #[arg(value_name = "NAME")]
    hook: Called,
    /// What git gives the hook
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

/// Whose hook is called.
#[derive(Debug, Clone, Copy)]
enum Called {
    /// git's.
    Git(Hook),
    /// That of an agent's tool.
    Session(SessionHook),
}

impl FromStr for Called {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Called::Git).or_else(|_| text.parse().map(Called::Session))
    }
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Called::Git(hook) => hook.fmt(f),
            Called::Session(hook) => hook.fmt(f),
        }
    }
}

impl Run {
    /// Runs the hook. Those that only inform never fail.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self.hook {
            Called::Git(hook) => self.of_git(context, hook),
            Called::Session(hook) => Ok(self.informs(session::run(context, hook))),
        }
    }

    fn of_git(&self, context: &Context, hook: Hook) -> Result<ExitCode, Failure> {
        if let Some(token) = environment::variable(PROBE) {
            tell!("{}", answer(hook, &token));
            return Ok(ExitCode::from(PROBED));
        }
        match hook {
            Hook::PreCommit => self.pre_commit(context),
            Hook::CommitMsg => self.commit_msg(context),
            Hook::PrePush => self.pre_push(context),
            Hook::PrepareCommitMsg => Ok(self.informs(self.prepare_commit_msg(context))),
            Hook::PostMerge => Ok(self.informs(self.post_merge(context))),
            Hook::PostCheckout => Ok(self.informs(self.post_checkout(context))),
            Hook::PreReceive => receive::pre_receive(context),
            Hook::Update => receive::update(context, &self.args),
        }
    }

    fn informs(&self, result: Result<(), Failure>) -> ExitCode {
        if let Err(failure) = result {
            say!("warning: the {} hook of perfteam did nothing: {failure}", self.hook);
        }
        ExitCode::SUCCESS
    }

    fn text(&self, at: usize) -> Option<&str> {
        self.args.get(at).and_then(|arg| arg.to_str())
    }

    /// The file with the message, which git names first.
    fn message_file(&self) -> Result<PathBuf, Failure> {
        self.args.first().map(PathBuf::from).ok_or_else(|| {
            Failure::usage(format!("the file with the message is missing: {} gets it from git", self.hook))
                .hint(format!("perfteam hook run {} .git/COMMIT_EDITMSG", self.hook))
        })
    }

    fn pre_commit(&self, context: &Context) -> Result<ExitCode, Failure> {
        if !is_in_force(context.repo()?)? {
            return Ok(ExitCode::SUCCESS);
        }
        let actor = Actor::of(context)?;
        let verdict =
            check::staged(context.repo()?, &actor.asks(context, Phase::BeforeMessage, Trailers::default()))?;
        let exit = tell_commit(context, &verdict)?;
        if !verdict.blocks() {
            tell_of_branches(context, &actor);
        }
        Ok(exit)
    }

    fn commit_msg(&self, context: &Context) -> Result<ExitCode, Failure> {
        let file = self.message_file()?;
        let repo = context.repo()?;
        if !is_in_force(repo)? {
            return Ok(ExitCode::SUCCESS);
        }
        let actor = Actor::of(context)?;
        if let Some(agent) = actor.single()
            && let Err(error) = message::complete(repo, &file, agent, actor.email.as_deref())
        {
            say!("warning: the commit does not name its agent: {error}");
        }
        let trailers = message::trailers(repo, &file)?;
        let verdict = check::staged(repo, &actor.asks(context, Phase::WithMessage, trailers))?;
        tell_commit(context, &verdict)
    }

    fn prepare_commit_msg(&self, context: &Context) -> Result<(), Failure> {
        let file = self.message_file()?;
        let repo = context.repo()?;
        let by_framework = environment::message_source_by_framework();
        let origin = Origin::from_word(self.text(1).or(by_framework.as_deref()));
        if !is_in_force(repo)? {
            return Ok(());
        }
        let actor = Actor::of(context)?;
        if let Some(agent) = actor.single() {
            message::prepare(repo, &file, origin, agent, actor.email.as_deref())?;
        }
        Ok(())
    }

    fn pre_push(&self, context: &Context) -> Result<ExitCode, Failure> {
        let mut lines = what_is_pushed()?;
        if lines.trim().is_empty() {
            lines = environment::pushed_by_framework().unwrap_or_default();
        }
        let mut good = true;
        for pushed in lines.lines().filter_map(Pushed::parse) {
            if let Some(verdict) = push::judge(context.repo()?, &pushed, context.now)? {
                tell_push(context, &pushed.local, &verdict)?;
                good &= !verdict.blocks();
            }
        }
        Ok(exit(good))
    }

    fn post_merge(&self, context: &Context) -> Result<(), Failure> {
        let squashed = self.text(0) == Some("1");
        let busy = matches!(context.repo()?.underway(), Some(Underway::Rebase | Underway::Bisect));
        if squashed || busy {
            return Ok(());
        }
        tell_news(context, "ORIG_HEAD", "HEAD")
    }

    fn post_checkout(&self, context: &Context) -> Result<(), Failure> {
        let (Some(old), Some(new), Some("1")) = (self.text(0), self.text(1), self.text(2)) else {
            return Ok(());
        };
        // A new work tree or clone comes from nowhere: all is new there, and nothing is news.
        let from_nowhere = old.bytes().all(|byte| byte == b'0');
        if old == new || from_nowhere || context.repo()?.underway().is_some() {
            return Ok(());
        }
        tell_news(context, old, new)
    }
}

/// Who acts, by the roster that is committed.
struct Actor {
    team: Team,
    identity: Identity,
    email: Option<String>,
}

impl Actor {
    fn of(context: &Context) -> Result<Actor, Failure> {
        let evidence = context.evidence()?;
        let mut team = committed_team(context.repo()?)?;
        let mut identity = Identity::resolve(&evidence, &team.roster);
        if identity.handles().is_empty() {
            // An agent whose file this very commit brings.
            team = read_team(&context.repo()?.staged()?)?;
            identity = Identity::resolve(&evidence, &team.roster);
        }
        Ok(Actor { team, identity, email: evidence.email })
    }

    fn asks(&self, context: &Context, phase: Phase, trailers: Trailers) -> Asker {
        Asker {
            actors: self.identity.handles(),
            email: self.email.clone(),
            now: context.now,
            trailers,
            phase,
            quoted: if context.is_json() { usize::MAX } else { SHOWN },
        }
    }

    /// The agent, when it is clear which one it is.
    fn single(&self) -> Option<&Agent> {
        match &self.identity {
            Identity::Agent(handle, _) => self.team.roster.get(handle),
            _ => None,
        }
    }
}

/// Tells in one line what waits on branches that are not merged here. It informs, and so never fails.
fn tell_of_branches(context: &Context, actor: &Actor) {
    let agents = actor.identity.handles();
    if agents.is_empty() || environment::is_ci() || context.is_json() {
        return;
    }
    let policy = &actor.team.policy;
    // What the integration branch has is told by the gate itself, where it counts there.
    let sight = Sight { gate_integration: false, ..Sight::by(policy, policy.scope) };
    let Ok(repo) = context.repo() else { return };
    let waiting = waiting_on_branches(repo, sight, &agents, context.now).unwrap_or_default();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    waiting.iter().for_each(|brief| *kinds.entry(brief.dir.kind().name()).or_default() += 1);
    if !kinds.is_empty() {
        let what: Vec<String> = kinds.into_iter().map(|(kind, count)| counted(count, kind)).collect();
        say!("{} for you on branches that are not merged here: perfteam inbox", what.join(", "));
    }
}

/// Tells in one line what is new at `new` for who acts here.
fn tell_news(context: &Context, old: &str, new: &str) -> Result<(), Failure> {
    if environment::is_ci() {
        return Ok(());
    }
    let repo = context.repo()?;
    let team = committed_team(repo)?;
    let agents = Identity::resolve(&context.evidence()?, &team.roster).handles();
    if agents.is_empty() {
        return Ok(());
    }
    let news = news::between(repo, old, new, &agents, context.now)?;
    if !news.is_empty() {
        let names: Vec<String> = agents.iter().map(Handle::to_string).collect();
        say!("{news} for {}: perfteam inbox", names.join(", "));
    }
    Ok(())
}
