//! What commands work with: the repository, the team, who acts, and where output goes.

mod writing;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

pub use writing::{LegalStep, Unplanned};

use super::batch::overlay::Overlay;
use super::environment::{self, Random};
use super::failure::{Exit, Failure};
pub use super::output::{Format, print_line};
use crate::domain::event::Event;
use crate::domain::handle::Handle;
use crate::domain::id::MIN_PREFIX;
use crate::domain::identity::{Evidence, Identity};
use crate::domain::kind::{Brief, KINDS};
use crate::domain::place::Scope;
use crate::domain::record::{Record, RecordDir};
use crate::domain::roster::Roster;
use crate::domain::snapshot::{Named, ShortIds, Snapshot, Team};
use crate::domain::text::{counted, shown_line};
use crate::domain::time::Timestamp;
use crate::store::elsewhere::{self, Elsewhere, Sight, Unseen};
use crate::store::journal;
use crate::store::lock::RepoLock;
use crate::store::repo::FOLDER;
use crate::store::sparse::leaves_out_records;
use crate::store::team::{AGENTS, is_set_up, read_team};
use crate::store::work_tree::{self, Scan};
use crate::store::{Repo, StoreError};

/// The options that every command takes.
#[derive(Debug, Clone, Default)]
pub struct Global {
    /// The command by its whole name: `flag list`.
    pub command: String,
    /// `--as`.
    pub actor: Option<String>,
    /// `--format`.
    pub format: Format,
    /// `--scope`, of commands that read.
    pub scope: Option<Scope>,
}

/// What commands work with. What is costly is read when it is first asked for.
pub struct Context {
    /// The options that every command takes.
    pub global: Global,
    /// The point in time that this command sees as now.
    pub now: Timestamp,
    /// The words of the command, without the name of the program.
    pub words: Vec<String>,
    random: Rc<Random>,
    /// What the batch of which this command is a part is going to write.
    pub(super) overlay: Option<Rc<Overlay>>,
    /// The answer, where another command asked for it.
    pub(super) kept: Option<RefCell<serde_json::Value>>,
    repo: OnceCell<Repo>,
    team: OnceCell<Team>,
    elsewhere: RefCell<Elsewhere>,
    said_faults: Cell<bool>,
    said_unseen: Cell<bool>,
}

impl Context {
    /// A context for one command.
    pub fn new(global: Global) -> Self {
        Context {
            global,
            now: environment::now(),
            words: std::env::args().skip(1).collect(),
            random: Rc::default(),
            overlay: None,
            kept: None,
            repo: OnceCell::new(),
            team: OnceCell::new(),
            elsewhere: RefCell::default(),
            said_faults: Cell::new(false),
            said_unseen: Cell::new(false),
        }
    }

    /// A context for a command that this one runs: its answer is kept instead of printed.
    pub fn within(&self, global: Global, words: &[String]) -> Self {
        Context {
            now: self.now,
            words: words.to_vec(),
            random: Rc::clone(&self.random),
            overlay: self.overlay.clone(),
            kept: Some(RefCell::default()),
            ..Context::new(global)
        }
    }

    /// A context for the commands of a batch: what they write is put off.
    pub fn batching(&self, overlay: Rc<Overlay>) -> Self {
        Context { overlay: Some(overlay), ..self.within(self.global.clone(), &self.words) }
    }

    /// What a command that another one ran has to say.
    pub fn into_answer(self) -> serde_json::Value {
        self.kept.map(RefCell::into_inner).unwrap_or_default()
    }

    /// Whether the output is for programs.
    pub fn is_json(&self) -> bool {
        self.global.format == Format::Json
    }

    /// The folder in which the command runs.
    pub fn directory(&self) -> Result<PathBuf, Failure> {
        std::env::current_dir().map_err(|error| {
            Failure::new(Exit::Unreadable, format!("can't tell the current folder: {error}"))
        })
    }

