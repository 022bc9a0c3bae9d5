//! Closed tasks and findings in one file each, as closed flags are.

use serde_json::Value;

use crate::archive::{WAYS, archive, check, commit, names};
use crate::environment::{Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const SHOWN: &str = "The database counts twenty of twenty connections.";

/// A kind of record: how one is made by `API`, closed by whom and how, and what happens to it late.
struct Subject {
    kind: &'static str,
    make: &'static [&'static str],
    close: (&'static str, &'static [&'static str]),
    late: (&'static str, &'static [&'static str]),
}

const SUBJECTS: [Subject; 2] = [
    Subject {
        kind: "task",
        make: &["create", "--title", "Measure the pool", "--to", DB],
        close: (
            DB,
            &["complete", "--note", "It holds.", "--metric", "p95=2s..1s", "--recommend", "Repeat it."],
        ),
        late: (API, &["amend", "--priority", "high"]),
    },
    Subject {
        kind: "finding",
        make: &[
            "report",
            "--title",
            "The pool is exhausted",
            "--category",
            "bottleneck",
            "--component",
            "pool",
            "--severity",
            "high",
            "--evidence",
            SHOWN,
            "--location",
            "src/pool.rs:1",
        ],
        close: (API, &["resolve", "--note", "Enlarged to forty."]),
        late: (DB, &["confirm", "--evidence", SHOWN]),
    },
];

impl Subject {
    fn run(&self, world: &World, repo: &Repo, by: &str, args: &[&str]) -> Value {
        let words = [&[self.kind], args, &["--format", "json"]].concat();
        world.perfteam(repo, by, &words).exits(0).json()
    }

    fn step(&self, world: &World, repo: &Repo, id: &str, (by, args): (&str, &[&str])) {
        self.run(world, repo, by, &[&[args[0], id], &args[1..]].concat());
        commit(world, repo, args[0]);
    }

    fn show(&self, world: &World, repo: &Repo, id: &str) -> Value {
        self.run(world, repo, API, &["show", id])
    }

    /// A repository with one of them on main, and each work tree's branch alone seen.
    fn world(&self) -> (World, Repo, String, String) {
        let (world, repo) = World::with_team();
        let policy = repo.read(".perfteam/perfteam.yaml") + "\nscope: branch\n";
        repo.write(".perfteam/perfteam.yaml", &policy);
        let made = self.run(&world, &repo, API, self.make);
        commit(&world, &repo, "Make");
        let text = |key: &str| made[key].as_str().expect("a text").to_owned();
        (world, repo, text("id"), text("path"))
    }
}

#[test]
fn what_is_archived_reads_as_before_is_found_and_check_agrees() {
    for subject in SUBJECTS {
        let (world, repo, id, path) = subject.world();
        subject.step(&world, &repo, &id, subject.close);
        let all = || {
            subject.run(&world, &repo, API, &["list", "--status", "all"])[format!("{}s", subject.kind)][0]
                .clone()
        };
        let without_age = |mut value: Value| {
            value.as_object_mut().expect("a record").remove("time_left");
            value
        };
        let before = (without_age(subject.show(&world, &repo, &id)), without_age(all()));
        assert_eq!(archive(&world, &repo)["archived"][0]["id"], Value::from(id.clone()));
        assert_eq!(names(&repo, &path).len(), 1);
        assert_eq!((without_age(subject.show(&world, &repo, &id[..4])), without_age(all())), before);
        world.perfteam(&repo, API, &["check", "--staged"]).exits(0);
        commit(&world, &repo, "Archive");
        assert_eq!(check(&world, &repo, "HEAD~1"), (0, Vec::new()));
        assert_eq!(check(&world, &repo, "HEAD~2"), (0, Vec::new()));
        assert_eq!(world.perfteam(&repo, API, &["check"]).code, 0);
    }
}

#[test]
fn archived_findings_are_searched_and_shared_and_archived_tasks_still_recommend() {
    let [task, finding] = SUBJECTS;
    let (world, repo, id, _) = finding.world();
    finding.step(&world, &repo, &id, finding.close);
    archive(&world, &repo);
    commit(&world, &repo, "Archive");
    let found =
        finding.run(&world, &repo, API, &["list", "--status", "all", "--search", "twenty connections"]);
    assert_eq!(found["findings"][0]["id"], Value::from(id));
    let shared = finding.run(&world, &repo, API, &["list", "--status", "all", "--shared"]);
    assert_eq!(shared["findings_by_category"]["bottlenecks"][0]["status"], "resolved");
    let (world, repo, id, _) = task.world();
    task.step(&world, &repo, &id, task.close);
    let follow =
        task.run(&world, &repo, API, &["create", "--title", "After it", "--to", API, "--depends", &id]);
    commit(&world, &repo, "What depends on it");
    archive(&world, &repo);
    commit(&world, &repo, "Archive");
    let ready = task.run(&world, &repo, API, &["list", "--ready"]);
    assert_eq!(ready["tasks"][0]["id"], follow["id"], "what it depends on is done");
    task.run(&world, &repo, API, &["create", "--recommendation", &format!("{id}:1")]);
}

#[test]
fn a_late_event_of_another_branch_merges_in_every_way() {
    for subject in SUBJECTS {
        let (world, repo, id, path) = subject.world();
        world.git(&repo, &["checkout", "-qb", "late"]).exits(0);
        subject.step(&world, &repo, &id, subject.late);
        world.git(&repo, &["checkout", "-q", "main"]).exits(0);
        subject.step(&world, &repo, &id, subject.close);
        archive(&world, &repo);
        commit(&world, &repo, "Archive");
        // The same words again: for git, the folder of the archived one must not look renamed.
        subject.run(&world, &repo, API, subject.make);
        commit(&world, &repo, "Make a like one");
        let mut shown: Option<Value> = None;
        for (way, branch, commands) in WAYS {
            world.git(&repo, &["checkout", "-q", "--detach", branch]).exits(0);
            for command in commands {
                world.git(&repo, command).exits(0);
            }
            assert_eq!(names(&repo, &path).len(), 2, "{way}: the archive, and the event beside it");
            let now = subject.show(&world, &repo, &id);
            assert_eq!(now["events"].as_array().map(Vec::len), Some(2), "{way}");
            assert!(["completed", "resolved"].iter().any(|word| now["status"] == *word), "{way}: {now}");
            assert_eq!(shown.get_or_insert_with(|| now.clone()), &now, "{way}");
            assert_eq!(check(&world, &repo, branch), (0, Vec::new()), "{way}");
        }
    }
}

/// Killed after the archive was written, and before all that stands in it was gone.
#[test]
fn what_a_killed_run_left_is_finished_by_the_next_one() {
    let [subject, _] = SUBJECTS;
    let (world, repo, id, path) = subject.world();
    subject.step(&world, &repo, &id, subject.close);
    let head = repo.read(&format!("{path}/task.md"));
    let before = subject.show(&world, &repo, &id);
    archive(&world, &repo);
    let archived = names(&repo, &path);
    repo.write(&format!("{path}/task.md"), &head);
    assert_eq!(archive(&world, &repo)["archived"][0]["replaces"], 1);
    assert_eq!((names(&repo, &path), subject.show(&world, &repo, &id)), (archived, before));
    commit(&world, &repo, "Archive");
    assert_eq!(check(&world, &repo, "HEAD~1"), (0, Vec::new()));
}
