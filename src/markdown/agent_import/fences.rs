//! Code fences within code fences.
//!
//! A file that shows a Markdown example often nests fences of the same length; read strictly, the
//! inner one closes the outer one and the rest of the file is turned inside out.

/// The text with longer fences around those that have others in them; lines stay where they are.
pub(super) fn balance(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let longer = lengths(&lines);
    let line = |(line, more): (&&str, &usize)| {
        let inner = line.trim_start_matches(' ');
        let indent = line.len() - inner.len();
        format!("{}{}{inner}", &line[..indent], "`".repeat(*more))
    };
    lines.iter().zip(&longer).map(line).collect::<Vec<_>>().join("\n")
}

struct Open {
    line: usize,
    indent: usize,
    /// Whether Markdown is shown in it, which has fences of its own.
    shows_markdown: bool,
    /// How many fences are nested in each other within this one.
    holds: usize,
}

/// How many backticks each line needs more.
fn lengths(lines: &[&str]) -> Vec<usize> {
    let mut more = vec![0; lines.len()];
    let mut open: Vec<Open> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let inner = line.trim_start_matches(' ');
        let Some(info) = inner.strip_prefix("```").map(str::trim) else { continue };
        if info.contains('`') {
            continue;
        }
        let indent = line.len() - inner.len();
        let announced = at > 0 && lines[at - 1].trim_end().ends_with(':');
        let nests = announced && open.last().is_some_and(|outer| outer.shows_markdown);
        let closes = info.is_empty() && !nests;
        let Some(depth) = closes.then(|| open.iter().rposition(|fence| fence.indent == indent)).flatten()
        else {
            let shows_markdown = matches!(info, "markdown" | "md");
            open.push(Open { line: at, indent, shows_markdown, holds: 0 });
            continue;
        };
        open.truncate(depth + 1);
        let Some(closed) = open.pop() else { continue };
        more[closed.line] = closed.holds;
        more[at] = closed.holds;
        if let Some(outer) = open.last_mut() {
            outer.holds = outer.holds.max(closed.holds + 1);
        }
    }
    more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fences_with_fences_in_them_grow() {
        assert_eq!(balance("```sh\na\n```\nb"), "```sh\na\n```\nb");
        assert_eq!(
            balance("```markdown\n## A\n   ```sh\n   b\n   ```\n```\n## C"),
            "````markdown\n## A\n   ```sh\n   b\n   ```\n````\n## C"
        );
        assert_eq!(balance("```md\n# A:\n```\nx\n```\n```"), "````md\n# A:\n```\nx\n```\n````");
        assert_eq!(balance("```md\n```sql\nx\n```\n```"), "````md\n```sql\nx\n```\n````");
    }
}
