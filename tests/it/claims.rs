//! Claims: over processes, work trees and clones exactly one wins, and everybody else is told who.

use crate::environment::{Repo, Run, World};

const ANALYST: &str = "@database.postgres";

/// A bare repository `hub.git` and two clones of it, which have the team and one flag.
fn clones() -> (World, Repo, Repo, String) {
    let (world, first) = World::with_team();
    let hub = Repo { path: world.path().join("hub.git") };
    world.git(&first, &["init", "-q", "--bare", "-b", "main", "../hub.git"]).exits(0);
    world.git(&first, &["remote", "add", "origin", &hub.path.to_string_lossy()]).exits(0);
    let (id, _) = world.flag(&first, "@backend.api", ANALYST, &[]);
    commit(&world, &first, "A flag");
    world.git(&first, &["push", "-q", "--no-verify", "-u", "origin", "main"]).exits(0);
    world.git(&first, &["clone", "-q", "../hub.git", "../second"]).exits(0);
    let second = Repo { path: world.path().join("second") };
    (world, first, second, id)
}

fn commit(world: &World, repo: &Repo, message: &str) {
    world.git(repo, &["add", "-A"]).exits(0);
    world.git(repo, &["commit", "-q", "--no-verify", "-m", message]).exits(0);
}

fn lock(world: &World, repo: &Repo, id: &str, more: &[&str]) -> Run {
    world.perfteam(repo, ANALYST, &[&["flag", "lock", id], more].concat())
}

