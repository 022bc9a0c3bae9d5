//! The action and the template for GitLab: their own steps, run with an event as the forge writes it,
//! against a server on this machine in place of the forge's API.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::environment::{Repo, World, run};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const MARKER: &str = "<!-- perfteam:review -->";

/// A forge's API as far as comments go.
pub struct Forge {
    address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    comments: Vec<(u64, String, String)>,
    requests: Vec<String>,
    /// What is answered to a method instead.
    refusals: BTreeMap<&'static str, u16>,
}

impl Forge {
    pub fn new() -> Forge {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &shared);
            }
        });
        Forge { address, state }
    }

    fn comment(&self, id: u64, by: &str, body: &str) {
        self.state.lock().expect("the state").comments.push((id, by.into(), body.into()));
    }

    /// The text of the only comment.
    pub fn comment_body(&self) -> String {
        let state = self.state.lock().expect("the state");
        let [(_, _, body)] = state.comments.as_slice() else { panic!("{} comments", state.comments.len()) };
        body.clone()
    }

    /// Ids, authors and the title of each comment.
    fn comments(&self) -> Vec<String> {
        let state = self.state.lock().expect("the state");
        let title =
            |body: &str| body.lines().find(|line| !line.starts_with("<!--")).unwrap_or_default().to_owned();
        state.comments.iter().map(|(id, by, body)| format!("{id} {by} {}", title(body))).collect()
    }

    fn refuses(&self, method: &'static str, status: u16) {
        self.state.lock().expect("the state").refusals.insert(method, status);
    }

    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().expect("the state").requests)
    }
}

