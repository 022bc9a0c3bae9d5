//! Everything in a pull request is hostile: what is written in records, roster, policy, paths and
//! commit messages comes out harmless in every format of `review` and `check`. Markdown, HTML and
//! XML are read with real parsers.

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag};

use super::{event, head, id, put, speaks_to_the_terminal};
use crate::environment::{Repo, World, agent, run};

const API: &str = "@backend.api";
const FORGE: &str = "https://forge.example/team/repo/blob/";

/// What somebody could write where others read it.
const ATTACKS: [&str; 47] = [
    "<script>alert(1)</script>",
    "<img src=https://evil.example/beacon.png>",
    "<b onmouseover=alert(1)>x</b><!-- ",
    "--><script>x</script>",
    "</details></details><h1>Approved</h1>",
    "</summary><details open>",
    "![beacon](https://evil.example/p.png)",
    "[click](javascript:alert(1))",
    "[approved][ref]",
    "<https://evil.example>",
    "https://evil.example/login www.evil.example",
    "x@evil.example and mailto:x@evil.example",
    "@everyone @all @here @octocat @org/team cc @backend.api",
    "fixes #1, closes o/r#2, GH-3, !4, $5, ~bug, %\"v1\", &6, *iteration:7",
    "/close",
    "/assign @octocat",
    "# Approved",
    "Approved\n===",
    "- [x] approved",
    "* a\n* b",
    "1. one",
    "> quoted",
    "---",
    "***",
    "| a | b |\n|---|---|\n| c | d |",
    "```\nout of the fence",
    "~~~~",
    "`` ` ` ``",
    "    code",
    "[^1] and [^1]: note",
    "[ref]: https://evil.example \"x\"",
    "$$x$$ and $`y`$ ~~gone~~ **bold** _u_ ^a^ ==m==",
    "\"]; r1[\"x\"]; click r1 href \"https://evil.example\"; %%{init: {}}%%",
    "end\"]\n  r9 --> r1\n```",
    "%%{init: {\"theme\":\"dark\"}}%%",
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{8}\r",
    "\u{202e}txt.exe\u{2066} \u{200f}\u{61c}",
    "ad\u{200b}min \u{200d}a\u{200d}b \u{feff}\u{2060} \u{ad}\u{e0041}\u{e007f}",
    "\u{2028}::error::forged\u{2029}",
    "::error file=src/pool.rs,line=1::forged",
    "::set-output name=x::y ::stop-commands::z",
    "##[add-mask]a ##[error]forged ##vso[task.setvariable variable=x]y",
    "\r\n::warning::forged\r\n##[group]x",
    "%0A::error::forged%25",
    "]]><![CDATA[ </failure></testcase>",
    "&lt;b&gt; &#64;everyone &#x3c;b&#x3e; &nbsp; \\",
    "\u{fffe}\u{ffff}\u{1fffe}\u{fdd0}\u{85}\u{fff9}\u{fffb}",
];

/// A title, a type or a path in YAML, whatever stands in it.
fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
    format!("\"{escaped}\"")
}

/// A branch on which everything that can be written is an attack.
fn attacked() -> (World, Repo) {
    let (world, repo) = World::with_team();
    let watch = "watches:\n  - src/\nwrites:\n  exclusive:\n    - src/own/\n";
    repo.write(
        ".perfteam/agents/database.postgres.md",
        &agent("@database.postgres", "db@example.com", watch),
    );
    commit(&world, &repo, "somebody@example.com", "Begin");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    for (at, attack) in ATTACKS.iter().enumerate() {
        put_record(&repo, at, attack);
        put_others(&repo, at, attack);
    }
    put_team(&repo);
    for name in [
        "<img src=x>.rs",
        "a](javascript:alert(1)).rs",
        "`x`\u{202e}.rs",
        "own/@everyone #1\n::error::x.rs",
        "##[x].rs",
    ] {
        let path = repo.path.join("src").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, "x").expect("a file");
    }
    let message = format!(
        "{}\n\nPerfteam-No-Impact: @database.postgres {}\nPerfteam-No-Impact: {}\n",
        ATTACKS[12], ATTACKS[1], ATTACKS[4]
    );
    commit(&world, &repo, "api@example.com", &message);
    (world, repo)
}

