//! The environment: git, the repository, and what could hide or change records.

use super::{Area, Finding, State};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::identity::Identity;
use crate::domain::text::shown_line;
use crate::store::Repo;
use crate::store::facts::{Facts, git_version};
use crate::store::repo::FOLDER;

/// The oldest git that is known to do what is asked of it.
const OLDEST_GIT: (u32, u32) = (2, 30);

/// Looks at everything outside the records. What can't be asked is a finding, too.
pub fn examine(context: &Context) -> Vec<Finding> {
    let mut findings = vec![git()];
    match context.repo() {
        Ok(repo) => {
            findings.push(repository(repo));
            match Facts::gather(repo) {
                Ok(facts) => findings.extend(of_facts(&facts)),
                Err(error) => findings.push(failed("git", error.into())),
            }
            if let Err(error) = repo.staged() {
                findings.push(failed("index", error.into()));
            }
            findings.extend(coordination(context, repo));
        }
        Err(failure) => findings.push(failed("repository", failure)),
    }
    findings
}

fn finding(check: &'static str, state: State, what: impl Into<String>) -> Finding {
    Finding::new(Area::Environment, check, state, what)
}

/// A failure as a finding.
fn failed(check: &'static str, failure: Failure) -> Finding {
    let broken = finding(check, State::Broken, failure.message).why(failure.why.unwrap_or_default());
    failure.hints.into_iter().fold(broken, Finding::mend)
}

fn git() -> Finding {
    let Some(version) = git_version() else {
        return finding("git", State::Broken, "there is no git in the PATH")
            .why("git stages what commands write, and runs the hooks")
            .mend("install git: https://git-scm.com/downloads");
    };
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST_GIT {
        let (major, minor) = OLDEST_GIT;
        return finding("git", State::Warning, format!("git {version} is older than {major}.{minor}"))
            .why("perfteam is not tested with it")
            .mend("install a newer git: https://git-scm.com/downloads");
    }
    finding("git", State::Ok, format!("git {version}"))
}

fn repository(repo: &Repo) -> Finding {
    let kind = if repo.is_linked() { "linked work tree" } else { "work tree" };
    let branch = repo.branch().map_or("no branch".to_owned(), |branch| format!("branch {branch}"));
    let top = repo.top().display();
    finding("repository", State::Ok, format!("{kind} {top} on {branch}"))
}

fn of_facts(facts: &Facts) -> Vec<Finding> {
    let found = [
        ignored(facts),
        attributes(facts),
        unseen(facts),
        shallow(facts),
        partial(facts),
        case(facts),
        hooks_path(facts),
    ];
    found.into_iter().flatten().collect()
}

fn ignored(facts: &Facts) -> Option<Finding> {
    let (path, rule) = facts.ignored.as_ref()?;
    Some(
        finding("ignored", State::Broken, format!("git would ignore {path} ({rule})"))
            .why("an ignored record would never be committed, and nobody would see it")
            .mend("remove that line, or end the top-level .gitignore with the two lines !/.perfteam/ and !/.perfteam/**"),
    )
}

fn attributes(facts: &Facts) -> Option<Finding> {
    let why = "a record must read the same on every machine; object ids depend on it";
    if !facts.has_attributes {
        return Some(
            finding("attributes", State::Broken, "there is no .perfteam/.gitattributes")
                .why(why)
                .mend("perfteam init"),
        );
    }
    (!facts.attributes.is_empty()).then(|| {
        let what = format!("git may change the bytes of records: {}", facts.attributes.join(", "));
        finding("attributes", State::Broken, what)
            .why(why)
            .mend(
                "the last line of .perfteam/.gitattributes is: * -text -filter -ident -working-tree-encoding",
            )
            .mend("if it is, .git/info/attributes overrides it: take what matches these paths out there")
    })
}

