//! What the code promises about itself: which layer may know which, where the outside world is
//! touched, and that no list forgets anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use perfteam::domain::kind::KINDS;
use perfteam::rules;

/// Which top-level modules each may import; `cli` may import all.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("markdown", &["domain"]),
    ("store", &["domain", "markdown"]),
    ("rules", &["domain"]),
    ("render", &["domain", "markdown"]),
    ("scaffold", &["domain", "markdown"]),
    ("check", &["domain", "rules", "store"]),
    ("githooks", &["check", "domain", "render", "rules", "store"]),
    ("cli", &["check", "domain", "githooks", "markdown", "render", "rules", "scaffold", "store"]),
];

/// Where each of these packages is known: behind one module, so that an exchange stays small.
const PACKAGES: &[(&str, &str)] = &[
    ("gix", "store/"),
    ("gix_glob", "domain/glob.rs"),
    ("serde_yaml", "markdown/yaml/mod.rs"),
    ("clap", "cli/"),
    ("minijinja", "scaffold/"),
    ("pulldown_cmark", "markdown/"),
    ("fs2", "store/lock.rs"),
    ("chrono", "domain/time/"),
    ("walkdir", "store/"),
    ("annotate_snippets", "render/"),
    ("postcard", "store/cache.rs"),
    ("rusqlite", "store/agent_db.rs"),
];

/// What the domain never touches.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::io",
    "std::thread",
    "SystemTime",
    "Instant",
    "Utc::now",
    "Local::now",
    "println!",
    "getrandom",
];

/// What no code does outside of its tests.
const FORBIDDEN: &[&str] = &[
    "unsafe ",
    "todo!",
    "unimplemented!",
    "#[allow",
    "#![allow",
    ".unwrap()",
    ".expect(",
    "panic!(",
    "dbg!",
    // They panic where nobody reads; `tell!` and the output do not.
    "print!(",
    "println!(",
];

/// Lines a file may have before it should be two.
const LONGEST: usize = 550;

/// A file below `src`.
struct Source {
    /// Its path below `src`, with slashes.
    path: String,
    /// All lines.
    whole: String,
    /// The code without comments and without its tests.
    code: String,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Source {
        let whole = std::fs::read_to_string(path).expect("a source file");
        let is_test = path.ends_with("tests.rs");
        let shipped = if is_test { "" } else { whole.split("#[cfg(test)]").next().unwrap_or_default() };
        let code: Vec<&str> = shipped.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let path = path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
        Source { path, code: code.join("\n"), whole }
    }

    /// The top-level module that it belongs to; `None` for the roots.
    fn module(&self) -> Option<&str> {
        self.path.split_once('/').map(|(module, _)| module)
    }

    /// The name of its module: `pool` of `rules/pool.rs`.
    fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".rs").unwrap_or(name)
    }

    /// How many modules it is below the crate: `rules/pool.rs` is 2, `rules/mod.rs` is 1.
    fn depth(&self) -> usize {
        self.path.matches('/').count() + usize::from(self.stem() != "mod")
    }

    /// The top-level modules that its code names.
    fn imports(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for (at, _) in self.code.match_indices("crate::") {
            let rest = &self.code[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(heads_of_group(group)),
                None => found.extend(word(rest)),
            }
        }
        found
    }
}

fn word(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

/// The first words of the items of `{a::b, c::{d, e}}`, its opening brace left out.
fn heads_of_group(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut heads) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                heads.extend(word(group[start..at].trim_start()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    heads
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_below(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files_below(&root, &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "the sources were not found");
    paths.iter().map(|path| Source::read(&root, path)).collect()
}

#[track_caller]
fn assert_none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn every_import_follows_an_arrow() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(module) = source.module() else { continue };
        let Some(allowed) = arrows.get(module) else {
            wrong.push(format!("{}: the layer `{module}` stands in no arrow of this test", source.path));
            continue;
        };
        for import in source.imports() {
            if import != module && !allowed.contains(&import) {
                wrong.push(format!("{}: {module} must not know {import}", source.path));
            }
        }
        let climb = "super::".repeat(source.depth());
        if source.code.contains(&climb) {
            wrong.push(format!(
                "{}: `{climb}` leaves {module}; imports of other layers begin with crate::",
                source.path
            ));
        }
    }
    assert_none("imports against the arrows", wrong);
}

#[test]
fn the_arrows_have_no_cycle() {
    let place = |name: &str| ARROWS.iter().position(|(module, _)| *module == name);
    for (at, (module, allowed)) in ARROWS.iter().enumerate() {
        for import in *allowed {
            assert!(place(import) < Some(at), "{module} -> {import} points upward in the list");
        }
    }
}

#[test]
fn the_domain_is_pure() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module() == Some("domain")) {
        for impure in IMPURE.iter().filter(|impure| source.code.contains(**impure)) {
            wrong.push(format!("{}: {impure}", source.path));
        }
    }
    assert_none("the domain touches the world", wrong);
}