/// A flag and what happened to it, an attack in every field, and texts of all attacks behind this one.
fn put_record(repo: &Repo, at: usize, attack: &str) {
    let title = format!("title: {}", quoted(attack));
    let class = format!("type: {}", quoted(attack));
    let parent = if at > 0 { format!("parent: {}\nchain: {}\n", id(at - 1), id(0)) } else { String::new() };
    let more = format!("{parent}files:\n  - {}", quoted(attack));
    let front = head(&id(at), "title", &title).replace("type: change", &class);
    let front = front.replacen("impact: high", &format!("impact: high\n{more}"), 1);
    let texts = ATTACKS[at..].join("\n\n") + "\n" + &ATTACKS[at..].join("\n");
    let texts = texts.replace("\n## ", "\n\\## ");
    let text = front.replace("The pool is smaller.", &texts).replace("Measure.", &texts);
    put(repo, &format!("flags/2026-11-20/x-{}/flag.md", id(at)), text.as_bytes());
    let (file, text) = event(&id(at), if at.is_multiple_of(3) { "completed" } else { "amended" }, "", "");
    let file = file.replace("4f7a1c", &format!("4f7a{at:02}"));
    put(repo, &format!("flags/2026-11-20/x-{}/{file}", id(at)), format!("{text}\n{texts}\n").as_bytes());
}

/// A record of each other kind, with documents and an entry of knowledge, an attack in every field that
/// takes any text.
fn put_others(repo: &Repo, at: usize, attack: &str) {
    let (said, texts) = (quoted(attack), ATTACKS[at..].join("\n\n").replace("\n## ", "\n\\## "));
    let front = |number: usize, keys: &str| {
        format!(
            "---\nid: \"{}\"\ntitle: {said}\nfrom: \"@backend.api\"\nat: \"2026-11-20T15:00:00.000Z\"\n{keys}---\n",
            id(number + at)
        )
    };
    let keys = format!(
        "type: {said}\nto: \"@database.postgres\"\npriority: high\nsystem: {said}\ndirectory: {said}\ntools: [{said}]\n\
         parameters: {{{said}: {said}}}\ndepends: [\"{}\"]\n",
        id(200 + at + 1)
    );
    let task = front(200, &keys) + "\n## Objective\n\n" + &texts;
    put(repo, &format!("tasks/2026-11-20/x-{}/task.md", id(200 + at)), task.as_bytes());
    let keys = format!(
        "category: {said}\ntype: {said}\ncomponent: {said}\nseverity: high\nimpact: {said}\nlocation: {said}\nfrequency: {said}\n\
         metrics: {{p95: {{before: 250ms, after: 890ms}}}}\n"
    );
    let finding = front(300, &keys) + "\n## Evidence\n\n" + &texts;
    put(repo, &format!("findings/2026-11-20/x-{}/finding.md", id(300 + at)), finding.as_bytes());
    let (file, text) = event(&id(300 + at), "disputed", "", "");
    put(
        repo,
        &format!("findings/2026-11-20/x-{}/{file}", id(300 + at)),
        format!("{text}\n{texts}\n").as_bytes(),
    );
    let keys = format!("priority: high\ntrigger: {said}\nsystems: [{said}]\nsuccess: [{said}]\n");
    let folder = format!("investigations/2026-11-20/x-{}", id(400 + at));
    let investigation = front(400, &keys) + "\n## Impact\n\n" + &texts;
    put(repo, &format!("{folder}/investigation.md"), investigation.as_bytes());
    for document in ["data", "code", "infrastructure", "synthesis", "validation", "retrospective"] {
        put(
            repo,
            &format!("{folder}/{document}.md"),
            format!("# {attack}\n\n## {attack}\n\n{texts}\n").as_bytes(),
        );
    }
    let entry = format!(
        "---\ntitle: {said}\nby: \"@backend.api\"\nsystems: [{said}]\nkeywords: [{said}]\ncost: {said}\n\
         metrics: {{p95: {{before: 250ms, after: 890ms}}}}\n---\n\n## {attack}\n\n{texts}\n"
    );
    put(repo, &format!("knowledge/pattern/x-{at}.md"), entry.as_bytes());
    put(repo, "allowed_signers", format!("{texts}\n").as_bytes());
}