fn claims(world: &World, repo: &Repo) -> String {
    let list = world.perfteam(repo, ANALYST, &["claims", "--format", "json"]).exits(0).json();
    let lines = list["claims"].as_array().expect("a list").iter().map(|claim| {
        let places = claim["places"].as_array().expect("places").iter();
        let places: Vec<&str> = places.filter_map(|place| place.as_str()).collect();
        let own = if claim["own"] == true { "own" } else { "another's" };
        format!("{} {own}, {}", claim["state"].as_str().expect("a state"), places.join("+"))
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[test]
fn of_two_clones_one_holds_and_the_other_is_told_who() {
    let (world, first, second, id) = clones();
    let won = lock(&world, &first, &id, &["--remote"]).exits(0).stdout;
    assert!(won.contains("held over all clones of origin"), "{won}");
    let lost = lock(&world, &second, &id, &["--remote"]).exits(4).stderr;
    assert!(
        lost.contains("@database.postgres claimed flag") && lost.contains("in another clone, since"),
        "{lost}"
    );
    assert_eq!(claims(&world, &first), "held own, local+origin");
    assert_eq!(claims(&world, &second), "held another's, origin");
}

#[test]
fn what_was_done_in_another_clone_is_not_done_again() {
    let (world, first, second, id) = clones();
    lock(&world, &first, &id, &["--remote"]).exits(0);
    world.perfteam(&first, ANALYST, &["flag", "complete", &id]).exits(0);
    let lost = lock(&world, &second, &id, &["--remote"]).exits(4).stderr;
    assert!(lost.contains("completed flag"), "{lost}");
    assert!(lost.contains("git fetch, then merge"), "{lost}");
    // Once the branch has it, nothing needs to remember it.
    commit(&world, &first, "Done");
    world.git(&first, &["push", "-q", "--no-verify"]).exits(0);
    let sync = world.perfteam(&first, ANALYST, &["sync"]).exits(0).stdout;
    assert!(sync.contains("forgotten: flag/"), "{sync}");
    assert_eq!(claims(&world, &first), "");
}

#[test]
fn whoever_follows_an_unlock_of_another_clone_holds_it_after_the_merge_too() {
    let (world, first, second, id) = clones();
    lock(&world, &first, &id, &["--remote"]).exits(0);
    world.perfteam(&first, ANALYST, &["flag", "unlock", &id]).exits(0);
    commit(&world, &first, "Locked and let go");
    lock(&world, &second, &id, &["--remote"]).exits(0);
    commit(&world, &second, "Locked");
    world.git(&first, &["push", "-q", "--no-verify"]).exits(0);
    world.git(&second, &["pull", "-q", "--no-edit", "--no-rebase"]).exits(0);
    let shown = world.perfteam(&second, ANALYST, &["flag", "show", &id, "--format", "json"]).exits(0).json();
    assert_eq!(shown["status"], "locked", "{shown:#}");
    world.perfteam(&second, ANALYST, &["check"]).exits(0);
}

#[test]
fn offline_winners_meet_in_a_merge_and_the_later_one_is_told() {
    let (world, first, second, id) = clones();
    lock(&world, &first, &id, &[]).exits(0);
    commit(&world, &first, "Locked here");
    lock(&world, &second, &id, &[]).exits(0);
    commit(&world, &second, "Locked there");
    world.git(&first, &["push", "-q", "--no-verify"]).exits(0);
    world.git(&second, &["pull", "-q", "--no-edit", "--no-rebase"]).exits(0);
    let told = world.perfteam(&second, ANALYST, &["inbox"]).exits(0).stderr;
    assert!(told.contains("your lock on flag") && told.contains("locked it first"), "{told}");
    let silent = world.perfteam(&first, ANALYST, &["inbox"]).exits(0).stderr;
    assert_eq!(silent, "");
}

#[test]
fn without_the_remote_a_claim_is_local_until_it_is_published() {
    let (world, first, second, id) = clones();
    let hub = world.path().join("hub.git");
    let away = world.path().join("away.git");
    std::fs::rename(&hub, &away).expect("it moves");
    let local = lock(&world, &first, &id, &["--remote", "--format", "json"]).exits(0);
    assert_eq!(local.json()["claim"], "local");
    assert!(
        local.stderr.contains("the claim is local") && local.stderr.contains("perfteam sync"),
        "{}",
        local.stderr
    );
    std::fs::rename(&away, &hub).expect("it moves back");
    let sync = world.perfteam(&first, ANALYST, &["sync"]).exits(0).stdout;
    assert!(sync.contains("published: flag/"), "{sync}");
    lock(&world, &second, &id, &["--remote"]).exits(4);
}

#[test]
fn who_published_too_late_is_told_by_sync() {
    let (world, first, second, id) = clones();
    lock(&world, &first, &id, &[]).exits(0);
    lock(&world, &second, &id, &["--remote"]).exits(0);
    let sync = world.perfteam(&first, ANALYST, &["sync"]).exits(4).stdout;
    assert!(sync.contains("is held by @database.postgres in another clone"), "{sync}");
}

#[test]
fn policy_makes_claims_reach_over_clones() {
    let (world, first, second, id) = clones();
    for repo in [&first, &second] {
        let policy = std::fs::read_to_string(repo.path.join(".perfteam/perfteam.yaml")).expect("a policy");
        repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nclaims: remote\n"));
    }
    lock(&world, &first, &id, &[]).exits(0);
    lock(&world, &second, &id, &[]).exits(4);
}

#[test]
fn a_remote_that_refuses_the_namespace_is_said_so_and_another_one_serves() {
    let (world, first, second, id) = clones();
    let hub = Repo { path: world.path().join("hub.git") };
    world.git(&hub, &["config", "transfer.hideRefs", "refs/perfteam"]).exits(0);
    let refused = lock(&world, &first, &id, &["--remote"]).exits(3).stderr;
    assert!(refused.contains("origin takes no claims below refs/perfteam/claims/"), "{refused}");
    assert!(refused.contains("claims_namespace: refs/heads/perfteam/claims/"), "{refused}");
    for repo in [&first, &second] {
        let policy = std::fs::read_to_string(repo.path.join(".perfteam/perfteam.yaml")).expect("a policy");
        repo.write(
            ".perfteam/perfteam.yaml",
            &format!("{policy}\nclaims_namespace: refs/heads/perfteam/claims/\n"),
        );
    }
    lock(&world, &first, &id, &["--remote"]).exits(0);
    lock(&world, &second, &id, &["--remote"]).exits(4);
}

#[test]
fn the_users_pre_push_hook_does_not_run_for_claims() {
    let (world, first, _, id) = clones();
    let hook = first.path.join(".git/hooks/pre-push");
    std::fs::write(&hook, "#!/bin/sh\ntouch \"$GIT_DIR/pushed\"\nexit 1\n").expect("a hook");
    lock(&world, &first, &id, &["--remote"]).exits(0);
    assert!(!first.path.join(".git/pushed").exists());
}

#[test]
fn a_claim_without_its_event_is_adopted_by_the_same_agent_alone() {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, "@backend.api", ANALYST, &[]);
    lock(&world, &repo, &id, &[]).exits(0);
    // As if it had been killed between claim and event: what it noted before is there still.
    let folder = repo.path.join(&path);
    let events = std::fs::read_dir(&folder).expect("a folder").flatten();
    for event in events.filter(|event| event.file_name().to_string_lossy().contains("-locked-")) {
        let text = std::fs::read_to_string(event.path()).expect("an event");
        let nonce = text.lines().find_map(|line| line.strip_prefix("claim: ")).expect("a nonce");
        repo.write(&format!(".git/perfteam/pending/{}", nonce.trim_matches('"')), "");
        std::fs::remove_file(event.path()).expect("it goes");
    }
    let handed = ["flag", "handoff", &id, "--to", "@backend.api", "--note", "yours"];
    world.perfteam(&repo, ANALYST, &handed).exits(0);
    let refused = world.perfteam(&repo, "@backend.api", &["flag", "lock", &id]).exits(4).stderr;
    assert!(refused.contains("@database.postgres claimed flag"), "{refused}");
    let back = ["flag", "handoff", &id, "--to", ANALYST, "--note", "back"];
    world.perfteam(&repo, "@backend.api", &back).exits(0);
    lock(&world, &repo, &id, &[]).exits(0);
}

/// A command at so many minutes past four.
fn at(world: &World, repo: &Repo, minute: u32, args: &[&str]) -> Run {
    let mut command = world.perfteam_command(repo, ANALYST, args);
    command.env("PERFTEAM_NOW", format!("2026-11-20T{:02}:{:02}:00Z", 16 + minute / 60, minute % 60));
    crate::environment::run(command)
}

/// Found by the model with four commands: the merge made the lock free for a second process of its holder.
#[test]
fn who_lets_go_unseen_ends_no_lock_that_took_over_meanwhile() {
    let (world, first, second, flag) = clones();
    let create = ["task", "create", "--title", "Measure the pool", "--to", ANALYST, "--format", "json"];
    let task = world.perfteam(&first, "@performance.lead", &create).exits(0).json();
    let task = task["id"].as_str().expect("an id");
    commit(&world, &first, "A task");
    world.git(&first, &["push", "-q", "--no-verify"]).exits(0);
    world.git(&second, &["pull", "-q"]).exits(0);

    let takes = [["flag", "lock", &flag, "--remote"], ["task", "start", task, "--remote"]];
    takes.iter().for_each(|take| drop(at(&world, &first, 0, take).exits(0)));
    let (hub, away) = (world.path().join("hub.git"), world.path().join("away.git"));
    std::fs::rename(&hub, &away).expect("it moves");
    at(&world, &first, 1, &["flag", "unlock", &flag]).exits(0);
    at(&world, &first, 1, &["task", "block", task, "--reason", "No access."]).exits(0);
    at(&world, &first, 2, &["task", "unblock", task]).exits(0);
    commit(&world, &first, "Taken and let go");
    std::fs::rename(&away, &hub).expect("it moves back");

    let later = 9 * 60;
    takes.iter().for_each(|take| drop(at(&world, &second, later, take).exits(0)));
    commit(&world, &second, "Taken over");
    world.git(&first, &["push", "-q", "--no-verify"]).exits(0);
    world.git(&second, &["pull", "-q", "--no-edit", "--no-rebase"]).exits(0);
    takes.iter().for_each(|take| drop(at(&world, &second, later + 1, take).exits(4)));
    at(&world, &second, later + 1, &["check"]).exits(0);

    let states = |minute| {
        let show = |id| at(&world, &second, minute, &["show", id, "--format", "json"]).exits(0).json();
        [&flag, task].map(|id| show(id)["status"].as_str().expect("a status").to_owned())
    };
    assert_eq!(states(later + 1), ["locked", "in_progress"]);
    at(&world, &second, later + 2, &["flag", "unlock", &flag]).exits(0);
    at(&world, &second, later + 2, &["task", "block", task, "--reason", "No access."]).exits(0);
    assert_eq!(states(later + 2), ["pending", "blocked"]);
}

#[test]
fn a_lease_that_was_extended_out_of_sight_holds() {
    let (world, first, second, id) = clones();
    for repo in [&first, &second] {
        repo.write(".perfteam/perfteam.yaml", "version: 1\nlease: 10m\n");
    }
    at(&world, &first, 0, &["flag", "lock", &id, "--remote"]).exits(0);
    commit(&world, &first, "Locked");
    world.git(&first, &["push", "-q", "--no-verify"]).exits(0);
    commit(&world, &second, "Policy");
    world.git(&second, &["pull", "-q", "--no-edit", "--no-rebase"]).exits(0);
    at(&world, &first, 8, &["flag", "lock", &id, "--renew"]).exits(0);
    // The event in sight says that it has ended; the claim knows better.
    let refused = at(&world, &second, 19, &["flag", "lock", &id, "--remote"]).exits(4).stderr;
    assert!(refused.contains("until 2026-11-20T16:18:00.000Z"), "{refused}");
    at(&world, &second, 20, &["flag", "lock", &id, "--remote"]).exits(0);
}

#[test]
fn a_claim_that_a_power_cut_damaged_is_named_with_what_mends_it() {
    let (world, repo) = World::with_team();
    let reserve = || world.perfteam(&repo, ANALYST, &["resource", "reserve", "Lab"]);
    let release = || world.perfteam(&repo, ANALYST, &["resource", "release", "Lab"]);
    reserve().exits(0);
    release().exits(0);
    let claim = repo.path.join(".git/refs/perfteam/claims/resource/lab");
    for damage in ["", "0000"] {
        std::fs::create_dir_all(claim.parent().expect("a folder")).expect("a folder");
        std::fs::write(&claim, damage).expect("written");
        let told = reserve().exits(3).stderr;
        assert!(told.contains("claims/resource/lab is damaged: no object stands in it"), "{told}");
        let mend = told.lines().find_map(|line| line.trim().strip_prefix("try: rm -- ")).expect("a command");
        std::fs::remove_file(mend).expect("it names the file");
        reserve().exits(0);
        release().exits(0);
    }
    assert_eq!(world.perfteam(&repo, ANALYST, &["check"]).exits(0).stdout, "clean\n");
}

#[test]
fn what_another_clone_gave_back_is_taken_here_and_published() {
    let (world, first, second, id) = clones();
    let run = |repo: &Repo, args: &[&str]| world.perfteam(repo, ANALYST, args);
    run(&second, &["resource", "reserve", "Lab", "--remote"]).exits(0);
    run(&second, &["resource", "release", "Lab"]).exits(0);
    lock(&world, &second, &id, &["--remote"]).exits(0);
    run(&second, &["flag", "unlock", &id]).exits(0);
    commit(&world, &second, "Done with both");
    world.git(&second, &["push", "-q", "--no-verify"]).exits(0);
    world.git(&first, &["pull", "-q", "--no-edit", "--no-rebase"]).exits(0);
    run(&first, &["resource", "reserve", "Lab"]).exits(0);
    lock(&world, &first, &id, &[]).exits(0);
    let told = run(&first, &["sync"]).exits(0).stdout;
    assert!(told.contains("published: resource/lab"), "{told}");
    assert_eq!(told.matches("published: ").count(), 2, "{told}");
    assert_eq!(run(&first, &["sync"]).exits(0).stdout, "in step with origin\n");
    lock(&world, &second, &id, &["--remote"]).exits(4);
}

/// git at the remote kills the command as soon as the claim is there.
#[cfg(target_os = "linux")]
#[test]
fn a_claim_that_was_killed_after_its_push_is_taken_up_by_the_next_command() {
    for way in ["--remote", "sync"] {
        let (world, first, _, id) = clones();
        let hook = world.path().join("hub.git/hooks/post-receive");
        let kill = "#!/bin/sh\np=$$\nwhile [ $p -gt 1 ]; do\n\
                    [ \"$(cat /proc/$p/comm)\" = perfteam ] && kill -9 $p && exit\n\
                    p=$(awk '/^PPid/{print $2}' /proc/$p/status)\ndone\n";
        std::fs::write(&hook, kill).expect("a hook");
        std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("rights");
        let killed = lock(&world, &first, &id, &["--remote"]);
        assert!(killed.code < 0, "{}", killed.stderr);
        std::fs::remove_file(&hook).expect("removed");
        if way == "sync" {
            lock(&world, &first, &id, &[]).exits(0);
            let told = world.perfteam(&first, ANALYST, &["sync"]).exits(0).stdout;
            assert!(told.contains("published: ") && !told.contains("lost"), "{told}");
        } else {
            let won = lock(&world, &first, &id, &["--remote"]).exits(0).stdout;
            assert!(won.contains("held over all clones of origin"), "{won}");
            let left = std::fs::read_dir(first.path.join(".git/perfteam/pending")).expect("a folder").count();
            assert_eq!(left, 0, "nothing is left to adopt");
        }
        assert_eq!(claims(&world, &first), "held own, local+origin");
    }
}

#[test]
fn a_lock_that_awaits_an_answer_holds_over_clones_when_its_time_is_over() {
    let (world, first, second, id) = clones();
    let texts = ["--change", crate::environment::CHANGE, "--action", crate::environment::ACTION];
    let ask = ["flag", "lock", &id, "--remote", "--awaiting", "@backend.api"];
    at(&world, &first, 0, &[&ask[..], &texts].concat()).exits(0);
    at(&world, &second, 7 * 60, &["flag", "lock", &id, "--remote"]).exits(4);
}

#[test]
fn a_claim_whose_event_is_out_of_sight_is_not_adopted() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, "@backend.api", ANALYST, &[]);
    repo.write(".perfteam/perfteam.yaml", "version: 1\nscope: branch\n");
    commit(&world, &repo, "A flag");
    world.git(&repo, &["worktree", "add", "-q", "../other", "-b", "other"]).exits(0);
    lock(&world, &repo, &id, &[]).exits(0);
    let other = Repo { path: world.path().join("other") };
    let refused = lock(&world, &other, &id, &[]).exits(4).stderr;
    assert!(refused.contains("@database.postgres claimed flag"), "{refused}");
}