#[test]
fn each_package_stands_behind_its_module() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (package, home) in PACKAGES.iter().filter(|(_, home)| !source.path.starts_with(home)) {
            let uses = [format!("{package}::"), format!("use {package};")];
            let names = |line: &str| {
                uses.iter().any(|text| {
                    line.match_indices(text.as_str()).any(|(at, _)| {
                        !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                    })
                })
            };
            if source.code.lines().any(names) {
                wrong.push(format!("{}: {package} belongs into {home}", source.path));
            }
        }
    }
    assert_none("packages out of their module", wrong);
}

#[test]
fn the_environment_has_one_reader() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "cli/environment.rs") {
        for line in source.code.lines() {
            let reads = ["env::var", "env::set_var", "env::remove_var", "option_env!", "env = \""];
            // git's own variable for `git -c`: the store asks whether it is there, no more.
            let by_git = source.path == "store/repo.rs" && line.contains("GIT_CONFIG_PARAMETERS");
            if reads.iter().any(|read| line.contains(read)) && !by_git {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("environment variables are read in cli/environment.rs alone", wrong);
}

#[test]
fn no_code_takes_the_easy_way_out() {
    let mut wrong = Vec::new();
    for source in sources() {
        for line in source.code.lines() {
            if FORBIDDEN.iter().any(|forbidden| line.contains(forbidden)) {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("forbidden outside of tests", wrong);
}

#[test]
fn no_file_is_a_giant() {
    let long = sources().into_iter().filter(|source| source.whole.lines().count() > LONGEST);
    assert_none("too long", long.map(|source| source.path).collect());
}

#[test]
fn every_rule_is_in_the_list() {
    let names: BTreeSet<&str> = rules::infos().iter().map(|info| info.name).collect();
    let in_folder: BTreeSet<String> = sources()
        .iter()
        .filter(|source| source.module() == Some("rules") && !["mod", "review"].contains(&source.stem()))
        .map(|source| source.stem().replace('_', "-"))
        .collect();
    assert_eq!(in_folder, names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(rules::infos().len(), names.len(), "two rules of one name");
}

#[test]
fn every_kind_is_in_the_list() {
    let written: usize = sources().iter().map(|source| source.code.matches("impl Kind for ").count()).sum();
    assert_eq!(written, KINDS.len());
    let distinct = |word: fn(&&'static dyn perfteam::domain::kind::Kind) -> &'static str| {
        KINDS.iter().map(word).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(distinct(|kind| kind.name()), KINDS.len());
    assert_eq!(distinct(|kind| kind.folder()), KINDS.len());
}

#[test]
fn every_command_can_be_called() {
    let sources = sources();
    let menus: String = sources
        .iter()
        .filter(|source| source.path.starts_with("cli/") && source.code.contains("Subcommand)]"))
        .map(|source| source.code.as_str())
        .collect();
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("cli/")) {
        for (at, _) in source.code.match_indices("Args)]") {
            let rest = &source.code[at..];
            let name = rest.split_once("pub struct ").and_then(|(_, rest)| word(rest)).unwrap_or_default();
            let listed = [format!("::{name})"), format!("({name})"), format!("::{name}>)")]
                .iter()
                .any(|line| menus.contains(line));
            let shared = sources.iter().any(|other| {
                other.code.split("flatten)]").skip(1).any(|field| {
                    field.lines().nth(1).is_some_and(|line| line.trim_end_matches(',').ends_with(name))
                })
            });
            if name.is_empty() || !(listed || shared) {
                wrong.push(format!("{}: `{name}` is in no list of commands", source.path));
            }
        }
    }
    assert_none("commands that nobody can call", wrong);
}
