//! The README's example is what happens.
//!
//! `PERFTEAM_UPDATE_DOCS=1 cargo test --test it readme` writes the output into it.

use std::path::Path;

use crate::environment::{World, run};

/// Who types the commands of each block.
const AUTHORS: [&str; 2] = ["api@example.com", "db@example.com"];

#[test]
fn the_example_of_the_readme_is_what_happens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let page = std::fs::read_to_string(&path).expect("the README");
    let (before, example) = page.split_once("## In one minute\n").expect("the example");
    let (example, after) = example.split_once("\n## ").expect("the next chapter");
    let (world, repo) = World::with_team();
    world.perfteam(&repo, "", &["hook", "install"]).exits(0);
    let mut written = String::new();
    let mut authors = AUTHORS.into_iter();
    let mut parts = example.split("```console\n");
    written.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (block, prose) = part.split_once("```").expect("the end of the block");
        let author = authors.next().expect("an author for each block");
        written.push_str("```console\n");
        for command in commands(block) {
            let mut shell = world.git_command(&repo, author, &["--version"]);
            let mut sh = std::process::Command::new("sh");
            sh.args(["-c", &format!("exec 2>&1\n{command}")]).current_dir(&repo.path).env_clear();
            sh.envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?))));
            shell.stdin(std::process::Stdio::null());
            let output = run(sh).stdout;
            written.push_str(&format!("$ {command}\n{output}"));
        }
        written.push_str("```");
        written.push_str(prose);
    }
    let expected = format!("{before}## In one minute\n{written}\n## {after}");
    if std::env::var_os("PERFTEAM_UPDATE_DOCS").is_some() {
        std::fs::write(path, expected).expect("the README is written");
    } else {
        assert!(
            page == expected,
            "PERFTEAM_UPDATE_DOCS=1 cargo test --test it readme; now it is:\n{written}"
        );
    }
}

/// The commands of a block: lines after `$ `, with those that a backslash continues.
fn commands(block: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
        } else if goes_on && let Some(last) = commands.last_mut() {
            last.push_str(&format!("\n{line}"));
        }
        goes_on = line.ends_with('\\') && (goes_on || line.starts_with("$ "));
    }
    commands
}
