//! A review as a page of its own: all of it, without a script and without anything from elsewhere.

use super::content::page;
use super::page::{Entry, Fold, Limits, Line, Section, Span};
use crate::domain::review::Summary;
use crate::render::links::Links;
use crate::render::markup;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
code{background:#8882;padding:.1em .3em;border-radius:.2em;overflow-wrap:anywhere}\
blockquote{border-left:.25em solid #8888;margin:.5em 0;padding:0 1em;overflow-wrap:anywhere}\
summary{font-weight:bold;margin:1em 0 .5em}";

/// All of the review as an HTML page, which is well-formed XML, too.
pub fn html(summary: &Summary, links: &Links) -> String {
    let page = page(summary, links, Limits::NONE);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width\"/>\n\
         <title>perfteam review</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
        line(&page.title)
    );
    for lead in &page.lead {
        out.push_str(&format!("<p>{}</p>\n", line(lead)));
    }
    for part in &page.sections {
        section(&mut out, part);
    }
    out.push_str(&format!("<p>{}</p>\n</body>\n</html>", line(&page.foot)));
    out
}

fn section(out: &mut String, section: &Section) {
    // Whoever opens a page of its own wants to see it.
    let open = if section.fold == Fold::Closed { "" } else { " open=\"\"" };
    let (title, count) = (markup::line(section.title), section.count);
    out.push_str(&format!("<details{open}>\n<summary>{title} ({count})</summary>\n"));
    for intro in &section.intro {
        out.push_str(&format!("<p>{}</p>\n", line(intro)));
    }
    if !section.entries.is_empty() {
        out.push_str("<ul>\n");
        section.entries.iter().for_each(|one| entry(out, one, section.is_checklist));
        out.push_str("</ul>\n");
    }
    if let Some(chart) = &section.chart {
        let arrows: String = chart.lines.iter().map(|arrow| format!("<li>{}</li>\n", line(arrow))).collect();
        out.push_str(&format!("<ul>\n{arrows}</ul>\n"));
    }
    out.push_str("</details>\n");
}

fn entry(out: &mut String, entry: &Entry, is_check: bool) {
    let mark = if is_check { "<input type=\"checkbox\"/> " } else { "" };
    out.push_str(&format!("<li>{mark}{}\n", line(&entry.line)));
    for below in &entry.below {
        out.push_str(&format!("<div>{}</div>\n", line(below)));
    }
    for quote in &entry.quotes {
        let title = markup::line(quote.title);
        // In a log, a line that begins with what was written could be an order to the CI.
        let text = markup::text(quote.text.trim()).replace('\n', "<br/>");
        out.push_str(&format!("<div>{title}</div>\n<blockquote>{text}</blockquote>\n"));
    }
    out.push_str("</li>\n");
}

fn line(line: &Line) -> String {
    let span = |span: &Span| match span {
        Span::Own(text) | Span::Said(text) => markup::line(text),
        Span::Strong(text) => format!("<strong>{}</strong>", markup::line(text)),
        Span::Code(text) => format!("<code>{}</code>", markup::line(text)),
        Span::Link(words, target) => {
            format!("<a href=\"{}\"><code>{}</code></a>", markup::line(target), markup::line(words))
        }
    };
    line.iter().map(span).collect()
}
