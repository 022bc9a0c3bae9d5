//! The index as this tool reads it, against what git says of it, after random work.

use std::collections::{BTreeMap, BTreeSet};

use perfteam::domain::change::What;
use perfteam::store::Repo as Store;
use perfteam::store::diff::staged_changes;
use perfteam::store::source::{Contents, EntryKind, Source};
use perfteam::store::staged::Staged;

use crate::environment::{Repo, World, run, size};

/// A small generator of numbers, so that a failing seed can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

const FOLDERS: [&str; 8] =
    ["", "a/", "a/b/", "a/b/c/", "a-b/", "a.b/", "ä/", "long/long/long/long/long/long/"];

fn some_path(dice: &mut Dice) -> String {
    format!("{}{}", FOLDERS[dice.below(FOLDERS.len())], ["x", "y.rs", "zz", "a", "b"][dice.below(5)])
}

/// One step of work; git may refuse it.
fn step(world: &World, repo: &Repo, dice: &mut Dice) {
    let path = some_path(dice);
    let file = repo.path.join(&path);
    let git = |args: &[&str]| drop(world.git(repo, args));
    match dice.below(12) {
        0..=4 => {
            // A file may stand where a folder was, and the other way round.
            let mut above = file.parent();
            while let Some(folder) = above.filter(|folder| *folder != repo.path) {
                if folder.is_file() {
                    let _ = std::fs::remove_file(folder);
                }
                above = folder.parent();
            }
            let _ = std::fs::remove_dir_all(&file);
            repo.write(&path, &format!("{}\n", dice.below(1_000)));
            git(&["add", "-A", "--", &path]);
        }
        5 => git(&["rm", "-rq", "--cached", "--ignore-unmatch", "--", &path]),
        6 => git(&["commit", "-qm", "Work"]),
        7 => {
            if !file.exists() && file.parent().is_some_and(std::path::Path::is_dir) {
                repo.write(&path, "intended\n");
            }
            git(&["add", "--intent-to-add", "--", &path]);
        }
        8 => git(&["update-index", "--index-version", ["2", "4"][dice.below(2)]]),
        9 => git(&["write-tree"]),
        10 => git(&["reset", "-q", ["--soft", "--mixed", "--hard"][dice.below(3)], "HEAD~1"]),
        _ => {
            let side = format!("side{}", dice.below(3));
            git(&["branch", "-f", &side, "HEAD~1"]);
            git(&["merge", "-q", "--no-edit", &side]);
        }
    }
}

/// What git says: of each path that a commit would contain, its object.
fn by_git(world: &World, repo: &Repo) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let intended = world.git(repo, &["diff", "--name-only", "-z", "--diff-filter=A"]).exits(0).stdout;
    let intended: BTreeSet<&str> = intended.split('\0').collect();
    let mut files = BTreeMap::new();
    let mut unmerged = BTreeSet::new();
    for line in world.git(repo, &["ls-files", "--stage", "-z"]).exits(0).stdout.split_terminator('\0') {
        let (about, path) = line.split_once('\t').expect("a path");
        let about: Vec<&str> = about.split(' ').collect();
        if about[2] != "0" {
            unmerged.insert(path.to_owned());
        } else if !intended.contains(path) {
            files.insert(path.to_owned(), about[1].to_owned());
        }
    }
    (files, unmerged)
}

fn folders(files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files.keys() {
        let mut rest = path.as_str();
        while let Some((folder, name)) = rest.rsplit_once('/') {
            folders.entry(folder.to_owned()).or_default().insert(name.to_owned());
            rest = folder;
        }
    }
    folders
}

