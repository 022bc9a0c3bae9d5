//! Every rule has its page, and the list of rules is complete.

use std::path::{Path, PathBuf};

use perfteam::rules;

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules").join(name)
}

#[track_caller]
pub fn is_current(path: &Path, page: &str, expected: &str) {
    if page == expected {
        return;
    }
    let update = std::env::var_os("PERFTEAM_UPDATE_DOCS").is_some();
    assert!(update, "{} is stale; PERFTEAM_UPDATE_DOCS=1 writes it. Expected:\n{expected}", path.display());
    std::fs::write(path, expected).expect("a page");
}

#[test]
fn every_rule_has_a_page_that_names_its_level() {
    for rule in rules::infos() {
        let page = std::fs::read_to_string(path(&format!("{}.md", rule.name))).expect(rule.name);
        assert!(page.starts_with(&format!("# `{}`\n", rule.name)), "{}: the title", rule.name);
        let level = format!("Default level: `{}`.", rule.default_level);
        assert!(page.contains(&level), "{}.md does not say: {level}", rule.name);
        for part in ["## Why", "## Example", "## How to clear it", "## Its level"] {
            assert!(page.contains(&format!("\n{part}\n")), "{}.md has no {part}", rule.name);
        }
        assert!(page.contains(&format!("  {}: ", rule.name)), "{}.md does not show how to set it", rule.name);
    }
}

#[test]
fn no_page_is_about_a_rule_that_is_not_there() {
    let known: Vec<String> = rules::infos().iter().map(|rule| format!("{}.md", rule.name)).collect();
    for entry in std::fs::read_dir(path("")).expect("docs/rules").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name == "README.md" || known.contains(&name), "docs/rules/{name} is about no rule");
    }
}

#[test]
fn the_list_of_rules_is_current() {
    let path = path("README.md");
    let page = std::fs::read_to_string(&path).expect("the list");
    let start = page.find("| rule |").expect("the table");
    let end = start + page[start..].find("\n\n").expect("the end of the table") + 1;
    let mut table = String::from("| rule | default level | what it demands |\n|---|---|---|\n");
    for rule in rules::infos() {
        table.push_str(&format!(
            "| [`{name}`]({name}.md) | {} | {} |\n",
            rule.default_level,
            rule.summary,
            name = rule.name
        ));
    }
    is_current(&path, &page, &format!("{}{table}{}", &page[..start], &page[end..]));
}