/// A hint to give a claim back, where the refusal has one.
fn way_back(refused: &Run) -> Option<&str> {
    let (_, command) = refused.stderr.split_once("give it back: git ")?;
    command.lines().next()
}

#[test]
fn a_claim_whose_step_was_thrown_away_can_be_given_back() {
    let (world, repo, _, id) = clones();
    let lock = ["flag", "lock", &id, "--remote"];
    at(&world, &repo, 0, &lock).exits(0);
    world.git(&repo, &["reset", "-q", "--hard"]).exits(0);
    // Another process of the same agent may be about to write its step.
    assert_eq!(way_back(&at(&world, &repo, 1, &lock).exits(4)), None);
    for _ in ["here", "at the remote"] {
        let refused = at(&world, &repo, 3, &lock).exits(4);
        let command = way_back(&refused).expect("a command").to_owned();
        world.git(&repo, &command.split(' ').collect::<Vec<_>>()).exits(0);
    }
    at(&world, &repo, 4, &lock).exits(0);
    assert_eq!(claims(&world, &repo), "held own, local+origin");
    world.git(&repo, &["reset", "-q", "--hard"]).exits(0);
    repo.write(".perfteam/perfteam.yaml", "version: 1\nscope: branch\n");
    assert_eq!(way_back(&at(&world, &repo, 8, &lock).exits(4)), None, "what holds it may be elsewhere");
}

