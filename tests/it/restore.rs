//! What `restore` brings back, and what it leaves alone.

use crate::environment::{Repo, World};
use insta::assert_snapshot;

const A: &str = "@backend.api";
const B: &str = "@database.postgres";

fn commit(world: &World, repo: &Repo, message: &str) {
    world.git(repo, &["add", "-A"]).exits(0);
    world.git(repo, &["commit", "-q", "--no-verify", "-m", message]).exits(0);
}

/// A committed flag with a committed lock: its folder, and the paths of head and event.
fn locked_flag(world: &World, repo: &Repo) -> (String, String, String) {
    let (id, folder) = world.flag(repo, A, B, &[]);
    commit(world, repo, "A flag");
    let done = world.perfteam(repo, B, &["flag", "lock", &id, "--format", "json"]).exits(0).json();
    commit(world, repo, "Locked");
    let head = format!("{folder}/flag.md");
    (folder, head, done["file"].as_str().expect("a path").to_owned())
}

fn restored(world: &World, repo: &Repo, args: &[&str]) -> Vec<String> {
    let all = [&["restore", "--format", "json"], args].concat();
    let told = world.perfteam(repo, A, &all).json();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let files = told["restored"].as_array().expect("a list");
    files.iter().map(|file| format!("{} {}", text(&file["was"]), text(&file["path"]))).collect()
}

