//! Beside real hook managers. `tests/hook_managers.sh` installs them and says in a variable which are here;
//! without it nothing is tried.

use crate::environment::{Repo, Run, World, run};

/// A hook manager, as its users set it up.
struct Manager {
    name: &'static str,
    /// Its configuration, in which LOG stands for the file into which its own check writes.
    config: (&'static str, &'static str),
    /// The command that puts its hooks in place.
    install: &'static [&'static str],
}

/// What the manager's own check does: it says that it ran, and refuses where there is a file `broken`.
const CHECK: &str = "echo theirs >> LOG && test ! -e broken";

const FRAMEWORK: &str = "\
repos:
  - repo: local
    hooks:
      - id: theirs
        name: theirs
        entry: sh -c 'CHECK'
        language: system
        pass_filenames: false
        always_run: true
";

const MANAGERS: [Manager; 4] = [
    Manager {
        name: "pre-commit",
        config: (".pre-commit-config.yaml", FRAMEWORK),
        install: &["pre-commit", "install"],
    },
    Manager { name: "prek", config: (".pre-commit-config.yaml", FRAMEWORK), install: &["prek", "install"] },
    Manager {
        name: "lefthook",
        config: ("lefthook.yml", "pre-commit:\n  commands:\n    theirs:\n      run: CHECK\n"),
        install: &["lefthook", "install"],
    },
    Manager { name: "husky", config: (".husky/pre-commit", "CHECK\n"), install: &["husky"] },
];

/// The manager, where it is here.
fn here(name: &str) -> Option<&'static Manager> {
    let names = std::env::var("PERFTEAM_TEST_HOOK_MANAGERS").unwrap_or_default();
    let found =
        MANAGERS.iter().find(|manager| manager.name == name && names.split(' ').any(|one| one == name));
    if found.is_none() {
        println!("skipped: {name} is not here; tests/hook_managers.sh installs it");
    }
    found
}

/// A repository with a flag that waits for `@database.postgres`, and the manager's configuration.
struct Scene {
    world: World,
    repo: Repo,
    manager: &'static Manager,
}

impl Scene {
    fn new(manager: &'static Manager) -> Scene {
        let (world, repo) = World::with_team();
        world.perfteam(&repo, "", &["hook", "uninstall"]).exits(0);
        world.flag(&repo, "@backend.api", "@database.postgres", &[]);
        let (path, text) = manager.config;
        let log = world.path().join("theirs.log").display().to_string();
        repo.write(path, &text.replace("CHECK", CHECK).replace("LOG", &log));
        world.git(&repo, &["add", "-A"]).exits(0);
        world.git(&repo, &["commit", "-q", "-m", "A flag"]).exits(0);
        Scene { world, repo, manager }
    }

    fn theirs(&self) -> Run {
        self.theirs_at(&self.repo)
    }

    /// Puts their hooks in place.
    fn theirs_at(&self, at: &Repo) -> Run {
        let [program, args @ ..] = self.manager.install else { panic!("a command") };
        let mut command = std::process::Command::new(program);
        let like = self.world.git_command(at, "somebody@example.com", &[]);
        command.args(args).current_dir(&at.path).env_clear();
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        run(command).exits(0)
    }

    fn ours(&self) {
        self.world.perfteam(&self.repo, "", &["hook", "install"]).exits(0);
        self.world.perfteam(&self.repo, "", &["hook", "status"]).exits(0);
    }

    /// How often their check ran since it was asked last.
    fn ran(&self) -> usize {
        let log = self.world.path().join("theirs.log");
        let lines = std::fs::read_to_string(&log).unwrap_or_default().lines().count();
        let _ = std::fs::remove_file(log);
        lines
    }

    fn commit(&self, at: &Repo, email: &str) -> Run {
        let text = std::fs::read_to_string(at.path.join("src/new.rs")).unwrap_or_default();
        at.write("src/new.rs", &format!("{text}// new\n"));
        self.world.git(at, &["add", "src/new.rs"]).exits(0);
        self.world.git_as(at, email, &["commit", "-q", "-m", "Work"])
    }

    /// Both run, and each refuses.
    #[track_caller]
    fn both_hold(&self, at: &Repo) {
        self.ran();
        let refused = self.commit(at, "db@example.com").exits(1);
        assert!(refused.stderr.contains("commit refused: 1 blocking"), "{}", refused.stderr);
        self.ran();
        self.commit(at, "api@example.com").exits(0);
        assert_eq!(self.ran(), 1, "{} ran its own check once", self.manager.name);
        at.write("broken", "");
        let refused = self.commit(at, "api@example.com").exits(1);
        assert!(!refused.stderr.contains("commit refused"), "{}", refused.stderr);
        assert_eq!(self.ran(), 1);
        std::fs::remove_file(at.path.join("broken")).expect("removed");
    }

    /// A linked work tree. husky's files are committed, and it runs in every work tree by itself.
    fn linked(&self) -> Repo {
        self.world.git(&self.repo, &["add", "-A"]).exits(0);
        self.world.git(&self.repo, &["commit", "-q", "--allow-empty", "--no-verify", "-m", "Hooks"]).exits(0);
        self.world.git(&self.repo, &["worktree", "add", "-q", "../linked", "-b", "linked"]).exits(0);
        let linked = Repo { path: self.world.path().join("linked") };
        if self.manager.name == "husky" {
            let told = self.world.perfteam(&linked, "", &["hook", "status"]).exits(1).stdout;
            assert!(
                told.contains("husky has not run in this work tree\n") && told.contains("try: npx husky\n"),
                "{told}"
            );
            self.theirs_at(&linked);
        }
        self.world.perfteam(&linked, "", &["hook", "status"]).exits(0);
        linked
    }
}

/// Theirs first, then ours; in a linked work tree, too. Ours goes, theirs stays.
fn ours_comes_second(name: &str) {
    let Some(manager) = here(name) else { return };
    let scene = Scene::new(manager);
    scene.theirs();
    scene.ours();
    scene.both_hold(&scene.repo);
    let linked = scene.linked();
    scene.both_hold(&linked);
    for at in [&scene.repo, &linked] {
        scene.world.perfteam(at, "", &["hook", "uninstall"]).exits(0);
    }
    scene.ran();
    scene.commit(&scene.repo, "db@example.com").exits(0);
    assert_eq!(scene.ran(), 1, "theirs is not lost");
}

/// Ours first, then theirs, which may write the file anew: what is lost is told, and comes back.
fn ours_comes_first(name: &str) {
    let Some(manager) = here(name) else { return };
    let scene = Scene::new(manager);
    scene.ours();
    scene.theirs();
    let told = scene.world.perfteam(&scene.repo, "", &["hook", "status"]);
    assert!(told.code == 0 || told.stdout.contains("try: perfteam hook install"), "{}", told.story());
    scene.ours();
    scene.both_hold(&scene.repo);
    // As with every installation of the project's packages.
    scene.theirs();
    scene.ours();
    scene.both_hold(&scene.repo);
    scene.both_hold(&scene.linked());
}

#[test]
fn after_pre_commit() {
    ours_comes_second("pre-commit");
}

#[test]
fn before_pre_commit() {
    ours_comes_first("pre-commit");
}

#[test]
fn after_prek() {
    ours_comes_second("prek");
}

#[test]
fn before_prek() {
    ours_comes_first("prek");
}

#[test]
fn after_lefthook() {
    ours_comes_second("lefthook");
}

#[test]
fn before_lefthook() {
    ours_comes_first("lefthook");
}

#[test]
fn after_husky() {
    ours_comes_second("husky");
}

#[test]
fn before_husky() {
    ours_comes_first("husky");
}
