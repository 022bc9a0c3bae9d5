//! Proposes agents from what a repository already tells: CODEOWNERS, and who changed which folders.

use std::collections::{BTreeMap, BTreeSet};

use super::agent::Agent;
use super::codeowners::{self, Entry, Owner};
use super::handle::Handle;
use super::roster::Roster;
use super::text::slug;

/// One commit, as far as it tells who works where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The author's name.
    pub name: String,
    /// The author's e-mail address.
    pub email: String,
    /// The paths that it changes.
    pub paths: Vec<String>,
}

/// What a repository tells.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The path of CODEOWNERS and what it says, where there is one.
    pub owners: Option<(String, Vec<Entry>)>,
    /// The latest commits.
    pub commits: Vec<Contribution>,
    /// The folders that exist now, without a slash at the end.
    pub folders: BTreeSet<String>,
}

/// An agent that the evidence speaks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The agent.
    pub agent: Agent,
    /// From what it was inferred, one sentence each.
    pub sources: Vec<String>,
}

/// What the evidence says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inference {
    /// Agents that are not in the roster.
    pub proposals: Vec<Proposal>,
    /// Agents of the roster whom it found again; they stay as they are.
    pub known: Vec<Handle>,
    /// What was seen and left out, one sentence each.
    pub left_out: Vec<String>,
}

/// A folder is somebody's when so many of the commits that touch it are theirs, in percent.
const MOSTLY: usize = 60;
/// Fewer commits than this say nothing.
const LEAST_COMMITS: usize = 3;
/// How deep folders are looked at.
const DEPTH: usize = 3;
/// How many folders one person is given at most.
const MOST_FOLDERS: usize = 5;

/// Somebody who is in CODEOWNERS, or who commits.
#[derive(Debug, Default)]
struct Person {
    handle_words: Vec<String>,
    title: String,
    emails: BTreeSet<String>,
    globs: Vec<String>,
    sources: Vec<String>,
}

/// Proposes agents for whom `roster` has none yet.
pub fn infer(evidence: &Evidence, roster: &Roster) -> Inference {
    let mut inference = Inference::default();
    let mut people = owners(evidence, &mut inference.left_out);
    for person in contributors(evidence) {
        match people.iter_mut().find(|known| same(known, &person)) {
            Some(known) => join(known, person),
            None if person.globs.is_empty() => {}
            None => people.push(person),
        }
    }
    let mut taken = BTreeSet::new();
    for person in people {
        settle(person, roster, &mut taken, &mut inference);
    }
    inference
}

fn settle(person: Person, roster: &Roster, taken: &mut BTreeSet<Handle>, inference: &mut Inference) {
    let by_email = roster.iter().find(|agent| person.emails.iter().any(|email| agent.has_email(email)));
    let handles: Vec<Handle> = person.handle_words.iter().filter_map(|words| handle_of(words)).collect();
    let by_handle = handles
        .first()
        .and_then(|handle| roster.get(handle))
        .filter(|agent| agent.emails.is_empty() || person.emails.is_empty());
    if let Some(known) = by_email.or(by_handle) {
        inference.known.push(known.handle.clone());
        return;
    }
    let Some(handle) = handles.into_iter().find(|handle| !roster.contains(handle) && !taken.contains(handle))
    else {
        let who = person.title;
        inference.left_out.push(format!("{who}: no free handle can be made of the name; add it by hand"));
        return;
    };
    taken.insert(handle.clone());
    inference.proposals.push(proposal(handle, person));
}

fn proposal(handle: Handle, person: Person) -> Proposal {
    let given: Vec<&String> = person.globs.iter().filter(|glob| !glob.starts_with('!')).collect();
    let names: Vec<&str> = given.iter().map(|glob| glob.trim_matches('/')).collect();
    let mut keywords: Vec<String> = names
        .iter()
        .filter_map(|name| name.rsplit('/').next())
        .filter(|word| word.len() > 1 && !word.contains(['*', '?', '[', '\\']))
        .map(str::to_owned)
        .collect();
    keywords.dedup();
    let description = match names.as_slice() {
        [] => String::new(),
        names => format!("Answers for {}.", names.join(", ")),
    };
    let listed: Vec<String> = person.sources.iter().map(|source| format!("- {source}")).collect();
    let role = format!(
        "Inferred by `perfteam init --infer`; say here what this agent does, and correct what is wrong.\n\n{}",
        listed.join("\n")
    );
    let agent = Agent {
        title: person.title,
        description,
        keywords,
        watches: person.globs,
        emails: person.emails.into_iter().collect(),
        role,
        ..Agent::new(handle)
    };
    Proposal { agent, sources: person.sources }
}