    /// The repository.
    pub fn repo(&self) -> Result<&Repo, Failure> {
        if let Some(repo) = self.repo.get() {
            return Ok(repo);
        }
        let repo = Repo::open(&self.directory()?)?;
        let repo = if environment::has_git_options() { repo.asking_git() } else { repo };
        Ok(self.repo.get_or_init(|| repo))
    }

    /// Policy and roster of the work tree; a failure where the repository has no `.perfteam`.
    pub fn team(&self) -> Result<&Team, Failure> {
        self.team_present()?;
        let team = self.team_if_any()?;
        if !self.said_faults.replace(true) {
            super::view::warn_of_faults(&team.faults);
        }
        Ok(team)
    }

    /// Policy and roster of the work tree, empty ones where there is no `.perfteam`.
    pub fn team_if_any(&self) -> Result<&Team, Failure> {
        if let Some(team) = self.team.get() {
            return Ok(team);
        }
        let team = read_team(&self.repo()?.work_tree())?;
        Ok(self.team.get_or_init(|| team))
    }

    fn not_set_up(&self) -> Result<Failure, Failure> {
        let repo = self.repo()?;
        let branch = repo.branch().map(|name| format!(" on branch {name}")).unwrap_or_default();
        let failure =
            Failure::new(Exit::Refused, format!("there is no .perfteam{branch} in {}", repo.top().display()))
                .why("flags, roster and policy live there");
        Ok(failure
            .hint("set it up: perfteam init")
            .hint("or take it from a branch that has it: git merge BRANCH"))
    }

    fn left_out(&self) -> Result<Failure, Failure> {
        let top = self.repo()?.top().display().to_string();
        let said = format!("the sparse checkout in {top} leaves .perfteam out, or parts of it");
        Ok(Failure::new(Exit::Unreadable, said)
            .why("git has the records, but nothing here can be told from what is not there")
            .hint("git sparse-checkout add .perfteam"))
    }

    /// What is known about who acts.
    pub fn evidence(&self) -> Result<Evidence, Failure> {
        Ok(self.evidence_in(self.repo()?))
    }

    /// The same in another repository.
    pub fn evidence_in(&self, repo: &Repo) -> Evidence {
        Evidence {
            option: self.global.actor.clone(),
            variable: environment::variable(environment::AGENT),
            config: repo.config("perfteam.agent"),
            email: repo.author().map(|author| author.email),
        }
    }

    /// Who acts, as far as it can be told.
    pub fn identity(&self) -> Result<Identity, Failure> {
        Ok(Identity::resolve(&self.evidence()?, &self.team_if_any()?.roster))
    }

    /// Who acts; a failure that says how to tell when that is not clear.
    pub fn actor(&self) -> Result<Handle, Failure> {
        self.team()?;
        let why = "every step carries the name of who did it";
        match self.identity()? {
            Identity::Agent(handle, _) => Ok(handle),
            Identity::Shared(handles, email) => {
                let names: Vec<String> = handles.iter().map(Handle::to_string).collect();
                Err(Failure::usage(format!(
                    "{} share the e-mail address {}",
                    names.join(", "),
                    shown_line(&email)
                ))
                .why(why)
                .hint(format!("say which for this work tree: perfteam whoami --set {}", names[0]))
                .hint(format!("or for one command: --as {}", names[0])))
            }
            Identity::NotInRoster(handle, origin) => {
                let given = format!("given by {}", origin.words());
                Err(self.unknown_agent(&handle, &given)?)
            }
            Identity::Invalid(message, origin) => {
                Err(Failure::usage(format!("{message} (given by {})", origin.words()))
                    .why(why)
                    .hint(origin.way_out())
                    .hint("see who is there: perfteam agent list"))
            }
            Identity::Nobody(email) => {
                let message = match email {
                    Some(email) => {
                        format!("no agent of the roster has the e-mail address {}", shown_line(&email))
                    }
                    None => "nobody says who acts: git has no user.email".to_owned(),
                };
                Err(Failure::usage(message)
                    .why(why)
                    .hint("say it for this work tree: perfteam whoami --set @handle")
                    .hint("see who is there: perfteam agent list"))
            }
        }
    }

