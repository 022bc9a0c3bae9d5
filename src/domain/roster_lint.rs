//! Everything that can be wrong with a roster and is no fault of syntax.

use std::collections::BTreeMap;

use super::agent::Agent;
use super::diagnostic::{Diagnostic, FileFault, Severity, Spot};
use super::glob::Globs;
use super::handle::Handle;
use super::policy::Policy;
use super::roster::Roster;
use super::snapshot::Team;
use super::verdict::RuleInfo;

/// The path of the policy from the top of the work tree.
const POLICY: &str = ".perfteam/perfteam.yaml";

/// What is looked for, for formats that list it.
pub const CHECKS: [RuleInfo; 8] = [
    info("syntax", "every file of the roster can be read", Severity::Block),
    info("unknown-area", "every `area:NAME` is a key of `areas:` in perfteam.yaml", Severity::Block),
    info("successor", "who retires has a successor who is there", Severity::Block),
    info("unknown-lead", "leads and admins are in the roster", Severity::Warn),
    info("overlap", "no path is exclusive to two agents", Severity::Warn),
    info("dead-glob", "every glob matches some tracked file", Severity::Warn),
    info("unknown-key", "no key is a known one misspelt", Severity::Warn),
    info(
        "thin-agent",
        "who is to be found has a description, keywords and one's own address",
        Severity::Note,
    ),
];

const fn info(name: &'static str, summary: &'static str, default_level: Severity) -> RuleInfo {
    RuleInfo { name, summary, default_level }
}

/// What is wrong with the roster of `team`, worst first. `tracked` are the paths that git tracks.
pub fn lint(team: &Team, tracked: &[String]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = team.faults.iter().map(syntax).collect();
    found.extend(areas_of_policy(&team.policy));
    found.extend(leads(&team.policy, &team.roster));
    for agent in team.roster.iter() {
        found.extend(lint_agent(agent, team, tracked));
    }
    found.extend(overlaps(&team.roster, &team.policy, tracked));
    found.sort_by(|a, b| (b.severity, &a.path).cmp(&(a.severity, &b.path)));
    found
}

/// What is wrong with one agent.
pub fn lint_agent(agent: &Agent, team: &Team, tracked: &[String]) -> Vec<Diagnostic> {
    let mut found = areas(agent, &team.policy);
    found.extend(succession(agent, &team.roster));
    found.extend(unknown_keys(agent));
    if !agent.retired {
        found.extend(dead_globs(agent, &team.policy, tracked));
        found.extend(thin(agent, &team.roster));
    }
    found
}

/// The path of an agent's file from the top of the work tree.
pub fn path_of(agent: &Handle) -> String {
    format!(".perfteam/{}", agent.file())
}

fn finding(rule: &'static str, severity: Severity, path: String, spot: Spot, message: String) -> Diagnostic {
    let (path, why, mends, commit) = (Some(path), String::new(), Vec::new(), None);
    Diagnostic { rule, severity, path, spot, message, why, mends, commit }
}

fn about(agent: &Agent, rule: &'static str, severity: Severity, key: &str, message: String) -> Diagnostic {
    finding(rule, severity, path_of(&agent.handle), Spot::Key(key.to_owned()), message)
}

impl Diagnostic {
    fn because(self, why: &str) -> Diagnostic {
        Diagnostic { why: why.to_owned(), ..self }
    }

    fn try_this(mut self, mend: impl Into<String>) -> Diagnostic {
        self.mends.push(mend.into());
        self
    }
}

fn syntax(FileFault { path, fault }: &FileFault) -> Diagnostic {
    let found = finding("syntax", Severity::Block, path.clone(), fault.spot.clone(), fault.message.clone());
    let found = found.because("who can't be read is in no roster: no flag reaches them");
    match &fault.mend {
        Some(mend) => found.try_this(mend),
        None => found,
    }
}

/// The globs of an agent, each with the key at which it stands.
fn globs(agent: &Agent) -> impl Iterator<Item = (String, &String)> {
    let lists = [
        ("writes.exclusive", &agent.writes.exclusive),
        ("writes.allow", &agent.writes.allow),
        ("writes.deny", &agent.writes.deny),
        ("watches", &agent.watches),
    ];
    lists.into_iter().flat_map(|(key, globs)| {
        globs.iter().enumerate().map(move |(at, glob)| (format!("{key}[{at}]"), glob))
    })
}

fn area_of(glob: &str) -> Option<&str> {
    glob.strip_prefix('!').unwrap_or(glob).strip_prefix("area:").map(str::trim)
}