#[test]
fn sync_publishes_an_extended_lease_and_clears_what_ended() {
    let (world, first, second, id) = clones();
    let (hub, away) = (world.path().join("hub.git"), world.path().join("away.git"));
    at(&world, &first, 0, &["flag", "lock", &id, "--remote"]).exits(0);
    std::fs::rename(&hub, &away).expect("it moves");
    let renewed = at(&world, &first, 60, &["flag", "lock", &id, "--renew"]).exits(0).stderr;
    assert!(renewed.contains("the claim is local"), "{renewed}");
    std::fs::rename(&away, &hub).expect("it moves back");
    at(&world, &first, 61, &["sync"]).exits(0);
    let refused = at(&world, &second, 4 * 60 + 30, &["flag", "lock", &id, "--remote"]).exits(4).stderr;
    assert!(refused.contains("until 2026-11-20T21:00:00.000Z"), "{refused}");
    let path = first.path.join(".git/refs/perfteam/claims/flag").join(&id);
    let claim = std::fs::read_to_string(&path).expect("a ref");
    at(&world, &first, 70, &["flag", "unlock", &id]).exits(0);
    // As if it had been killed before it gave back the claim.
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    std::fs::write(&path, claim).expect("a ref");
    at(&world, &first, 71, &["sync"]).exits(0);
    assert!(!path.exists());
    at(&world, &second, 72, &["flag", "lock", &id, "--remote"]).exits(0);
}

