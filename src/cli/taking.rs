//! Taking a lease: the one place where commands begin to hold records.

use super::context::Context;
use super::failure::{Exit, Failure};
use super::lease::{Lease, Lessor, Wanted};
use super::reach::ReachArgs;
use super::steps::{Planned, plan_step, seen_elsewhere, wanted};
use crate::domain::claim::{GRACE, Nonce, Subject};
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::record::Record;
use crate::domain::snapshot::Waiting;
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// When a lease that begins now ends.
pub fn lease_end(context: &Context) -> Result<Timestamp, Failure> {
    Ok(context.now.plus(context.team()?.policy.lease))
}

/// Taking records, each by its step.
pub struct Taking<'a> {
    context: &'a Context,
    scan: &'a Scan,
    lessor: Lessor<'a>,
}

/// What became of records that were to be taken.
pub struct Taken {
    /// The steps that were written, in the order of the records; `None` for those that somebody
    /// else claimed.
    pub planned: Vec<Option<Planned>>,
    /// Who else claimed one.
    pub lost: Option<Failure>,
    /// Whether what was written is staged.
    pub staging: Staging,
}

impl<'a> Taking<'a> {
    /// For `actor`, as far as `reach` and policy say. The caller holds the lock between processes.
    pub fn new(
        context: &'a Context,
        scan: &'a Scan,
        actor: &Handle,
        reach: &ReachArgs,
    ) -> Result<Self, Failure> {
        Ok(Taking { context, scan, lessor: Lessor::new(context, actor, reach)? })
    }

    /// Takes one record by `step`, and says so.
    pub fn one(&self, record: &Record, step: Step) -> Result<(), Failure> {
        let (planned, staging) = self.after(record, step, &[])?;
        planned.say(self.context, &staging)
    }

    /// Takes one record by `step`; the files `before` become visible first.
    pub fn after(
        &self,
        record: &Record,
        step: Step,
        before: &[NewFile],
    ) -> Result<(Planned, Staging), Failure> {
        let taken = self.all(&[(record, step)], before)?;
        match taken.planned.into_iter().next().flatten() {
            Some(planned) => Ok((planned, taken.staging)),
            None => Err(taken.lost.unwrap_or_else(|| Failure::refused("nothing was taken"))),
        }
    }

    /// Takes those of these records that nobody else claims; the files `before` become visible
    /// first. A record that may not be taken keeps all from being taken.
    pub fn all(&self, taking: &[(&Record, Step)], before: &[NewFile]) -> Result<Taken, Failure> {
        for (record, step) in taking {
            refuse_held(self.context, self.scan, record)?;
            plan_step(self.context, self.scan, record, step)?;
        }
        let wanted: Vec<Wanted<'_>> =
            taking.iter().map(|(record, step)| wanted(self.context, self.scan, record, step)).collect();
        let leases = self.lessor.take(&wanted)?;
        let won: Vec<Option<(Subject, Nonce)>> = wanted
            .iter()
            .zip(&leases)
            .map(|(wanted, lease)| Some((wanted.subject.clone(), lease.as_ref().ok()?.nonce.clone())))
            .collect();
        let taken = match self.plan(taking, leases) {
            Ok(taken) => taken,
            Err(failure) => {
                won.iter()
                    .flatten()
                    .try_for_each(|(subject, nonce)| self.lessor.drop_claim(subject, nonce))?;
                return Err(failure);
            }
        };
        let written = self.write(&taken, before);
        for ((subject, nonce), planned) in won.iter().zip(&taken.planned).filter_map(both) {
            // Of several steps some may be written when one fails: these hold.
            if written.is_ok() || self.is_written(planned)? {
                self.lessor.finish(nonce);
            } else {
                self.lessor.drop_claim(subject, nonce)?;
            }
        }
        Ok(Taken { staging: written?, ..taken })
    }

    fn is_written(&self, planned: &Planned) -> Result<bool, Failure> {
        Ok(self.context.repo()?.top().join(&planned.file().path).exists())
    }

    fn plan(
        &self,
        taking: &[(&Record, Step)],
        leases: Vec<Result<Lease, Failure>>,
    ) -> Result<Taken, Failure> {
        let mut planned = Vec::with_capacity(taking.len());
        let mut lost = None;
        for ((record, step), lease) in taking.iter().zip(leases) {
            planned.push(match lease {
                Ok(lease) => {
                    let step = claimed(step, record, &lease);
                    Some(plan_step(self.context, self.scan, record, &step)?.under(&lease))
                }
                Err(failure) => {
                    lost.get_or_insert(failure);
                    None
                }
            });
        }
        Ok(Taken { planned, lost, staging: Staging::Off })
    }

    fn write(&self, taken: &Taken, before: &[NewFile]) -> Result<Staging, Failure> {
        let files: Vec<NewFile> =
            taken.planned.iter().flatten().map(|planned| planned.file().clone()).collect();
        if files.is_empty() {
            return Ok(Staging::Off);
        }
        let files: Vec<NewFile> = before.iter().cloned().chain(files).collect();
        self.context.write(&files)
    }
}

fn both<'a, A, B>((a, b): (&'a Option<A>, &'a Option<B>)) -> Option<(&'a A, &'a B)> {
    Some((a.as_ref()?, b.as_ref()?))
}

/// The step that takes `record`, with the claim that allows it and whom it follows.
fn claimed(step: &Step, record: &Record, lease: &Lease) -> Step {
    let mut step = step.clone();
    if !record.dir.kind().subject(record).has_rivals() {
        step.beyond.clone_from(&lease.after);
    }
    step.details.insert("claim".to_owned(), lease.nonce.as_str().into());
    let ended = record.dir.kind().brief(record).and_then(|brief| brief.lock);
    let former = ended.filter(|lock| lock.awaiting.is_none()).map(|lock| lock.by);
    if let Some(former) = former.or_else(|| lease.from.clone()) {
        step.details.insert("took_over".to_owned(), former.to_string().into());
    }
    step
}

/// A held record can't be taken, not even by the same handle.
fn refuse_held(context: &Context, scan: &Scan, record: &Record) -> Result<(), Failure> {
    let kind = record.dir.kind();
    let Some(brief) = kind.brief(record) else { return Ok(()) };
    let Some(lock) = &brief.lock else { return Ok(()) };
    if scan.snapshot.standing(&brief, context.now) != Waiting::Held {
        return Ok(());
    }
    let (name, short) = (kind.name(), scan.snapshot.short_ids().short(&brief.id).to_owned());
    let until = match &lock.awaiting {
        Some(request) => format!("until {request} is answered"),
        None if lock.until <= context.now => {
            let free = lock.until.plus(GRACE);
            format!("and may be followed from {free} on: the lease ended at {}", lock.until)
        }
        None => format!("until {}", lock.until),
    };
    let take = kind.verbs().take.unwrap_or("show");
    let failure = Failure::new(Exit::Held, format!("{} holds {name} {short} {until}", lock.by));
    Err(seen_elsewhere(context, failure, record, lock)
        .why(format!("two who work on one {name} undo each other, and several processes may share a handle"))
        .hint(format!("if it is yours and needs longer: perfteam {name} {take} {short} --renew"))
        .hint(format!("see its story: {}", kind.look(&short))))
}