/// The owners that CODEOWNERS names, in the order in which it names them.
fn owners(evidence: &Evidence, left_out: &mut Vec<String>) -> Vec<Person> {
    let Some((path, entries)) = &evidence.owners else { return Vec::new() };
    let mut seen: Vec<&Owner> = Vec::new();
    for owner in entries.iter().flat_map(|entry| &entry.owners) {
        if !seen.contains(&owner) {
            seen.push(owner);
        }
    }
    seen.into_iter().map(|owner| owner_as_person(path, entries, owner, left_out)).collect()
}

fn owner_as_person(path: &str, entries: &[Entry], owner: &Owner, left_out: &mut Vec<String>) -> Person {
    let owned = codeowners::owned(entries, owner);
    for line in &owned.everything {
        left_out.push(format!(
            "{path} line {line} gives everything to {owner}: an agent that watches every path would have to \
             be flagged with every change"
        ));
    }
    let lines = owned.lines.iter().map(|(line, pattern)| format!("{path} line {line}: `{pattern}`"));
    let mut sources: Vec<String> = lines.collect();
    if sources.is_empty() {
        sources.push(format!("{path} names {owner}"));
    }
    let mut person = Person { globs: owned.globs, sources, ..Person::default() };
    match owner {
        Owner::User(name) => {
            person.handle_words = vec![name.clone()];
            person.title = name.clone();
        }
        Owner::Team(group, team) => {
            person.handle_words = vec![team.clone(), format!("{group}-{team}")];
            person.title = format!("Team {team}");
        }
        Owner::Email(address) => {
            person.handle_words = words_of_email(address).into_iter().collect();
            person.handle_words.push(address.replace('@', "-"));
            person.title = address.clone();
            person.emails.insert(address.clone());
        }
    }
    person
}

/// Those who commit, each with the folders that are mostly theirs; bots are left out.
fn contributors(evidence: &Evidence) -> Vec<Person> {
    let (who, names) = persons(&evidence.commits);
    let mut people: Vec<Person> = names
        .iter()
        .map(|Author { name, emails }| Person {
            handle_words: handle_words(name, emails),
            title: name.clone(),
            emails: emails.clone(),
            ..Person::default()
        })
        .collect();
    for (index, folders) in ownership(evidence, &who, people.len()).into_iter().enumerate() {
        for (folder, own, all) in folders {
            people[index].globs.push(format!("/{folder}/"));
            people[index].sources.push(format!(
                "{own} of the latest {all} {} that touch `{folder}/`",
                if all == 1 { "commit" } else { "commits" }
            ));
        }
    }
    people
}

/// Somebody who commits.
struct Author {
    name: String,
    emails: BTreeSet<String>,
}

/// For each commit the number of its author, and for each author the name and the addresses. Two
/// addresses under one full name are one person.
fn persons(commits: &[Contribution]) -> (Vec<Option<usize>>, Vec<Author>) {
    let mut names: Vec<Author> = Vec::new();
    let mut by_email: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    let mut who = Vec::with_capacity(commits.len());
    for commit in commits {
        if is_bot(&commit.name, &commit.email) {
            who.push(None);
            continue;
        }
        let email = commit.email.to_ascii_lowercase();
        let full_name = commit.name.trim().contains(' ').then(|| commit.name.trim().to_lowercase());
        let known = by_email.get(&email).or_else(|| by_name.get(full_name.as_ref()?)).copied();
        let index = known.unwrap_or_else(|| {
            names.push(Author { name: commit.name.trim().to_owned(), emails: BTreeSet::new() });
            names.len() - 1
        });
        if !email.is_empty() {
            names[index].emails.insert(email.clone());
            by_email.insert(email, index);
        }
        if let Some(name) = full_name {
            by_name.insert(name, index);
        }
        who.push(Some(index));
    }
    (who, names)
}

