//! A person with an editor: writes heads, events and documents, and asks `check` what it makes of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::Incident;
use crate::environment::World;
use crate::investigations::{LEAD, text};
use perfteam::domain::text::{headline, slug};
use serde_json::Value;

/// The investigation.
const ID: &str = "3k8vq2mx7d";

/// A repository in which every file is written by hand.
pub struct Hand {
    pub incident: Incident,
    /// For each folder of a record its id and the names of its events.
    records: RefCell<BTreeMap<String, (String, Vec<String>)>>,
    /// How many files were written, so that no two have the same time.
    written: Cell<u32>,
}

impl Hand {
    pub fn new() -> Hand {
        let (world, repo) = World::with_team();
        let path = format!(".perfteam/investigations/2026-11-20/checkout-is-slow-{ID}");
        Hand {
            incident: Incident::at(world, repo, ID, &path),
            records: RefCell::default(),
            written: Cell::new(0),
        }
    }

    /// Now, as it stands in a file.
    fn now(&self) -> String {
        self.written.set(self.written.get() + 1);
        self.incident.world.clock().replace(".000Z", &format!(".{:03}Z", self.written.get()))
    }

    /// A record called `name`: its folder.
    pub fn record(
        &self,
        kind: &str,
        (name, id): (&str, &str),
        title: &str,
        keys: &str,
        body: &str,
    ) -> String {
        let (folder, file) = (format!("{kind}s"), format!("{kind}.md"));
        let dir = format!(".perfteam/{folder}/2026-11-20/{}-{id}", slug(&headline(title, 40)));
        let at = self.now();
        let head = format!("id: \"{id}\"\ntitle: \"{title}\"\nat: \"{at}\"\n{keys}");
        self.incident.repo.write(&format!("{dir}/{file}"), &format!("---\n{head}---\n\n{body}"));
        self.records.borrow_mut().insert(dir.clone(), (id.to_owned(), Vec::new()));
        if id != ID {
            self.incident.name(name, id);
        }
        dir
    }

    /// The head of the investigation.
    pub fn investigation(&self, keys: &str, impact: &str) {
        let keys = format!("from: \"{LEAD}\"\n{keys}");
        let body = format!("## Impact\n\n{impact}\n");
        let dir = self.record("investigation", ("", ID), "Checkout is slow", &keys, &body);
        assert_eq!(dir, self.incident.path);
    }

    /// A task of the investigation: its folder. `to` is a key with a handle, `to` or `waiting_for`.
    pub fn task(&self, (name, id): (&str, &str), title: &str, to: (&str, &str), keys: &str) -> String {
        let (key, handle) = to;
        let keys =
            format!("type: implementation\nfrom: \"{LEAD}\"\n{key}: \"{handle}\"\nparent: \"{ID}\"\n{keys}");
        self.record("task", (name, id), title, &keys, &format!("## Objective\n\n{title}\n"))
    }

    /// A finding of the investigation: its folder.
    pub fn finding(
        &self,
        (name, id): (&str, &str),
        from: &str,
        title: &str,
        severity: &str,
        evidence: &str,
    ) -> String {
        let keys = format!(
            "category: regression\ncomponent: {name}\nfrom: \"{from}\"\nseverity: {severity}\nparent: \"{ID}\"\n"
        );
        self.record("finding", (name, id), title, &keys, &format!("## Evidence\n\n{evidence}\n"))
    }

    /// A step on the record in `dir`.
    pub fn event(&self, dir: &str, what: &str, by: &str, keys: &str, body: &str) {
        let at = self.now();
        let mut records = self.records.borrow_mut();
        let (id, events) = records.get_mut(dir).expect("a record");
        let (seq, unique) = (events.len() + 1, self.written.get());
        let name = format!("{}-{what}-{unique:06}", at.replace(['-', ':'], ""));
        let after = events.last().map(|last| format!("after:\n  - {last}\n")).unwrap_or_default();
        let front =
            format!("record: \"{id}\"\nevent: {what}\nby: \"{by}\"\nat: \"{at}\"\nseq: {seq}\n{after}{keys}");
        self.incident.repo.write(&format!("{dir}/{name}.md"), &format!("---\n{front}---\n\n{body}\n"));
        events.push(name);
    }

