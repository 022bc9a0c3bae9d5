//! One incident from trigger to closed: p95 went from 250 ms to 890 ms for 15 % of the traffic. Once by
//! commands alone, once by editing files alone; and what else can happen in each of its phases.

mod closing;
mod commands;
mod evidence;
mod files;
mod hand;
mod killed;
mod learning;
mod standing;
mod story;
mod synthesis;
mod windows;

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::environment::{Repo, Run, World};
use crate::investigations::{API, DB, LEAD, OPS, ask, text};
use serde_json::Value;

/// The incident, with short names for what its commands made.
pub struct Incident {
    pub world: World,
    pub repo: Repo,
    pub id: String,
    pub path: String,
    names: RefCell<BTreeMap<String, String>>,
    /// Texts that vary, such as file names, and what stands for them.
    others: RefCell<Vec<(String, String)>>,
}

impl Incident {
    /// The investigation `id` in the folder `path`.
    fn at(world: World, repo: Repo, id: &str, path: &str) -> Incident {
        let (names, others) = (RefCell::default(), RefCell::default());
        Incident { world, repo, id: id.to_owned(), path: path.to_owned(), names, others }
    }

    /// It is opened, and the tasks of all parts are made. The database's agent looks at the metrics.
    pub fn open() -> Incident {
        let (world, repo) = World::with_team();
        let args = ["investigate", "open", "--title", "Checkout is slow", "--priority", "high"];
        let systems = ["--system", "checkout", "--system", "user-profile", "--trigger", "p95 alert at 14:15"];
        let impact = ["--impact", "15 % of the traffic waits 890 ms instead of 250 ms, mostly at checkout."];
        let success = [
            "--success",
            "p95_latency < 300ms, target < 250ms",
            "--success",
            "error_rate < 0.1%, target < 0.05%",
            "--success",
            "database_connections < 70%",
        ];
        let opened = ask(&world, &repo, LEAD, &[&args[..], &systems, &impact, &success].concat());
        let (id, path) = (text(&opened, "id").to_owned(), text(&opened, "path").to_owned());
        let incident = Incident::at(world, repo, &id, &path);
        let roles = ["--data", DB, "--code", API, "--infrastructure", OPS];
        let tasks =
            incident.json(LEAD, &[&["investigate", "delegate", &incident.id], &roles[..]].concat())["tasks"]
                .clone();
        for (part, task) in tasks.as_object().expect("tasks") {
            incident.name(part, text(task, "id"));
        }
        incident
    }

    pub fn run(&self, who: &str, args: &[&str]) -> Run {
        self.world.perfteam(&self.repo, who, args)
    }

    #[track_caller]
    pub fn json(&self, who: &str, args: &[&str]) -> Value {
        ask(&self.world, &self.repo, who, args)
    }

    /// The document `name`, without what varies.
    pub fn document(&self, name: &str) -> String {
        self.plain(&self.repo.read(&format!("{}/{name}", self.path)))
    }

    /// A text in which ids and folders have their short names.
    pub fn plain(&self, text: &str) -> String {
        let text = text.replace(&self.path, "DIR").replace(&self.id, "ID").replace(&self.id[..4], "ID");
        let others = self.others.borrow();
        let text = others.iter().fold(text, |text, (other, name)| text.replace(other, name));
        let names = self.names.borrow();
        names.iter().fold(text, |text, (name, id)| text.replace(id, name).replace(&id[..4], name))
    }

    pub fn name(&self, name: &str, id: &str) {
        self.names.borrow_mut().insert(format!("<{name}>"), id.to_owned());
    }

    /// Another text that varies.
    pub fn call(&self, text: &str, name: &str) {
        self.others.borrow_mut().push((text.to_owned(), name.to_owned()));
    }

    pub fn id_of(&self, name: &str) -> String {
        self.names.borrow()[&format!("<{name}>")].clone()
    }

    /// Rows, items or texts of a section.
    #[track_caller]
    pub fn write(&self, who: &str, document: &str, section: &str, what: &str, texts: &[&str]) {
        let mut args = vec!["investigate", "write", &self.id, "--document", document, "--section", section];
        texts.iter().for_each(|text| args.extend([what, text]));
        self.run(who, &args).exits(0);
    }

    #[track_caller]
    pub fn report(&self, who: &str, name: &str, title: &str, severity: &str, more: &[&str]) {
        let args =
            ["finding", "report", "--title", title, "--severity", severity, "--category", "regression"];
        let args = [&args[..], &["--component", name, "--investigation", &self.id], more].concat();
        let made = self.json(who, &args);
        self.name(name, text(&made, "id"));
    }

    pub fn missing(&self) -> Vec<String> {
        let status = self.json(LEAD, &["investigate", "status", &self.id]);
        let missing = status["missing"].as_array().expect("a list").clone();
        missing
            .iter()
            .map(|one| self.plain(&format!("{}: {}", text(one, "path"), text(one, "what"))))
            .collect()
    }
}
