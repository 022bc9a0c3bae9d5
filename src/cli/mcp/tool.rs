//! The tools: which commands they run. What they say of themselves comes from the definitions of these commands.

use clap::Command;

/// A tool, for one command or for the same step on several kinds of records.
#[derive(Debug)]
pub struct Tool {
    /// Its name for clients.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The commands; with several, the kind of the record tells which.
    pub routes: &'static [Route],
    /// Arguments without which the call makes no sense, beside those that the command line demands.
    pub required: &'static [&'static str],
    /// What it does to the repository.
    pub effect: Effect,
}

/// What a tool does to the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Reads,
    /// It writes new files.
    Adds,
}

/// A command, and the kind of records for which it is.
#[derive(Debug)]
pub struct Route {
    /// The kind: `flag`.
    pub kind: &'static str,
    /// The command's whole name: `flag lock`.
    pub command: &'static str,
}

const fn one(command: &'static str) -> Route {
    Route { kind: "", command }
}

const fn of(kind: &'static str, command: &'static str) -> Route {
    Route { kind, command }
}

/// Every tool.
pub const TOOLS: &[Tool] = &[
    reads("prime", "What you must know now", &[one("prime")]),
    reads("inbox", "What waits for you", &[one("inbox")]),
    reads("next", "What to do now", &[one("next")]),
    reads("show", "A record and its story", &[one("show")]),
    reads("search_agents", "Who is right for a request", &[one("agent search")]),
    adds(
        "create_flag",
        "Tell somebody what they must do",
        &[one("flag create")],
        &["to", "change", "action"],
    ),
    adds("lock", "Begin to work on it", &[of("flag", "flag lock"), of("task", "task start")], &["id"]),
    adds(
        "complete",
        "Say that it is done",
        &[of("flag", "flag complete"), of("task", "task complete")],
        &["id"],
    ),
    adds("report_progress", "Report what is done of a task", &[one("task progress")], &[]),
    adds(
        "report_finding",
        "Report something learnt",
        &[one("finding report")],
        &["title", "category", "component", "severity", "evidence"],
    ),
    reads("check", "What hooks and CI will say", &[one("check")]),
    reads("review", "What this branch does", &[one("review")]),
];

const fn reads(name: &'static str, title: &'static str, routes: &'static [Route]) -> Tool {
    Tool { name, title, routes, required: &[], effect: Effect::Reads }
}

const fn adds(
    name: &'static str,
    title: &'static str,
    routes: &'static [Route],
    required: &'static [&'static str],
) -> Tool {
    Tool { name, title, routes, required, effect: Effect::Adds }
}

impl Tool {
    /// The commands' definitions.
    pub fn commands<'a>(&self, root: &'a Command) -> Vec<&'a Command> {
        self.routes.iter().filter_map(|route| find(root, route.command)).collect()
    }

    /// What it does, in the words of `--help`.
    pub fn about(&self, root: &Command) -> String {
        let about = |command: &&Command| {
            let text = command.get_long_about().or(command.get_about()).map(ToString::to_string);
            text.unwrap_or_default()
        };
        let texts: Vec<String> = self.commands(root).iter().map(about).collect();
        let kinds = self.routes.iter().zip(texts);
        match self.routes {
            [_] => kinds.map(|(_, text)| text).collect(),
            _ => kinds
                .map(|(route, text)| format!("Of a {}: {text}", route.kind))
                .collect::<Vec<_>>()
                .join("\n\n"),
        }
    }

    /// The route for records of this kind.
    pub fn route(&self, kind: &str) -> Option<&'static Route> {
        self.routes.iter().find(|route| route.kind == kind)
    }
}

/// The command of this whole name.
pub fn find<'a>(root: &'a Command, name: &str) -> Option<&'a Command> {
    name.split(' ').try_fold(root, |command, word| command.find_subcommand(word))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_tool_has_its_commands_and_arguments() {
        let root = super::super::super::Cli::command();
        for tool in TOOLS {
            let commands = tool.commands(&root);
            assert_eq!(commands.len(), tool.routes.len(), "{}", tool.name);
            assert!(tool.about(&root).len() > 20, "{}", tool.name);
            for name in tool.required {
                let known = commands.iter().all(|command| {
                    command
                        .get_arguments()
                        .any(|argument| super::super::arguments::name_of(argument) == *name)
                });
                assert!(known, "{}: {name}", tool.name);
            }
        }
    }
}
