//! The server: the protocol is the SDK's, each call is a run of this program.
//!
//! A run of its own sees the repository as it is at that moment, can be cut off without a trace in this process, and
//! can't differ from the command line in anything.

use std::path::PathBuf;
use std::process::Stdio;

use clap::CommandFactory;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, ToolAnnotations,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use serde_json::{Map, Value, json};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::arguments;
use super::tool::{self, Effect, Route, TOOLS, Tool};
use crate::cli::Cli;
use crate::cli::answers::schema_of;
use crate::cli::failure::{Exit, Failure};
use crate::domain::text::shown_line;
use crate::render::json::Refusal;

/// At most so many calls run at once.
const AT_ONCE: usize = 8;

/// What clients tell their model of the whole.
const INSTRUCTIONS: &str = "Coordination of a team in this git repository: flags, tasks and findings are files under \
     .perfteam, committed beside the code. Begin with `prime` or `inbox`; what waits there comes before other work. \
     Before you work on a flag or task, `lock` it; `complete` it with what you did. Who changes what others rest on \
     raises a flag for them. An error says what is wrong, why, and what to try. Commit the files that a call names.";

/// Runs commands for a client.
pub struct Server {
    program: PathBuf,
    folder: PathBuf,
    actor: Option<String>,
    root: clap::Command,
    slots: Semaphore,
}

/// How a run ended.
struct Ran {
    answer: Option<Value>,
    talk: String,
    code: Option<i32>,
}

/// Serves on standard input and output until the client goes away.
pub fn serve(server: Server) -> Result<(), Failure> {
    let broken = |what: String| Failure::new(Exit::Unreadable, format!("the conversation broke off: {what}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| broken(error.to_string()))?;
    let result = runtime.block_on(async {
        match server.serve((tokio::io::stdin(), tokio::io::stdout())).await {
            Ok(service) => service.waiting().await.map(drop).map_err(|error| broken(error.to_string())),
            Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(broken(error.to_string())),
        }
    });
    runtime.shutdown_background();
    result
}

impl Server {
    /// A server for the repository of `folder`.
    pub fn new(program: PathBuf, folder: PathBuf, actor: Option<String>) -> Self {
        Server { program, folder, actor, root: Cli::command(), slots: Semaphore::new(AT_ONCE) }
    }

    /// What clients are told of a tool.
    fn description(&self, tool: &Tool) -> rmcp::model::Tool {
        let reads = tool.effect == Effect::Reads;
        let hints = ToolAnnotations::with_title(tool.title)
            .read_only(reads)
            .destructive(false)
            .idempotent(reads)
            .open_world(false);
        let input = arguments::schema(tool, &self.root);
        rmcp::model::Tool::new(tool.name, tool.about(&self.root), input)
            .with_title(tool.title)
            .with_raw_output_schema(output(tool).into())
            .with_annotations(hints)
    }

    /// The route for what is given: where several kinds share a tool, the record is asked.
    async fn route(&self, tool: &Tool, given: &JsonObject) -> Result<&'static Route, CallToolResult> {
        if let [route] = tool.routes {
            return Ok(route);
        }
        let id: JsonObject = given.iter().filter(|(name, _)| *name == "id").map(owned).collect();
        let words = arguments::words(self.command("show"), &id).map_err(|failure| refused(tool, &failure))?;
        let shown = self.run("show", &words, Effect::Reads).await;
        let kind = shown.answer.as_ref().and_then(|answer| answer["kind"].as_str());
        let Some(kind) = kind.map(str::to_owned) else { return Err(told(shown)) };
        tool.route(&kind).ok_or_else(|| {
            let kinds: Vec<&str> = tool.routes.iter().map(|route| route.kind).collect();
            refused(
                tool,
                &Failure::usage(format!("{} is a {kind}", words.last().map_or("it", String::as_str)))
                    .why(format!("`{}` is for records of the kind {}", tool.name, kinds.join(" or ")))
                    .hint("see it with the tool show"),
            )
        })
    }

    /// The definition of a command.
    fn command(&self, name: &str) -> &clap::Command {
        tool::find(&self.root, name).unwrap_or(&self.root)
    }

    async fn call(&self, tool: &Tool, given: &JsonObject) -> CallToolResult {
        let route = match self.route(tool, given).await {
            Ok(route) => route,
            Err(result) => return result,
        };
        match arguments::words(self.command(route.command), given) {
            Ok(words) => told(self.run(route.command, &words, tool.effect).await),
            Err(failure) => refused(tool, &failure),
        }
    }

    /// Runs a command of this program.
    async fn run(&self, name: &str, words: &[String], effect: Effect) -> Ran {
        let _slot = self.slots.acquire().await;
        let mut command = Command::new(&self.program);
        command.args(name.split(' ')).arg("--format=json");
        command.args(self.actor.iter().map(|actor| format!("--as={actor}"))).args(words);
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Who only reads may be cut off; who writes is left to finish.
        command.kill_on_drop(effect == Effect::Reads);
        match command.output().await {
            Ok(output) => Ran {
                answer: serde_json::from_slice(&output.stdout).ok(),
                talk: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
                code: output.status.code(),
            },
            Err(error) => {
                let failure =
                    Failure::new(Exit::Unreadable, format!("can't run {}: {error}", self.program.display()))
                        .why(format!("each call runs it anew, in {}", self.folder.display()))
                        .hint("start the server again");
                Ran { answer: Some(json!(refusal(name, &failure))), talk: String::new(), code: None }
            }
        }
    }
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// The schema of what a tool answers: what its commands print, or a failure.
fn output(tool: &Tool) -> JsonObject {
    let mut types = Map::new();
    let mut forms = Vec::new();
    for name in tool.routes.iter().map(|route| route.command).chain(["error"]) {
        let Some(mut schema) = schema_of(name) else { continue };
        leave_out_descriptions(&mut schema);
        let Value::Object(mut schema) = schema else { continue };
        schema.remove("$schema");
        if let Some(Value::Object(own)) = schema.remove("$defs") {
            types.extend(own);
        }
        forms.push(Value::Object(schema));
    }
    let schema = json!({ "type": "object", "anyOf": forms, "$defs": types });
    schema.as_object().cloned().unwrap_or_default()
}

/// Models may read these schemas with every conversation: the published one has the descriptions.
fn leave_out_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.retain(|key, value| key != "description" || !value.is_string());
            map.values_mut().for_each(leave_out_descriptions);
        }
        Value::Array(list) => list.iter_mut().for_each(leave_out_descriptions),
        _ => {}
    }
}

