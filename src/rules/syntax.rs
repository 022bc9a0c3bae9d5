//! `syntax`: every file of `.perfteam` can be read as what it should be.

use super::{Finding, Mode, RULES, Review, Rule};
use crate::domain::change::{Change, What};
use crate::domain::diagnostic::{Fault, FileFault, Severity, Spot};
use crate::domain::id::EventName;
use crate::domain::kind::KINDS;
use crate::domain::knowledge::place;
use crate::domain::policy::Policy;
use crate::domain::record::is_day;
use crate::domain::text::{nearest, shell_word, some_of, stage_command};

/// The policy's path from the top of the work tree.
const POLICY: &str = ".perfteam/perfteam.yaml";
/// What lies in `.perfteam` beside the folders of the kinds.
const KNOWN: [&str; 6] =
    ["perfteam.yaml", "agents", "templates", "knowledge", "allowed_signers", ".gitattributes"];

/// See the module.
pub struct Syntax;

impl Rule for Syntax {
    fn name(&self) -> &'static str {
        "syntax"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "every file of .perfteam can be read as what it should be"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = review
            .faults
            .iter()
            .filter(|fault| !is_stray(review, &fault.path))
            .map(|fault| of_fault(review, fault))
            .collect();
        let faulty = |path: &str| review.faults.iter().any(|fault| fault.path == path);
        for change in review.changes.iter().filter(|change| change.what != What::Deleted) {
            if !faulty(&change.path) {
                findings.extend(misplaced(change).or_else(|| unreadable(review, change)));
            }
        }
        findings.extend(unknown_rules(review));
        findings.extend(unknown_areas(review));
        findings.extend(policy_of_base(review));
        findings
    }
}

fn of_fault(review: &Review<'_>, FileFault { path, fault }: &FileFault) -> Finding {
    let finding = Finding::in_file(path, fault.spot.clone(), &fault.message)
        .why(why(path))
        .commit(review.last_commit(path));
    let finding = match &fault.mend {
        Some(mend) => finding.mend(mend),
        None => finding.mend(mend_by_hand(path)),
    };
    if review.touches(path) {
        finding
    } else if lacks_here(review, path) {
        finding.at_most(Severity::Warn)
    } else {
        finding.at_most(Severity::Note)
    }
}

fn why(path: &str) -> &'static str {
    match place(path) {
        Some(_) => "what can't be read is found by nobody: not by a search, not by who starts similar work",
        None => "what can't be read is seen by nobody: not in an inbox, not by a gate",
    }
}

/// Whether the change adds to a record whose head is not here: another branch may have it.
fn lacks_here(review: &Review<'_>, path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let records = review.records.iter();
    records.into_iter().any(|change| change.dir.path() == folder) && !review.files.exists(path)
}

fn mend_by_hand(path: &str) -> String {
    format!("mend the file, then: {}", stage_command(&[path]))
}

/// Events in the folder of another record are told by `changed-record`, which knows their place.
fn is_stray(review: &Review<'_>, path: &str) -> bool {
    let records = review.records.iter().filter_map(|change| change.after.as_ref());
    records
        .into_iter()
        .any(|record| record.strays.iter().any(|event| record.dir.event_path(&event.name) == path))
}

/// A file that looks like a part of the protocol and lies where nothing reads it.
fn misplaced(change: &Change) -> Option<Finding> {
    let path = change.path.as_str();
    let (top, inside) = path.split_once('/').unwrap_or((path, ""));
    if top != ".perfteam" {
        return (top.eq_ignore_ascii_case(".perfteam")).then(|| {
            read_by_nobody(
                path,
                format!("the folder `{top}` is not `.perfteam`; some systems take it for the same"),
            )
            .mend(format!("git mv -- {} .perfteam", shell_word(top)))
        });
    }
    let (folder, rest) = inside.split_once('/').unwrap_or((inside, ""));
    let kinds = KINDS.iter().map(|kind| kind.folder());
    if kinds.clone().chain(KNOWN).any(|known| known == folder) {
        return None;
    }
    let near = nearest(folder, kinds.clone().chain(KNOWN));
    let is_file = rest.is_empty();
    if near.is_none() && (is_file || !looks_like_a_record(rest)) {
        return None;
    }
    let what = if is_file { "file" } else { "folder" };
    let known: Vec<&str> = kinds.collect();
    let message =
        format!("`{folder}` is no {what} that perfteam knows: its records lie in {}", some_of(&known, 20));
    let finding = read_by_nobody(path, message);
    Some(match near {
        Some(near) => {
            finding.mend(format!("git mv -- {} .perfteam/{near}", shell_word(&format!(".perfteam/{folder}"))))
        }
        None => finding.mend("if a newer perfteam wrote it, install that version"),
    })
}

fn read_by_nobody(path: &str, message: String) -> Finding {
    Finding::in_file(path, Spot::Start, message)
        .why("what lies in the wrong place is read by nobody, and nobody is told")
}

