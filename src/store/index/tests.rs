use std::process::{Command, Stdio};

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

#[test]
fn of_a_large_one_only_the_folders_that_changed_are_kept() {
    for version in ["2", "4"] {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path();
        git(top, &["init", "-q"], "");
        let object = git(top, &["hash-object", "-w", "--stdin"], "text");
        let path =
            |n: usize| format!("{}/{n:04}{}", ["a", "much", "z"][n / 2_000], "x".repeat(n % 1_000 / 10));
        let many = (0..5_000).map(|n| format!("100644 {object}\t{}\n", path(n)));
        let changed = format!("100644 {object}\tmuch/new\n");
        git(top, &["update-index", "--index-info"], &many.collect::<String>());
        git(top, &["update-index", "--index-version", version], "");
        let tree: ObjectId = git(top, &["write-tree"], "").parse().expect("a tree");
        git(top, &["update-index", "--index-info"], &changed);
        let store = crate::store::Repo::open(top).expect("a repository");
        let list = |id| {
            let listed = crate::store::source::list_tree(&store, id).expect("a tree").into_iter();
            listed.map(|(entry, id)| (BString::from(entry.name), id)).collect()
        };
        let index = read(&top.join(".git/index"), gix::hash::Kind::Sha1, Some(tree), &list);
        let index = index.expect("no form for the library");
        assert_eq!(index.same.keys().map(BString::to_string).collect::<Vec<_>>(), ["a/", "z/"]);
        assert_eq!(index.entries.len(), 2_001);
    }
}
