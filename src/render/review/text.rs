//! A review for a terminal: all of it.

use super::content::page;
use super::page::{Entry, Limits, Line, Page, Section, Span};
use crate::domain::review::Summary;
use crate::domain::text::{shown_line, shown_text};
use crate::render::links::Links;

/// All of the review as text.
pub fn text(summary: &Summary) -> String {
    let page: Page = page(summary, &Links::relative(), Limits::NONE);
    let mut out = format!("{}\n", line(&page.title));
    for lead in &page.lead {
        out.push_str(&format!("{}\n", line(lead)));
    }
    for part in &page.sections {
        section(&mut out, part);
    }
    out.push_str(&format!("\n{}", line(&page.foot)));
    out
}

fn section(out: &mut String, section: &Section) {
    out.push_str(&format!("\n{} ({})\n", section.title, section.count));
    for intro in &section.intro {
        out.push_str(&format!("  {}\n", line(intro)));
    }
    let mark = if section.is_checklist { "[ ] " } else { "" };
    for one in &section.entries {
        entry(out, one, mark);
    }
    for arrow in section.chart.iter().flat_map(|chart| &chart.lines) {
        out.push_str(&format!("  {}\n", line(arrow)));
    }
}

fn entry(out: &mut String, entry: &Entry, mark: &str) {
    out.push_str(&format!("  {mark}{}\n", line(&entry.line)));
    for below in &entry.below {
        out.push_str(&format!("      {}\n", line(below)));
    }
    for quote in &entry.quotes {
        out.push_str(&format!("      {}\n", quote.title));
        for line in shown_text(&quote.text).lines() {
            out.push_str(&format!("        | {line}\n"));
        }
    }
}

fn line(line: &Line) -> String {
    let span = |span: &Span| match span {
        Span::Own(text) | Span::Strong(text) => text.clone(),
        Span::Said(text) | Span::Code(text) | Span::Link(text, _) => shown_line(text).into_owned(),
    };
    line.iter().map(span).collect()
}