/// Whether a path below an unknown folder has the shape of a record's file.
fn looks_like_a_record(rest: &str) -> bool {
    let name = rest.rsplit('/').next().unwrap_or_default();
    rest.split('/').next().is_some_and(is_day)
        || EventName::from_file(name).is_some()
        || KINDS.iter().any(|kind| kind.head_file() == name)
}

/// What the readers of records, roster and policy don't look at: links, and conflict markers in
/// texts that people edit.
fn unreadable(review: &Review<'_>, change: &Change) -> Option<Finding> {
    let path = change.path.as_str();
    let is_hidden = path.split('/').skip(1).any(|part| part.starts_with('.'));
    if (path != ".perfteam" && !change.is_coordination()) || is_hidden {
        return None;
    }
    let Some(bytes) = review.files.after(path) else {
        let message = "no plain file of sensible size: links and submodules are not followed";
        return review.files.exists(path).then(|| {
            Finding::in_file(path, Spot::Start, message)
                .why("a link could lead out of .perfteam, and another machine may read something else there")
                .mend(format!("put a plain file in its place, then: {}", stage_command(&[path])))
                .commit(review.last_commit(path))
        });
    };
    let marked = |line: &[u8]| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> ");
    let at = bytes.split(|byte| *byte == b'\n').position(marked)?;
    Some(
        Finding::in_file(path, Spot::At(at + 1, 1), "a conflict marker that a merge left behind")
            .why("the file says two things at once")
            .mend(format!("take one side of the conflict, then: {}", stage_command(&[path])))
            .commit(review.last_commit(path)),
    )
}

/// Names below `rules:` that no rule has.
fn unknown_rules(review: &Review<'_>) -> Vec<Finding> {
    if review.mode != Mode::WorkTree && !review.touches(POLICY) {
        return Vec::new();
    }
    let finding = |fault: Fault| {
        let finding = Finding::in_file(POLICY, fault.spot, fault.message)
            .why("the level does nothing, though its author relies on it")
            .mend(fault.mend.unwrap_or_default())
            .commit(review.last_commit(POLICY));
        if review.touches(POLICY) { finding } else { finding.at_most(Severity::Note) }
    };
    unknown_levels(&review.team.policy).into_iter().map(finding).collect()
}

/// Levels of a policy for rules that there are not.
pub fn unknown_levels(policy: &Policy) -> Vec<Fault> {
    let known = || RULES.iter().map(|rule| rule.name());
    let unknown = policy.rules.keys().filter(|name| !known().any(|known| known == *name));
    let fault = |name: &String| {
        let mend = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the rules are {}", some_of(&known().collect::<Vec<_>>(), 100)),
        };
        Fault::new(Spot::Key(format!("rules.{name}")), format!("there is no rule `{name}`")).mend(mend)
    };
    unknown.map(fault).collect()
}

/// Areas that agents name and the policy does not: such an entry covers nothing.
fn unknown_areas(review: &Review<'_>) -> Vec<Finding> {
    if review.mode != Mode::WorkTree && !review.touches_team() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let areas = &review.team.policy.areas;
    for agent in review.team.roster.iter() {
        let path = format!(".perfteam/{}", agent.handle.file());
        let writes = &agent.writes;
        let lists = [
            ("writes.exclusive", &writes.exclusive),
            ("writes.allow", &writes.allow),
            ("writes.deny", &writes.deny),
            ("watches", &agent.watches),
        ];
        for (key, globs) in lists {
            for (at, glob) in globs.iter().enumerate() {
                let area = glob.trim_start_matches('!').strip_prefix("area:").map(str::trim);
                let Some(area) = area.filter(|area| !areas.contains_key(*area)) else { continue };
                findings.push(unknown_area(review, &path, Spot::Key(format!("{key}[{at}]")), area));
            }
        }
    }
    findings
}

fn unknown_area(review: &Review<'_>, path: &str, spot: Spot, area: &str) -> Finding {
    let known = review.team.policy.areas.keys().map(String::as_str);
    let finding = Finding::in_file(path, spot, format!("the policy has no area `{area}`"))
        .why("the entry covers no path, though its author relies on it")
        .commit(review.last_commit(path));
    let finding = match nearest(area, known) {
        Some(near) => finding.mend(format!("did you mean `area:{near}`?")),
        None => finding.mend(format!("name its globs below `areas:` in {POLICY}")),
    };
    if review.touches_team() { finding } else { finding.at_most(Severity::Note) }
}

/// A policy that can't be read before the change leaves every level at its default.
fn policy_of_base(review: &Review<'_>) -> Option<Finding> {
    let fault = review.authority.faults.iter().find(|fault| fault.path == POLICY)?;
    let told = review.faults.iter().any(|fault| fault.path == POLICY);
    (!told).then(|| {
        Finding::general(format!("{POLICY} could not be read before this change: {}", fault.fault.message))
            .why("until a readable one is merged, every setting and every level of a rule is the default")
            .mend("merge a change that mends it first")
            .at_most(Severity::Note)
    })
}