/// Agents and a policy with attacks in keys and values; a handle that only looks like one.
fn put_team(repo: &Repo) {
    let listed: String = ATTACKS.iter().map(|attack| format!("    - {}\n", quoted(attack))).collect();
    let more = format!("writes:\n  exclusive:\n{listed}{}: {}\n", quoted(ATTACKS[4]), quoted(ATTACKS[12]));
    repo.write(".perfteam/agents/ops.new.md", &agent("@ops.new", "new@example.com", &more));
    repo.write(".perfteam/agents/backend.api.md", &agent(API, "api@example.com", &more));
    repo.write(".perfteam/agents/b\u{430}ckend.api.md", &agent("@b\u{430}ckend.api", "x@example.com", ""));
    let to = "to: \"@b\u{430}ckend.api\"";
    put(repo, &format!("flags/2026-11-20/look-alike-{}/flag.md", id(90)), head(&id(90), "to", to).as_bytes());
    let policy = repo.read(".perfteam/perfteam.yaml");
    let keys: String =
        ATTACKS.iter().map(|attack| format!("{}: {}\n", quoted(attack), quoted(attack))).collect();
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}\n{keys}"));
}

fn commit(world: &World, repo: &Repo, email: &str, message: &str) {
    world.git_as(repo, email, &["add", "-A"]).exits(0);
    world.git_as(repo, email, &["commit", "-q", "--no-verify", "-m", message]).exits(0);
}

#[track_caller]
fn printed(world: &World, repo: &Repo, args: &[&str]) -> String {
    let printed = run(world.perfteam_command(repo, API, args));
    assert!(matches!(printed.code, 0 | 1), "{args:?}: {}", printed.stderr);
    for stream in [&printed.stdout, &printed.stderr] {
        is_quiet(stream, args);
    }
    printed.stdout
}

/// Nothing speaks to a terminal, is unseen, or is a command in the log of a CI.
#[track_caller]
fn is_quiet(text: &str, args: &[&str]) {
    shows_all(text, args);
    for order in ["##[", "##vso["] {
        assert!(!text.contains(order), "{args:?} prints {order}");
    }
    if !args.contains(&"github") {
        let forged = text.lines().find(|line| line.trim_start().starts_with("::"));
        assert_eq!(forged, None, "{args:?}");
    }
}

/// Nothing speaks to a terminal or is unseen.
#[track_caller]
fn shows_all(text: &str, args: &[&str]) {
    let unseen = |c: char| {
        speaks_to_the_terminal(c)
            || matches!(
                c,
                '\u{200b}'
                    | '\u{200e}'
                    | '\u{200f}'
                    | '\u{2028}'
                    | '\u{2029}'
                    | '\u{61c}'
                    | '\u{feff}'
                    | '\u{2060}'
                    | '\u{ad}'
                    | '\u{e0000}'..='\u{e007f}'
            )
    };
    if let Some(at) = text.find(unseen) {
        panic!("{args:?} prints {:?}", text[at..].chars().take(20).collect::<String>());
    }
}

#[test]
fn a_comment_is_ours_from_end_to_end() {
    let (world, repo) = attacked();
    let links = format!("{FORGE}{{commit}}/{{path}}?plain=1#L{{line}}");
    let comment = printed(&world, &repo, &["review", "--links", &links]);
    assert!(comment.chars().count() <= 60_000);
    is_ours(&comment);
    let body = printed(&world, &repo, &["review", "--links", &links, "--as-body"]);
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["body"].as_str().map(|body| format!("{body}\n")), Some(comment));
}

/// Whether a comment, read as forges read Markdown, has nothing in it but what we put there.
#[track_caller]
fn is_ours(comment: &str) {
    for line in comment.lines() {
        assert!(!line.trim_start_matches(['>', ' ', '-']).starts_with('/'), "{line}");
    }
    let mut open = 0;
    let (mut headings, mut in_code) = (0, false);
    for event in Parser::new_ext(comment, Options::all()) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => open += ours(html.trim_end()),
            Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                assert_eq!(link_type, LinkType::Inline, "{dest_url}");
                assert!(dest_url.starts_with(FORGE) && !dest_url.contains(".."), "{dest_url}");
            }
            Event::Start(Tag::Heading { .. }) => headings += 1,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                assert_eq!(&*language, "mermaid");
                in_code = true;
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if in_code => text.lines().for_each(is_our_chart),
            Event::Text(text) => calls_nobody(&text),
            Event::Start(
                Tag::Paragraph
                | Tag::List(None)
                | Tag::Item
                | Tag::BlockQuote(None)
                | Tag::Strong
                | Tag::HtmlBlock,
            )
            | Event::End(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::TaskListMarker(false) => {}
            other => panic!("{other:?}"),
        }
        assert!((0..=1).contains(&open));
    }
    assert_eq!((open, headings), (0, 1));
}