#[test]
fn an_ended_lease_is_followed_two_minutes_later_and_names_the_former_holder() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/perfteam.yaml", "version: 1\nlease: 10m\nleads: [\"@performance.lead\"]\n");
    let (id, path) = world.flag(&repo, "@backend.api", ANALYST, &[]);
    lock(&world, &repo, &id, &[]).exits(0);
    // The clock of these tests advances by a minute with every command.
    let mut refused = 0;
    let won = loop {
        let run = lock(&world, &repo, &id, &[]);
        if run.code == 0 {
            break run.stdout;
        }
        refused += 1;
        assert!(run.code == 4 && refused < 20, "{}", run.stderr);
    };
    assert_eq!(refused, 11, "ten minutes of lease and two of grace");
    let file = won.lines().nth(1).expect("the file").trim();
    let event = std::fs::read_to_string(repo.path.join(file)).expect("the event");
    assert!(event.contains("took_over: \"@database.postgres\""), "{event}");
    assert!(file.starts_with(&path));
}

#[test]
fn deleting_every_claim_and_cache_loses_nothing_but_claims() {
    let (world, first, second, id) = clones();
    lock(&world, &first, &id, &["--remote"]).exits(0);
    commit(&world, &first, "Locked");
    world.git(&first, &["push", "-q", "--no-verify"]).exits(0);
    for repo in [&first, &second, &Repo { path: world.path().join("hub.git") }] {
        let refs = world.git(repo, &["for-each-ref", "--format=%(refname)", "refs/perfteam"]).exits(0).stdout;
        for name in refs.lines() {
            world.git(repo, &["update-ref", "-d", name]).exits(0);
        }
    }
    std::fs::remove_dir_all(first.path.join(".git/perfteam")).expect("the caches go");
    world.git(&second, &["pull", "-q"]).exits(0);
    // The event says who holds it, whatever became of the claim.
    for repo in [&first, &second] {
        let held = lock(&world, repo, &id, &["--remote"]).exits(4).stderr;
        assert!(held.contains("@database.postgres holds flag"), "{held}");
    }
    world.perfteam(&first, ANALYST, &["flag", "lock", &id, "--renew"]).exits(0);
    world.perfteam(&first, ANALYST, &["flag", "complete", &id]).exits(0);
    world.perfteam(&first, ANALYST, &["check"]).exits(0);
}

