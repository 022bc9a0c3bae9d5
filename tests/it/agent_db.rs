//! The verbs of the earlier flag tool.

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::{ACTION, CHANGE, Repo, Run, World};

/// A call of the earlier tool.
fn old(world: &World, repo: &Repo, words: &[&str]) -> Run {
    world.perfteam(repo, "", &[&["agent-db"], words].concat())
}

fn create(world: &World, repo: &Repo, more: &[&str]) -> Run {
    let usual = [
        "create-flag",
        "--flag_type",
        "change",
        "--source_agent",
        "backend.api",
        "--change_description",
        CHANGE,
        "--action_required",
        ACTION,
    ];
    old(world, repo, &[&usual[..], more].concat())
}

#[track_caller]
fn id(row: &Value) -> String {
    row["id"].as_str().expect("an id").to_owned()
}

fn error(run: Run) -> String {
    let code = run.code;
    assert_ne!(code, 0, "{}", run.stdout);
    assert_ne!(run.stderr, "");
    format!("exit {code}: {:#}", run.json()["error"])
}

#[test]
fn a_flag_goes_its_way_by_the_old_verbs() {
    let (world, repo) = World::with_team();
    let made = create(
        &world,
        &repo,
        &[
            "--target_agent=database.postgres",
            "--impact_level=high",
            "--related_files",
            "src/pool.rs, config.json",
            "--code_location",
            "src/pool.rs:1",
            "--context",
            r#"{"p95": "890ms"}"#,
            "--chain_origin_id",
            "",
        ],
    )
    .exits(0);
    assert_snapshot!(made.stdout, @r#"
    {
      "version": 1,
      "command": "agent-db create-flag",
      "id": "ttgk",
      "chain_origin_id": null,
      "flag_type": "change",
      "source_agent": "@backend.api",
      "target_agent": "@database.postgres",
      "change_description": "The pool hands out at most twenty connections instead of one hundred since Monday.",
      "action_required": "Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.",
      "impact_level": "high",
      "status": "pending",
      "locked": false,
      "locked_by": null,
      "locked_until": null,
      "related_files": "src/pool.rs,config.json",
      "code_location": "src/pool.rs:1",
      "example_usage": null,
      "context": {
        "p95": "890ms"
      },
      "created_at": "2026-11-20 15:05",
      "completed_at": null,
      "completed_by": null,
      "notes": null,
      "record": "ttgkrhj1vs",
      "path": ".perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs"
    }
    "#);
    let id = id(&made.json());
    old(&world, &repo, &["lock-flag", &id, "database.postgres"]).exits(0);
    let locked = old(&world, &repo, &["get-agent-flags", "database.postgres"]).exits(0).json();
    assert_eq!((&locked["count"], &locked["flags"][0]["locked"]), (&1.into(), &true.into()));
    assert_eq!(locked["flags"][0]["locked_by"], "@database.postgres");
    old(&world, &repo, &["unlock-flag", &id, "@database.postgres"]).exits(0);
    let done = old(&world, &repo, &["complete-flag", &id, "@database.postgres", "--note", "Set to twenty."]);
    let done = done.exits(0).json();
    let keys = ["status", "completed_by", "completed_at", "notes"].map(|key| done[key].clone());
    assert_snapshot!(serde_json::to_string(&keys).expect("JSON"), @r#"
    ["completed","@database.postgres","2026-11-20 15:09","Set to twenty."]
    "#);
    assert_eq!(old(&world, &repo, &["get-agent-flags", "@database.postgres"]).exits(0).json()["count"], 0);
}

#[test]
fn the_short_form_says_the_description_twice() {
    let (world, repo) = World::with_team();
    let made = old(
        &world,
        &repo,
        &[
            "create-flag-for-agent",
            "--target_agent",
            "@database.postgres",
            "--flag_type",
            "performance_strategy",
            "--title",
            "Strategic database optimization for analytics workload",
            "--description",
            "Performance analysis indicates 85th percentile query times exceed SLA. Need comprehensive database \
             optimization strategy including indexing, partitioning, and read replica architecture.",
            "--priority",
            "high",
            "--source_agent",
            "@backend.api",
        ],
    );
    let row = made.exits(0).json();
    assert_eq!(row["change_description"], row["action_required"]);
    assert_eq!((&row["impact_level"], &row["flag_type"]), (&"high".into(), &"performance_strategy".into()));
}

#[test]
fn what_was_accepted_and_should_not_have_been_is_refused() {
    let (world, repo) = World::with_team();
    let to = ["--target_agent", "@database.postgres"];
    let padded = "x".repeat(60);
    let padding = create(&world, &repo, &[&to[..], &["--change_description", &padded]].concat());
    assert_snapshot!(error(padding), @r#"
    exit 1: {
      "message": "the change has 1 meaningful characters, it needs 50",
      "why": "letters and digits count, a repeated character once, a word three times at most: the addressee must be able to act on the flag alone",
      "hints": [
        "say what changed, with names and numbers: --change \"TEXT\""
      ],
      "exit": 1
    }
    "#);
    assert_snapshot!(error(create(&world, &repo, &["--target_agent", "@database.postgre"])), @r#"
    exit 1: {
      "message": "@database.postgre (given by --to) is not in the roster",
      "why": "what is addressed to nobody is never answered",
      "hints": [
        "did you mean @database.postgres?",
        "see who is there: perfteam agent list",
        "or add it: perfteam agent add @database.postgre --title TITLE --description TEXT"
      ],
      "exit": 1
    }
    "#);
    assert_snapshot!(error(create(&world, &repo, &[&to[..], &["--impact_level", "urgent"]].concat())), @r#"
    exit 2: {
      "message": "invalid value 'urgent' for '--impact <LEVEL>': `urgent` is no level: expected critical, high, medium or low",
      "why": null,
      "hints": [
        "For more information, try '--help'."
      ],
      "exit": 2
    }
    "#);
    assert_snapshot!(error(create(&world, &repo, &["--impact_level", "high"])), @r#"
    exit 2: {
      "message": "no addressee (--to); these agents fit best, the best first",
      "why": "a flag is for somebody who must act",
      "hints": [
        "@performance.benchmarker (exact keyword: load test; exact keyword: baseline; keyword match: load): perfteam flag create --type change --impact high --change 'The pool hands out at most twenty connections instead of one hundred since Monday.' --action 'Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.' --as @backend.api --to @performance.benchmarker",
        "@ops.performance (keyword match: pool; keyword: connections; capability: deploy): perfteam flag create --type change --impact high --change 'The pool hands out at most twenty connections instead of one hundred since Monday.' --action 'Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.' --as @backend.api --to @ops.performance",
        "@performance.lead (keyword match: service; capability: load; capability: test): perfteam flag create --type change --impact high --change 'The pool hands out at most twenty connections instead of one hundred since Monday.' --action 'Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.' --as @backend.api --to @performance.lead"
      ],
      "exit": 2
    }
    "#);
    let made = id(&create(&world, &repo, &to).exits(0).json());
    assert_snapshot!(error(old(&world, &repo, &["lock-flag", &made])), @r#"
    exit 2: {
      "message": "no agent of the roster has the e-mail address somebody@example.com",
      "why": "every step carries the name of who did it",
      "hints": [
        "say it for this work tree: perfteam whoami --set @handle",
        "see who is there: perfteam agent list"
      ],
      "exit": 2
    }
    "#);
    old(&world, &repo, &["lock-flag", &made, "@database.postgres"]).exits(0);
    assert_snapshot!(error(old(&world, &repo, &["lock-flag", &made, "@database.postgres"])), @r#"
    exit 4: {
      "message": "@database.postgres holds flag 43r0 until 2026-11-20T19:11:00.000Z",
      "why": "two who work on one flag undo each other, and several processes may share a handle",
      "hints": [
        "if it is yours and needs longer: perfteam flag lock 43r0 --renew",
        "see its story: perfteam flag show 43r0"
      ],
      "exit": 4
    }
    "#);
    assert_snapshot!(error(old(&world, &repo, &["complete-flag", &made, "@backend.api"])), @r#"
    exit 1: {
      "message": "the flag is addressed to @database.postgres, not to @backend.api",
      "why": "the flag is from @backend.api to @database.postgres; its story must say who really acted",
      "hints": [
        "act as the one who may: --as @database.postgres",
        "see its story: perfteam flag show 43r0"
      ],
      "exit": 1
    }
    "#);
    old(&world, &repo, &["complete-flag", &made, "@database.postgres"]).exits(0);
    assert_snapshot!(error(old(&world, &repo, &["complete-flag", &made, "@database.postgres"])), @r#"
    exit 4: {
      "message": "the flag is already completed by @database.postgres, at 2026-11-20T15:14:00.000Z",
      "why": "a closed flag stays as it is, so that its story can be trusted",
      "hints": [
        "see its story: perfteam flag show 43r0"
      ],
      "exit": 4
    }
    "#);
    assert_snapshot!(error(old(&world, &repo, &["complete-flag", "[FLAG_ID]", "@database.postgres"])), @r#"
    exit 2: {
      "message": "no record has an id that begins with `[FLAG_ID]`",
      "why": "it may be on a branch that is not merged here",
      "hints": [
        "see what is here: perfteam flag list, perfteam task list, perfteam finding list, perfteam resource list, perfteam investigate list"
      ],
      "exit": 2
    }
    "#);
    assert_snapshot!(error(old(&world, &repo, &["get-agent-flags", "@database.mysql"])), @r#"
    exit 1: {
      "message": "@database.mysql (given as argument) is not in the roster",
      "why": "what is addressed to nobody is never answered",
      "hints": [
        "did you mean @database.postgres?",
        "see who is there: perfteam agent list",
        "or add it: perfteam agent add @database.mysql --title TITLE --description TEXT"
      ],
      "exit": 1
    }
    "#);
}

#[test]
fn levels_fit_the_types_as_the_old_documents_say() {
    let (world, repo) = World::with_team();
    let create = |kind: &str, level: &str| {
        let to = ["--target_agent=database.postgres", "--flag_type", kind, "--impact_level", level];
        create(&world, &repo, &to)
    };
    assert_snapshot!(error(create("change", "critical")), @r#"
    exit 1: {
      "message": "`change` is never critical: breaking_change, security, data_loss are",
      "why": "where everything is critical, nothing is",
      "hints": [
        "say: --impact_level high"
      ],
      "exit": 1
    }
    "#);
    assert_snapshot!(error(create("security", "low")), @r#"
    exit 1: {
      "message": "`security` is never low",
      "why": "who reads it late pays for it",
      "hints": [
        "say: --impact_level medium"
      ],
      "exit": 1
    }
    "#);
    create("data_loss", "critical").exits(0);
    create("data_loss", "low").exits(0);
}

#[test]
fn a_verb_that_is_not_known_is_told_with_those_that_are() {
    let (world, repo) = World::with_team();
    let unknown = old(&world, &repo, &["create-flg", "--target_agent", "x"]);
    assert_snapshot!(unknown.story(), @r#"
    {
      "version": 1,
      "command": "agent-db",
      "error": {
        "message": "unrecognized subcommand 'create-flg'",
        "why": null,
        "hints": [
          "some similar subcommands exist: 'create-flag-for-agent', 'create-flag'",
          "Usage: perfteam agent-db [OPTIONS] <COMMAND>",
          "For more information, try '--help'.",
          "the verbs: create-flag, create-flag-for-agent, get-agent-flags, get-pending-flags, get-workable-flags, lock-flag, unlock-flag, complete-flag, search-agents",
          "what each has become: perfteam agent-db --help"
        ],
        "exit": 2
      }
    }
    --- stderr ---
    error: unrecognized subcommand 'create-flg'

      tip: some similar subcommands exist: 'create-flag-for-agent', 'create-flag'

    Usage: perfteam agent-db [OPTIONS] <COMMAND>

    For more information, try '--help'.
      try: the verbs: create-flag, create-flag-for-agent, get-agent-flags, get-pending-flags, get-workable-flags, lock-flag, unlock-flag, complete-flag, search-agents
      try: what each has become: perfteam agent-db --help
    --- exit 2 ---
    "#);
    let help = old(&world, &repo, &["--help"]).exits(0).stdout;
    let own = help.split("Global options:").next().unwrap_or_default().trim_end();
    assert_snapshot!(own, @r#"
    Take the calls of the earlier SQLite flag tool, and answer with its keys

    Prompts and scripts that call the earlier tool go on working over files: put `perfteam agent-db` in
    place of the script. Options are taken as `--flag_type` and `--flag-type`. Answers are JSON on
    standard output; what is refused is JSON, too: `error` with `message`, `why`, `hints` and `exit`.
    docs/agent-db.md says what each verb has become, and what is refused now and was not.

    Usage: perfteam agent-db [OPTIONS] <COMMAND>

    Commands:
      create-flag            perfteam flag create: raise a flag
      create-flag-for-agent  perfteam flag create: raise a flag, also in the short form
      get-agent-flags        perfteam inbox @HANDLE: what is pending for an agent, not locked before
                             locked
      get-pending-flags      perfteam flag list: what is pending, for one agent or for all
      get-workable-flags     perfteam flag list: how much waits for each agent, critical first
      lock-flag              perfteam flag lock ID: say that you work on a flag; the lock is a lease
      unlock-flag            perfteam flag unlock ID: let go of a flag that you hold
      complete-flag          perfteam flag complete ID: say that a flag is done
      search-agents          perfteam agent search "WORDS": who is right for a request
      help                   Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')
    "#);
    assert_snapshot!(old(&world, &repo, &["get-workable-flags", "--format", "text"]).story(), @r#"
    --- stderr ---
    error: agent-db answers as the earlier tool did, in JSON alone
      try: leave --format out
    --- exit 2 ---
    "#);
}

#[test]
fn the_summary_sorts_critical_before_low() {
    let (world, repo) = World::with_team();
    for (to, impact) in [
        ("backend.api", "low"),
        ("backend.api", "low"),
        ("backend.api", "high"),
        ("database.postgres", "critical"),
        ("database.postgres", "medium"),
    ] {
        let kind = if impact == "critical" { "security" } else { "change" };
        create(&world, &repo, &["--target_agent", to, "--impact_level", impact, "--flag_type", kind])
            .exits(0);
    }
    assert_snapshot!(old(&world, &repo, &["get-workable-flags"]).exits(0).stdout, @r#"
    {
      "version": 1,
      "command": "agent-db get-workable-flags",
      "agents": [
        {
          "target_agent": "@database.postgres",
          "workable": 2,
          "critical": 1,
          "high": 0,
          "medium": 1,
          "low": 0,
          "locked": 0,
          "max_impact": "critical"
        },
        {
          "target_agent": "@backend.api",
          "workable": 3,
          "critical": 0,
          "high": 1,
          "medium": 0,
          "low": 2,
          "locked": 0,
          "max_impact": "high"
        }
      ]
    }
    "#);
    let pending = old(&world, &repo, &["get-pending-flags"]).exits(0).json();
    let impacts: Vec<&str> = pending["flags"]
        .as_array()
        .expect("flags")
        .iter()
        .filter_map(|row| row["impact_level"].as_str())
        .collect();
    assert_eq!(impacts, ["critical", "high", "medium", "low", "low"]);
    assert_eq!(old(&world, &repo, &["get-pending-flags", "backend.api"]).exits(0).json()["count"], 3);
}

#[test]
fn the_search_has_the_old_keys() {
    let (world, repo) = World::with_team();
    assert_snapshot!(old(&world, &repo, &["search-agents", "postgres", "1"]).exits(0).stdout, @r#"
    {
      "version": 1,
      "command": "agent-db search-agents",
      "results": [
        {
          "name": "@database.postgres",
          "score": 15,
          "rank": 1,
          "reasons": [
            "module: postgres"
          ]
        }
      ]
    }
    "#);
    assert_eq!(old(&world, &repo, &["search-agents", "-zebra"]).exits(2).json()["error"]["exit"], 2);
}
