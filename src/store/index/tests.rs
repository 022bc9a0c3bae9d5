use std::io::{ErrorKind, Result};
use std::process::{Command, Stdio};

use gix::bstr::BString;

use super::*;

/// What git writes to its standard output, in `folder`.
fn git(folder: &Path, args: &[&str], input: &str) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input.as_bytes()).expect("read");
    let out = child.wait_with_output().expect("it ends");
    assert!(out.status.success(), "git {args:?}");
    String::from_utf8(out.stdout).expect("text").trim().to_owned()
}

/// A repository whose index has `entries` and is that of the tree of HEAD, in a version of the format.
struct Scene {
    folder: tempfile::TempDir,
    head: ObjectId,
}

impl Scene {
    fn new(version: &str, entries: &[(String, String)]) -> Scene {
        let folder = tempfile::tempdir().expect("a folder");
        git(folder.path(), &["init", "-q"], "");
        let scene = Scene { folder, head: ObjectId::null(gix::hash::Kind::Sha1) };
        scene.put(entries);
        scene.git(&["update-index", "--index-version", version]);
        let head = scene.git(&["write-tree", "--missing-ok"]).parse().expect("a tree");
        Scene { head, ..scene }
    }

    fn git(&self, args: &[&str]) -> String {
        git(self.folder.path(), args, "")
    }

    /// Puts paths with their objects into the index.
    fn put(&self, entries: &[(String, String)]) {
        let lines = entries.iter().map(|(path, object)| format!("100644 {object}\t{path}\0"));
        git(self.folder.path(), &["update-index", "-z", "--index-info"], &lines.collect::<String>());
    }

    /// What the index is when it is read in one way.
    fn read(&self, way: Way) -> Result<Index> {
        let store = crate::store::Repo::open(self.folder.path()).expect("a repository");
        let list = |id| {
            let listed = crate::store::source::list_tree(&store, id).expect("a tree").into_iter().enumerate();
            listed.map(|(place, (entry, id))| (BString::from(entry.name), (id, place))).collect()
        };
        let file = File::open(self.folder.path().join(".git/index"))?;
        let end = file.metadata()?.len() - 20;
        let mut reader = Reader::open(file, gix::hash::Kind::Sha1)?;
        let known = |reader: &mut Reader| outside::known_folders(reader, end, Some(self.head), &list);
        match way {
            Way::Leaps => outside::by_leaps(&mut reader, end, known),
            Way::Steps => outside::by_steps(&mut reader, known),
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Leaps,
    Steps,
}

const TEXT: &str = "257cc5642cb1a054f08cc83f2d943e56fd3ebe99";

/// Folders with names of `lengths`, with a hundred files each.
fn folders(lengths: impl Iterator<Item = usize>) -> Vec<(String, String)> {
    let names = lengths.enumerate().map(|(number, length)| format!("{number:03}{}", "x".repeat(length)));
    let of = |name: String| (0..100).map(move |file| (format!("in/{name}/{file}"), TEXT.to_owned()));
    names.flat_map(of).collect()
}

#[test]
fn of_a_large_one_only_the_folders_that_changed_are_kept() {
    for version in ["2", "4"] {
        let path =
            |n: usize| format!("{}/{n:04}{}", ["a", "much", "z"][n / 2_000], "x".repeat(n % 1_000 / 10));
        let many: Vec<_> = (0..5_000).map(|n| (path(n), TEXT.to_owned())).collect();
        let scene = Scene::new(version, &many);
        scene.put(&[("much/new".to_owned(), TEXT.to_owned())]);
        let index = scene.read(Way::Steps).expect("no form for the library");
        assert_eq!(index.same.keys().map(BString::to_string).collect::<Vec<_>>(), ["a/", "z/"]);
        assert_eq!(index.entries.len(), 2_001);
        assert_eq!(scene.read(Way::Leaps).ok(), (version == "2").then_some(index));
    }
}

#[test]
fn leaps_find_what_steps_find_wherever_something_changed() {
    let many = folders((0..60).map(|number| number * 7 % 90));
    let scene = Scene::new("2", &many);
    for step in (0..many.len()).step_by(997) {
        let (path, _) = &many[step];
        let folder = path.rsplit_once('/').expect("a folder").0;
        // A file of its own kind in the folder, one in the folder above, and a folder that HEAD lacks.
        for new in [format!("{folder}/new"), format!("in/{step}-new"), format!("in/{step}/new/file")] {
            let before = scene.read(Way::Steps).expect("no form for the library");
            scene.put(&[(new.clone(), TEXT.to_owned()), (path.clone(), TEXT.replace('2', "3"))]);
            let index = scene.read(Way::Steps).expect("no form for the library");
            assert!(index != before && index.entry(new.as_bytes()).is_some(), "{new}");
            // What is new between folders that HEAD has side by side is noticed, and no more.
            match scene.read(Way::Leaps) {
                Ok(by_leaps) => assert_eq!(by_leaps, index, "{new}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidData, "{new}"),
            }
        }
        scene.git(&["read-tree", "--reset", &scene.head.to_string()]);
        scene.put(&[(path.clone(), TEXT.replace('2', "3"))]);
        let index = scene.read(Way::Steps).expect("no form for the library");
        assert_eq!(index.entries.len(), 100);
        assert_eq!(scene.read(Way::Leaps).expect("it was found"), index, "{path}");
    }
}

/// Objects whose ids have the mode of an entry where one that begins within theirs would have it, and paths
/// that would be its flags and its path.
#[test]
fn what_imitates_entries_misleads_nobody() {
    let object = format!("000081a4{}", &TEXT[8..]);
    for shift in 0..16 {
        let many: Vec<_> = (0..3_000_usize)
            .map(|n| {
                let imitated = ["\u{1}", "\u{8}", "a"][n % 3].repeat(n % 5);
                (format!("in/{n:06}{}{imitated}/{}", "y".repeat(shift), "z".repeat(n % 11)), object.clone())
            })
            .filter(|(path, _)| !path.ends_with('/'))
            .collect();
        let scene = Scene::new("2", &many);
        scene.put(&[(many[shift * 100].0.clone(), TEXT.to_owned())]);
        let index = scene.read(Way::Steps).expect("no form for the library");
        if let Ok(by_leaps) = scene.read(Way::Leaps) {
            assert_eq!(by_leaps, index, "{shift}");
        }
    }
}

#[test]
fn a_damaged_one_is_an_error_or_an_index() {
    let many = folders((0..12).map(|number| number * 3));
    let scene = Scene::new("2", &many);
    scene.put(&[("in/new".to_owned(), TEXT.to_owned())]);
    let file = scene.folder.path().join(".git/index");
    let whole = std::fs::read(&file).expect("an index");
    for at in (0..whole.len()).step_by(whole.len() / 500) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        for bytes in [&damaged, &whole[..at.max(20)]] {
            std::fs::write(&file, bytes).expect("a file");
            let _ = (scene.read(Way::Leaps), scene.read(Way::Steps));
        }
    }
}