/// For each person the folders that are mostly theirs, with how many commits of how many, the
/// most worked on first. A folder inside one that is theirs already is not named again.
fn ownership(evidence: &Evidence, who: &[Option<usize>], people: usize) -> Vec<Vec<(String, usize, usize)>> {
    let mut touched: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (commit, person) in evidence.commits.iter().zip(who) {
        let Some(person) = person else { continue };
        let folders: BTreeSet<&str> = commit.paths.iter().flat_map(|path| folders_of(path)).collect();
        for folder in folders {
            touched.entry(folder).or_insert_with(|| vec![0; people])[*person] += 1;
        }
    }
    let mut owned: Vec<Vec<(String, usize, usize)>> = vec![Vec::new(); people];
    for (folder, counts) in touched.into_iter().filter(|(folder, _)| evidence.folders.contains(*folder)) {
        let all: usize = counts.iter().sum();
        let owner = counts.iter().position(|own| *own >= LEAST_COMMITS && own * 100 >= all * MOSTLY);
        let Some(owner) = owner else { continue };
        let inside = |(outer, ..): &(String, usize, usize)| folder.starts_with(&format!("{outer}/"));
        if !owned[owner].iter().any(inside) {
            owned[owner].push((folder.to_owned(), counts[owner], all));
        }
    }
    for folders in &mut owned {
        folders.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        folders.truncate(MOST_FOLDERS);
    }
    owned
}

/// The folders that `path` lies in, the outermost first. Coordination is nobody's folder.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]).take(DEPTH);
    folders.filter(|folder| folder.split('/').next() != Some(".perfteam"))
}

fn same(a: &Person, b: &Person) -> bool {
    let first = |person: &Person| person.handle_words.first().and_then(|words| handle_of(words));
    a.emails.intersection(&b.emails).next().is_some()
        || first(a)
            .is_some_and(|handle| b.handle_words.iter().any(|own| handle_of(own).as_ref() == Some(&handle)))
}

fn join(known: &mut Person, other: Person) {
    if !other.title.is_empty() {
        known.title = other.title;
    }
    known.emails.extend(other.emails);
    for glob in other.globs {
        let bare = |glob: &str| glob.trim_matches('/').to_owned();
        if !known.globs.iter().any(|own| bare(own) == bare(&glob)) {
            known.globs.push(glob);
        }
    }
    known.sources.extend(other.sources);
}

/// What a handle can be made of, the best first.
fn handle_words(name: &str, emails: &BTreeSet<String>) -> Vec<String> {
    let locals = emails.iter().filter_map(|email| words_of_email(email));
    let mut words: Vec<String> = locals.collect();
    words.push(name.to_owned());
    words.extend(emails.iter().map(|email| email.replace('@', "-")));
    words
}

/// Local parts that say nothing about whom they reach.
const NOBODY: [&str; 12] =
    ["me", "mail", "email", "info", "hello", "hi", "contact", "git", "github", "dev", "admin", "root"];

/// The part of an address that names a person; `None` where it names nobody.
fn words_of_email(email: &str) -> Option<String> {
    let (local, domain) = email.split_once('@')?;
    let local = match local.split_once('+') {
        // `12345+octocat@users.noreply.github.com`
        Some((_, login)) if domain.contains("noreply") => login,
        Some((local, _)) => local,
        None => local,
    };
    let says_somebody = local.len() > 1 && !NOBODY.contains(&local) && !local.contains("noreply");
    says_somebody.then(|| local.to_owned())
}

/// The handle that `words` make: `Octo_Cat` is `@octo-cat`.
fn handle_of(words: &str) -> Option<Handle> {
    if words.is_empty() {
        return None;
    }
    let text = slug(words);
    // `slug` has a word of its own for what leaves nothing.
    (text != "record" && text.bytes().any(|b| b.is_ascii_alphabetic())).then(|| text.parse().ok()).flatten()
}