/// Reads one request and answers it.
fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" | "private-token" => token = value.trim().to_owned(),
            "expect" => (&stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut state = state.lock().expect("the state");
    let path = target.split('?').next().unwrap_or_default();
    state.requests.push(format!("{method} {path}"));
    let (status, answer) = state.act(&method, &target, &token, &body);
    let answer = answer.to_string();
    write!(
        &stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nRetry-After: 90\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

impl State {
    fn act(&mut self, method: &str, target: &str, token: &str, body: &[u8]) -> (u16, Value) {
        if !token.ends_with("s3cret") {
            return (401, json!({ "message": "Bad credentials" }));
        }
        if target.ends_with("/user") {
            return (200, json!({ "id": 1, "username": "bot", "name": "Bot" }));
        }
        if let Some(refusal) = self.refusals.get(method) {
            return (*refusal, json!({ "message": "Resource not accessible by integration" }));
        }
        let text = serde_json::from_slice::<Value>(body).unwrap_or_default()["body"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let id: Option<u64> = target.rsplit('/').next().and_then(|last| last.parse().ok());
        match (method, id) {
            ("GET", _) => (200, self.page(target)),
            ("POST", _) => {
                self.comments.push((100 + self.comments.len() as u64, "bot".into(), text));
                (201, json!({}))
            }
            ("PATCH" | "PUT", Some(id)) => {
                let found = self.comments.iter_mut().find(|(own, ..)| *own == id);
                found.map_or((404, json!({})), |found| {
                    found.2 = text;
                    (200, json!({}))
                })
            }
            ("DELETE", Some(id)) => {
                self.comments.retain(|(own, ..)| *own != id);
                (204, json!({}))
            }
            _ => (404, json!({})),
        }
    }

    /// Two comments a page, in the form of both forges.
    fn page(&self, target: &str) -> Value {
        let page: usize =
            target.split("&page=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok()).unwrap_or(1);
        let shown = self.comments.iter().skip((page - 1) * 2).take(2);
        shown
            .map(|(id, by, body)| json!({ "id": id, "user": { "login": by }, "author": { "username": by }, "body": body }))
            .collect()
    }
}

/// A repository whose branch work raises a flag and breaks a rule, and its base as fetched.
fn pull_request() -> (World, Repo) {
    let (world, origin) = World::with_team();
    world.flag(&origin, DB, API, &["--title", "Waits"]);
    world.git(&origin, &["commit", "-q", "--no-verify", "-m", "A flag"]).exits(0);
    world.git(&origin, &["clone", "-q", ".", "../clone"]).exits(0);
    let repo = Repo { path: world.path().join("clone") };
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    world.flag(&repo, API, DB, &["--title", "Lower max_connections"]);
    repo.write("docs/a.md", "A page.\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git_as(&repo, "api@example.com", &["commit", "-q", "--no-verify", "-m", "Work"]).exits(0);
    (world, repo)
}

/// A run of the action: what it reads and what the forge tells it.
pub struct Job<'a> {
    world: &'a World,
    repo: &'a Repo,
    forge: &'a Forge,
    pub inputs: BTreeMap<&'static str, &'static str>,
    /// The branch to which was pushed; none where a pull request is what happened.
    pushed: Option<&'static str>,
}

impl<'a> Job<'a> {
    pub fn new(world: &'a World, repo: &'a Repo, forge: &'a Forge) -> Self {
        let event = json!({ "pull_request": { "number": 7, "head": { "ref": "$(touch pwned)" } }, "repository": { "default_branch": "main" } });
        repo.write(".git/event.json", &event.to_string());
        let inputs = [("author", "bot"), ("token", "s3cret")].into();
        Job { world, repo, forge, inputs, pushed: None }
    }

    /// A push that took `branch` on from the commit `before`.
    fn of_push(
        world: &'a World,
        repo: &'a Repo,
        forge: &'a Forge,
        branch: &'static str,
        before: &str,
    ) -> Self {
        let job = Job::new(world, repo, forge);
        let event = json!({
            "before": before, "created": before.bytes().all(|byte| byte == b'0'),
            "repository": { "default_branch": "main" },
        });
        repo.write(".git/event.json", &event.to_string());
        Job { pushed: Some(branch), ..job }
    }

    /// Runs the steps of action.yml as a runner does; each step's name and exit code, and what they print.
    pub fn run(&self) -> (Vec<String>, String) {
        let action = include_str!("../../action.yml");
        let action: Value = serde_yaml::from_str(action).expect("YAML");
        let (mut codes, mut printed) = (Vec::new(), String::new());
        for step in action["runs"]["steps"].as_array().expect("steps") {
            let name = step["name"].as_str().expect("a name");
            if step["if"].as_str().is_some_and(|condition| self.value(&action, condition).is_empty()) {
                continue;
            }
            let mut command = self.shell(step["run"].as_str().expect("a command"));
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                command.env(name, self.filled(&action, value.as_str().expect("a text")));
            }
            let ran = run(command);
            codes.push(format!("{name}: {}", ran.code));
            printed.push_str(&ran.stdout);
            printed.push_str(&ran.stderr);
            if ran.code != 0 {
                break;
            }
        }
        (codes, printed)
    }

    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-e", "-c", script]).current_dir(&self.repo.path).env_clear();
        let git = self.world.perfteam_command(self.repo, "", &[]);
        command.envs(git.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_API_URL", &self.forge.address)
            .env("GITHUB_SERVER_URL", "https://github.example")
            .env("GITHUB_REPOSITORY", "team/repo")
            .env("GITHUB_EVENT_PATH", self.repo.path.join(".git/event.json"))
            .env("GITHUB_STEP_SUMMARY", self.repo.path.join(".git/summary.md"));
        command
    }

    fn summary(&self) -> String {
        self.repo.read(".git/summary.md")
    }

    /// A text with its expressions filled in.
    fn filled(&self, action: &Value, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (expression, after) = rest.split_once("}}").expect("its end");
        format!("{before}{}{}", self.value(action, expression), self.filled(action, after))
    }

    /// The value of an expression, as far as the action needs the language; no value is an empty text.
    fn value(&self, action: &Value, expression: &str) -> String {
        let expression = expression.trim();
        if let Some((one, other)) = expression.split_once("||") {
            let one = self.value(action, one);
            return if one.is_empty() { self.value(action, other) } else { one };
        }
        if let Some((one, other)) = expression.split_once("&&") {
            return if self.value(action, one).is_empty() {
                String::new()
            } else {
                self.value(action, other)
            };
        }
        for (sign, wanted) in [("==", true), ("!=", false)] {
            if let Some((one, other)) = expression.split_once(sign) {
                let is_same = self.value(action, one) == self.value(action, other);
                return if is_same == wanted { "true".into() } else { String::new() };
            }
        }
        if let Some(inner) = expression.strip_prefix("format(").and_then(|rest| rest.strip_suffix(')')) {
            let (form, value) = inner.split_once(", ").expect("two arguments");
            return self.value(action, form).replace("{0}", &self.value(action, value));
        }
        if expression == "true" {
            return expression.into();
        }
        if let Some(text) = expression.strip_prefix('\'') {
            return text.trim_end_matches('\'').to_owned();
        }
        match expression.split_once('.').expect("a name with a dot") {
            ("inputs", name) => {
                let default = action["inputs"][name]["default"].as_str().expect("an input with a default");
                self.inputs
                    .get(name)
                    .map_or_else(|| self.filled(action, default), |value| (*value).to_owned())
            }
            ("github", "token") => "s3cret".into(),
            ("github", "base_ref") => self.pushed.map_or("main", |_| "").into(),
            ("github", "ref_name") => self.pushed.unwrap_or("7/merge").into(),
            ("github", "event_name") => self.pushed.map_or("pull_request", |_| "push").into(),
            ("github", event) => {
                let events: Value = serde_json::from_str(&self.repo.read(".git/event.json")).expect("JSON");
                let pointer = event.strip_prefix("event").expect("the event").replace('.', "/");
                match events.pointer(&pointer) {
                    Some(Value::String(text)) => text.clone(),
                    other => other.map(Value::to_string).unwrap_or_default(),
                }
            }
            _ => panic!("{expression}"),
        }
    }
}

pub fn has_curl() -> bool {
    let found = Command::new("curl").arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: curl is not here");
    }
    found
}

const STEPS: [&str; 3] = ["Install perfteam: 0", "Review: 0", "Check: 1"];
const COMMENTS: &str = "/repos/team/repo/issues/7/comments";

#[test]
fn the_action_writes_one_comment_and_then_that_one_anew() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    if !has_curl() {
        return;
    }
    for id in 1..=3 {
        forge.comment(id, "mallory", &format!("{MARKER}\n### perfteam: all is well"));
    }
    let job = Job::new(&world, &repo, &forge);
    let (steps, printed) = job.run();
    assert_eq!(steps, STEPS, "{printed}");
    let theirs =
        ["1 mallory", "2 mallory", "3 mallory"].map(|who| format!("{who} ### perfteam: all is well"));
    let blocked = [theirs.to_vec(), vec!["103 bot ### perfteam: blocked (1 blocking)".into()]].concat();
    assert_eq!(forge.comments(), blocked);
    let list = format!("GET {COMMENTS}");
    assert_eq!(forge.requests(), [list.clone(), list.clone(), list, format!("POST {COMMENTS}")]);
    assert!(job.summary().starts_with(MARKER));
    assert!(printed.contains("the comment with the review is up to date"), "{printed}");
    assert!(printed.contains("::error file=.perfteam/flags/") && !printed.contains("s3cret"), "{printed}");

    let waits =
        world.perfteam(&repo, API, &["flag", "list", "--to", API, "--format", "json"]).exits(0).json();
    let id = waits["flags"][0]["id"].as_str().expect("an id").to_owned();
    world.perfteam(&repo, API, &["flag", "complete", &id]).exits(0);
    world.git_as(&repo, "api@example.com", &["commit", "-q", "--no-verify", "-m", "Done"]).exits(0);
    assert_eq!(job.run().0, ["Install perfteam: 0", "Review: 0", "Check: 0"]);
    let clean = [theirs.to_vec(), vec!["103 bot ### perfteam: nothing blocks (1 note)".into()]].concat();
    assert_eq!(forge.comments(), clean);
    assert_eq!(
        forge.requests().last().map(String::as_str),
        Some("PATCH /repos/team/repo/issues/comments/103")
    );
    assert!(!repo.path.join("pwned").exists());
}

#[test]
fn what_two_runs_left_at_once_becomes_one() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    if !has_curl() {
        return;
    }
    for id in [11, 12, 13] {
        forge.comment(id, "bot", &format!("{MARKER}\n### old"));
    }
    forge.comment(14, "bot", "Something else");
    Job::new(&world, &repo, &forge).run();
    assert_eq!(forge.comments(), ["11 bot ### perfteam: blocked (1 blocking)", "14 bot Something else"]);
}