fn areas(agent: &Agent, policy: &Policy) -> Vec<Diagnostic> {
    globs(agent)
        .filter_map(|(key, glob)| Some((key, area_of(glob)?)))
        .filter(|(_, area)| !policy.areas.contains_key(*area))
        .map(|(key, area)| {
            let message = format!("`area:{area}` names no area of perfteam.yaml");
            let found = about(agent, "unknown-area", Severity::Block, &key, message)
                .because("an unknown area covers nothing: what it was meant to protect is open");
            match nearest(area, policy.areas.keys().map(String::as_str)) {
                Some(near) => found.try_this(format!("area:{near}")),
                None => {
                    found.try_this(format!("add the key `{area}` with its globs under `areas:` in {POLICY}"))
                }
            }
        })
        .collect()
}

fn areas_of_policy(policy: &Policy) -> Vec<Diagnostic> {
    let inner = |globs: &Vec<String>| globs.iter().position(|glob| area_of(glob).is_some());
    policy
        .areas
        .iter()
        .filter_map(|(name, globs)| Some((name, inner(globs)?)))
        .map(|(name, at)| {
            let spot = Spot::Key(format!("areas.{name}[{at}]"));
            let message = format!("the area `{name}` names another area: expected globs alone");
            finding("unknown-area", Severity::Block, POLICY.into(), spot, message)
                .because("areas are not looked up inside areas: this line covers nothing")
        })
        .collect()
}

fn leads(policy: &Policy, roster: &Roster) -> Vec<Diagnostic> {
    let named = |key: &'static str, handles: &[Handle]| {
        let absent = handles
            .iter()
            .enumerate()
            .filter(|(_, handle)| roster.get(handle).is_none_or(|agent| agent.retired));
        absent
            .map(|(at, handle)| {
                let spot = Spot::Key(format!("{key}[{at}]"));
                let message = format!("{handle}, one of the {key}, is not in the roster, or has retired");
                finding("unknown-lead", Severity::Warn, POLICY.into(), spot, message)
                    .because("nobody else can hand on or withdraw what is stuck")
                    .try_this("name somebody who is there: perfteam agent list")
            })
            .collect::<Vec<_>>()
    };
    [named("leads", &policy.leads), named("admins", &policy.admins)].concat()
}

fn succession(agent: &Agent, roster: &Roster) -> Option<Diagnostic> {
    let Some(successor) = &agent.successor else {
        let message = format!("{} has retired without a successor", agent.handle);
        return agent.retired.then(|| {
            about(agent, "successor", Severity::Warn, "retired", message)
                .because(
                    "flags that still reach it wait for nobody, and what was exclusive to it is open to all",
                )
                .try_this("add the key `successor` with the handle of who took over")
        });
    };
    let fault = |message: String| {
        about(agent, "successor", Severity::Block, "successor", message)
            .because("the successor answers for the flags and the paths of who retired")
    };
    if !roster.contains(successor) {
        let near = roster.nearest(successor);
        let found = fault(format!("the successor {successor} is in no file of the roster"));
        return Some(match near.first() {
            Some(near) => found.try_this(format!("successor: \"{near}\"")),
            None => found.try_this("name somebody who is there: perfteam agent list"),
        });
    }
    if !agent.retired {
        let message = format!("{} has a successor, but has not retired", agent.handle);
        return Some(
            about(agent, "successor", Severity::Note, "successor", message)
                .because("a successor counts only once `retired: true` stands beside it")
                .try_this(format!("perfteam agent retire {} --successor {successor}", agent.handle)),
        );
    }
    let heir = roster.heir(&agent.handle);
    let gone = roster.get(&heir).is_none_or(|heir| heir.retired);
    let in_circle = gone && circles(&agent.handle, roster);
    if in_circle {
        return Some(fault("the successors lead in a circle: everybody in it has retired".into()));
    }
    gone.then(|| {
        let message = format!("{} and all its successors have retired, {heir} the last", agent.handle);
        about(agent, "successor", Severity::Warn, "successor", message)
            .because("flags that still reach it wait for nobody")
    })
}

/// Whether the successors of `start` come back to somebody already passed.
fn circles(start: &Handle, roster: &Roster) -> bool {
    let mut seen = vec![start];
    let mut current = start;
    while let Some(next) =
        roster.get(current).filter(|agent| agent.retired).and_then(|agent| agent.successor.as_ref())
    {
        if seen.contains(&next) {
            return true;
        }
        seen.push(next);
        current = next;
    }
    false
}

