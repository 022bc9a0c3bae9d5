//! `perfteam mcp`, spoken to in plain JSON-RPC. `tests/mcp/reference.py` does the same with the protocol's own
//! reference client.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::answers::fits;
use crate::environment::{ACTION, CHANGE, Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

/// A client: one server, and the lines that it says.
pub struct Client {
    server: Child,
    lines: Receiver<String>,
    last: u64,
}

impl Client {
    /// Starts the server as this agent.
    fn new(world: &World, repo: &Repo, agent: &str) -> Client {
        let mut command = world.perfteam_command(repo, agent, &["mcp"]);
        // Each call is a run of its own, and needs numbers of its own.
        command.env_remove("PERFTEAM_SEED").env_remove("PERFTEAM_NOW");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("it starts");
        let stdout = BufReader::new(server.stdout.take().expect("its output"));
        let (send, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Client { server, lines, last: 0 }
    }

    /// Starts the server and shakes hands.
    pub fn ready(world: &World, repo: &Repo, agent: &str) -> Client {
        let mut client = Client::new(world, repo, agent);
        let who = json!({ "name": "test", "version": "1" });
        let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": who });
        let info = client.ask("initialize", hello)["result"].clone();
        assert_eq!(
            (&info["serverInfo"]["name"], &info["protocolVersion"]),
            (&"perfteam".into(), &"2025-06-18".into())
        );
        client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        client
    }

    fn say(&mut self, line: &str) {
        let stdin = self.server.stdin.as_mut().expect("its input");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("it listens");
    }

    /// Sends a request and yields its id.
    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.last += 1;
        let request = json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params });
        self.say(&request.to_string());
        self.last
    }

    /// The next thing that it says, which is of the protocol.
    fn hear(&mut self) -> Value {
        let line = self.lines.recv_timeout(Duration::from_secs(120)).expect("an answer");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// Sends a request and yields the response.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        loop {
            let message = self.hear();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// The answer of a tool that did what it was asked for.
    #[track_caller]
    pub fn done(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments)["result"].clone();
        assert_eq!(result["isError"], false, "{tool}: {result}");
        let answer = result["structuredContent"].clone();
        fits(&answer).expect("as the schema says");
        let text = result["content"][0]["text"].as_str().expect("a text");
        assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), answer);
        answer
    }

    /// The error of a tool that refused.
    #[track_caller]
    fn refused(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments)["result"].clone();
        assert_eq!(result["isError"], true, "{tool}: {result}");
        fits(&result["structuredContent"]).expect("as the schema says");
        let error = result["structuredContent"]["error"].clone();
        let text = result["content"][0]["text"].as_str().expect("a text");
        assert!(text.starts_with("error: ") && text.contains("\n  try: "), "{text}");
        error
    }

    /// Goes away; the exit code of the server.
    pub fn goes(mut self) -> Option<i32> {
        drop(self.server.stdin.take());
        self.server.wait().expect("it ends").code()
    }
}