/// How many parts that can be folded a piece of HTML opens; it must be one of ours.
#[track_caller]
fn ours(html: &str) -> i32 {
    match html {
        "<!-- perfteam:review -->" => 0,
        "<details>" | "<details open>" => 1,
        "</details>" => -1,
        _ => {
            let title = html.strip_prefix("<summary>").and_then(|rest| rest.strip_suffix("</summary>"));
            let title = title.unwrap_or_else(|| panic!("{html}"));
            assert!(title.chars().all(|c| c.is_ascii_alphanumeric() || " ()'".contains(c)), "{html}");
            0
        }
    }
}

/// Whether a line of a chart is a box, an arrow or a colour; in a box nothing ends the text.
#[track_caller]
fn is_our_chart(line: &str) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let inner = line.trim_start();
    if inner == "flowchart LR" || inner.starts_with("classDef ") || inner.starts_with("class r") {
        return;
    }
    if let Some((from, to)) = inner.split_once(" --> ")
        && is_number(&from[1..])
        && is_number(&to[1..])
    {
        return;
    }
    let (name, label) = inner.split_once("[\"").unwrap_or_else(|| panic!("{line}"));
    let label = label.strip_suffix("\"]").unwrap_or_else(|| panic!("{line}"));
    assert!(is_number(&name[1..]), "{line}");
    assert!(
        !label.replace("<br/>", "").contains(['"', '<', '>', '`', '[', ']', '{', '}', '\\', '|']),
        "{line}"
    );
}

/// Whether forges find nobody to call, nothing to refer to and no address in a text.
#[track_caller]
fn calls_nobody(text: &str) {
    for (at, c) in text.char_indices().filter(|(_, c)| "@#!~&".contains(*c)) {
        let next = text[at + c.len_utf8()..].chars().next();
        assert!(next.is_none_or(|next| !next.is_alphanumeric() && !"\"{[/_-".contains(next)), "{text}");
    }
    for address in ["://", "www.", "mailto:x"] {
        assert!(!text.contains(address) || address == "mailto:x" && !text.contains("x@e"), "{text}");
    }
}

#[test]
fn a_page_has_no_element_and_no_address_that_is_not_ours() {
    let (world, repo) = attacked();
    let links = format!("{FORGE}{{commit}}/{{path}}");
    let page = printed(&world, &repo, &["review", "--format", "html", "--links", &links]);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = roxmltree::Document::parse_with_options(&page, options).expect("XML");
    let elements =
        "html head meta title style body h1 p details summary ul li div blockquote code a strong input br";
    for node in page.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(elements.split(' ').any(|known| known == name), "<{name}>");
        for attribute in node.attributes() {
            let known = match name {
                "html" => "lang",
                "meta" => "charset http-equiv content name",
                "details" => "open",
                "a" => "href",
                "input" => "type",
                _ => "",
            };
            assert!(known.split(' ').any(|known| known == attribute.name()), "<{name} {}>", attribute.name());
        }
        if let Some(address) = node.attribute("href") {
            assert!(address.starts_with(FORGE) && !address.contains(".."), "{address}");
        }
    }
    assert_eq!(page.descendants().filter(|node| node.is_comment() || node.is_pi()).count(), 0);
}