fn unseen(facts: &Facts) -> Option<Finding> {
    let first = facts.unseen.first()?;
    let more =
        if facts.unseen.len() > 1 { format!(" and {} more", facts.unseen.len() - 1) } else { String::new() };
    let what = format!("git does not look at {first}{more} in the work tree");
    let found = finding("unseen", State::Broken, what)
        .why("what is missing there is not seen by inbox and list, what changes there is not committed");
    Some(if facts.sparse {
        found.mend("git sparse-checkout add .perfteam")
    } else {
        found.mend(format!("git update-index --no-skip-worktree --no-assume-unchanged -- {first}"))
    })
}

fn shallow(facts: &Facts) -> Option<Finding> {
    facts.shallow.then(|| {
        finding("shallow", State::Note, "history is cut off (a shallow clone)")
            .why("check --base needs the merge base, and restore the commits that had the records")
            .mend("git fetch --unshallow")
    })
}

fn partial(facts: &Facts) -> Option<Finding> {
    let remote = facts.partial.as_ref()?;
    Some(
        finding("partial", State::Note, format!("a partial clone: {remote} holds back some objects"))
            .why("perfteam fetches nothing by itself; old records may be missing from check --base and restore")
            .mend(format!("git fetch --refetch --no-filter {remote}")),
    )
}

fn case(facts: &Facts) -> Option<Finding> {
    (facts.folds_case != facts.ignores_case).then(|| {
        let does = if facts.folds_case { "takes" } else { "does not take" };
        let what = format!(
            "the file system {does} `A` and `a` for one name, but core.ignoreCase is {}",
            facts.ignores_case
        );
        finding("case", State::Warning, what)
            .why("git may take two names for one, or one for two; the names of records are lower-case and safe")
            .mend(format!("git config core.ignoreCase {}", facts.folds_case))
    })
}

fn hooks_path(facts: &Facts) -> Option<Finding> {
    let (path, origin) = facts.hooks_path.as_ref()?;
    Some(
        finding("hooks-path", State::Note, format!("core.hooksPath is {path} ({origin})"))
            .why("git runs hooks from there and nowhere else"),
    )
}

/// What lies in `.perfteam`, and who acts.
fn coordination(context: &Context, repo: &Repo) -> Vec<Finding> {
    let team = match context.team_if_any() {
        Ok(team) => team,
        Err(failure) => return vec![failed("team", failure)],
    };
    if !team.present {
        return vec![
            finding("team", State::Broken, format!("there is no {FOLDER} in {}", repo.top().display()))
                .why("flags, roster and policy live there")
                .mend("perfteam init"),
        ];
    }
    let mut findings =
        vec![finding("team", State::Ok, format!("{} agents in the roster", team.roster.len()))];
    findings.extend(team.faults.iter().map(|fault| {
        finding("team", State::Broken, format!("{}: {}", fault.path, fault.fault.message))
            .why("what can't be read counts for nothing")
            .mend("perfteam agent lint")
    }));
    findings.extend(integration(repo, team.policy.integration.as_deref()));
    findings.push(identity(context));
    findings
}

/// A branch that policy names and that is not here gives way to the usual ones without a word.
fn integration(repo: &Repo, named: Option<&str>) -> Option<Finding> {
    let counts = repo.integration(named);
    let named = named.filter(|named| counts.as_deref() != Some(*named))?;
    let counts = counts.map_or("nothing counts".to_owned(), |branch| format!("{branch} counts"));
    let what = format!("policy names the integration branch {}, which is not here", shown_line(named));
    Some(
        finding("integration", State::Warning, what)
            .why(format!("{counts} in its place: what was published is told by the integration branch"))
            .mend("git fetch --all")
            .mend("or mend the name: integration: BRANCH in .perfteam/perfteam.yaml"),
    )
}

fn identity(context: &Context) -> Finding {
    match (context.identity(), context.actor()) {
        (Ok(Identity::Agent(handle, origin)), _) => {
            finding("identity", State::Ok, format!("you act as {handle}, by {}", origin.words()))
        }
        (_, Err(failure)) => Finding { state: State::Note, ..failed("identity", failure) },
        (_, Ok(handle)) => finding("identity", State::Ok, format!("you act as {handle}")),
    }
}
