use super::{API, DB, OPS, Scene, documented};
use crate::environment::agent;

#[test]
fn a_flag_to_nobody_names_the_nearest() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    scene.edit(&format!("{path}/flag.md"), DB, "@database.postgers");
    scene.git(&["add", "-A"]);
    documented("unknown-agent", &scene.staged(API).exits(1).stdout);
    scene.branch("work");
    scene.commit("api", "To nobody");
    assert_eq!(scene.found_in_base(), ["block unknown-agent"]);
}

#[test]
fn an_agent_may_come_together_with_its_first_flag() {
    let scene = Scene::new();
    scene.branch("work");
    scene.repo.write(".perfteam/agents/cache.redis.md", &agent("@cache.redis", "redis@example.com", ""));
    scene.world.flag(&scene.repo, API, "@cache.redis", &[]);
    scene.commit("api", "A new agent and its first flag");
    assert_eq!(scene.found_in_base(), ["note authority-change"]);
}

#[test]
fn events_name_agents_too() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    scene.run(DB, &["flag", "handoff", &id, "--to", OPS]);
    scene.edit(&scene.events(&path)[0], OPS, "@nobody.here");
    scene.git(&["add", "-A"]);
    assert_eq!(
        scene.found(DB, &["--staged"]),
        [("block unknown-agent".into(), "@nobody.here is in no roster".into())]
    );
}

#[test]
fn who_retired_gets_no_new_flags() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    let file = ".perfteam/agents/database.postgres.md";
    scene.edit(
        file,
        "title: An agent\n",
        "title: An agent\nretired: true\nsuccessor: \"@ops.performance\"\n",
    );
    scene.git(&["add", "-A"]);
    let found = scene.found(API, &["--staged"]);
    assert_eq!(found, [("warn unknown-agent".into(), "@database.postgres has retired".into())], "{path}");
}

#[test]
fn nobody_leaves_the_roster_while_flags_wait_for_him() {
    let scene = Scene::new();
    let (id, _) = scene.flag();
    scene.branch("work");
    scene.git(&["rm", "-q", ".perfteam/agents/database.postgres.md"]);
    let message = format!("@database.postgres leaves the roster while flag {} waits for it", &id[..4]);
    assert_eq!(scene.found(API, &["--staged"]), [("block unknown-agent".into(), message)]);
    scene.commit_staged("api", "Leave");
    assert_eq!(scene.found_in_base(), ["block unknown-agent", "note authority-change"]);
    scene.git(&["switch", "-q", "-C", "work", "main"]);
    scene.git(&["rm", "-q", ".perfteam/agents/ops.performance.md"]);
    assert_eq!(scene.found_in_stage(API), [""; 0], "nothing waits for that one");
}

#[test]
fn rights_belong_to_somebody_who_is_there() {
    let scene = Scene::new();
    scene.edit(".perfteam/perfteam.yaml", "@performance.lead", "@performance.leed");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), ["warn unknown-agent"]);
    scene.git(&["reset", "-q", "--hard"]);
    let gone = "title: An agent\nretired: true\nsuccessor: \"@nobody.here\"\n";
    scene.edit(".perfteam/agents/ops.performance.md", "title: An agent\n", gone);
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), ["warn unknown-agent"]);
}