#[test]
fn tools_say_what_they_take_what_they_answer_and_what_they_do() {
    let (world, repo) = World::with_team();
    let mut client = Client::ready(&world, &repo, API);
    let tools = client.ask("tools/list", json!({}))["result"]["tools"].clone();
    let mut told = Vec::new();
    for tool in tools.as_array().expect("tools") {
        let (input, output, hints) = (&tool["inputSchema"], &tool["outputSchema"], &tool["annotations"]);
        assert_eq!((&input["type"], &output["type"]), (&"object".into(), &"object".into()));
        assert!(output["anyOf"].as_array().is_some_and(|forms| forms.len() >= 2), "an answer and a failure");
        assert_eq!((&hints["destructiveHint"], &hints["openWorldHint"]), (&false.into(), &false.into()));
        let names = input["properties"].as_object().expect("arguments").keys();
        let required = input["required"].as_array().expect("a list");
        let word = |name: &String| {
            if required.contains(&Value::from(name.as_str())) { format!("{name}!") } else { name.clone() }
        };
        let effect = if hints["readOnlyHint"] == true { "reads" } else { "adds" };
        let names = names.map(word).collect::<Vec<_>>().join(" ");
        told.push(format!("{} {effect}: {names}", tool["name"].as_str().expect("a name")));
    }
    assert_snapshot!(told.join("\n"), @r#"
    prime reads: 
    inbox reads: agent limit scope
    next reads: agent limit scope
    show reads: id! scope
    search_agents reads: words! limit explain
    create_flag adds: type to! impact title change! action! file location example context chain once
    lock adds: id! renew awaiting change action note
    complete adds: id! note health period metric alerts trend recommend
    report_progress adds: id! percent! phase metric issue next note
    report_finding adds: title! category! component! severity! evidence! type impact location metric frequency first_detected trend distribute investigation once
    check reads: staged base merged worktree
    review reads: range merged
    "#);
    let lock = &tools[6];
    assert_snapshot!(lock["description"].as_str().expect("a text"), @r#"
    Of a flag: Say that you work on a flag; the lock is a lease and ends by itself

    A held flag can't be locked again, not even by the same agent: several processes may share a handle. --awaiting asks another agent in the same step; the lock then lasts until the answer.

    Of a task: Say that you work on a task; a task that is nobody's becomes yours

    Like the lock of a flag this is a lease: it ends by itself, each progress report makes it last longer, and while it lasts nobody else can start the task, not even another process of the same agent.
    "#);
    assert_eq!(client.goes(), Some(0));
}

#[test]
fn the_whole_way_of_a_flag_and_a_task_goes_through_tools() {
    let (world, repo) = World::with_team();
    let mut db = Client::ready(&world, &repo, DB);
    let mut api = Client::ready(&world, &repo, API);
    assert!(
        api.done("prime", json!({}))["text"]
            .as_str()
            .is_some_and(|text| text.contains("you are @backend.api"))
    );
    let found = db.done("search_agents", json!({ "words": "things", "limit": 1 }));
    assert_eq!(found["results"].as_array().map(Vec::len), Some(1));
    let texts =
        json!({ "to": [API], "type": "change", "change": CHANGE, "action": ACTION, "impact": "high" });
    let flag = db.done("create_flag", texts)["id"].clone();
    assert_eq!(api.done("inbox", json!({}))["flags"][0]["id"], flag);
    assert_eq!(api.done("show", json!({ "id": flag }))["change"], CHANGE);
    api.done("lock", json!({ "id": flag }));
    let held = api.refused("lock", json!({ "id": flag }));
    assert_eq!(held["exit"], 4, "{held}");
    api.done("complete", json!({ "id": flag, "note": "Set to twenty; the p95 is as before." }));
    let objective = "Find the number of users from which the p95 of the gateway rises.";
    let task = ["task", "create", "--to", API, "--title", "Load test", "--objective", objective];
    world.perfteam(&repo, DB, &task).exits(0);
    let task = api.done("next", json!({}))["next"]["id"].clone();
    assert_eq!(api.done("lock", json!({ "id": task }))["command"], "task start");
    api.done("report_progress", json!({ "id": task, "percent": 50, "metric": ["p95=120ms", "rate=2%"] }));
    let why = api.refused("complete", json!({ "id": task }));
    assert!(why["message"].as_str().is_some_and(|message| message.contains("--note")), "{why}");
    api.done("complete", json!({ "id": task, "note": "From 400 users on, see load-tests/monday.csv." }));
    let finding = json!({
        "title": "Pool is exhausted", "category": "bottleneck", "component": "pool", "severity": "high",
        "evidence": "95 % of the pool is in use at 14:15, 60 % the day before.", "location": "src/pool.rs:1",
    });
    let finding = api.done("report_finding", finding)["id"].clone();
    let kind = api.refused("complete", json!({ "id": finding, "note": "It is done." }));
    assert!(kind["message"].as_str().is_some_and(|message| message.ends_with("is a finding")), "{kind}");
    assert_eq!(api.done("check", json!({}))["blocked"], false);
    api.done("review", json!({ "range": "HEAD" }));
    assert_eq!((db.goes(), api.goes()), (Some(0), Some(0)));
}

#[test]
fn what_makes_no_sense_is_refused_as_the_command_line_does() {
    let (world, repo) = World::with_team();
    let mut client = Client::ready(&world, &repo, API);
    let mut tell = |tool: &str, arguments: Value| {
        let error = client.refused(tool, arguments);
        format!("{} {}", error["exit"], error["message"].as_str().expect("a text"))
    };
    let long = "x".repeat(200_000);
    let told = [
        tell("show", json!({ "id": "zzzz" })),
        tell("show", json!({})),
        tell("show", json!({ "id": "--help" })),
        tell("show", json!({ "id": ["7k2m"] })),
        tell("inbox", json!({ "agent": 1, "nonsense": true })),
        tell("inbox", json!({ "all": "yes" })),
        tell(
            "create_flag",
            json!({ "to": "@nobody.here", "change": CHANGE, "action": ACTION, "type": "change" }),
        ),
        tell("create_flag", json!({ "to": DB, "change": "Less.", "action": "Do.", "type": "change" })),
        tell("create_flag", json!({ "to": DB, "change": long, "action": ACTION, "type": "change" })),
        tell("complete", json!({ "id": "zzzz\u{0}" })),
        tell("report_progress", json!({ "id": "zzzz", "percent": "many" })),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    2 no record has an id that begins with `zzzz`
    2 the following required arguments were not provided: <ID>
    2 no record has an id that begins with `--help`
    2 `id` must be a text
    2 `nonsense` is no argument here
    2 `all` is no argument here
    1 @nobody.here (given by --to) is not in the roster
    1 the change has 3 meaningful characters, it needs 50
    2 `change` has 200000 bytes
    2 `id` must be a text without NUL characters
    2 invalid value 'many' for '--percent <N>': invalid digit found in string
    "#);
    let unknown = client.call("delete_everything", json!({}));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    assert_eq!(client.goes(), Some(0));
}

#[test]
fn each_call_sees_the_repository_as_it_is_then() {
    let world = World::new();
    let folder = Repo { path: world.path().join("home") };
    let mut client = Client::ready(&world, &folder, "@performance.lead");
    assert_eq!(client.refused("inbox", json!({}))["exit"], 3);
    assert_eq!(client.done("prime", json!({}))["text"], "");
    world.git(&folder, &["init", "-q", "-b", "main"]).exits(0);
    assert_eq!(client.refused("inbox", json!({}))["exit"], 1);
    world.perfteam(&folder, "", &["init"]).exits(0);
    assert_eq!(client.done("inbox", json!({}))["agents"], json!(["@performance.lead"]));
    assert_eq!(client.goes(), Some(0));
}

#[test]
fn whatever_the_client_says_the_server_goes_on() {
    let (world, repo) = World::with_team();
    let mut client = Client::ready(&world, &repo, API);
    client.say("{ this is no JSON");
    client.say("");
    client.say("[]");
    let id = client.send("tools/call", json!({ "name": "check", "arguments": {} }));
    let gone =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    client.say(&gone.to_string());
    client.say(&format!(r#"{{"jsonrpc":"2.0","id":"huge","method":"{}"}}"#, "x".repeat(20 << 20)));
    assert!(client.ask("nonsense/method", json!({}))["error"]["code"].is_i64());
    assert_eq!(client.done("inbox", json!({}))["agents"], json!([API]));
    assert_eq!(client.goes(), Some(0));
    // A client that goes away without a word, and one that says nothing right.
    assert_eq!(Client::new(&world, &repo, API).goes(), Some(0));
}

#[test]
fn of_two_clients_one_gets_the_lock() {
    let (world, repo) = World::with_team();
    let (flag, _) = world.flag(&repo, DB, API, &[]);
    let mut clients = [Client::ready(&world, &repo, API), Client::ready(&world, &repo, API)];
    let params = json!({ "name": "lock", "arguments": { "id": flag } });
    let ids = clients.each_mut().map(|client| client.send("tools/call", params.clone()));
    let mut won = 0;
    for (client, id) in clients.iter_mut().zip(ids) {
        let response = client.hear();
        assert_eq!(response["id"], id);
        match &response["result"]["structuredContent"]["error"] {
            Value::Null => won += 1,
            error => assert_eq!(error["exit"], 4, "{error}"),
        }
    }
    assert_eq!(won, 1);
}

#[test]
fn the_conversation_has_no_other_form_and_its_agent_can_be_given() {
    let (world, repo) = World::with_team();
    let told = world.perfteam(&repo, API, &["mcp", "--format", "json"]).exits(2).json();
    assert_eq!(told["command"], "mcp");
    let missing = world.perfteam(&repo, API, &["mcp", "--dir", "nowhere"]).exits(0);
    assert_eq!(missing.stdout, "");
}
