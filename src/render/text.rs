//! Diagnostics for people: place, the offending line, why, and the command that mends it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::domain::diagnostic::{Diagnostic, Severity, Spot};
use crate::domain::text::{shown_line, shown_text};
use crate::domain::verdict::Verdict;
use crate::markdown::locate::{Located, locate};

/// Longer source lines are cut around the place that is shown.
const LONGEST_LINE: usize = 200;

/// All diagnostics of a verdict, each with its source line.
pub fn diagnostics(verdict: &Verdict) -> String {
    all(verdict, "blocked")
}

/// The same for what holds nothing back by itself: its worst are errors.
pub fn remarks(verdict: &Verdict) -> String {
    all(verdict, "error")
}

fn all(verdict: &Verdict, worst: &'static str) -> String {
    let shown = verdict.diagnostics.iter().map(|diagnostic| one(verdict, diagnostic, worst));
    shown.collect::<Vec<String>>().join("\n")
}

/// Those of a verdict that warn or inform, each in a line or two: what a commit that passes shows.
pub fn brief(verdict: &Verdict) -> String {
    let passing = verdict.diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Block);
    passing.map(|diagnostic| brief_one(verdict, diagnostic)).collect()
}

fn brief_one(verdict: &Verdict, diagnostic: &Diagnostic) -> String {
    let word = if diagnostic.severity == Severity::Warn { "warning" } else { "note" };
    let place = diagnostic.path.as_ref().map(|path| match verdict.sources.get(path) {
        Some(text) => format!("{}:{}: ", shown_line(path), locate(text, &diagnostic.spot).line),
        None => format!("{}: ", shown_line(path)),
    });
    let message = shown_line(&diagnostic.message);
    let mut text = format!("{word}: {}{message} [{}]\n", place.unwrap_or_default(), diagnostic.rule);
    if let Some(mend) = diagnostic.mends.last() {
        text.push_str(&format!("  try: {}\n", shown_line(mend)));
    }
    text
}

/// Why a commit is refused: what passes in brief, then at most `limit` of what blocks, in full.
pub fn refusal(verdict: &Verdict, limit: usize) -> String {
    let blocking = verdict.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Block);
    let shown: Vec<String> =
        blocking.take(limit).map(|diagnostic| one(verdict, diagnostic, "blocked")).collect();
    format!("{}{}", brief(verdict), shown.join("\n"))
}

/// How many of what, in one line.
pub fn summary(verdict: &Verdict) -> String {
    let counts = [(Severity::Block, "blocking"), (Severity::Warn, "warning"), (Severity::Note, "note")];
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(severity, word)| (verdict.count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| match (word, count) {
            ("blocking", count) => format!("{count} blocking"),
            (word, 1) => format!("1 {word}"),
            (word, count) => format!("{count} {word}s"),
        })
        .collect();
    if parts.is_empty() { "clean".to_owned() } else { parts.join(", ") }
}

fn one(verdict: &Verdict, diagnostic: &Diagnostic, worst: &'static str) -> String {
    let title = format!("{} [{}]", shown_line(&diagnostic.message), diagnostic.rule);
    let source = diagnostic.path.as_deref().and_then(|path| {
        let text = verdict.sources.get(path).filter(|text| !text.is_empty())?;
        // What is wrong with a file as a whole stands in no line of it.
        (diagnostic.spot != Spot::Start).then_some((path, text))
    });
    let level = level(diagnostic.severity, worst);
    let mut group = Group::with_title(level.primary_title(title));
    let visible;
    let shown_path;
    if let Some((path, text)) = source {
        let place = locate(text, &diagnostic.spot);
        visible = shown_text(text).into_owned();
        shown_path = shown_line(path).into_owned();
        let (start, end) = byte_range(&visible, place);
        let snippet = Snippet::source(visible.as_str())
            .line_start(1)
            .path(shown_path.as_str())
            .annotation(AnnotationKind::Primary.span(start..end));
        group = group.element(snippet);
    } else if let Some(path) = &diagnostic.path {
        group = group.element(Origin::path(shown_line(path).into_owned()).line(1).char_column(1));
    }
    if let Some(commit) = &diagnostic.commit {
        group = group
            .element(Level::NOTE.with_name("commit").message(commit.chars().take(10).collect::<String>()));
    }
    if !diagnostic.why.is_empty() {
        group = group.element(Level::NOTE.with_name("why").message(shown_line(&diagnostic.why).into_owned()));
    }
    for mend in &diagnostic.mends {
        group = group.element(Level::HELP.with_name("try").message(shown_line(mend).into_owned()));
    }
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(LONGEST_LINE);
    format!("{}\n", renderer.render(&[group]))
}

/// Where in its file a diagnostic points; `None` where it is about no file that could be read.
pub fn located(verdict: &Verdict, diagnostic: &Diagnostic) -> Option<Located> {
    let text = verdict.sources.get(diagnostic.path.as_ref()?)?;
    Some(locate(text, &diagnostic.spot))
}

fn level(severity: Severity, worst: &'static str) -> Level<'static> {
    match severity {
        Severity::Block => Level::ERROR.with_name(worst),
        Severity::Warn => Level::WARNING,
        Severity::Note | Severity::Off => Level::NOTE,
    }
}

fn byte_range(text: &str, place: Located) -> (usize, usize) {
    let start_of_line: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let line = text[start_of_line..].lines().next().unwrap_or_default();
    let at = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let start = start_of_line + at(place.column - 1);
    let end = start_of_line + at(place.column - 1 + place.length);
    (start.min(text.len()), end.clamp(start, text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use insta::assert_snapshot;

    #[test]
    fn a_diagnostic_shows_its_line_and_writes_no_escapes_of_records() {
        let text = anstream::adapter::strip_str(&diagnostics(&sample::verdict())).to_string();
        assert!(!text.contains('\u{1b}') && !text.contains('\u{9b}') && !text.contains('\u{202e}'));
        assert_snapshot!(text, @"
        blocked: `␛[31mred<U+009B>0m` is no title␊::error::forged [syntax]
         --> a b/␛[2J,x:1%.md:2:1
          |
        2 | title: ␛[31mred<U+009B>0m <U+202E>txt
          | ^^^^^^^^^^^^^^^^^^^^^^^
          |
          = commit: 5bb649b012
          = why: what can't be read is seen by nobody
          = try: git add -- 'a b/␛[2J'
          = try: perfteam check
        ");
    }

    #[test]
    fn what_is_wrong_with_a_whole_file_shows_no_line() {
        let mut verdict = sample::verdict();
        verdict.diagnostics[0].spot = Spot::Start;
        assert_snapshot!(anstream::adapter::strip_str(&diagnostics(&verdict)).to_string(), @"
        blocked: `␛[31mred<U+009B>0m` is no title␊::error::forged [syntax]
        --> a b/␛[2J,x:1%.md:1:1
         = commit: 5bb649b012
         = why: what can't be read is seen by nobody
         = try: git add -- 'a b/␛[2J'
         = try: perfteam check
        ");
    }
}