/// Whether a program commits under this name.
fn is_bot(name: &str, email: &str) -> bool {
    const BOTS: [&str; 14] = [
        "dependabot",
        "renovate",
        "greenkeeper",
        "github-actions",
        "semantic-release",
        "pre-commit-ci",
        "mergify",
        "allcontributors",
        "weblate",
        "imgbot",
        "snyk",
        "codecov",
        "jenkins",
        "travis-ci",
    ];
    let (name, email) = (name.to_lowercase(), email.to_lowercase());
    let local = email.split('@').next().unwrap_or_default();
    name.contains("[bot]")
        || email.contains("[bot]")
        || [name.as_str(), local].iter().any(|word| {
            BOTS.iter().any(|bot| word.starts_with(bot))
                || word.split(|c: char| !c.is_alphanumeric()).any(|part| part == "bot")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits(times: usize, name: &str, email: &str, paths: &[&str]) -> Vec<Contribution> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        vec![Contribution { name: name.into(), email: email.into(), paths }; times]
    }

    fn evidence(owners: &str, commits: Vec<Vec<Contribution>>) -> Evidence {
        let commits: Vec<Contribution> = commits.concat();
        let folders = commits
            .iter()
            .flat_map(|commit| &commit.paths)
            .flat_map(|path| folders_of(path))
            .map(str::to_owned);
        Evidence {
            folders: folders.collect(),
            owners: (!owners.is_empty()).then(|| ("CODEOWNERS".to_owned(), codeowners::parse(owners))),
            commits,
        }
    }

    fn told(inference: &Inference) -> Vec<String> {
        let line = |proposal: &Proposal| {
            let agent = &proposal.agent;
            format!("{} {:?} {:?}", agent.handle, agent.emails, agent.watches)
        };
        inference.proposals.iter().map(line).collect()
    }

    #[test]
    fn folders_go_to_those_who_mostly_change_them() {
        let evidence = evidence(
            "",
            vec![
                commits(6, "Jane Doe", "jane@example.com", &["src/db/a.rs", "src/db/b.rs"]),
                commits(2, "Bob", "bob@example.com", &["src/db/a.rs"]),
                commits(5, "Bob", "bob@example.com", &["src/api/a.rs", "README.md"]),
                commits(9, "dependabot[bot]", "x@users.noreply.github.com", &["src/api/a.rs"]),
                commits(2, "Once", "once@example.com", &["docs/a.md"]),
            ],
        );
        assert_eq!(
            told(&infer(&evidence, &Roster::default())),
            [r#"@jane ["jane@example.com"] ["/src/db/"]"#, r#"@bob ["bob@example.com"] ["/src/api/"]"#,]
        );
    }

    #[test]
    fn one_full_name_with_two_addresses_is_one_person() {
        let evidence = evidence(
            "",
            vec![
                commits(2, "Jane Doe", "me@home.example", &["src/a.rs"]),
                commits(2, "Jane Doe", "jd@work.example", &["src/a.rs"]),
            ],
        );
        assert_eq!(
            told(&infer(&evidence, &Roster::default())),
            [r#"@jd ["jd@work.example", "me@home.example"] ["/src/"]"#]
        );
    }

    #[test]
    fn code_owners_and_those_who_commit_are_brought_together() {
        let evidence = evidence(
            "* @lead\n/src/db/ @acme/db-team @Octo_Cat\n/docs/ writer@example.com\n",
            vec![commits(3, "Octo Cat", "7+octo-cat@users.noreply.github.com", &["src/db/a.rs", "lib/x.rs"])],
        );
        let inference = infer(&evidence, &Roster::default());
        assert_eq!(
            told(&inference),
            [
                r#"@lead [] []"#,
                r#"@db-team [] ["/src/db/"]"#,
                r#"@octo-cat ["7+octo-cat@users.noreply.github.com"] ["/src/db/", "/lib/", "/src/"]"#,
                r#"@writer ["writer@example.com"] ["/docs/"]"#,
            ]
        );
        assert!(inference.left_out[0].starts_with("CODEOWNERS line 1 gives everything to @lead"));
        assert_eq!(inference.proposals[1].sources, ["CODEOWNERS line 2: `/src/db/`"]);
    }

    #[test]
    fn who_is_in_the_roster_is_left_as_it_is() {
        let mut known = Agent::new("@data.postgres".parse().expect("a handle"));
        known.emails = vec!["JANE@example.com".into()];
        let evidence =
            evidence("/x/ @lead\n", vec![commits(4, "Jane Doe", "jane@example.com", &["src/a.rs"])]);
        let roster: Roster = [known, Agent::new("@lead".parse().expect("a handle"))].into_iter().collect();
        let inference = infer(&evidence, &roster);
        assert_eq!(inference.proposals, []);
        assert_eq!(inference.known.len(), 2);
    }

    #[test]
    fn handles_are_made_where_a_name_allows_it() {
        for (words, handle) in
            [("Octo_Cat", Some("@octo-cat")), ("接続", None), ("42", None), ("jane.doe", Some("@jane-doe"))]
        {
            assert_eq!(handle_of(words).map(|handle| handle.to_string()).as_deref(), handle, "{words}");
        }
        assert!(is_bot("renovate", "bot@renovateapp.com"));
        assert!(is_bot("Acme CI Bot", "ci@example.com"));
        assert!(!is_bot("Abbott", "abbott@example.com"));
    }
}
