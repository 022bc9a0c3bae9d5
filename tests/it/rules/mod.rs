//! Each rule on real git, in the modes in which it differs.

mod actor_mismatch;
mod affected_not_flagged;
mod broken_dependency;
mod changed_record;
mod closed_without_learning;
mod duplicate_id;
mod early_phase;
mod expired_lock;
mod hostile;
mod illegal_step;
mod incomplete_document;
mod missing_file;
mod overdue_dispute;
mod overdue_task;
mod overlapping_authority;
mod pages;
mod silent_task;
mod stale_location;
mod syntax;
mod thin_text;
mod unknown_actor;
mod unknown_agent;
mod unprocessed_flag;
mod write_authority;

use crate::environment::{Repo, Run, World, agent};

pub const API: &str = "@backend.api";
pub const DB: &str = "@database.postgres";
pub const LEAD: &str = "@performance.lead";
/// Nobody's e-mail address is listed for it.
pub const OPS: &str = "@ops.performance";

/// A repository on `main` with a team: `@backend.api` (api@), `@database.postgres` (db@, watches
/// `src/pool.rs`), `@performance.lead` (lead@) and `@ops.performance`; hooks are out of the way.
pub struct Scene {
    pub world: World,
    pub repo: Repo,
}

impl Scene {
    pub fn new() -> Scene {
        Scene::with("", "", "")
    }

    /// The same with more lines in the policy and in the files of two agents.
    pub fn with(policy: &str, api: &str, db: &str) -> Scene {
        let scene = Scene::empty();
        scene.team(policy, api, db);
        scene.repo.write("src/pool.rs", "pub const SIZE: u32 = 100;\n");
        scene.commit("somebody", "Begin");
        scene
    }

    pub fn empty() -> Scene {
        let (world, repo) = World::with_repo();
        Scene { world, repo }
    }

    pub fn team(&self, policy: &str, api: &str, db: &str) {
        let repo = &self.repo;
        repo.write(".perfteam/perfteam.yaml", &format!("version: 1\nleads:\n  - \"{LEAD}\"\n{policy}"));
        repo.write(".perfteam/agents/backend.api.md", &agent(API, "api@example.com", api));
        let watches = "watches:\n  - src/pool.rs\n";
        repo.write(
            ".perfteam/agents/database.postgres.md",
            &agent(DB, "db@example.com", &format!("{watches}{db}")),
        );
        repo.write(".perfteam/agents/performance.lead.md", &agent(LEAD, "lead@example.com", ""));
        repo.write(
            ".perfteam/agents/ops.performance.md",
            "---\nhandle: \"@ops.performance\"\ntitle: An agent\n---\n\nText.\n",
        );
    }

    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let all = [&["-c", "core.hooksPath=/dev/null"], args].concat();
        self.world.git(&self.repo, &all).exits(0).stdout
    }

    /// Commits everything as the author with this address at example.com.
    #[track_caller]
    pub fn commit(&self, who: &str, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.commit_staged(who, message)
    }

    #[track_caller]
    pub fn commit_staged(&self, who: &str, message: &str) -> String {
        let args = ["-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", message];
        self.world.git_as(&self.repo, &format!("{who}@example.com"), &args).exits(0);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    #[track_caller]
    pub fn branch(&self, name: &str) {
        self.git(&["switch", "-q", "-c", name]);
    }

    #[track_caller]
    pub fn run(&self, who: &str, args: &[&str]) -> Run {
        self.world.perfteam(&self.repo, who, args).exits(0)
    }

    pub fn check(&self, who: &str, args: &[&str]) -> Run {
        let run = self.world.perfteam(&self.repo, who, &[&["check"], args].concat());
        Run { stdout: self.without_commits(&run.stdout), ..run }
    }

    /// What a commit of the index would meet.
    pub fn staged(&self, who: &str) -> Run {
        self.check(who, &["--staged"])
    }

    /// What CI says of this branch.
    pub fn base(&self) -> Run {
        self.check("", &["--base", "main"])
    }

    /// The diagnostics as `level rule`, each with its message.
    #[track_caller]
    pub fn found(&self, who: &str, args: &[&str]) -> Vec<(String, String)> {
        let run = self.world.perfteam(&self.repo, who, &[&["check", "--format", "json"], args].concat());
        let verdict = run.json();
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let diagnostics = verdict["diagnostics"].as_array().expect("a list");
        diagnostics
            .iter()
            .map(|one| (format!("{} {}", text(&one["level"]), text(&one["rule"])), text(&one["message"])))
            .collect()
    }

    /// The `level rule` of what CI says of this branch.
    #[track_caller]
    pub fn found_in_base(&self) -> Vec<String> {
        self.found("", &["--base", "main"]).into_iter().map(|(what, _)| what).collect()
    }

    #[track_caller]
    pub fn found_in_stage(&self, who: &str) -> Vec<String> {
        self.found(who, &["--staged"]).into_iter().map(|(what, _)| what).collect()
    }

    /// The paths of the events in a record's folder, oldest first.
    pub fn events(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.repo.path.join(folder)).expect("a folder").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut paths: Vec<String> =
            names.filter(|name| name.starts_with('2')).map(|name| format!("{folder}/{name}")).collect();
        paths.sort();
        paths
    }

    /// Replaces text in a file, which must be there.
    #[track_caller]
    pub fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.repo.read(path);
        assert!(text.contains(old), "{path} has no {old:?}:\n{text}");
        self.repo.write(path, &text.replace(old, new));
    }

    /// A flag for the database from the API, committed.
    #[track_caller]
    pub fn flag(&self) -> (String, String) {
        let (id, path) = self.world.flag(&self.repo, API, DB, &[]);
        self.commit("api", "Raise a flag");
        (id, path)
    }

    /// The ids of commits vary with what they hold; their place in a text does not.
    fn without_commits(&self, text: &str) -> String {
        let commits = self.world.git(&self.repo, &["rev-list", "--all"]).stdout;
        commits.lines().fold(text.to_owned(), |text, id| text.replace(&id[..10], "1a2b3c4d5e"))
    }
}

/// Holds the example of a rule's page to what the tool prints; PERFTEAM_UPDATE_DOCS=1 writes it.
#[track_caller]
pub fn documented(rule: &str, printed: &str) {
    let path = pages::path(&format!("{rule}.md"));
    let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{rule}.md: {error}"));
    let start = page.find("```text\n").expect("an example") + "```text\n".len();
    let end = start + page[start..].find("```").expect("the end of the example");
    let lines: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let expected = format!("{}{}\n{}", &page[..start], lines.join("\n"), &page[end..]);
    pages::is_current(&path, &page, &expected);
}
