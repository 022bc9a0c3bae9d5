//! A redaction that is killed at any moment.

use std::time::Instant;

use super::{SECRET, flag};
use crate::environment::size;
use crate::killed::{delay, kill_after, wait_for_index};
use crate::rules::{API, LEAD, Scene};

/// Every file of the record, as the work tree has it.
fn texts(scene: &Scene, path: &str) -> Vec<String> {
    let folder = std::fs::read_dir(scene.repo.path.join(path)).expect("a folder").flatten();
    folder.map(|entry| std::fs::read_to_string(entry.path()).expect("a text")).collect()
}

#[test]
fn it_is_finished_when_run_again_and_leaves_no_half_file() {
    let rounds = size("KILLS", 6);
    for archived in [false, true] {
        let make = || {
            let scene = Scene::new();
            let (id, path) = flag(&scene);
            if archived {
                scene.run(API, &["archive", "--older-than", "1s"]);
                scene.commit("api", "Archive");
            }
            (scene, id, path)
        };
        let (scene, id, _) = make();
        let begin = Instant::now();
        scene.run(LEAD, &["redact", &id, "--reason", "a token"]);
        let whole = begin.elapsed();
        for round in 0..rounds {
            let (scene, id, path) = make();
            let redact = ["redact", &id, "--reason", "a token"];
            kill_after(scene.world.perfteam_command(&scene.repo, LEAD, &redact), delay(whole, round, rounds));
            wait_for_index(&scene.repo);
            for text in texts(&scene, &path) {
                let (has_secret, is_redacted) = (text.contains(SECRET), text.contains("redacted:"));
                assert!(has_secret != is_redacted || !text.contains("title:"), "half a file:\n{text}");
            }
            scene.run(LEAD, &redact);
            assert!(texts(&scene, &path).iter().all(|text| !text.contains(SECRET)), "round {round}");
            let staged = scene.world.git(&scene.repo, &["grep", "--cached", "-l", SECRET, "--", &path]);
            assert_eq!(staged.stdout, "", "round {round}");
            scene.commit("lead", "Redact");
            scene.world.perfteam(&scene.repo, LEAD, &["check", "--base", "HEAD~1"]).exits(0);
            let lost = scene.run(LEAD, &["restore", "--dry-run"]).stdout;
            assert!(lost.starts_with("nothing to restore"), "{lost}");
        }
    }
}
