//! The reference of all commands as Markdown, made from the same definitions as `--help`.

use clap::{Command, CommandFactory};

use super::Cli;

/// The page `docs/commands.md`.
pub fn markdown() -> String {
    let mut root = Cli::command();
    root.build();
    let mut page = String::from(
        "# Commands\n\nMade from the same definitions as `--help`. Every command takes `--as @HANDLE` and \
         `--format text|json`; `check` also takes `sarif`, `github`, `gitlab` and `junit`, \
         `review` takes `markdown` and `html`. [json.md](json.md) tells what programs read.\n\n\
         `--quiet` silences notes and warnings on standard error; errors stay. On a terminal, long answers (`list`, `show`, \
         `chain`, `graph`, `search`, `queue`, `review`, `doctor`, ...) go through a pager: PERFTEAM_PAGER, else the one of git \
         (GIT_PAGER, `core.pager`, PAGER), with LESS=FRX; `--no-pager`, or an empty PERFTEAM_PAGER, turns it off. NO_COLOR, \
         CLICOLOR and CLICOLOR_FORCE are honoured.\n\nExit codes: 0 done or clean, 1 refused or blocked \
         by a rule, 2 usage, 3 repository or file can't be read, 4 held or decided by somebody else.\n",
    );
    for command in root.get_subcommands() {
        describe(command, "perfteam", &mut page);
    }
    page
}

fn describe(command: &Command, parent: &str, page: &mut String) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{parent} {}", command.get_name());
    let children: Vec<&Command> = command.get_subcommands().collect();
    if children.is_empty() {
        let help = command.clone().bin_name(&name).term_width(100).render_long_help().to_string();
        page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", tidy(&help)));
    }
    for child in children {
        describe(child, &name, page);
    }
}

/// Without the options that every command has.
fn tidy(help: &str) -> String {
    let mut lines = Vec::new();
    let mut is_global = false;
    for line in help.lines() {
        let starts_part = !line.is_empty() && !line.starts_with(' ');
        is_global = line == "Global options:" || (is_global && !starts_part);
        if !is_global {
            lines.push(line.trim_end());
        }
    }
    lines.join("\n").trim_end().to_owned()
}