#[test]
fn a_comment_that_is_taken_away_meanwhile_is_written_again() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    if !has_curl() {
        return;
    }
    forge.comment(11, "bot", &format!("{MARKER}\n### old"));
    forge.refuses("PATCH", 404);
    let (steps, printed) = Job::new(&world, &repo, &forge).run();
    assert_eq!(steps, STEPS);
    assert!(printed.contains("the comment with the review is up to date"), "{printed}");
    assert_eq!(forge.requests().last(), Some(&format!("POST {COMMENTS}")));
}

#[test]
fn no_job_waits_for_as_long_as_a_forge_likes() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    if !has_curl() {
        return;
    }
    // Come again in 90 seconds, it says.
    forge.refuses("GET", 429);
    let (steps, printed) = Job::new(&world, &repo, &forge).run();
    assert_eq!(steps, STEPS);
    assert!(printed.contains("(status 429): too many requests"), "{printed}");
    assert_eq!(forge.requests(), [format!("GET {COMMENTS}")], "it is asked once");
}

#[test]
fn without_a_right_to_write_the_review_is_in_the_summary_of_the_job() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    if !has_curl() {
        return;
    }
    forge.refuses("POST", 403);
    let mut job = Job::new(&world, &repo, &forge);
    let (steps, printed) = job.run();
    assert_eq!(steps, STEPS);
    assert!(
        printed.contains(
            "::warning::perfteam: the comment could not be written (status 403): the token may not"
        ),
        "{printed}"
    );
    assert!(job.summary().contains("opens 1 flag"));
    assert_eq!(forge.comments(), [""; 0]);

    job.inputs.insert("token", "");
    let (steps, printed) = job.run();
    assert_eq!(steps, STEPS);
    assert!(printed.contains("there is no token that may write comments"), "{printed}");

    // A push is no pull request.
    job.inputs.insert("token", "s3cret");
    repo.write(".git/event.json", "{}");
    forge.requests();
    let (steps, printed) = job.run();
    assert_eq!(steps, STEPS);
    assert!(printed.contains("this is no run of a pull request") && forge.requests().is_empty(), "{printed}");

    let nobody = Forge { address: "http://127.0.0.1:9".into(), state: Arc::default() };
    let (steps, printed) = Job::new(&world, &repo, &nobody).run();
    assert_eq!(steps, STEPS);
    assert!(printed.contains("could not be written (status 000)"), "{printed}");
}

