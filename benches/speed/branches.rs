//! One inbox over many branches, and over another work tree.

use std::io::{BufWriter, Write};
use std::process::Stdio;

use perfteam::domain::id::RecordId;
use perfteam::domain::time::Timestamp;

use crate::measure::{Pair, Table, median, millis, time};
use crate::repository::{ADDRESSEE, AUTHOR, BEGIN, Repository, flag_head, flag_place, mixed, write_file};

/// How many branches there are beside the one that is checked out.
const BRANCHES: usize = 500;
/// Their promise is made for so many flags on the branch that is checked out.
const PROMISED: usize = 10_000;

/// The inbox over all branches, against git listing them and looking at the work tree; then what
/// one work tree more costs, against git looking at that one.
pub fn branches(runs: usize, table: &mut Table, repository: &Repository, name: &str) {
    import(repository);
    repository.git(&["pack-refs", "--all"]);
    let inbox = || time(repository.perfteam(ADDRESSEE).arg("inbox"));
    let git = || {
        time(&mut repository.git_command(&["for-each-ref"]))
            + time(&mut repository.git_command(&["status", "--porcelain"]))
    };
    let pair = Pair::measure(runs, inbox, git);
    let figure = millis(median(&pair.a));
    let measured =
        format!("{figure:.1} ms, git {:.1} ms, ratio {:.2}", millis(median(&pair.b)), pair.ratio());
    let what = format!("inbox over {BRANCHES} branches / git, {name}");
    table.hold(&what, &measured, pair.ratio(), 2.0, "");
    if repository.flags() <= PROMISED {
        table.hold(&what.replace(" / git", ""), &format!("{figure:.1} ms"), figure, 150.0, " ms");
    }
    work_tree(runs, table, repository, name);
    after_commit(runs, table, repository, name);
}

/// One work tree more: in its place, and moved away.
fn work_tree(runs: usize, table: &mut Table, repository: &Repository, name: &str) {
    let top = repository.path().join(".git/further");
    let away = repository.path().join(".git/away");
    let path = top.to_str().expect("a path");
    repository.git(&["worktree", "add", "-q", path, "work/b0001"]);
    repository.settle();
    let inbox = || time(repository.perfteam(ADDRESSEE).arg("inbox"));
    let status = || time(&mut repository.git_command(&["-C", path, "status", "--porcelain"]));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let git = Pair::measure(
        runs,
        || {
            std::fs::rename(&top, &away).expect("a folder");
            without.push(inbox());
            std::fs::rename(&away, &top).expect("a folder");
            with.push(inbox());
            with[with.len() - 1]
        },
        status,
    );
    let more = Pair { a: with, b: without }.difference();
    let bound = millis(median(&git.b));
    table.hold(
        &format!("one work tree more, {name}"),
        &format!("{more:.1} ms, git status there {bound:.1} ms"),
        more / bound,
        1.0,
        "",
    );
    repository.git(&["worktree", "remove", "--force", path]);
}

/// The first inbox after HEAD moved: all branches are compared anew.
fn after_commit(runs: usize, table: &mut Table, repository: &Repository, name: &str) {
    let times: Vec<_> = (0..runs.min(7))
        .map(|_| {
            let message =
                ["-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "Move HEAD"];
            std::fs::create_dir_all(repository.path().join(".perfteam/notes")).expect("a folder");
            let file = repository.path().join(".perfteam/notes/note.md");
            let before = std::fs::read_to_string(&file).unwrap_or_default();
            std::fs::write(&file, before + "x\n").expect("a file");
            repository.git(&["add", ".perfteam/notes"]);
            repository.git(&message);
            time(repository.perfteam(ADDRESSEE).arg("inbox"))
        })
        .collect();
    let figure = millis(median(&times));
    table.show(&format!("inbox over {BRANCHES} branches after a commit, {name}"), &format!("{figure:.1} ms"));
}

/// Each branch raises a flag; every other one also completes one of those that are pending.
fn import(repository: &Repository) {
    let mut git = repository.git_command(&["fast-import", "--quiet"]);
    let mut git = git.stdin(Stdio::piped()).spawn().expect("git runs");
    let mut out = BufWriter::new(git.stdin.take().expect("a pipe"));
    let pending: Vec<usize> =
        (0..repository.flags()).filter(|number| repository.is_pending(*number)).collect();
    for number in 0..BRANCHES {
        write_branch(&mut out, number, pending[number % pending.len()]).expect("git reads its input");
    }
    out.flush().expect("git reads its input");
    drop(out);
    assert!(git.wait().expect("git ends").success(), "git fast-import failed");
}

fn write_branch(out: &mut impl Write, number: usize, completed: usize) -> std::io::Result<()> {
    let seconds = BEGIN + 40_000_000 + number as u64;
    write!(
        out,
        "commit refs/heads/work/b{number:04}\ncommitter Author <author@example.com> {seconds} +0000\n\
         data 4\nWork\nfrom refs/heads/main^0\n"
    )?;
    let id = RecordId::from_bits(mixed(1_000_000 + number as u64));
    let time = Timestamp::from_millis((BEGIN as i64 + 86_400 * (number as i64 / 5)) * 1000);
    let folder = format!(".perfteam/flags/{}/flag-of-branch-{number}-{id}", time.day());
    write_file(
        out,
        &format!("{folder}/flag.md"),
        &flag_head(&id, ADDRESSEE, "medium", &time.to_string(), number),
    )?;
    if number.is_multiple_of(2) {
        let (folder, id, to, time) = flag_place(completed);
        let event = format!(
            "---\nrecord: \"{id}\"\nevent: completed\nby: \"{to}\"\nat: \"{time}\"\nseq: 1\n---\n\nSet to twenty by {AUTHOR}.\n"
        );
        write_file(out, &format!("{folder}/{}-completed-5f7a1c.md", time.compact()), &event)?;
    }
    Ok(())
}
