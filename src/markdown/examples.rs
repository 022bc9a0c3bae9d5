//! The commands that a Markdown file shows in its fenced code.

use super::shell::{Segment, segments};

/// The languages of fences that may hold commands.
const LANGUAGES: &[&str] = &[
    "",
    "bash",
    "sh",
    "shell",
    "zsh",
    "console",
    "shell-session",
    "shellsession",
    "terminal",
    "text",
    "txt",
];

/// The commands of all fences, by their lines in the file.
pub fn commands(text: &str) -> Vec<Segment> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    for (at, line) in text.lines().enumerate() {
        let inner = line.trim_start();
        let sign = inner.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = sign.map_or(0, |sign| inner.chars().take_while(|c| *c == sign).count());
        match &mut open {
            Some(fence)
                if Some(fence.sign) == sign
                    && length >= fence.length
                    && inner[length..].trim().is_empty() =>
            {
                found.extend(fence.commands());
                open = None;
            }
            Some(fence) => fence.lines.push(line.to_owned()),
            None if length >= 3 => {
                let language =
                    inner[length..].split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
                let sign = sign.unwrap_or('`');
                open = Some(Fence { sign, length, language, first: at + 2, lines: Vec::new() });
            }
            None => {}
        }
    }
    found.extend(open.iter().flat_map(Fence::commands));
    found
}

struct Fence {
    sign: char,
    length: usize,
    language: String,
    /// The line of the file on which its text begins.
    first: usize,
    lines: Vec<String>,
}

impl Fence {
    fn commands(&self) -> Vec<Segment> {
        if !LANGUAGES.contains(&self.language.as_str()) {
            return Vec::new();
        }
        let lines: Vec<&str> = self.lines.iter().map(|line| without_prompt(line)).collect();
        let own = segments(&lines.join("\n")).into_iter();
        own.map(|one| Segment { line: one.line + self.first - 1, ..one }).collect()
    }
}

/// A line without the prompt, or the mark of a list, before its command.
fn without_prompt(line: &str) -> &str {
    let line = line.trim_start();
    let bare = ["$ ", "% ", "> ", "- ", "* "].iter().find_map(|prompt| line.strip_prefix(prompt));
    if let Some(bare) = bare {
        return bare.trim_start();
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match line[digits..].strip_prefix(". ").or_else(|| line[digits..].strip_prefix(") ")) {
        Some(rest) if digits > 0 => rest.trim_start(),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_found_and_their_lines_kept() {
        let text = "# A\n\n```bash\n$ perfteam inbox\n```\n\n```python\nperfteam(x)\n```\n\n~~~text\n1. lock-flag [ID]\n2. create-flag --a \\\n   --b c\n~~~\n";
        let told: Vec<String> =
            commands(text).iter().map(|one| format!("{}: {}", one.line, one.words.join("|"))).collect();
        assert_eq!(told, ["4: perfteam|inbox", "12: lock-flag|[ID]", "13: create-flag|--a|--b|c"]);
    }
}
