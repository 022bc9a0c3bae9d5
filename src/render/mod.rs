//! Formats what it is given: text, JSON, Markdown, HTML, and what forges read.

mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod links;
mod markdown;
mod markup;
pub mod mermaid;
pub mod prime;
pub mod review;
pub mod sarif;
pub mod session;
pub mod text;

#[cfg(test)]
mod sample {
    use crate::domain::diagnostic::{Diagnostic, Severity, Spot};
    use crate::domain::verdict::Verdict;

    /// One diagnostic about a hostile file: escape sequences in its name, its text and what is said.
    pub fn verdict() -> Verdict {
        let path = "a b/\u{1b}[2J,x:1%.md".to_owned();
        let source = "---\ntitle: \u{1b}[31mred\u{9b}0m \u{202e}txt\n---\n".to_owned();
        let diagnostic = Diagnostic {
            rule: "syntax",
            severity: Severity::Block,
            path: Some(path.clone()),
            spot: Spot::Key("title".into()),
            message: "`\u{1b}[31mred\u{9b}0m` is no title\n::error::forged".into(),
            why: "what can't be read is seen by nobody".into(),
            mends: vec!["git add -- 'a b/\u{1b}[2J'".into(), "perfteam check".into()],
            commit: Some("5bb649b0123456789abcdef0123456789abcdef0".into()),
        };
        Verdict { diagnostics: vec![diagnostic], sources: [(path, source)].into(), paths: 3, commits: 1 }
    }
}