fn overlaps(roster: &Roster, policy: &Policy, tracked: &[String]) -> Vec<Diagnostic> {
    let owned: Vec<(&Agent, Globs)> = roster
        .active()
        .filter(|agent| !agent.writes.exclusive.is_empty())
        .map(|agent| (agent, Globs::new(policy.expand(&agent.writes.exclusive))))
        .collect();
    let mut shared: BTreeMap<(usize, usize), (&str, usize)> = BTreeMap::new();
    for path in tracked {
        let owners: Vec<usize> = (0..owned.len()).filter(|at| owned[*at].1.matches(path)).collect();
        for (at, first) in owners.iter().enumerate() {
            for second in &owners[at + 1..] {
                shared.entry((*first, *second)).or_insert((path, 0)).1 += 1;
            }
        }
    }
    shared
        .into_iter()
        .map(|((first, second), (path, count))| {
            let (first, second) = (owned[first].0, owned[second].0);
            let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            let message = format!("{path}{more} is exclusive to both {} and {}", second.handle, first.handle);
            about(second, "overlap", Severity::Warn, "writes.exclusive", message)
                .because("each is refused where the other may write, so that nobody may")
                .try_this(format!(
                    "take the path out of `exclusive` of one of them: perfteam agent show {}",
                    first.handle
                ))
        })
        .collect()
}

fn dead_globs(agent: &Agent, policy: &Policy, tracked: &[String]) -> Vec<Diagnostic> {
    globs(agent)
        .filter(|(_, glob)| {
            !glob.starts_with('!') && area_of(glob).is_none_or(|area| policy.areas.contains_key(area))
        })
        .filter_map(|(key, glob)| {
            let globs = Globs::new(policy.expand(std::slice::from_ref(glob)));
            let dead = !tracked.iter().any(|path| globs.matches(path));
            dead.then(|| dead_glob(agent, &key, glob))
        })
        .collect()
}

fn dead_glob(agent: &Agent, key: &str, glob: &str) -> Diagnostic {
    let message = format!("`{glob}` matches no file that git tracks");
    let found = about(agent, "dead-glob", Severity::Warn, key, message)
        .because("a glob with a typing error watches and protects nothing");
    let mended = glob
        .strip_prefix("./")
        .map(str::to_owned)
        .or_else(|| glob.contains('\\').then(|| glob.replace('\\', "/")));
    match mended {
        Some(mended) => found.try_this(format!("\"{mended}\" (globs are as in .gitignore, from the top)")),
        None => found.try_this("see what is there: git ls-files"),
    }
}

fn thin(agent: &Agent, roster: &Roster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let note = |key: &str, message: String| about(agent, "thin-agent", Severity::Note, key, message);
    let unfound = "the search finds who to ask by these words";
    if agent.description.trim().is_empty() {
        found.push(note("description", format!("{} has no description", agent.handle)).because(unfound));
    }
    if agent.keywords.is_empty() && agent.capabilities.is_empty() {
        found.push(
            note("keywords", format!("{} has neither keywords nor capabilities", agent.handle))
                .because(unfound),
        );
    }
    for (at, email) in agent.emails.iter().enumerate() {
        let key = format!("emails[{at}]");
        if !email.contains('@') {
            let message = format!("`{email}` is no e-mail address");
            found.push(
                Diagnostic { severity: Severity::Warn, ..note(&key, message) }
                    .because("no commit carries it"),
            );
        }
        let others: Vec<String> = roster
            .by_email(email)
            .into_iter()
            .filter(|other| **other != agent.handle)
            .map(Handle::to_string)
            .collect();
        if !others.is_empty() {
            let message = format!("{} commits under {email}, too", others.join(" and "));
            found.push(
                note(&key, message)
                    .because("the address alone does not tell who acts")
                    .try_this(format!("say it for each work tree: perfteam whoami --set {}", agent.handle)),
            );
        }
    }
    found
}

/// The keys that an agent's front matter can have.
const KEYS: [&str; 11] = [
    "handle",
    "title",
    "description",
    "keywords",
    "capabilities",
    "writes",
    "watches",
    "emails",
    "model",
    "retired",
    "successor",
];

fn unknown_keys(agent: &Agent) -> Vec<Diagnostic> {
    agent
        .extra
        .keys()
        .filter_map(|key| {
            if ["exclusive", "allow", "deny"].contains(&key.as_str()) {
                return Some((key, format!("writes:\n  {key}:")));
            }
            nearest(key, KEYS.into_iter()).map(|known| (key, format!("{known}:")))
        })
        .map(|(key, mend)| {
            about(agent, "unknown-key", Severity::Warn, key, format!("`{key}` is no key that perfteam reads"))
                .because("unknown keys are kept for you and do nothing here")
                .try_this(mend.replace('\n', " "))
        })
        .collect()
}