    /// A step on the investigation, as its coordinator.
    pub fn step(&self, what: &str, keys: &str, body: &str) {
        self.event(&self.incident.path, what, LEAD, keys, body);
    }

    /// Deletes the last step on the record in `dir`.
    pub fn take_back(&self, dir: &str) {
        let name = self.records.borrow_mut().get_mut(dir).expect("a record").1.pop().expect("an event");
        let file = self.incident.repo.path.join(format!("{dir}/{name}.md"));
        std::fs::remove_file(file).expect("the event");
    }

    /// A document of the investigation.
    pub fn document(&self, name: &str, text: &str) {
        self.incident.repo.write(&format!("{}/{name}", self.incident.path), text);
    }

    /// An entry that the investigation taught: its path.
    pub fn knowledge(&self, kind: &str, slug: &str, title: &str, taught_by: &[&str], body: &str) -> String {
        let path = format!(".perfteam/knowledge/{kind}/{slug}.md");
        let ids: String = taught_by.iter().map(|id| format!("  - \"{id}\"\n")).collect();
        let front = format!("kind: {kind}\ntitle: {title}\ntaught_by:\n{ids}");
        self.incident.repo.write(&path, &format!("---\n{front}---\n\n{body}\n"));
        self.incident.call(&path, &format!("<{}>", kind.trim_start_matches("investigation-")));
        path
    }

    /// What `check` says of all that lies there, as a commit would have it.
    pub fn check(&self) -> Vec<String> {
        let told = self.diagnostics();
        told.iter().map(|one| format!("{} {}", text(one, "level"), text(one, "rule"))).collect()
    }

    fn diagnostics(&self) -> Vec<Value> {
        let incident = &self.incident;
        incident.world.git(&incident.repo, &["add", "-A"]).exits(0);
        let verdict = incident.run(LEAD, &["check", "--staged", "--format", "json"]).json();
        let diagnostics = verdict["diagnostics"].as_array().expect("a list").clone();
        // One commit has what several people wrote.
        diagnostics.into_iter().filter(|one| text(one, "rule") != "actor-mismatch").collect()
    }

    /// Nothing is wrong, and it is committed.
    #[track_caller]
    pub fn is_clean(&self) {
        assert_eq!(self.check(), [""; 0]);
        self.incident.world.git(&self.incident.repo, &["commit", "-qm", "By hand"]).exits(0);
    }

    /// A step on the investigation that comes too early: `check` names the same lines of the documents
    /// for the same reasons as `investigate status` did before it. The step is taken back.
    #[track_caller]
    pub fn too_early(&self, what: &str, keys: &str) {
        let at = |one: &Value, told: &str| format!("{}:{}: {told}", text(one, "path"), one["line"]);
        let status = self.incident.json(LEAD, &["investigate", "status", ID]);
        let missing = status["missing"].as_array().expect("a list").iter();
        let missing: Vec<String> = missing.map(|one| at(one, text(one, "what"))).collect();
        assert_ne!(missing, [""; 0], "something is missing");
        self.step(what, keys, "Too early.");
        let told = self.diagnostics();
        let reason = |one: &Value| {
            let message = text(one, "message");
            message.split_once(", but ").map_or(message, |(_, reason)| reason).to_owned()
        };
        let blocked: Vec<String> = told.iter().map(|one| at(one, &reason(one))).collect();
        assert_eq!(blocked, missing);
        assert!(told.iter().all(|one| one["rule"] == "incomplete-document" && one["level"] == "block"));
        self.take_back(&self.incident.path);
    }
}