    /// Why `handle` is nobody here: its file can't be read, or it has none.
    pub fn unknown_agent(&self, handle: &Handle, given: &str) -> Result<Failure, Failure> {
        let team = self.team()?;
        let path = format!("{FOLDER}/{}", handle.file());
        let fault = team.faults.iter().find(|fault| fault.path == path || fault.path == AGENTS);
        Ok(match fault {
            Some(fault) => Failure::new(
                Exit::Unreadable,
                format!("{} can't be read: {}", fault.path, fault.fault.message),
            )
            .why(format!("{handle} ({given}) is nobody until its file says who it is"))
            .hint("see what is wrong, by line: perfteam check"),
            None => unknown_agent(handle, &team.roster, given),
        })
    }

    /// Refuses handles that nobody has; for a list that is empty, where such a one is a slip.
    pub fn refuse_nobody(&self, named: &[(&Option<Handle>, &str)]) -> Result<(), Failure> {
        for (handle, given) in named {
            if let Some(handle) = handle
                && !self.team()?.roster.contains(handle)
            {
                return Err(self.unknown_agent(handle, given)?);
            }
        }
        Ok(())
    }

    /// The records of the work tree, united with what is seen of them elsewhere.
    pub fn scan(&self) -> Result<Scan, Failure> {
        self.unite(self.scan_here()?)
    }

    /// The same for who asks for open records alone: archived ones may be known by their ids only.
    pub fn scan_live(&self) -> Result<Scan, Failure> {
        // What another work tree closed is compared by name.
        if elsewhere::has_neighbours(self.repo()?) {
            return self.scan();
        }
        self.team_present()?;
        self.unite(work_tree::scan_live(self.repo()?)?)
    }

    /// How far one looks: by the option, else by policy.
    pub fn scope(&self) -> Result<Scope, Failure> {
        Ok(self.global.scope.unwrap_or(self.team_if_any()?.policy.scope))
    }

    fn unite(&self, here: Scan) -> Result<Scan, Failure> {
        let policy = &self.team_if_any()?.policy;
        let sight = Sight::by(policy, self.scope()?);
        // Who asks for this work tree alone gets it alone.
        let gate_integration = sight.gate_integration && self.global.scope != Some(Scope::Branch);
        let sight = Sight { gate_integration, ..sight };
        let (scan, elsewhere) = elsewhere::unite(self.repo()?, here, sight)?;
        if !self.said_unseen.replace(true) {
            warn_of_unseen(&elsewhere.unseen);
        }
        self.elsewhere.replace(elsewhere);
        self.laid_over(scan)
    }

    /// The records as they are going to be once the batch is written.
    fn laid_over(&self, mut scan: Scan) -> Result<Scan, Failure> {
        let Some(overlay) = &self.overlay else { return Ok(scan) };
        let of_batch = overlay.dirs();
        let snapshot = &mut scan.snapshot;
        snapshot.open.retain(|brief| !of_batch.contains(&brief.dir));
        snapshot.closed.retain(|closed| !of_batch.contains(closed));
        snapshot.broken.retain(|broken| !of_batch.contains(broken));
        for dir in of_batch {
            match overlay.brief(&dir, || self.brief(&dir))? {
                Some(brief) if brief.closed => {
                    snapshot.dropped.extend(brief.dropped.then(|| dir.clone()));
                    snapshot.closed.push(dir);
                }
                Some(brief) => snapshot.open.push(brief),
                None => snapshot.broken.push(dir),
            }
        }
        Ok(scan)
    }

    /// The records of the work tree alone.
    pub fn scan_here(&self) -> Result<Scan, Failure> {
        self.team_present()?;
        Ok(work_tree::scan(self.repo()?)?)
    }