/// The word that is spelt almost like `given`.
fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_ascii_lowercase();
    known
        .map(|known| (strsim::damerau_levenshtein(&given, known), known))
        .filter(|(distance, known)| *distance <= 2 && *distance < known.len() / 2)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn agent(value: serde_json::Value) -> Agent {
        serde_json::from_value(value).expect("an agent")
    }

    fn told(agents: Vec<Agent>, policy: Policy) -> Vec<String> {
        let team = Team { roster: agents.into_iter().collect(), policy, ..Team::default() };
        let tracked = ["src/db/a.rs", "src/db/b.rs", "docs/a.md"].map(str::to_owned);
        let line = |found: &Diagnostic| {
            let path = found.path.as_deref().unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            let Spot::Key(key) = &found.spot else { panic!("{found:?}") };
            format!("{} {name} {key}: {} [{}]", found.severity, found.message, found.rule)
        };
        lint(&team, &tracked).iter().map(line).collect()
    }

    fn full(handle: &str, more: serde_json::Value) -> Agent {
        let mut value = json!({"handle": handle, "description": "d", "keywords": ["k"]});
        let map = value.as_object_mut().expect("a map");
        map.extend(more.as_object().expect("a map").clone());
        agent(value)
    }

    #[test]
    fn a_sound_roster_has_nothing_to_say() {
        let agents =
            vec![full("@a", json!({"watches": ["src/"], "writes": {"deny": ["docs/", "!docs/x/"]}}))];
        assert_eq!(told(agents, Policy::default()), [""; 0]);
    }

    #[test]
    fn areas_leads_and_globs_that_lead_nowhere_are_named() {
        let policy = Policy {
            leads: vec!["@ghost".parse().expect("a handle")],
            areas: [("db".to_owned(), vec!["src/db/".to_owned(), "area:x".to_owned()])].into(),
            ..Policy::default()
        };
        let agents = vec![full(
            "@a",
            json!({"watches": ["./src/", "area:dbs"], "writes": {"exclusive": ["area:db"]}}),
        )];
        assert_eq!(
            told(agents, policy),
            [
                "block a.md watches[1]: `area:dbs` names no area of perfteam.yaml [unknown-area]",
                "block perfteam.yaml areas.db[1]: the area `db` names another area: expected globs alone [unknown-area]",
                "warn a.md watches[0]: `./src/` matches no file that git tracks [dead-glob]",
                "warn perfteam.yaml leads[0]: @ghost, one of the leads, is not in the roster, or has retired [unknown-lead]",
            ]
        );
    }

    #[test]
    fn two_owners_of_one_path_are_told_with_the_path() {
        let own = |glob: &str| json!({"writes": {"exclusive": [glob]}});
        assert_eq!(
            told(vec![full("@a", own("src/")), full("@b", own("*.rs"))], Policy::default()),
            ["warn b.md writes.exclusive: src/db/a.rs and 1 more is exclusive to both @b and @a [overlap]"]
        );
    }

    #[test]
    fn succession_must_lead_to_somebody() {
        let gone = |successor: &str| json!({"retired": true, "successor": successor});
        let agents = vec![
            full("@a", gone("@b")),
            full("@b", gone("@a")),
            full("@c", gone("@nobody")),
            full("@d", json!({"retired": true})),
            full("@e", json!({"successor": "@d"})),
            full("@f", gone("@d")),
        ];
        assert_eq!(
            told(agents, Policy::default()),
            [
                "block a.md successor: the successors lead in a circle: everybody in it has retired [successor]",
                "block b.md successor: the successors lead in a circle: everybody in it has retired [successor]",
                "block c.md successor: the successor @nobody is in no file of the roster [successor]",
                "warn d.md retired: @d has retired without a successor [successor]",
                "warn f.md successor: @f and all its successors have retired, @d the last [successor]",
                "note e.md successor: @e has a successor, but has not retired [successor]",
            ]
        );
    }

    #[test]
    fn misspelt_keys_shared_addresses_and_thin_descriptions_are_told() {
        let agents = vec![
            agent(
                json!({"handle": "@a", "emails": ["x@example.com", "nobody"], "watch": ["src/"], "team": "blue"}),
            ),
            full("@b", json!({"emails": ["X@example.com"], "deny": ["a"]})),
        ];
        assert_eq!(
            told(agents, Policy::default()),
            [
                "warn a.md watch: `watch` is no key that perfteam reads [unknown-key]",
                "warn a.md emails[1]: `nobody` is no e-mail address [thin-agent]",
                "warn b.md deny: `deny` is no key that perfteam reads [unknown-key]",
                "note a.md description: @a has no description [thin-agent]",
                "note a.md keywords: @a has neither keywords nor capabilities [thin-agent]",
                "note a.md emails[0]: @b commits under x@example.com, too [thin-agent]",
                "note b.md emails[0]: @a commits under X@example.com, too [thin-agent]",
            ]
        );
    }
}
