//! A review as the comment of a pull request.

use super::content::page;
use super::page::{Entry, Fold, Limits, Line, Page, Section, Span};
use crate::domain::review::Summary;
use crate::render::links::Links;
use crate::render::markdown::{code, link, quote, said};

/// The most characters of a comment. Forges take a little more.
pub const MOST: usize = 60_000;

/// The first line of the comment, by which it is found again; forges show nothing of it.
pub const MARKER: &str = "<!-- perfteam:review -->";

/// The review as a comment, cut as far as it must be to fit.
pub fn comment(summary: &Summary, links: &Links) -> String {
    let mut comment = String::new();
    for limits in Limits::LEVELS {
        comment = markdown(&page(summary, links, limits));
        if comment.chars().count() <= MOST {
            break;
        }
    }
    comment
}

fn markdown(page: &Page) -> String {
    let mut out = format!("{MARKER}\n### {}\n\n", line(&page.title));
    for lead in &page.lead {
        out.push_str(&format!("{}\n\n", line(lead)));
    }
    for part in &page.sections {
        section(&mut out, part);
    }
    if page.cut > 0 {
        let cut = format!("Cut to fit into a comment: {} left out or shortened.", things(page.cut));
        out.push_str(&format!("{cut} All of it: {}\n\n", code(&page.whole)));
    }
    out.push_str(&line(&page.foot));
    out
}

fn things(count: usize) -> String {
    if count == 1 { "1 thing is".to_owned() } else { format!("{count} things are") }
}

fn section(out: &mut String, section: &Section) {
    let title = match section.fold {
        Fold::Never => format!("**{}**\n\n", section.title),
        fold => {
            let open = if fold == Fold::Open { " open" } else { "" };
            format!("<details{open}>\n<summary>{} ({})</summary>\n\n", section.title, section.count)
        }
    };
    out.push_str(&title);
    for intro in &section.intro {
        out.push_str(&format!("{}\n\n", line(intro)));
    }
    let mark = if section.is_checklist { "- [ ] " } else { "- " };
    for one in &section.entries {
        entry(out, one, mark);
    }
    if !section.entries.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    if let Some(chart) = &section.chart {
        out.push_str(&format!("```mermaid\n{}```\n\n", chart.mermaid));
    }
    if section.fold != Fold::Never {
        out.push_str("</details>\n\n");
    }
}

fn entry(out: &mut String, entry: &Entry, mark: &str) {
    out.push_str(&format!("{mark}{}\n", line(&entry.line)));
    for below in &entry.below {
        out.push_str(&format!("  - {}\n", line(below)));
    }
    for one in &entry.quotes {
        out.push_str(&format!("\n  **{}**\n\n{}", one.title, quote(&one.text, "  ")));
    }
    if !entry.quotes.is_empty() {
        out.push('\n');
    }
}

fn line(line: &Line) -> String {
    let span = |span: &Span| match span {
        Span::Own(text) => text.clone(),
        Span::Strong(text) => format!("**{text}**"),
        Span::Said(text) => said(text),
        Span::Code(text) => code(text),
        Span::Link(words, target) => link(words, target),
    };
    line.iter().map(span).collect()
}
