use std::io::{ErrorKind, Result};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gix::ObjectId;
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
        let file = self.spans();
        let mut spans = Spans::in_cache(&file);
        let index = self.read_with(way, &mut spans);
        match &index {
            Ok(_) => spans.keep(),
            Err(_) => spans.forget(),
        }
        index
    }

    /// The tree of a folder in HEAD.
    fn tree(&self, folder: &str) -> ObjectId {
        self.git(&["rev-parse", &format!("{}:{folder}", self.head)]).parse().expect("a tree")
    }

    /// Where it is kept how long folders were.
    fn spans(&self) -> PathBuf {
        self.folder.path().join("spans")
    }

    fn read_with(&self, way: Way, spans: &mut Spans<'_>) -> Result<Index> {
        let store = crate::store::Repo::open(self.folder.path()).expect("a repository");
        let list = |id| {
            let listed = crate::store::source::list_tree(&store, id).expect("a tree").into_iter().enumerate();
            listed.map(|(place, (entry, id))| (BString::from(entry.name), (id, place))).collect()
        };
        let file = File::open(self.folder.path().join(".git/index"))?;
        let end = file.metadata()?.len() - 20;
        let mut reader = Reader::open(file, gix::hash::Kind::Sha1)?;
        let head = Head { tree: Some(self.head), list: &list };
        match way {
            Way::Leaps => outside::by_leaps(&mut reader, end, head, spans),
            Way::Steps => outside::by_steps(&mut reader, end, head),
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
        assert_eq!(index.same.names().map(BString::to_string).collect::<Vec<_>>(), ["a/", "z/"]);
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

/// A folder for each day, and in it one for each record.
fn days() -> Vec<(String, String)> {
    let path = |day, record| format!("in/2026-{day:03}/record-{record:02}-on-day-{day:03}/flag.md");
    (0..40).flat_map(|day| (0..60).map(move |record| (path(day, record), TEXT.to_owned()))).collect()
}

/// What git notes of a record's folder (behind the name stands a NUL), and of all in a day.
const RECORD: u64 = "record-00-on-day-000 1 0\n".len() as u64 + 20;
const DAY: u64 = 60 * RECORD;

#[test]
fn folders_that_were_passed_once_are_leapt_over_and_nothing_is_missed() {
    let many = days();
    let scene = Scene::new("2", &many);
    for (path, _) in many.iter().step_by(173) {
        let day = &path[.."in/2026-000".len()];
        for new in [format!("{path}-new"), format!("{day}/new/file"), format!("{day}/a"), "z".to_owned()] {
            scene.put(&[(new.clone(), TEXT.to_owned()), (path.clone(), TEXT.replace('2', "3"))]);
            let index = scene.read(Way::Steps).expect("no form for the library");
            assert!(index.entry(new.as_bytes()).is_some() && index.same.names().count() == 39 + 59);
            assert_eq!(scene.read(Way::Leaps).expect("it was found"), index, "{new}");
            scene.git(&["read-tree", "--reset", &scene.head.to_string()]);
        }
    }
    let file = scene.spans();
    let spans = Spans::in_cache(&file);
    assert_eq!(spans.of(scene.tree("in/2026-001")), Some(DAY));
    assert_eq!(spans.of(scene.tree("in/2026-039")), None, "nothing of interest follows");
}

#[test]
fn what_the_cache_has_wrong_misleads_nobody() {
    let many = days();
    let scene = Scene::new("2", &many);
    let changed = (many[many.len() - 1].0.clone(), TEXT.replace('2', "3"));
    scene.put(std::slice::from_ref(&changed));
    let file = scene.spans();
    let day = "2026-000 60 60\n".len() as u64 + 20;
    let mut found = Vec::new();
    for wrong in [DAY - RECORD, DAY + 1, DAY + RECORD, DAY + day, DAY + day + DAY, u64::MAX / 64] {
        let mut spans = Spans::in_cache(&file);
        (0..30).for_each(|_| spans.passed(scene.tree("in/2026-000"), wrong));
        spans.keep();
        let index = scene.read(Way::Leaps);
        assert!(index.is_ok() || !file.exists(), "{wrong}: where it led astray, it is gone");
        found.push(index.is_ok());
        let index = index.or_else(|_| scene.read(Way::Steps)).expect("no form for the library");
        for (path, object) in many[..many.len() - 1].iter().chain([&changed]) {
            let same = index.same_around(path).map(|_| TEXT.to_owned());
            let is = same.or_else(|| Some(index.entry(path.as_bytes())?.id.to_string()));
            assert_eq!(is.as_ref(), Some(object), "{wrong}: {path}");
        }
    }
    assert!(found.contains(&false), "none of it was believed");
}

/// As many entries together as are worth a leap, and one less and one more; what is new between them would, by
/// the counts alone, be taken for some of theirs.
#[test]
fn what_is_new_between_two_folders_is_seen_whatever_their_size() {
    for size in 511..=513 {
        for new in [1, 2, 3, 511, 600] {
            let file = |folder: &'static str| move |n| (format!("src/{folder}/{n:04}"), TEXT.to_owned());
            let many: Vec<_> = (0..size).map(file("a")).chain((0..size).map(file("c"))).collect();
            let scene = Scene::new("2", &many);
            scene.put(&(0..new).map(file("b")).collect::<Vec<_>>());
            let index = scene.read(Way::Steps).expect("no form for the library");
            assert_eq!(index.entries.len(), new);
            if let Ok(by_leaps) = scene.read(Way::Leaps) {
                assert_eq!(by_leaps, index, "{size} and {new}");
            }
        }
    }
}

/// The entry of a file of the usual mode.
fn entry(path: &str) -> Vec<u8> {
    let mut bytes = vec![0; 62];
    bytes[24..28].copy_from_slice(&0o100_644_u32.to_be_bytes());
    bytes[60..].copy_from_slice(&u16::try_from(path.len()).expect("a short path").to_be_bytes());
    bytes.extend(path.as_bytes());
    bytes.resize((bytes.len() + 8) / 8 * 8, 0);
    bytes
}

/// At the end of a folder lie paths so long that no row of them fits into a window; the bytes that are looked
/// at there may be used up where an entry ends.
#[test]
fn a_leap_that_does_not_see_its_end_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("index");
    let mut not_found = 0;
    for short in 1_200..1_500 {
        // Entries of 128 and of 1,024 bytes.
        let name = |name: String, bytes: usize| format!("{name:y<length$}", length = bytes - 63);
        let mut bytes = b"DIRC\0\0\0\x02\0\0\x10\0".to_vec();
        (0..short).for_each(|n| bytes.extend(entry(&name(format!("b/s{n:05}"), 128))));
        (0..short % 50).for_each(|n| bytes.extend(entry(&name(format!("b/t{n:03}"), 1_024))));
        let border = bytes.len() as u64;
        bytes.extend(entry(&name("c/0".to_owned(), 128)));
        std::fs::write(&file, &bytes).expect("a file");
        let file = File::open(&file).expect("a file");
        let mut reader = Reader::open(file, gix::hash::Kind::Sha1).expect("an index");
        match reader.behind(b"b/", 12, bytes.len() as u64) {
            Ok(behind) => assert_eq!(behind, border, "{short}"),
            Err(_) => not_found += 1,
        }
    }
    assert!((1..150).contains(&not_found), "{not_found} of 300");
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

/// git reads one that is not sorted; here it is left to the library, and sorted.
#[test]
fn one_that_is_not_sorted_is_left_to_the_library() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("index");
    let mut bytes = b"DIRC\0\0\0\x02\0\0\0\x03".to_vec();
    ["a/f", "b", "a/g"].into_iter().for_each(|path| bytes.extend(entry(path)));
    bytes.extend([0; 20]);
    std::fs::write(&file, &bytes).expect("a file");
    let head = Head { tree: None, list: &|_| Folders::default() };
    assert_eq!(read(&file, gix::hash::Kind::Sha1, head, &folder.path().join("spans")), None);
    let state =
        gix::index::File::at(&file, gix::hash::Kind::Sha1, true, Default::default()).expect("an index");
    let index = Index::of_library(&state);
    let paths: Vec<&[u8]> = index.entries.iter().map(|entry| entry.path.as_slice()).collect();
    assert_eq!(paths, [&b"a/f"[..], b"a/g", b"b"]);
    assert_eq!(index.below(b"a/").len(), 2);
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