#[test]
fn what_a_revert_took_away_comes_back_byte_for_byte() {
    let (world, repo) = World::with_team();
    let (_, head, event) = locked_flag(&world, &repo);
    let (head_text, event_text) = (repo.read(&head), repo.read(&event));
    world.git(&repo, &["revert", "--no-edit", "HEAD"]).exits(0);
    world.git(&repo, &["revert", "--no-edit", "HEAD~2"]).exits(0);
    assert!(!repo.path.join(&head).exists());
    let dry = world.perfteam(&repo, A, &["restore", "--dry-run"]).exits(0);
    assert!(!repo.path.join(&head).exists(), "a dry run writes nothing");
    assert_eq!(dry.stdout.matches("would restore").count(), 2);
    let run = world.perfteam(&repo, A, &["restore"]).exits(0);
    assert_snapshot!(run.story(), @"
    restored .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md (was missing)
    restored .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/20261120T150800.000Z-locked-mdfvx6.md (was missing)
    they are staged; commit them: git commit
    ");
    assert_eq!((repo.read(&head), repo.read(&event)), (head_text, event_text));
    let staged = world.git(&repo, &["diff", "--cached", "--name-only"]).stdout;
    assert_eq!(staged, format!("{event}\n{head}\n"));
    let again = world.perfteam(&repo, A, &["restore"]).exits(0).stdout;
    assert_eq!(again, "nothing to restore: every published record file is as it was\n");
}

#[test]
fn altered_deleted_and_unstaged_files_are_told_apart() {
    let (world, repo) = World::with_team();
    let (_, head, event) = locked_flag(&world, &repo);
    let text = repo.read(&head);
    repo.write(&head, "scribbled over\n");
    world.git(&repo, &["rm", "-q", "--cached", &event]).exits(0);
    let told = world.perfteam(&repo, A, &["restore", "--format", "json"]).exits(0).json();
    assert_eq!(told["restored"][0]["was"], "altered");
    assert_eq!(told["restored"][1]["was"], "unstaged");
    let kept = told["restored"][0]["kept"].as_str().expect("an object");
    assert_eq!(world.git(&repo, &["show", kept]).exits(0).stdout, "scribbled over\n", "nothing is lost");
    assert_eq!(repo.read(&head), text);
    assert_eq!(world.git(&repo, &["status", "--porcelain"]).stdout, "");
    std::fs::remove_file(repo.path.join(&event)).expect("removed");
    assert_eq!(restored(&world, &repo, &[]), [format!("missing {event}")]);
}

#[test]
fn what_git_does_not_track_is_never_overwritten() {
    let (world, repo) = World::with_team();
    let (_, head, _) = locked_flag(&world, &repo);
    world.git(&repo, &["rm", "-q", &head]).exits(0);
    commit(&world, &repo, "Gone");
    repo.write(&head, "mine\n");
    let run = world.perfteam(&repo, A, &["restore"]).exits(1);
    assert!(
        run.stdout.contains(&format!("left {head}: something that git does not track lies there")),
        "{}",
        run.stdout
    );
    assert_eq!(repo.read(&head), "mine\n");
}

#[test]
fn only_what_was_published_comes_back_unasked() {
    let (world, repo) = World::with_team();
    let (_, head, event) = locked_flag(&world, &repo);
    world.git(&repo, &["checkout", "-q", "-b", "topic"]).exits(0);
    let (_, own) = world.flag(&repo, A, B, &[]);
    commit(&world, &repo, "Another flag");
    world.git(&repo, &["rm", "-rq", ".perfteam/flags"]).exits(0);
    commit(&world, &repo, "All gone");
    let run = world.perfteam(&repo, A, &["restore"]).exits(0);
    assert!(repo.path.join(&head).exists() && repo.path.join(&event).exists());
    assert!(!repo.path.join(&own).exists(), "one's own unpublished record stays dropped");
    assert!(run.stdout.ends_with("to have them back: perfteam restore --all\n"), "{}", run.stdout);
    assert_eq!(restored(&world, &repo, &["--all"]), [format!("missing {own}/flag.md")]);
}

#[test]
fn a_base_says_what_is_original() {
    let (world, repo) = World::with_team();
    let (_, head, _) = locked_flag(&world, &repo);
    let original = repo.read(&head);
    world.git(&repo, &["checkout", "-q", "-b", "topic"]).exits(0);
    // A change that was committed and even pushed is undone, seen from the base.
    repo.write(&head, &original.replace("twenty", "two hundred"));
    commit(&world, &repo, "History rewritten");
    world.git(&repo, &["branch", "pushed"]).exits(0);
    world.git(&repo, &["branch", "-q", "--set-upstream-to=pushed"]).exits(0);
    assert_eq!(restored(&world, &repo, &["--base", "main"]), [format!("altered {head}")]);
    assert_eq!(repo.read(&head), original);
    // What only the base has by now is not lost, but not merged yet.
    world.git(&repo, &["checkout", "-q", "-f", "main"]).exits(0);
    world.flag(&repo, A, B, &[]);
    commit(&world, &repo, "Later");
    world.git(&repo, &["checkout", "-q", "topic"]).exits(0);
    world.git(&repo, &["reset", "-q", "--hard", "HEAD~1"]).exits(0);
    assert_eq!(restored(&world, &repo, &["--base", "main"]), [""; 0]);
    let stderr = world.perfteam(&repo, A, &["restore", "--base", "nowhere"]).exits(3).stderr;
    assert!(stderr.contains("`nowhere` names no commit here"), "{stderr}");
}

#[test]
fn what_a_merge_lost_comes_back() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["checkout", "-q", "-b", "topic"]).exits(0);
    let (_, head, event) = locked_flag(&world, &repo);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    world.git(&repo, &["merge", "-q", "-s", "ours", "--no-edit", "topic"]).exits(0);
    assert!(!repo.path.join(&head).exists(), "the merge kept nothing of the other side");
    assert_eq!(restored(&world, &repo, &[]), [format!("missing {head}"), format!("missing {event}")]);
}

#[test]
fn a_renamed_folder_is_told_as_one_record_in_two_places() {
    let (world, repo) = World::with_team();
    let (folder, ..) = locked_flag(&world, &repo);
    let renamed = folder.replace("the-pool", "a-pool");
    world.git(&repo, &["mv", &folder, &renamed]).exits(0);
    commit(&world, &repo, "Renamed");
    let run = world.perfteam(&repo, A, &["restore"]).exits(0);
    assert!(run.stdout.contains("now lies in two folders, keep one: "), "{}", run.stdout);
    assert!(repo.path.join(&folder).exists() && repo.path.join(&renamed).exists());
}

#[test]
fn heads_come_before_their_events() {
    let (world, repo) = World::with_team();
    let (_, head, event) = locked_flag(&world, &repo);
    world.git(&repo, &["rm", "-rq", ".perfteam/flags"]).exits(0);
    assert_eq!(restored(&world, &repo, &[]), [format!("missing {head}"), format!("missing {event}")]);
}

#[test]
fn there_is_nothing_to_restore_before_the_first_commit() {
    let (world, repo) = World::with_repo();
    world.perfteam(&repo, "", &["init"]).exits(0);
    world.perfteam(&repo, "", &["restore"]).exits(0);
}
