//! Tasks and findings beside the flags: lists that also need them cost little more than the inbox,
//! and closed ones cost the hook nothing.

use std::io::{BufWriter, Write};
use std::process::Stdio;

use perfteam::domain::id::RecordId;
use perfteam::domain::time::Timestamp;

use crate::measure::{Pair, Table, median, millis, time};
use crate::repository::{ADDRESSEE, AUTHOR, BEGIN, Repository, mixed, write_file};

/// Where the numbers begin from which ids of tasks and findings are made.
const TASKS: u64 = 2_000_000;
const FINDINGS: u64 = 3_000_000;
/// So many tasks in a row wait for each other; as many depend on one that is done, or on nothing.
const CHAIN: usize = 500;

/// Adds as many tasks and findings as there are flags, and as many of them open.
pub fn import(repository: &Repository) {
    let mut git = repository.git_command(&["fast-import", "--quiet"]);
    let mut git = git.stdin(Stdio::piped()).spawn().expect("git runs");
    let mut out = BufWriter::new(git.stdin.take().expect("a pipe"));
    write_commit(&mut out, repository).and_then(|()| out.flush()).expect("git reads its input");
    drop(out);
    assert!(git.wait().expect("git ends").success(), "git fast-import failed");
    repository.git(&["reset", "-q", "--hard"]);
    repository.settle();
}

/// The lists, against the inbox.
pub fn lists(runs: usize, table: &mut Table, repository: &Repository, name: &str) {
    for args in [&["next"][..], &["task", "list"], &["finding", "list"]] {
        let pair = Pair::measure(
            runs,
            || time(repository.perfteam(ADDRESSEE).args(args)),
            || time(repository.perfteam(ADDRESSEE).arg("inbox")),
        );
        let (a, b) = (millis(median(&pair.a)), millis(median(&pair.b)));
        let measured = format!("{a:.1} ms, inbox {b:.1} ms, ratio {:.2}", pair.ratio());
        table.hold(&format!("{} / inbox, {name}", args.join(" ")), &measured, pair.ratio(), 2.0, "");
    }
}

/// The whole picture, against git looking at the work tree.
pub fn check(runs: usize, table: &mut Table, repository: &Repository, name: &str) {
    let pair = Pair::measure(
        runs.min(7),
        || time(repository.perfteam(AUTHOR).arg("check")),
        || time(&mut repository.git_command(&["status"])),
    );
    let measured = format!(
        "{:.1} ms, git status {:.1} ms, ratio {:.2}",
        millis(median(&pair.a)),
        millis(median(&pair.b)),
        pair.ratio()
    );
    table.hold(&format!("check / git status, {name}"), &measured, pair.ratio(), 4.0, "");
}

fn write_commit(out: &mut impl Write, repository: &Repository) -> std::io::Result<()> {
    let seconds = BEGIN + 30_000_000;
    write!(
        out,
        "commit refs/heads/main\ncommitter Author <author@example.com> {seconds} +0000\n\
         data 4\nWork\nfrom refs/heads/main^0\n"
    )?;
    let mut open: Vec<usize> = Vec::new();
    for number in 0..repository.flags() {
        let is_open = repository.is_pending(number);
        write_task(out, number, is_open, &open)?;
        write_finding(out, number, is_open)?;
        open.extend(is_open.then_some(number));
    }
    Ok(())
}

/// Where and when a record lies: a hundred a day, as the flags do.
struct Place {
    folder: String,
    id: RecordId,
    at: Timestamp,
}

impl Place {
    fn new(kind: &str, slug: &str, first: u64, number: usize) -> Place {
        let id = RecordId::from_bits(mixed(first + number as u64));
        let seconds = BEGIN + (number as u64 / 100) * 86_400 + (number as u64 % 100) * 600;
        let at = Timestamp::from_millis(seconds as i64 * 1000);
        let folder = format!(".perfteam/{kind}/{}/{slug}-{number}-{id}", at.day());
        Place { folder, id, at }
    }

    fn write_event(
        &self,
        out: &mut impl Write,
        (seq, event, by): (u32, &str, &str),
        more: &str,
    ) -> std::io::Result<()> {
        let text = format!(
            "---\nrecord: \"{}\"\nevent: {event}\nby: \"{by}\"\nat: \"{}\"\nseq: {seq}\n{more}---\n\n\
             Done with twenty connections; the load test passes.\n",
            self.id, self.at,
        );
        write_file(out, &format!("{}/{}-{event}-4f7a1c.md", self.folder, self.at.compact()), &text)
    }
}

/// A task for one of the readers. `open` are the numbers of the open ones before it: some wait for the
/// one before, some depend on what is done already.
fn write_task(out: &mut impl Write, number: usize, is_open: bool, open: &[usize]) -> std::io::Result<()> {
    let place = |number| Place::new("tasks", "load-test-of-service", TASKS, number);
    let (own, to) = (place(number), format!("@bench.reader{}", number % 4));
    let first = match open.last() {
        Some(last) if is_open && open.len() < CHAIN => Some(place(*last)),
        Some(_) if is_open && open.len().is_multiple_of(2) => Some(place(number - 1)),
        _ => None,
    };
    let depends = first.map(|first| format!("depends:\n  - {}\n", first.id)).unwrap_or_default();
    let head = format!(
        "---\nid: \"{}\"\ntype: research\ntitle: Load test of service {number}\nfrom: \"{AUTHOR}\"\n\
         to: \"{to}\"\npriority: medium\nat: \"{}\"\nsystem: service-{}\n{depends}---\n\n\
         ## Objective\n\nFind the number of users from which the latency of the service rises.\n",
        own.id,
        own.at,
        number % 10,
    );
    write_file(out, &format!("{}/task.md", own.folder), &head)?;
    if is_open { Ok(()) } else { own.write_event(out, (1, "completed", &to), "") }
}

/// A finding, bound to a line of code.
fn write_finding(out: &mut impl Write, number: usize, is_open: bool) -> std::io::Result<()> {
    let own = Place::new("findings", "slow-query-of-service", FINDINGS, number);
    let head = format!(
        "---\nid: \"{}\"\ncategory: bottleneck\ntitle: The query of service {number} is slow\n\
         component: service-{}\nfrom: \"{ADDRESSEE}\"\nseverity: medium\nat: \"{}\"\n\
         location: \"src/module{:03}/file{:05}.rs:1\"\nanchor:\n  text: \"pub const NUMBER: u32 = {};\"\n---\n\n\
         ## Evidence\n\nThe query takes 890 ms at noon, and took 250 ms the day before.\n",
        own.id,
        number % 10,
        own.at,
        number % 100,
        number % 10_000,
        number % 10_000,
    );
    write_file(out, &format!("{}/finding.md", own.folder), &head)?;
    if is_open { Ok(()) } else { own.write_event(out, (1, "resolved", ADDRESSEE), "") }
}