#[test]
fn text_and_json_are_quiet_and_the_json_keeps_every_letter() {
    let (world, repo) = attacked();
    printed(&world, &repo, &["review", "--format", "text"]);
    let json = printed(&world, &repo, &["review", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let titles: Vec<&str> =
        json["records"].as_array().expect("a list").iter().filter_map(|one| one["title"].as_str()).collect();
    for attack in ATTACKS {
        assert!(titles.contains(&attack), "{attack:?}");
    }
}

#[test]
fn no_format_of_check_carries_an_order() {
    let (world, repo) = attacked();
    for format in ["text", "json", "sarif", "gitlab", "junit", "github"] {
        let args = ["check", "--base", "main", "--format", format];
        let told = printed(&world, &repo, &args);
        assert!(!told.is_empty());
        match format {
            "json" | "sarif" | "gitlab" => {
                drop(serde_json::from_str::<serde_json::Value>(&told).expect(format))
            }
            "junit" => drop(roxmltree::Document::parse(&told).expect("XML")),
            "github" => told.lines().for_each(is_our_annotation),
            _ => {}
        }
    }
}

/// Whether a line is an annotation with our title, as the workflow's runner takes it apart.
#[track_caller]
fn is_our_annotation(line: &str) {
    let (command, message) = line[2..].split_once("::").unwrap_or_else(|| panic!("{line}"));
    assert!(line.starts_with("::") && !message.is_empty(), "{line}");
    let (name, properties) = command.split_once(' ').unwrap_or_else(|| panic!("{line}"));
    assert!(["error", "warning", "notice"].contains(&name), "{line}");
    for property in properties.split(',') {
        let (key, value) = property.split_once('=').unwrap_or_else(|| panic!("{line}"));
        assert!(["file", "line", "col", "title"].contains(&key), "{line}");
        assert!(key != "title" || value.starts_with("perfteam "), "{line}");
    }
}

#[test]
fn no_command_that_reads_speaks_to_the_terminal() {
    let (world, repo) = attacked();
    let at = |number: usize| id(number + 15);
    let (flag, task, finding, case) = (at(0), at(200), at(300), at(400));
    let readers: [&[&str]; 24] = [
        &["inbox", "@database.postgres"],
        &["next", "--as", "@database.postgres"],
        &["prime", "--as", "@database.postgres"],
        &["flag", "list", "--status", "all"],
        &["flag", "show", &flag],
        &["flag", "chain", &flag],
        &["task", "list"],
        &["task", "show", &task],
        &["task", "graph"],
        &["finding", "list"],
        &["finding", "list", "--shared"],
        &["finding", "show", &finding],
        &["investigate", "list"],
        &["investigate", "show", &case],
        &["investigate", "status", &case],
        &["investigate", "search", "approved evil"],
        &["knowledge", "list"],
        &["knowledge", "show", "pattern/x-15"],
        &["knowledge", "search", "approved evil"],
        &["agent", "list"],
        &["agent", "show", "@ops.new"],
        &["agent", "search", "approved"],
        &["agent", "lint"],
        &["claims"],
    ];
    let read = |args: &[&str]| {
        let told = run(world.perfteam_command(&repo, API, args));
        assert!(matches!(told.code, 0 | 1), "{args:?}: {}", told.stderr);
        shows_all(&told.stdout, args);
        shows_all(&told.stderr, args);
    };
    for args in readers {
        read(args);
        read(&[args, &["--format", "json"]].concat());
    }
    let kinds = [("flag", 0), ("task", 200), ("finding", 300), ("investigate", 400)];
    for (attack, (kind, number)) in (0..ATTACKS.len()).zip(kinds.into_iter().cycle()) {
        read(&[kind, "show", &id(number + attack)]);
    }
}

#[test]
fn who_only_looks_like_an_agent_is_none() {
    let (world, repo) = attacked();
    let review = printed(&world, &repo, &["review", "--format", "json"]);
    let review: serde_json::Value = serde_json::from_str(&review).expect("JSON");
    let asked: Vec<&str> = review["reviewers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["handle"].as_str())
        .collect();
    assert_eq!(asked, ["@performance.lead", "@database.postgres"]);
    assert!(review["unreadable"].to_string().contains("look-alike"));
    assert!(review["check"].to_string().contains("`@b<U+0430>ckend.api` is not a handle"));
}

#[test]
fn huge_fields_fit_into_a_comment() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    // Whatever grows most when it is made harmless.
    let huge = "@a<\u{202e}".repeat(4_000);
    for at in 0..120 {
        put_record(&repo, at % ATTACKS.len(), ATTACKS[at % ATTACKS.len()]);
        let text = head(&id(at), "title", &format!("title: {}", quoted(&huge[..9_000])));
        let text = text.replace("Measure.", &huge).replace("The pool is smaller.", &huge);
        put(&repo, &format!("flags/2026-11-20/x-{}/flag.md", id(at)), text.as_bytes());
    }
    let keys: String = (0..200).map(|at| format!("k{at}: {}\n", quoted(&huge[..900]))).collect();
    let policy = repo.read(".perfteam/perfteam.yaml");
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}\n{keys}"));
    commit(&world, &repo, "api@example.com", "Huge");
    let links = format!("{FORGE}{{commit}}/{{path}}?plain=1#L{{line}}");
    let comment = printed(&world, &repo, &["review", "--links", &links]);
    assert!(comment.chars().count() <= 60_000, "{}", comment.chars().count());
    assert!(comment.contains("\nCut to fit into a comment: "));
    is_ours(&comment);
}
