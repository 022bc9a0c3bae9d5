//! The health of the team's flags, in words.

use super::{Area, Finding, State};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::flag::Flags;
use crate::domain::handle::Handle;
use crate::domain::health::{Story, Symptom, examine as examine_stories};
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
use crate::domain::snapshot::{ShortIds, Snapshot};
use crate::store::work_tree::read_records;

/// Reads all flags and says what is unhealthy about them.
pub fn examine(context: &Context) -> Result<Vec<Finding>, Failure> {
    let team = context.team()?;
    let scan = context.scan_here()?;
    let stories = stories(context, &scan.snapshot)?;
    let symptoms = examine_stories(&stories, &scan.snapshot, &team.roster, &team.policy.health, context.now);
    let short = scan.snapshot.short_ids();
    let mut findings: Vec<Finding> = symptoms.iter().map(|symptom| words(symptom, &short)).collect();
    findings.extend(scan.faults.iter().map(|fault| {
        Finding::new(
            Area::Health,
            "unreadable",
            State::Warning,
            format!("{}: {}", fault.path, fault.fault.message),
        )
        .why("what can't be read is seen by nobody: not in an inbox, not by a gate")
        .mend("perfteam check")
    }));
    if findings.is_empty() {
        let is_flag = |dir: &&RecordDir| dir.kind().name() == Flags.name();
        let open = scan.snapshot.open.iter().filter(|brief| is_flag(&&brief.dir)).count();
        let all = scan.snapshot.dirs().filter(is_flag).count();
        findings.push(finding(
            "flags",
            State::Ok,
            format!("{open} open of {all} flags, none out of the ordinary"),
        ));
    }
    Ok(findings)
}

fn stories(context: &Context, snapshot: &Snapshot) -> Result<Vec<Story>, Failure> {
    let dirs: Vec<RecordDir> = snapshot.dirs().cloned().collect();
    Ok(read_records(context.repo()?, &dirs, Story::of)?)
}

fn finding(check: &'static str, state: State, what: String) -> Finding {
    Finding::new(Area::Health, check, state, what)
}

fn words(symptom: &Symptom, short: &ShortIds) -> Finding {
    let name = |flag: &Brief| format!("flag {} ({})", short.short(&flag.id), flag.title);
    match symptom {
        Symptom::Inflated { agent, criticals } => {
            finding("inflated", State::Warning, format!("{criticals} open critical flags wait for {agent}"))
                .why("where everything is critical, nothing comes first")
                .mend(format!("perfteam flag list --to {agent}"))
                .mend("the sender withdraws what is not critical and raises it anew: perfteam flag withdraw ID --reason TEXT")
        }
        Symptom::Flooded { agent, open, most_from: (from, count) } => {
            let most = if count == open { "all".to_owned() } else { count.to_string() };
            let what = format!("{open} flags are open for {agent}, {most} of them from {from}");
            finding("flooded", State::Warning, what)
                .why("nobody works off so many at once; the oldest are forgotten")
                .mend(format!("perfteam inbox {agent}"))
                .mend("hand on what somebody else can do: perfteam flag handoff ID --to @HANDLE")
        }
        Symptom::Flooding { agent, open, addressees } => {
            let whom = if *addressees == 1 { "one agent".to_owned() } else { format!("{addressees} agents") };
            finding("flooding", State::Note, format!("{agent} has {open} open flags with {whom}"))
                .why("a flag for each change may be better said in one")
                .mend(format!("perfteam flag list --from {agent}"))
        }
        Symptom::Silent { agent, flags } => {
            finding("silent", State::Warning, format!("{agent} has never answered any of its {flags} flags"))
                .why("who never looks into its inbox is not reached by flags")
                .mend(format!("perfteam inbox {agent}"))
                .mend(format!("if it has left: perfteam agent retire {agent} --successor @HANDLE"))
        }
        Symptom::Ring { agents, requests } => ring(agents, &requests.iter().map(|id| short.short(id)).collect::<Vec<_>>()),
        Symptom::Circle { flag, addressees } => {
            finding("circle", State::Warning, format!("{} went {}", name(flag), arrows(addressees)))
                .why("what everybody hands on is done by nobody; a lead decides whose it is")
                .mend(format!("perfteam flag show {}", short.short(&flag.id)))
        }
        Symptom::Unreachable { flag, heir } => unreachable(flag, heir.as_ref(), &name(flag), short),
        Symptom::Expired { flag, holder, until } => {
            let id = short.short(&flag.id);
            let what = format!("the lock of {holder} on {} ended {}", name(flag), until.minute());
            finding("expired-lock", State::Note, what)
                .why("it counts as waiting again, and blocks its addressee's commits")
                .mend(format!("who still works on it: perfteam flag lock {id} --renew --as {holder}"))
                .mend(format!("who does not: perfteam flag unlock {id} --as {holder}"))
        }
        Symptom::Waiting { flag, waited } => {
            let what = format!("{} has waited {waited} for {}", name(flag), flag.to_word());
            finding("waiting", State::Warning, what)
                .why("longer than health.max_wait in perfteam.yaml: its addressee needs a look")
                .mend(format!("perfteam flag show {}", short.short(&flag.id)))
        }
    }
}

fn ring(agents: &[Handle], requests: &[&str]) -> Finding {
    let closed: Vec<Handle> = agents.iter().chain(agents.first()).cloned().collect();
    let found = finding("ring", State::Warning, format!("these wait for each other: {}", arrows(&closed)))
        .why("each holds a flag until the next answers; somebody must answer first");
    let answerers = agents.iter().cycle().skip(1);
    requests.iter().zip(answerers).fold(found, |found, (request, agent)| {
        found.mend(format!("perfteam flag reply {request} --note TEXT --as {agent}"))
    })
}

fn unreachable(flag: &Brief, heir: Option<&Handle>, name: &str, short: &ShortIds) -> Finding {
    let id = short.short(&flag.id);
    let what = format!("{name} waits for {}, who is not there any more", flag.to_word());
    let found = finding("unreachable", State::Warning, what).why("nobody reads that inbox");
    match heir {
        Some(heir) => found.mend(format!("perfteam flag handoff {id} --to {heir} --as {heir}")),
        None => found.mend(format!("a lead hands it on: perfteam flag handoff {id} --to @HANDLE")),
    }
}

fn arrows(handles: &[Handle]) -> String {
    let names: Vec<String> = handles.iter().map(Handle::to_string).collect();
    names.join(" -> ")
}