/// The branch work, squashed into main as a forge does it: its trailers lost, the flag left unanswered; the commit
/// that main was before.
fn squashed(world: &World, repo: &Repo) -> String {
    world.git(repo, &["switch", "-q", "main"]).exits(0);
    let before = world.git(repo, &["rev-parse", "HEAD"]).exits(0).stdout.trim().to_owned();
    world.git(repo, &["merge", "-q", "--squash", "work"]).exits(0);
    world.git_as(repo, "api@example.com", &["commit", "-q", "--no-verify", "-m", "Work (#7)"]).exits(0);
    world.perfteam(repo, "", &["check", "--base", &before]).exits(1);
    before
}

#[test]
fn what_a_forge_has_merged_is_not_held_against_it() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    let before = squashed(&world, &repo);
    let mut job = Job::of_push(&world, &repo, &forge, "main", &before);
    job.inputs.insert("sarif", ".git/findings.sarif");
    let (steps, printed) = job.run();
    assert_eq!(steps, ["Install perfteam: 0", "Review: 0", "Findings as SARIF: 0", "Check: 0"], "{printed}");
    assert!(printed.contains("::notice file=") && !printed.contains("::error"), "{printed}");
    assert!(job.summary().contains("### perfteam: nothing blocks"), "{}", job.summary());
    assert!(forge.requests().is_empty());
    // The first push of the branch, and a push to another one.
    let zeros = "0".repeat(40);
    let job = Job::of_push(&world, &repo, &forge, "main", &zeros);
    assert_eq!(job.run().0, ["Install perfteam: 0", "Review: 0", "Check: 0"]);
    world.git(&repo, &["switch", "-q", "work"]).exits(0);
    let job = Job::of_push(&world, &repo, &forge, "work", &before);
    assert_eq!(job.run().0, STEPS, "a branch is judged in full, by the integration branch");
}

