//! `perfteam tour`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use crate::scaffold::tour::{Ends, STORY, Step};

/// See the main job on a throw-away repository, in a few seconds
///
/// Two agents, real commits, real hooks: one changes an API that the other watches; commits are
/// refused until the flag exists and until it is processed; CI gives the same verdict. Then a task
/// whose report comes back as a flag, a finding, and the beginning of an investigation.
#[derive(Debug, Args)]
pub struct Tour {
    /// The folder in which to play it [default: a new temporary folder]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TourV1 {
    folder: String,
    commands: Vec<PlayedV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PlayedV1 {
    command: &'static str,
    exit: i32,
    output: String,
}

impl Tour {
    /// Plays the story.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let mut stage = Stage::new(self.folder.as_deref(), context.is_json())?;
        let mut clone = PathBuf::from("api");
        for step in STORY {
            match step {
                Step::Enter(name) => {
                    clone = PathBuf::from(name);
                    let path = stage.folder.join(name);
                    std::fs::create_dir_all(&path).map_err(|error| cant("create", &path, &error))?;
                    stage.say(&format!("\n$ cd {}", path.display()));
                }
                Step::Chapter(title) => {
                    let bold = anstyle::Style::new().bold();
                    stage.say(&format!("\n{bold}{title}{bold:#}"));
                }
                Step::Say(text) => stage.say(&format!("\n{text}")),
                Step::Write(path, text) => stage.write(&clone.join(path), text)?,
                Step::Type(command, ends) => stage.run(&clone, command, *ends)?,
            }
        }
        if context.is_json() {
            let folder = stage.folder.display().to_string();
            context.answer(&TourV1 { folder, commands: stage.played })?;
        } else {
            stage.farewell();
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Variables of the user's that would change what the story's commands do.
const FOREIGN: [&str; 10] = [
    super::environment::AGENT,
    super::environment::SEED,
    "CI",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
];

/// The folder of the tour, and what commands need to find this binary there.
struct Stage {
    folder: PathBuf,
    path: std::ffi::OsString,
    /// Programs read the story at its end; people while it is played.
    quiet: bool,
    played: Vec<PlayedV1>,
}

impl Stage {
    fn new(folder: Option<&Path>, quiet: bool) -> Result<Stage, Failure> {
        let folder = match folder {
            Some(folder) => {
                if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
                    return Err(Failure::usage(format!("{} is not empty", folder.display()))
                        .why("the tour makes repositories of its own there")
                        .hint("perfteam tour --folder NEW_FOLDER"));
                }
                std::fs::create_dir_all(folder).map_err(|error| cant("create", folder, &error))?;
                std::fs::canonicalize(folder).map_err(|error| cant("find", folder, &error))?
            }
            None => tempfile::Builder::new()
                .prefix("perfteam-tour-")
                .tempdir()
                .map_err(|error| cant("create", &std::env::temp_dir(), &error))?
                .keep(),
        };
        let binary = std::env::current_exe().map_err(|error| cant("find", Path::new("perfteam"), &error))?;
        let own = binary.parent().map(Path::to_owned).into_iter();
        let path = std::env::join_paths(own.chain(super::environment::search_path()))
            .map_err(|error| Failure::new(Exit::Unreadable, format!("can't extend PATH: {error}")))?;
        Ok(Stage { folder, path, quiet, played: Vec::new() })
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            print_line(text);
        }
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), Failure> {
        self.say(&format!("\n$ edit {}", path.iter().skip(1).collect::<PathBuf>().display()));
        let path = self.folder.join(path);
        let folder = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder).map_err(|error| cant("create", folder, &error))?;
        std::fs::write(&path, text).map_err(|error| cant("write", &path, &error))
    }

    /// Runs a command by a shell, as the user would, and shows what it prints.
    fn run(&mut self, clone: &Path, command: &'static str, ends: Ends) -> Result<(), Failure> {
        self.say(&format!("\n$ {}", command.split_whitespace().collect::<Vec<_>>().join(" ")));
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(self.folder.join(clone))
            .env("PATH", &self.path)
            // The tour is the same whatever the user's own git configuration and identity.
            .env("GIT_CONFIG_GLOBAL", self.folder.join("no-configuration"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null());
        for variable in FOREIGN {
            shell.env_remove(variable);
        }
        let output = shell.output().map_err(|error| cant("run", Path::new("sh"), &error))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !text.trim().is_empty() {
            self.say(text.trim_end());
        }
        let code = output.status.code();
        if code == Some(1) && ends == Ends::Refused {
            let dim = anstyle::Style::new().dimmed();
            self.say(&format!("{dim}(exit code 1: refused){dim:#}"));
        }
        let expected = if ends == Ends::Well { 0 } else { 1 };
        if code == Some(expected) {
            self.played.push(PlayedV1 { command, exit: expected, output: text.into_owned() });
            return Ok(());
        }
        let ended = code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        Err(Failure::refused(format!("the tour stopped: that command ended with {ended}, not {expected}"))
            .why("what the tour shows must be true")
            .hint(format!("look at the repository: cd {}", self.folder.join(clone).display()))
            .hint("check your set-up: perfteam doctor"))
    }

    fn farewell(&self) {
        let api = self.folder.join("api");
        let web = self.folder.join("web");
        print_line(&format!("\nBoth clones are yours to try things in: {}\n", self.folder.display()));
        print_line(&format!("  cd {} && perfteam flag list --status all", web.display()));
        print_line(&format!("  cd {} && git log --stat -- .perfteam/flags", web.display()));
        print_line(&format!(
            "  cd {} && git pull -q ../web discount && perfteam flag list --status all",
            api.display()
        ));
        print_line("  perfteam agent search \"the shop is slow at checkout\"");
        print_line("\nIn a repository of your own: perfteam init");
    }
}

fn cant(action: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Unreadable, format!("can't {action} {}: {error}", path.display()))
}
