//! Diagnostics as JUnit XML: a test case for each of them, and one for each rule that found nothing.

use super::markup::{line, text};
use super::text::located;
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::text::{counted, shown_line};
use crate::domain::verdict::{RuleInfo, Verdict};

/// The verdict as a report.
pub fn report(verdict: &Verdict, rules: &[RuleInfo]) -> String {
    let found = verdict.diagnostics.iter().map(|diagnostic| case(verdict, diagnostic));
    let is_silent = |rule: &&RuleInfo| !verdict.diagnostics.iter().any(|one| one.rule == rule.name);
    let silent = rules.iter().filter(is_silent).map(passed);
    let cases: Vec<String> = found.chain(silent).collect();
    let counts = format!(
        "name=\"perfteam check\" tests=\"{}\" failures=\"{}\" errors=\"0\"",
        cases.len(),
        verdict.count(Severity::Block)
    );
    let about = format!("{}, {}", counted(verdict.paths, "path"), counted(verdict.commits, "commit"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n<testsuite {counts} skipped=\"0\">\n{}\
         <system-out>{about}</system-out>\n</testsuite>\n</testsuites>",
        cases.concat()
    )
}

fn case(verdict: &Verdict, diagnostic: &Diagnostic) -> String {
    let place = located(verdict, diagnostic).map_or(1, |place| place.line);
    let place = diagnostic.path.as_ref().map(|path| format!("{path}:{place}: ")).unwrap_or_default();
    let message = &diagnostic.message;
    let name = line(&format!("{place}{message}"));
    let mut more = vec![format!("{place}{message}"), diagnostic.why.clone()];
    more.extend(diagnostic.mends.iter().map(|mend| format!("try: {mend}")));
    more.extend(diagnostic.commit.iter().map(|commit| format!("commit: {commit}")));
    let more = more.iter().map(|one| text(&shown_line(one))).collect::<Vec<_>>().join("\n");
    let rule = diagnostic.rule;
    let result = match diagnostic.severity {
        Severity::Block => format!("<failure message=\"{}\" type=\"{rule}\">{more}</failure>", line(message)),
        severity => format!("<system-out>{severity}: {more}</system-out>"),
    };
    format!("<testcase classname=\"{rule}\" name=\"{name}\">{result}</testcase>\n")
}

fn passed(rule: &RuleInfo) -> String {
    format!("<testcase classname=\"{}\" name=\"{}\"/>\n", rule.name, line(rule.summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use insta::assert_snapshot;

    #[test]
    fn a_diagnostic_is_a_case_and_so_is_a_rule_that_found_nothing() {
        let rule =
            |name| RuleInfo { name, summary: "files say \"what\" & who", default_level: Severity::Block };
        assert_snapshot!(report(&sample::verdict(), &[rule("syntax"), rule("thin-text")]), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="perfteam check" tests="2" failures="1" errors="0">
        <testsuite name="perfteam check" tests="2" failures="1" errors="0" skipped="0">
        <testcase classname="syntax" name="a b/␛[2J,x:1%.md:2: `␛[31mred&lt;U+009B&gt;0m` is no title␊::error::forged"><failure message="`␛[31mred&lt;U+009B&gt;0m` is no title␊::error::forged" type="syntax">a b/␛[2J,x:1%.md:2: `␛[31mred&lt;U+009B&gt;0m` is no title␊::error::forged
        what can&#39;t be read is seen by nobody
        try: git add -- &#39;a b/␛[2J&#39;
        try: perfteam check
        commit: 5bb649b0123456789abcdef0123456789abcdef0</failure></testcase>
        <testcase classname="thin-text" name="files say &quot;what&quot; &amp; who"/>
        <system-out>3 paths, 1 commit</system-out>
        </testsuite>
        </testsuites>
        "#);
    }
}