fn compare(world: &World, repo: &Repo, story: &str) {
    let (files, unmerged) = by_git(world, repo);
    let store = Store::open(&repo.path).expect("a repository");
    let staged = store.staged().expect("an index");
    assert_eq!(staged.unmerged().into_iter().collect::<BTreeSet<_>>(), unmerged, "{story}");
    let paths: BTreeSet<String> = staged.paths().expect("paths").into_iter().collect();
    assert_eq!(paths, files.keys().cloned().collect(), "{story}");
    for (path, object) in &files {
        assert_eq!(staged.kind(path).expect("a kind"), Some(EntryKind::File), "{path} {story}");
        let text = world.git(repo, &["cat-file", "blob", object]).exits(0).stdout;
        let read = staged.read(path).expect("it can be read");
        assert_eq!(read, Some(Contents::Bytes(text.into_bytes())), "{path} {story}");
    }
    let folders = folders(&files);
    for (folder, names) in &folders {
        assert_eq!(staged.kind(folder).expect("a kind"), Some(EntryKind::Folder), "{folder} {story}");
        let listed = staged.list(folder).expect("a list");
        assert_eq!(&listed.iter().map(|entry| entry.name.clone()).collect::<BTreeSet<_>>(), names, "{story}");
        for entry in listed {
            let is_folder = folders.contains_key(&format!("{folder}/{}", entry.name));
            assert_eq!(entry.kind == EntryKind::Folder, is_folder, "{folder} {entry:?} {story}");
        }
    }
    for folder in FOLDERS.map(|folder| folder.trim_end_matches('/')) {
        let there = files.contains_key(folder) || folders.contains_key(folder);
        assert_eq!(staged.exists(folder), there, "{folder:?} {story}");
    }
    compare_changes(world, repo, &store, &staged, story);
}

/// What a commit would change.
fn compare_changes(world: &World, repo: &Repo, store: &Store, staged: &Staged<'_>, story: &str) {
    let head = store.head().expect("HEAD").map(|head| store.commit_tree(head).expect("its tree"));
    let mut changed = BTreeSet::new();
    for change in staged_changes(store, head.as_ref(), staged).expect("changes") {
        if let What::Moved(from) = &change.what {
            changed.insert(from.clone());
        }
        changed.insert(change.path);
    }
    let against = if head.is_some() { "HEAD" } else { "4b825dc642cb6eb9a060e54bf8d69288fbee4904" };
    let args = ["diff", "--cached", "--no-renames", "--name-only", "-z", against];
    let git = world.git(repo, &args).exits(0).stdout;
    let git: BTreeSet<String> = git.split_terminator('\0').map(str::to_owned).collect();
    assert_eq!(changed, git, "{story}");
}

/// Puts entries into the index: a path and its object, or none to take it out.
fn put(world: &World, repo: &Repo, entries: impl IntoIterator<Item = (String, Option<String>)>) {
    let entries: Vec<_> = entries.into_iter().collect();
    let length = entries.iter().find_map(|(_, object)| object.as_ref()).map_or(40, String::len);
    let none = "0".repeat(length);
    let line = |(path, object): (String, Option<String>)| match object {
        Some(object) => format!("100644 {object}\t{path}\0"),
        None => format!("0 {none}\t{path}\0"),
    };
    let list = world.path().join("entries");
    std::fs::write(&list, entries.into_iter().map(line).collect::<String>()).expect("a file");
    let mut command = world.git_command(repo, "work@example.com", &["update-index", "-z", "--index-info"]);
    command.stdin(std::fs::File::open(list).expect("a file"));
    run(command).exits(0);
}

/// Thousands of paths, in folders with names of all lengths, in each other, one of them very long.
fn many_paths(dice: &mut Dice) -> Vec<String> {
    let mut paths = vec![format!("{}end", "deep-folder/".repeat(400))];
    for number in 0..40 {
        let name = ["x", "with-a-name", "d"][dice.below(3)].repeat(1 + dice.below(4));
        let folder = format!("{name}{number}/");
        for file in 0..dice.below(400) {
            let below = ["", "", "in/", "in/it/"][dice.below(4)];
            paths.push(format!("{folder}{below}file{file}"));
        }
    }
    paths
}

#[test]
fn a_large_one_is_read_as_git_reads_it() {
    for (seed, version) in ["2", "3", "4"].into_iter().enumerate() {
        let (world, repo) = World::with_repo();
        let mut dice = Dice(seed as u64);
        let git = |args: &[&str]| world.git(&repo, args).exits(0).stdout.trim().to_owned();
        let object = |text: &str| {
            repo.write("text", text);
            git(&["hash-object", "-w", "text"])
        };
        let (before, after) = (object("before\n"), object("after\n"));
        let paths = many_paths(&mut dice);
        put(&world, &repo, paths.iter().map(|path| (path.clone(), Some(before.clone()))));
        git(&["update-index", "--index-version", version]);
        git(&["commit", "-qm", "Many files"]);
        for round in 0..8 {
            let some = (0..=dice.below(3)).map(|_| paths[dice.below(paths.len())].clone());
            let some: Vec<String> = some.collect();
            let object = [Some(after.clone()), Some(before.clone()), None][dice.below(3)].clone();
            put(&world, &repo, some.into_iter().map(|path| (path, object.clone())));
            let store = Store::open(&repo.path).expect("a repository");
            let staged = store.staged().expect("an index");
            compare_changes(&world, &repo, &store, &staged, &format!("version {version}, round {round}"));
        }
    }
}