    /// Whether the command runs in a repository that has records.
    pub fn is_in_project(&self) -> Result<bool, Failure> {
        match Repo::open(&self.directory()?) {
            // Where a sparse checkout left all of them out, git has them still.
            Ok(repo) => Ok(is_set_up(&repo.work_tree())? || leaves_out_records(&repo)?),
            Err(StoreError::NoRepository(_) | StoreError::Bare(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A failure where a sparse checkout leaves records out of the work tree.
    pub fn refuse_what_is_left_out(&self) -> Result<(), Failure> {
        if leaves_out_records(self.repo()?)? { Err(self.left_out()?) } else { Ok(()) }
    }

    fn team_present(&self) -> Result<(), Failure> {
        match std::fs::symlink_metadata(self.repo()?.folder()) {
            Ok(about) if about.is_symlink() => Err(StoreError::Link(self.repo()?.folder()).into()),
            _ if leaves_out_records(self.repo()?)? => Err(self.left_out()?),
            Ok(about) if about.is_dir() && is_set_up(&self.repo()?.work_tree())? => Ok(()),
            _ => Err(self.not_set_up()?),
        }
    }

    /// Takes the lock between processes, for a command that checks and then writes; within a batch,
    /// the batch has it. What a killed batch left unwritten is written first.
    pub fn lock(&self) -> Result<Option<RepoLock>, Failure> {
        if self.overlay.is_some() {
            return Ok(None);
        }
        let lock = self.lock_of(self.repo()?)?;
        let left = journal::finish(self.repo()?)?;
        if !left.is_empty() {
            say!("finished a batch that was cut off: {}", counted(left.len(), "file"));
            self.stage(&left)?;
        }
        Ok(Some(lock))
    }

    /// The lock of another repository than that of the work tree.
    pub fn lock_of(&self, repo: &Repo) -> Result<RepoLock, Failure> {
        let mut say = |holder: &str| say!("waiting for {holder}, which writes to this repository");
        Ok(RepoLock::take(repo, &mut say)?)
    }

    /// The record that `prefix` names.
    pub fn find(&self, scan: &Scan, prefix: &str) -> Result<RecordDir, Failure> {
        if let Some(dir) =
            RecordDir::named_by_path(prefix).filter(|dir| scan.snapshot.dirs().any(|own| own == dir))
        {
            return Ok(dir);
        }
        let bare = prefix.rsplit('/').next().unwrap_or(prefix);
        if bare.len() < MIN_PREFIX {
            return Err(Failure::usage(format!("`{}` is too short for an id", shown_line(prefix)))
                .why("ids are named by at least four of their characters")
                .hint(lists()));
        }
        match scan.snapshot.find(prefix) {
            Named::One(dir) => Ok(dir),
            Named::None => {
                let failure =
                    Failure::usage(format!("no record has an id that begins with `{}`", shown_line(prefix)));
                let failure = match scan.faults.as_slice() {
                    [] => failure.why("it may be on a branch that is not merged here"),
                    _ => failure
                        .why("it may be on a branch that is not merged here, or in what can't be read here")
                        .hint("see what can't be read: perfteam check"),
                };
                let failure = did_you_mean(&scan.snapshot, prefix).into_iter().fold(failure, Failure::hint);
                Err(failure.hint(format!("see what is here: {}", lists())))
            }
            Named::Several(dirs) => Err(ambiguous(prefix, &dirs, &scan.snapshot.short_ids())),
        }
    }

    /// Reads a record, united with what the last scan saw of it elsewhere.
    pub fn record(&self, dir: &RecordDir) -> Result<Record, Failure> {
        let record = self.elsewhere.borrow_mut().open(self.repo()?, dir)?;
        Ok(match &self.overlay {
            Some(overlay) => overlay.over(record),
            None => record,
        })
    }

    /// Reads records in brief, united like those that the last scan yielded.
    pub fn briefs(&self, dirs: &[RecordDir]) -> Result<Vec<Brief>, Failure> {
        let Some(overlay) = &self.overlay else {
            return Ok(self.elsewhere.borrow().briefs(self.repo()?, dirs)?);
        };
        let of_batch = overlay.dirs();
        let (new, old): (Vec<RecordDir>, Vec<RecordDir>) =
            dirs.iter().cloned().partition(|dir| of_batch.contains(dir));
        let mut briefs = self.elsewhere.borrow().briefs(self.repo()?, &old)?;
        for dir in new {
            briefs.extend(overlay.brief(&dir, || self.brief(&dir))?);
        }
        Ok(briefs)
    }

    fn brief(&self, dir: &RecordDir) -> Result<Option<Brief>, Failure> {
        Ok(dir.kind().brief(&self.record(dir)?))
    }

    /// Where the lock that `holder` has on a record was taken; `None` where that is known here.
    pub fn lock_seen(&self, record: &Record, holder: &Handle) -> Option<String> {
        let is_lock = |event: &&Event| {
            event.front.by == *holder
                && matches!(event.front.event.as_str(), "locked" | "started" | "renewed")
        };
        let event = record.events.iter().rev().find(is_lock)?;
        let elsewhere = self.elsewhere.borrow();
        elsewhere.place_of(&record.dir, &event.name.file()).map(ToString::to_string)
    }

    /// Random bits for ids.
    pub fn bits(&self) -> u64 {
        self.random.bits()
    }
}

/// The commands that list what is here, of every kind.
fn lists() -> String {
    let lists: Vec<String> = KINDS.iter().map(|kind| format!("perfteam {} list", kind.command())).collect();
    lists.join(", ")
}

/// The records that a mistyped prefix may have meant, unless they are too many.
fn did_you_mean(snapshot: &Snapshot, prefix: &str) -> Option<String> {
    let near = snapshot.near(prefix);
    let short = snapshot.short_ids();
    let words = |dir: &&RecordDir| format!("{} {}", dir.kind().name(), short.short(&dir.id()));
    let words: Vec<String> = near.iter().map(words).collect();
    (1..=3).contains(&words.len()).then(|| format!("did you mean {}?", words.join(" or ")))
}

/// Several records fit: each is named by what tells it from the others, its id or its folder.
fn ambiguous(prefix: &str, dirs: &[RecordDir], short: &ShortIds) -> Failure {
    let failure = Failure::usage(format!("`{}` names {} records", shown_line(prefix), dirs.len()));
    let ids: BTreeSet<_> = dirs.iter().map(RecordDir::id).collect();
    let is_double = ids.len() < dirs.len();
    let failure = if is_double {
        failure.why("several folders have one id; a folder's path names one of them")
    } else {
        failure.why("a prefix must name one")
    };
    dirs.iter().take(10).fold(failure, |failure, dir| {
        let words =
            if is_double { dir.path() } else { format!("{}  {}", short.short(&dir.id()), dir.path()) };
        failure.hint(words)
    })
}

/// Says on standard error that some places can't be looked at, since what is on them alone is not
/// shown.
fn warn_of_unseen(unseen: &[Unseen]) {
    if let Some(first) = unseen.first() {
        let more = unseen.len() - 1;
        let more = if more > 0 { format!(" and in {}", counted(more, "more place")) } else { String::new() };
        say!("warning: what is {}{more} can't be seen: {}", shown_line(&first.place), shown_line(&first.why));
    }
}

/// A handle that is in no roster, with the nearest known ones.
pub fn unknown_agent(handle: &Handle, roster: &Roster, given: &str) -> Failure {
    let failure = Failure::refused(format!("{handle} ({given}) is not in the roster"))
        .why("what is addressed to nobody is never answered");
    let near = roster.nearest(handle);
    let failure = match near.as_slice() {
        [] => failure,
        near => {
            let names: Vec<String> = near.iter().map(Handle::to_string).collect();
            failure.hint(format!("did you mean {}?", names.join(" or ")))
        }
    };
    failure
        .hint("see who is there: perfteam agent list")
        .hint(format!("or add it: perfteam agent add {handle} --title TITLE --description TEXT"))
}
