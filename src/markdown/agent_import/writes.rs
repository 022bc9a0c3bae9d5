//! Write permissions that a role's text spells out as lists of globs.

use std::collections::HashSet;

use super::Repairs;
use super::outline::{Item, Outline};
use crate::domain::agent::Writes;

/// What a list of paths says about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Permission {
    Exclusive,
    Allow,
    Deny,
}

/// Most globs that one pattern with braces stands for.
const MAX_ALTERNATIVES: usize = 32;

/// Reads the permissions of `outline`. Items without a path are returned as text.
pub(super) fn read(outline: &Outline<'_>, repairs: &mut Repairs) -> (Writes, Vec<String>) {
    let mut writes = Writes::default();
    let mut kept_as_text = Vec::new();
    let mut seen: HashSet<(Permission, String)> = HashSet::new();
    for item in &outline.items {
        let Some((permission, heading)) = permission(outline, item) else { continue };
        let list = match permission {
            Permission::Exclusive => &mut writes.exclusive,
            Permission::Allow => &mut writes.allow,
            Permission::Deny => &mut writes.deny,
        };
        let globs = globs(item);
        if globs.is_empty() {
            kept_as_text.push(format!("{heading}: {}", item.text.trim().replace('\n', " ")));
        }
        list.extend(globs.into_iter().filter(|glob| seen.insert((permission, glob.clone()))));
    }
    if !writes.is_empty() {
        let line = outline.headings.iter().find(|heading| says(&heading.text).is_some());
        let line = line.map_or(1, |heading| outline.line(heading));
        repairs.note(line, "`writes` was taken from the write permissions in its text");
    }
    (writes, kept_as_text)
}

/// The permission under which an item stands, and the heading that gives it.
fn permission<'o>(outline: &'o Outline<'_>, item: &Item) -> Option<(Permission, &'o str)> {
    let headings: Vec<&str> = outline.path(item.heading).map(|heading| heading.text.as_str()).collect();
    if !headings.iter().any(|heading| is_about_writing(heading)) {
        return None;
    }
    headings.iter().find_map(|heading| Some((says(heading)?, *heading)))
}

fn is_about_writing(heading: &str) -> bool {
    let heading = heading.to_lowercase();
    ["writing", "write", "edit", "file permission", "file access", "file ownership"]
        .iter()
        .any(|word| heading.contains(word))
        && ["permission", "authorit", "area", "access", "ownership", "path", "forbidden", "scope", "allowed"]
            .iter()
            .any(|word| heading.contains(word))
}

fn says(heading: &str) -> Option<Permission> {
    let heading = heading.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    if has(&[
        "forbidden",
        "prohibited",
        "denied",
        "deny",
        "off-limits",
        "off limits",
        "never",
        "not allowed",
        "must not",
    ]) || has(&["do not", "don't", "restricted", "read-only", "no write"])
    {
        Some(Permission::Deny)
    } else if has(&["exclusive", "sole ", "ownership"]) {
        Some(Permission::Exclusive)
    } else if has(&["permission", "authorit", "allowed", "access", "area", "scope", "path"]) {
        Some(Permission::Allow)
    } else {
        None
    }
}

/// The globs among the code spans of an item; what it excepts becomes `!glob`.
fn globs(item: &Item) -> Vec<String> {
    let except = ["except", "excluding", "other than", "unless", "but not"]
        .iter()
        .filter_map(|word| item.text.to_lowercase().find(word))
        .min()
        .unwrap_or(usize::MAX);
    let description = [" - ", " – ", " — ", ": "].iter().filter_map(|mark| item.text.find(mark)).min();
    let mut globs = Vec::new();
    for code in &item.codes {
        let span = item.text[code.clone()].trim();
        let leads = item.text[..code.start].trim_matches([' ', ',', '(']).is_empty() || !globs.is_empty();
        let explains = description.is_some_and(|at| at < code.start) && !globs.is_empty();
        let excepted = except < code.start;
        if !is_glob(span, leads) || (explains && !excepted) {
            continue;
        }
        let span = span.strip_prefix("./").unwrap_or(span);
        let exception = if excepted { "!" } else { "" };
        globs.extend(alternatives(span).into_iter().map(|glob| format!("{exception}{glob}")));
    }
    globs
}

/// Whether a code span names paths; one at the start of its item needs no sign of it.
fn is_glob(span: &str, leads: bool) -> bool {
    let plain = !span.is_empty()
        && !span.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'`;$=()<>|\\:".contains(c))
        && !span.starts_with(['#', '~', '@'])
        && span.split('/').all(|part| part != "..");
    let extension = span.rsplit_once('.').is_some_and(|(_, end)| {
        (1..=5).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    plain && (leads || span.contains(['/', '*']) || extension)
}

/// `a/*.{js,ts}` is `a/*.js` and `a/*.ts`: gitignore-style globs have no braces.
fn alternatives(glob: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(glob) = open.pop() {
        let inner = glob.find('{').and_then(|start| Some((start, start + glob[start..].find('}')?)));
        match inner {
            Some((start, end)) if open.len() + done.len() < MAX_ALTERNATIVES => {
                let options: Vec<&str> = glob[start + 1..end].split(',').collect();
                open.extend(
                    options
                        .iter()
                        .rev()
                        .map(|option| format!("{}{option}{}", &glob[..start], &glob[end + 1..])),
                );
            }
            _ => done.push(glob),
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Writes, Vec<String>) {
        read(&Outline::of(text, 1), &mut Repairs::default())
    }

    #[test]
    fn permissions_become_globs() {
        let (writes, kept) = read_text(
            "# X\n## Write Access\n### Exclusive Paths\n- `bench/`, `Makefile` - see `docs/a.md`\n- load tests (`load/**`)\n- reports\n\
             ### Allowed Paths\n* `src/*.{rs,toml}`\n\
             ### Forbidden Areas\n1. Migrations `db/` (except `db/*_idx.sql`)\n2. Billing\n3. `../x` and `~/y`\n",
        );
        assert_eq!(writes.exclusive, ["bench/", "Makefile", "load/**"]);
        assert_eq!(writes.allow, ["src/*.rs", "src/*.toml"]);
        assert_eq!(writes.deny, ["db/", "!db/*_idx.sql"]);
        assert_eq!(
            kept,
            ["Exclusive Paths: reports", "Forbidden Areas: Billing", "Forbidden Areas: ../x and ~/y"]
        );
    }

    #[test]
    fn other_lists_grant_nothing() {
        let (writes, kept) =
            read_text("# Writing\n- `a/`\n## Forbidden words\n- `b/`\n## Technical writing\n- `c/`\n");
        assert!(writes.is_empty() && kept.is_empty());
    }
}