/// A repository with 22,000 files in HEAD, so many that git writes its index in parts where it may.
fn long(format: &str) -> (World, Repo, Vec<String>) {
    let (world, repo) = World::with_repo();
    std::fs::remove_dir_all(repo.path.join(".git")).expect("removed");
    world.git(&repo, &["init", "-q", "-b", "main", &format!("--object-format={format}")]).exits(0);
    repo.write("text", "before\n");
    let object = world.git(&repo, &["hash-object", "-w", "text"]).exits(0).stdout.trim().to_owned();
    let path = |n: usize| format!("{}/{:03}/file{n}", ["before", "flags", "z"][n % 3], n / 100);
    let paths: Vec<String> = (0..22_000).map(path).collect();
    put(&world, &repo, paths.iter().map(|path| (path.clone(), Some(object.clone()))));
    world.git(&repo, &["commit", "-qm", "Many files"]).exits(0);
    (world, repo, paths)
}

#[test]
fn a_long_one_is_read_as_git_reads_it_in_every_form() {
    for format in ["sha1", "sha256"] {
        let (world, repo, paths) = long(format);
        let other = world.git(&repo, &["hash-object", "-w", "--stdin"]).exits(0).stdout.trim().to_owned();
        let forms: [&[&str]; 8] = [
            &["update-index", "--refresh"],
            &["-c", "index.threads=2", "update-index", "--force-write-index"],
            &["update-index", "--force-untracked-cache"],
            &["update-index", "--skip-worktree", "flags/010/file1000"],
            &["update-index", "--assume-unchanged", "z/010/file1001"],
            &["update-index", "--split-index"],
            &["update-index", "--no-split-index"],
            &["reset", "-q"],
        ];
        for (number, form) in forms.into_iter().enumerate() {
            let some = [number, 7_000 + 11 * number, 21_999 - number].map(|at| paths[at].clone());
            let changes = some.map(|path| (path, (number % 2 == 0).then(|| other.clone())));
            let new = (format!("flags/{number:03}/new"), Some(other.clone()));
            put(&world, &repo, changes.into_iter().chain([new]));
            drop(world.git(&repo, form));
            let store = Store::open(&repo.path).expect("a repository");
            let staged = store.staged().expect("an index");
            compare_changes(&world, &repo, &store, &staged, &format!("{format}, {form:?}"));
        }
    }
}

#[test]
fn rights_that_old_trees_keep_of_a_file_are_no_change() {
    let (world, repo) = World::with_repo();
    repo.write("old/a", "text\n");
    let blob = world.git(&repo, &["hash-object", "-w", "old/a"]).exits(0).stdout.trim().to_owned();
    // `git mktree` would make it 100644.
    let mut tree = b"100664 a\0".to_vec();
    tree.extend((0..40).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16).expect("a byte")));
    std::fs::write(world.path().join("tree"), tree).expect("a file");
    let write = ["hash-object", "-w", "-t", "tree", "--literally", "../tree"];
    let folder = world.git(&repo, &write).exits(0).stdout.trim().to_owned();
    std::fs::write(world.path().join("top"), format!("040000 tree {folder}\told\n")).expect("a file");
    let mut make = world.git_command(&repo, "work@example.com", &["mktree"]);
    make.stdin(std::fs::File::open(world.path().join("top")).expect("a file"));
    let top = run(make).exits(0).stdout.trim().to_owned();
    let commit = world.git(&repo, &["commit-tree", "-m", "Old", &top]).exits(0).stdout.trim().to_owned();
    world.git(&repo, &["reset", "-q", "--hard", &commit]).exits(0);
    repo.write("old/b", "new\n");
    world.git(&repo, &["add", "old/b"]).exits(0);
    let store = Store::open(&repo.path).expect("a repository");
    let staged = store.staged().expect("an index");
    compare_changes(&world, &repo, &store, &staged, "mode 100664");
    let head = store.commit_tree(store.head().expect("HEAD").expect("a commit")).expect("its tree");
    let changes = staged_changes(&store, Some(&head), &staged).expect("changes");
    assert_eq!(changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["old/b"]);
}