#[test]
fn gc_prune_and_packed_refs_keep_claims() {
    let (world, first, second, id) = clones();
    lock(&world, &first, &id, &["--remote"]).exits(0);
    for repo in [&first, &second, &Repo { path: world.path().join("hub.git") }] {
        world.git(repo, &["pack-refs", "--all"]).exits(0);
        world.git(repo, &["gc", "-q", "--prune=now"]).exits(0);
        world.git(repo, &["prune", "--expire=now"]).exits(0);
    }
    lock(&world, &second, &id, &["--remote"]).exits(4);
    world.perfteam(&first, ANALYST, &["flag", "unlock", &id]).exits(0);
    lock(&world, &second, &id, &["--remote"]).exits(0);
}

#[test]
fn garbage_in_the_place_of_a_claim_holds_nothing() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, "@backend.api", ANALYST, &[]);
    repo.write("garbage", "\u{1b}[31mno claim\n");
    let blob = world.git(&repo, &["hash-object", "-w", "garbage"]).exits(0).stdout;
    world.git(&repo, &["update-ref", &format!("refs/perfteam/claims/flag/{id}"), blob.trim()]).exits(0);
    lock(&world, &repo, &id, &[]).exits(0);
    assert_eq!(claims(&world, &repo), "held own, local");
}