/// What the client is told of a run.
fn told(ran: Ran) -> CallToolResult {
    let Some(answer) = ran.answer else {
        let code = ran.code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        let text = format!("error: the command ended without an answer, by {code}\n{}", ran.talk);
        return CallToolResult::error(vec![ContentBlock::text(text)]);
    };
    if let Some(error) = answer.get("error") {
        let mut result = CallToolResult::error(vec![ContentBlock::text(words_of(error))]);
        result.structured_content = Some(answer);
        return result;
    }
    let mut result = CallToolResult::structured(answer);
    if !ran.talk.is_empty() {
        result.content.push(ContentBlock::text(ran.talk));
    }
    result
}

/// What the client is told of a call that no command was asked for.
fn refused(tool: &Tool, failure: &Failure) -> CallToolResult {
    let name = tool.routes.first().map_or("", |route| route.command);
    told(Ran { answer: Some(json!(refusal(name, failure))), talk: String::new(), code: None })
}

fn refusal(command: &str, failure: &Failure) -> Refusal {
    Refusal::new(Some(command.to_owned()), failure.for_programs())
}

/// The failure as people read it.
fn words_of(error: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let failure = Failure {
        exit: Exit::Refused,
        message: text(&error["message"]).unwrap_or_default(),
        why: text(&error["why"]),
        hints: error["hints"].as_array().into_iter().flatten().filter_map(text).collect(),
    };
    anstream::adapter::strip_str(&crate::cli::words(&failure)).to_string()
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new("perfteam", env!("CARGO_PKG_VERSION"));
        info.instructions = Some(INSTRUCTIONS.to_owned());
        info
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(TOOLS.iter().map(|tool| self.description(tool)).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = TOOLS.iter().find(|tool| tool.name == request.name) else {
            let message = format!("there is no tool `{}`", shown_line(&request.name));
            return Err(ErrorData::invalid_params(message, None));
        };
        let given = request.arguments.unwrap_or_default();
        let call = self.call(tool, &given);
        let result = match tool.effect {
            Effect::Adds => call.await,
            Effect::Reads => tokio::select! {
                result = call => result,
                () = context.ct.cancelled() => CallToolResult::error(vec![ContentBlock::text("cancelled")]),
            },
        };
        Ok(result.into())
    }
}