#[test]
fn findings_are_written_as_sarif_where_that_is_asked_for() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    let mut job = Job::new(&world, &repo, &forge);
    job.inputs.insert("sarif", ".git/findings.sarif");
    job.inputs.insert("comment", "false");
    let steps = job.run().0;
    assert_eq!(steps, ["Install perfteam: 0", "Review: 0", "Findings as SARIF: 0", "Check: 1"]);
    let sarif: Value = serde_json::from_str(&repo.read(".git/findings.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "unprocessed-flag");
    assert!(forge.requests().is_empty());
}

#[test]
fn the_template_for_gitlab_does_the_same() {
    let (world, repo) = pull_request();
    let forge = Forge::new();
    if !has_curl() {
        return;
    }
    let template: Value = serde_yaml::from_str(include_str!("../../ci/gitlab.yml")).expect("YAML");
    let script: Vec<&str> =
        template["perfteam"]["script"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let job = Job::new(&world, &repo, &forge);
    let shell = || {
        let mut command = job.shell(&script.join("\n"));
        let github: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
        for name in github.iter().filter(|name| name.to_string_lossy().starts_with("GITHUB_")) {
            command.env_remove(name);
        }
        command
    };
    let go = |token: &str| {
        let mut command = shell();
        command
            .env("PERFTEAM_BASE", "origin/main")
            .env("PERFTEAM_TOKEN", token)
            .env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
            .env("CI_MERGE_REQUEST_IID", "7")
            .env("CI_PROJECT_ID", "42")
            .env("CI_PROJECT_URL", "https://gitlab.example/team/repo")
            .env("CI_API_V4_URL", &forge.address);
        run(command)
    };
    let first = go("s3cret").exits(1);
    assert!(
        first.stdout.contains("the comment with the review is up to date"),
        "{}{}",
        first.stdout,
        first.stderr
    );
    go("s3cret").exits(1);
    assert_eq!(forge.comments(), ["100 bot ### perfteam: blocked (1 blocking)"]);
    let notes = "/projects/42/merge_requests/7/notes";
    assert_eq!(forge.requests().last(), Some(&format!("PUT {notes}/100")));
    let quality: Value = serde_json::from_str(&repo.read("gl-code-quality-report.json")).expect("JSON");
    assert_eq!(quality[0]["check_name"], "perfteam/unprocessed-flag");
    roxmltree::Document::parse(&repo.read("perfteam-junit.xml")).expect("XML");
    assert!(repo.read("perfteam-review.md").starts_with(MARKER));
    let without = go("").exits(1);
    assert!(
        without.stdout.contains("there is no token") && without.stdout.contains("Opens (1)"),
        "{}",
        without.stdout
    );
    // What is merged comes as a push.
    let merged = &template["perfteam"]["rules"][1]["variables"];
    assert_eq!(merged["PERFTEAM_BASE"], "$CI_COMMIT_BEFORE_SHA");
    let before = squashed(&world, &repo);
    let mut command = shell();
    command
        .env("PERFTEAM_BASE", &before)
        .env("PERFTEAM_MERGED", merged["PERFTEAM_MERGED"].as_str().expect("an option"));
    let pushed = run(command).exits(0);
    assert!(pushed.stdout.contains("this is no run of a pull request"), "{}", pushed.stdout);
}

#[test]
fn what_others_name_is_given_to_no_shell() {
    let action: Value = serde_yaml::from_str(include_str!("../../action.yml")).expect("YAML");
    for step in action["runs"]["steps"].as_array().expect("steps") {
        assert!(!step["run"].as_str().expect("a command").contains("${{"), "{step}");
    }
}
