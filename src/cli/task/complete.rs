//! `perfteam task complete`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;

use super::open_task;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::investigate::PartTask;
use crate::cli::steps::{require_words, take_step};
use crate::domain::agenda::{Agenda, depends};
use crate::domain::draft::Step;
use crate::domain::kind::Kind;
use crate::domain::quantity::{Measured, typed};
use crate::domain::record::Record;
use crate::domain::task::{CompletedDetails, Task, Tasks};
use crate::domain::text::{shell_word, shown_line};
use crate::store::work_tree::Scan;

/// Say that a task is done, and report what came of it
///
/// Each recommendation can become a task in one step: perfteam task create --recommendation ID:1
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam task complete 7k2m --note \"Ran 24 h against the API gateway.\" --health degraded \\
    --metric response_time_p95=800ms..1.2s --metric error_rate=0.5%..1.8% --alerts 12 \\
    --trend performance=declining --recommend \"investigate database query optimization\"")]
pub struct Complete {
    /// The id, or its beginning
    id: String,
    /// What was done, and what came of it
    #[arg(long, value_name = "TEXT")]
    note: String,
    /// How the system is: healthy, degraded, down, or a word of your own
    #[arg(long, value_name = "WORD")]
    health: Option<String>,
    /// How long was looked at it: 24h
    #[arg(long, value_name = "TEXT")]
    period: Option<String>,
    /// A figure that matters, against its baseline; may be given several times
    #[arg(long = "metric", value_name = "NAME=BEFORE..AFTER", value_parser = typed)]
    metrics: Vec<(String, Measured)>,
    /// How many alerts there were
    #[arg(long, value_name = "N")]
    alerts: Option<u32>,
    /// Where things are going; may be given several times
    #[arg(long = "trend", value_name = "NAME=WORD", value_parser = trend)]
    trends: Vec<(String, String)>,
    /// What should be done next; may be given several times
    #[arg(long = "recommend", value_name = "TEXT")]
    recommendations: Vec<String>,
}

fn trend(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, word)) if !name.trim().is_empty() && !word.trim().is_empty() => {
            Ok((name.trim().to_owned(), word.trim().to_owned()))
        }
        _ => Err(format!("`{text}` is no trend: expected NAME=WORD, such as performance=declining")),
    }
}

impl Complete {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--note", &self.note, &Tasks)?;
        let _lock = context.lock()?;
        let (scan, dir, record) = open_task(context, &self.id)?;
        let details = CompletedDetails {
            health: self.health.clone(),
            period: self.period.clone(),
            metrics: self.metrics.iter().cloned().collect(),
            alerts: self.alerts,
            trends: self.trends.iter().cloned().collect::<BTreeMap<_, _>>(),
            recommendations: self.recommendations.clone(),
        };
        self.refuse_unmeasured(&scan, &record)?;
        let step = Step::new("completed", &actor, context.now, &self.note).with(&details);
        take_step(context, &scan, &record, &step)?;
        if !context.is_json() {
            self.print_report(scan.snapshot.short_ids().short(&dir.id()));
            print_unblocked(context, &scan, &dir.id())?;
        }
        if let Some(brief) = Tasks.brief(&record)
            && let Some(part) = PartTask::of(context, &scan.snapshot, &brief)?
        {
            part.say_lacks(context)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Refuses an end without figures where they were asked for, and says how they are given.
    fn refuse_unmeasured(&self, scan: &Scan, record: &Record) -> Result<(), Failure> {
        let is_wanted = Task::fold(record).is_ok_and(|task| task.state.head.measured);
        if !is_wanted || self.metrics.iter().any(|(_, measured)| measured.before.is_some()) {
            return Ok(());
        }
        let short = scan.snapshot.short_ids().short(&record.id()).to_owned();
        Err(Failure::refused(format!("task {short} closes with what it changed, and no figure says so"))
            .why("whether it helped is known only by a figure before and after")
            .hint(format!("perfteam task complete {short} --note TEXT --metric p95_latency=890ms..240ms")))
    }

    fn print_report(&self, short: &str) {
        for (name, measured) in &self.metrics {
            print_line(&format!("  {}: {measured}", shown_line(name)));
        }
        for (at, text) in self.recommendations.iter().enumerate() {
            print_line(&format!(
                "to make a task of {}: perfteam task create --recommendation {short}:{}",
                shell_word(text),
                at + 1
            ));
        }
    }
}

/// Says what can be started now that this is done.
fn print_unblocked(
    context: &Context,
    scan: &Scan,
    done: &crate::domain::id::RecordId,
) -> Result<(), Failure> {
    let mut briefs = super::with_dependencies(context, scan)?;
    for brief in briefs.iter_mut().filter(|brief| brief.id == *done) {
        brief.closed = true;
    }
    let agenda = Agenda::new(&briefs);
    let short = scan.snapshot.short_ids();
    for brief in briefs.iter().filter(|brief| depends(brief).any(|id| id == done)) {
        if agenda.is_ready(brief) {
            let id = short.short(&brief.id);
            print_line(&format!("ready now, for {}: perfteam task show {id}", brief.to_word()));
        }
    }
    Ok(())
}
