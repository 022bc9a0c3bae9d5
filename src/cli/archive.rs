//! `perfteam archive`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use crate::domain::record::RecordDir;
use crate::domain::text::counted;
use crate::domain::time::{Span, Timestamp};
use crate::store::archive::{Plan, Standing, carry_out, plan, stage};
use crate::store::write::Staging;
use crate::store::{ObjectId, Repo};

/// Put records that were closed long ago into one file each
///
/// A closed record's head and events become one file in its folder, which has each of them as it
/// was, byte by byte; `flag show`, `flag list`, ids and `check` read it as before. That is half the
/// files or less for git to carry, and `inbox` looks at none of them. A branch that still adds an
/// event merges without conflict: the event lies beside the archive and counts.
///
/// Only what is published is archived: what the upstream branch or the integration branch has as it
/// lies here. Archive on the integration branch, in a commit of its own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam archive --dry-run             what would be archived
  perfteam archive                       what was closed longer ago than policy says (archive: after:)
  perfteam archive --older-than 30d      what was closed more than 30 days ago")]
pub struct Archive {
    /// Archive what was closed longer ago than this, such as 30d [default: archive.after in policy, 90d]
    #[arg(long, value_name = "SPAN")]
    older_than: Option<Span>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ArchiveV1 {
    dry_run: bool,
    /// What was closed before this is archived.
    before: String,
    /// Whether it is in the index.
    staged: bool,
    archived: Vec<ArchivedV1>,
    /// How many were closed later.
    young: usize,
    /// How many are not published as they lie here.
    unpublished: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ArchivedV1 {
    id: String,
    path: String,
    /// The archive.
    file: String,
    /// How many files stand in it.
    replaces: usize,
}

impl Archive {
    /// Archives what may be.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let policy = &context.team()?.policy;
        let before = context.now.minus(self.older_than.unwrap_or(policy.archive.after));
        let repo = context.repo()?;
        let published = published(repo, policy.integration.as_deref())?;
        let _lock = context.lock()?;
        let (plans, young, unpublished) = sorted(context, before, &published)?;
        let mut staged = false;
        if !self.dry_run && !plans.is_empty() {
            carry_out(repo, &plans)?;
            staged = policy.stage && self.staged(repo, &plans);
        }
        let archived = plans.iter().map(archived).collect();
        let told = ArchiveV1 {
            dry_run: self.dry_run,
            before: before.to_string(),
            staged,
            archived,
            young,
            unpublished,
        };
        if context.is_json() {
            context.answer(&told)?;
        } else {
            print(&told);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn staged(&self, repo: &Repo, plans: &[Plan]) -> bool {
        let Staging::Failed(reason) = stage(repo, plans) else { return true };
        say!("warning: archived, but not staged: {reason}");
        say!("  stage it with: git add -A -- .perfteam");
        false
    }
}

/// The commits that say what is published; HEAD where it is the integration branch and follows none.
fn published(repo: &Repo, integration: Option<&str>) -> Result<Vec<ObjectId>, Failure> {
    let tips = repo.published_tips(integration);
    if !tips.is_empty() {
        return Ok(tips);
    }
    match (repo.integration(integration), repo.branch(), repo.head()?) {
        (Some(name), Some(branch), Some(head)) if name == branch => Ok(vec![head]),
        _ => Err(Failure::new(
            Exit::Refused,
            "there is no integration branch here, so nothing counts as published",
        )
        .why("only what others have is archived: until then its author may still amend or drop it")
        .hint("name it in .perfteam/perfteam.yaml: integration: BRANCH")
        .hint("or follow one: git branch --set-upstream-to=origin/main")),
    }
}

/// What can be archived, how many closed records are too young for it, and how many not published.
fn sorted(
    context: &Context,
    before: Timestamp,
    published: &[ObjectId],
) -> Result<(Vec<Plan>, usize, usize), Failure> {
    let repo = context.repo()?;
    let trees = published.iter().map(|tip| repo.commit_tree(*tip)).collect::<Result<Vec<_>, _>>()?;
    let scan = context.scan_here()?;
    let last_day = before.day();
    let is_old = |dir: &RecordDir| dir.day().rsplit('/').next().is_some_and(|day| *day <= *last_day);
    let (mut plans, mut young, mut unpublished) = (Vec::new(), 0, 0);
    for dir in &scan.snapshot.closed {
        let standing = if is_old(dir) { plan(repo, dir, before, &trees)? } else { Standing::Young };
        match standing {
            Standing::Ready(plan) => plans.push(plan),
            Standing::Young => young += 1,
            Standing::Unpublished => unpublished += 1,
            Standing::Not => {}
        }
    }
    plans.sort_by(|a, b| a.dir.cmp(&b.dir));
    Ok((plans, young, unpublished))
}

fn archived(plan: &Plan) -> ArchivedV1 {
    ArchivedV1 {
        id: plan.dir.id().to_string(),
        path: plan.dir.path(),
        file: plan.file.path.clone(),
        replaces: plan.replaces.len(),
    }
}

fn print(told: &ArchiveV1) {
    let files: usize = told.archived.iter().map(|archived| archived.replaces).sum();
    let records = counted(told.archived.len(), "record");
    let verb = if told.dry_run { "would archive" } else { "archived" };
    match told.archived.len() {
        0 => {
            print_line(&format!("nothing to archive: no published record was closed before {}", told.before))
        }
        _ => print_line(&format!(
            "{verb} {records} closed before {}: {} in one each",
            told.before,
            counted(files, "file")
        )),
    }
    if told.unpublished > 0 {
        print_line(&format!(
            "{} stay as they are until they are published",
            counted(told.unpublished, "closed record")
        ));
    }
    if told.dry_run || told.archived.is_empty() {
        return;
    }
    let first = if told.staged { "they are staged; commit them" } else { "stage and commit them" };
    print_line(&format!("{first}: git commit -m \"Archive closed records\""));
}