#[test]
fn waiting_ends_with_the_event_or_with_the_time() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, "@backend.api", ANALYST, &[]);
    let late = world.perfteam(&repo, "@backend.api", &["wait", &id, "--timeout", "0s"]).exits(4);
    assert!(late.stderr.contains("still waiting after 0s"), "{}", late.stderr);
    let mut waiting = world.perfteam_command(&repo, "@backend.api", &["wait", &id, "--timeout", "1m"]);
    let waiting = waiting.stdout(std::process::Stdio::piped()).spawn().expect("it starts");
    world.perfteam(&repo, ANALYST, &["flag", "complete", &id, "--note", "Set to twenty."]).exits(0);
    let output = waiting.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("completed by @database.postgres"), "{said}");
    assert!(said.contains("Set to twenty."), "{said}");
}

/// Makes a folder read-only for everybody, root included; undone when it is dropped. `None` where that
/// is not allowed.
#[cfg(target_os = "linux")]
struct ReadOnly(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl ReadOnly {
    fn of(folder: std::path::PathBuf) -> Option<ReadOnly> {
        let mount = |args: &[&str]| {
            let mut mount = std::process::Command::new("mount");
            let quiet = mount.args(args).arg(&folder).stderr(std::process::Stdio::null());
            quiet.status().is_ok_and(|status| status.success())
        };
        let text = folder.to_string_lossy().into_owned();
        if !mount(&["--bind", &text]) {
            return None;
        }
        let is_done = mount(&["-o", "remount,ro,bind"]);
        let guard = ReadOnly(folder.clone());
        is_done.then_some(guard)
    }
}

#[cfg(target_os = "linux")]
impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_one_of_several_steps_cannot_be_written_the_written_ones_hold() {
    let mut written_beside = 0;
    for failing in 0..3 {
        let (world, repo) = World::with_team();
        let folders: Vec<String> =
            (0..3).map(|_| world.flag(&repo, "@backend.api", ANALYST, &[]).1).collect();
        commit(&world, &repo, "Flags");
        let Some(guard) = ReadOnly::of(repo.path.join(&folders[failing])) else {
            eprintln!("skipped: no read-only mount here");
            return;
        };
        let run = world.perfteam(&repo, ANALYST, &["flag", "lock", "--mine"]).exits(3);
        assert!(run.stderr.contains("can't write"), "{}", run.stderr);
        drop(guard);
        let locked = |folder: &String| {
            let mut names = std::fs::read_dir(repo.path.join(folder)).expect("a folder").flatten();
            names.any(|entry| entry.file_name().to_string_lossy().contains("locked"))
        };
        let count = folders.iter().filter(|folder| locked(folder)).count();
        written_beside += count;
        let held = claims(&world, &repo);
        assert_eq!(held.matches("held own").count(), count, "{held}");
        // Again, and all are held.
        world.perfteam(&repo, ANALYST, &["flag", "lock", "--mine"]).exits(0);
        assert_eq!(claims(&world, &repo).matches("held own").count(), 3);
    }
    assert!(written_beside > 0, "no step came before the one that failed");
}

#[test]
fn a_record_that_cannot_be_read_is_waited_for_and_not_taken_for_done() {
    let (world, repo) = World::with_team();
    let (id, dir) = world.flag(&repo, "@backend.api", ANALYST, &[]);
    repo.write(&format!("{dir}/flag.md"), "in the middle of a merge\n");
    for event in ["closed", "reply", "claim"] {
        let args = ["wait", &id, &id, "--for", event, "--timeout", "0s"];
        let waited = world.perfteam(&repo, "@backend.api", &args).exits(4);
        assert_eq!(waited.stdout, "");
        let said = format!("still waiting after 0s for: {id}\n  try: perfteam flag show {id}\n");
        assert_eq!(waited.stderr, said);
    }
}