#[test]
fn after_any_work_it_is_read_as_git_reads_it() {
    for seed in 0..size("INDEXES", 6) {
        let (world, repo) = World::with_repo();
        let mut dice = Dice(seed as u64);
        for number in 0..40 {
            step(&world, &repo, &mut dice);
            if number % 4 == 3 {
                compare(&world, &repo, &format!("seed {seed}, step {number}"));
            }
        }
    }
}

/// A path in one of many days, each with a folder for every record; here and there it lies deeper, or in a
/// folder that is called as another day is.
fn some_record(dice: &mut Dice) -> String {
    let day = |dice: &mut Dice| format!("{:03}", dice.below(50));
    let (of, record) = (day(dice), dice.below(60));
    match dice.below(40) {
        0 => format!("records/{of}/{}/of-record-{record:02}/flag.md", day(dice)),
        1 => format!("records/{of}/record-{record:02}-of-that-day/in/it/flag.md"),
        2 => format!("{}/file{record}", day(dice)),
        3 => format!("records/{of}/flag{record}.md"),
        _ => format!("records/{of}/record-{record:02}-of-that-day/flag.md"),
    }
}

#[test]
fn after_any_work_on_many_days_it_is_read_as_git_reads_it() {
    for seed in 0..size("INDEXES", 4) {
        let (world, repo) = World::with_repo();
        let mut dice = Dice(seed as u64);
        let objects = ["before\n", "after\n"].map(|text| {
            repo.write("text", text);
            world.git(&repo, &["hash-object", "-w", "text"]).exits(0).stdout.trim().to_owned()
        });
        let some = |dice: &mut Dice, count: usize| {
            let paths: Vec<String> = (0..count).map(|_| some_record(dice)).collect();
            let object = [Some(&objects[0]), Some(&objects[1]), None][dice.below(3)].cloned();
            paths.into_iter().map(move |path| (path, object.clone())).collect::<Vec<_>>()
        };
        put(&world, &repo, (0..6_000).map(|_| (some_record(&mut dice), Some(objects[0].clone()))));
        world.git(&repo, &["commit", "-qm", "Many days"]).exits(0);
        for number in 0..40 {
            let git = |args: &[&str]| drop(world.git(&repo, args));
            match dice.below(8) {
                0 => git(&["commit", "-qm", "Work"]),
                1 => git(&["write-tree"]),
                2 => git(&["reset", "-q", ["--soft", "--mixed"][dice.below(2)], "HEAD~1"]),
                3 => git(&["rm", "-rq", "--cached", "--", &format!("records/{:03}", dice.below(50))]),
                4 => put(&world, &repo, some(&mut dice, 60)),
                _ => put(&world, &repo, some(&mut dice, 1)),
            }
            let store = Store::open(&repo.path).expect("a repository");
            let staged = store.staged().expect("an index");
            compare_changes(&world, &repo, &store, &staged, &format!("seed {seed}, step {number}"));
        }
        let cache = repo.path.join(".git/perfteam/cache/index-folders");
        assert!(cache.exists(), "nothing was passed");
    }
}

#[test]
fn one_that_is_cut_off_is_an_error_and_no_smaller_index() {
    let (world, repo) = World::with_team();
    let paths = || Store::open(&repo.path).and_then(|store| store.staged()?.paths());
    let all = paths().expect("an index");
    let index = repo.path.join(".git/index");
    let whole = std::fs::read(&index).expect("an index");
    let mut refused = 0;
    for end in 0..whole.len() {
        std::fs::write(&index, &whole[..end]).expect("written");
        // Without the end of its check sum it still says all.
        match paths() {
            Ok(paths) => assert_eq!(paths, all, "{end} of {} bytes", whole.len()),
            Err(_) => refused += 1,
        }
    }
    assert!(refused * 2 > whole.len(), "{refused} of {}", whole.len());
    std::fs::write(&index, &whole[..whole.len() / 2]).expect("written");
    let run = world.perfteam(&repo, "@backend.api", &["check", "--staged"]).exits(3);
    assert!(run.stderr.contains("can't read the git index"), "{}", run.stderr);
}
