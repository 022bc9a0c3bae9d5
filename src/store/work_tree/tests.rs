use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::markdown::archive::Part;
use crate::store::assemble::archive_name;

/// Longer than the resolution of any clock that file systems keep here.
const TICK: Duration = Duration::from_millis(30);
const DAYS: [&str; 3] = ["2026-11-18", "2026-11-19", "2026-11-20"];

/// SplitMix64, so that a failure can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        (!items.is_empty()).then(|| &items[self.below(items.len())])
    }
}

fn head(id: &str, impact: &str) -> String {
    format!(
        "---\nid: \"{id}\"\ntype: change\ntitle: Pool\nfrom: \"@a\"\nto: \"@b\"\nimpact: {impact}\n\
         at: \"2026-11-20T15:00:00.000Z\"\n---\n\n## Change\n\nSmaller.\n\n## Action\n\nMeasure.\n"
    )
}

fn event(id: &str, what: &str) -> String {
    format!(
        "---\nrecord: \"{id}\"\nevent: {what}\nby: \"@b\"\nat: \"2026-11-20T15:01:00.000Z\"\nseq: 1\n---\n"
    )
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths
}

fn id_of(record: &Path) -> String {
    let name = record.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.rsplit('-').next().unwrap_or_default().to_owned()
}

/// Writes over a file in place and sets its time back, as tools that restore backups do.
fn write_secretly(path: &Path, text: &str) -> std::io::Result<()> {
    let modified = std::fs::metadata(path)?.modified()?;
    std::fs::write(path, text)?;
    std::fs::File::options().write(true).open(path)?.set_modified(modified)
}

fn closes(file: &Path) -> bool {
    let name = file.to_string_lossy();
    name.contains("-completed-") || name.contains("-declined-")
}

/// Does something to the files of the flags. What can't be done is not done.
fn disturb(dice: &mut Dice, flags: &Path, number: usize) -> std::io::Result<()> {
    let day = flags.join(DAYS[dice.below(DAYS.len())]);
    let records: Vec<PathBuf> = entries(&day).into_iter().filter(|path| path.is_dir()).collect();
    let Some(record) = dice.pick(&records).filter(|_| dice.below(4) != 0) else {
        let id = format!("{number:04}hhhhhh");
        let folder = day.join(format!("pool-{id}"));
        std::fs::create_dir_all(&folder)?;
        return std::fs::write(folder.join("flag.md"), head(&id, "high"));
    };
    let (id, files) = (id_of(record), entries(record));
    if files.iter().any(|file| is_archive_path(file)) && dice.below(4) != 0 {
        return Ok(());
    }
    let Some(file) = dice.pick(&files) else { return std::fs::remove_dir(record) };
    match dice.below(14) {
        0 | 1 => {
            let what = ["completed", "declined", "locked"][dice.below(3)];
            let name = format!("20261120T150100.000Z-{what}-{number:06}.md");
            std::fs::write(record.join(name), event(&id, what))
        }
        2 => std::fs::remove_file(file),
        // Files of closed records are not looked at as long as none comes or goes.
        3 | 4 if files.iter().any(|file| closes(file)) => Ok(()),
        3 => write_secretly(&record.join("flag.md"), &head(&id, ["high", "low "][dice.below(2)])),
        4 => write_secretly(file, ""),
        5 => {
            std::fs::write(day.join("new"), head(&id, "medium"))?;
            std::fs::rename(day.join("new"), record.join("flag.md"))
        }
        6 => std::fs::rename(record, record.with_file_name(format!("pond-{id}"))),
        7 => {
            let to = flags.join(DAYS[dice.below(DAYS.len())]);
            std::fs::create_dir_all(&to)?;
            std::fs::rename(record, to.join(record.file_name().unwrap_or_default()))
        }
        8 => match dice.pick(&records) {
            Some(other) if other != record => {
                std::fs::rename(record, day.join("x"))?;
                std::fs::rename(other, record)?;
                std::fs::rename(day.join("x"), other)
            }
            _ => Ok(()),
        },
        9 => std::fs::write(record.join("notes.txt"), "hello"),
        10 => {
            std::fs::remove_file(record.join("flag.md"))?;
            std::fs::create_dir(record.join("flag.md"))
        }
        11 => std::fs::remove_dir_all(record),
        12 => {
            let other = day.with_file_name("away");
            std::fs::rename(&day, &other)?;
            std::process::Command::new("cp").arg("-a").arg(&other).arg(&day).status()?;
            std::fs::remove_dir_all(other)
        }
        _ => std::fs::rename(&day, day.with_file_name("2026-11-21")),
    }
}

fn is_archive_path(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("archived-"))
}

/// Archives what is closed and has a head and a step.
fn archive_closed(flags: &Path) {
    for record in entries(flags).iter().flat_map(|day| entries(day)) {
        let files = entries(&record);
        if files.len() == 2
            && files.iter().any(|file| closes(file))
            && files.iter().all(|file| file.is_file())
        {
            archive(&record, &files).expect("an archive");
        }
    }
}

/// Puts the files of a record into one.
fn archive(record: &Path, files: &[PathBuf]) -> std::io::Result<()> {
    let flags = record.ancestors().nth(3).unwrap_or(record);
    let dir = record.strip_prefix(flags).unwrap_or(record).to_string_lossy().into_owned();
    let Some(dir) = RecordDir::parse(&dir) else { return Ok(()) };
    let mut parts = Vec::new();
    for file in files.iter().rev() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        parts.push(Part { name, text: std::fs::read_to_string(file)? });
    }
    let text = crate::markdown::archive::write(&dir, &parts);
    std::fs::write(record.join(archive_name(text.as_bytes())), text)?;
    files.iter().try_for_each(std::fs::remove_file)
}

fn commit(top: &Path) {
    for args in [&["add", "-A"][..], &["commit", "-q", "--allow-empty", "-m", "Day's work"]] {
        let mut git = std::process::Command::new("git");
        git.current_dir(top).args(["-c", "user.name=A", "-c", "user.email=a@example.com"]).args(args);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        assert!(git.status().expect("git runs").success());
    }
}

/// The same as by names, where archived records are known by their ids.
fn assert_same_by_id(by_id: Scan, by_name: &Scan) {
    let ids = |snapshot: &Snapshot| {
        let closed = snapshot.closed.iter().map(RecordDir::id);
        let archived = by_name.snapshot.closed.iter().map(RecordDir::id);
        let archived = archived.filter(|id| snapshot.archived.contains(id));
        closed.chain(archived).collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(&by_id.snapshot), ids(&by_name.snapshot));
    assert_eq!(by_id.snapshot.len(), by_name.snapshot.len());
    let (Scan { snapshot: a, faults: a_faults }, Scan { snapshot: b, faults: b_faults }) = (&by_id, by_name);
    assert_eq!((&a.open, &a.broken, a_faults), (&b.open, &b.broken, b_faults));
    for brief in &a.open {
        assert_eq!(a.short_ids().short(&brief.id), b.short_ids().short(&brief.id));
    }
}

fn told(scan: Scan) -> Vec<String> {
    let Scan { snapshot, faults } = scan;
    let open = snapshot.open.iter().map(|brief| format!("open {brief:?}"));
    let closed = snapshot.closed.iter().map(|dir| format!("closed {dir}"));
    let broken = snapshot.broken.iter().map(|dir| format!("broken {dir}"));
    let dropped = snapshot.dropped.iter().map(|dir| format!("dropped {dir}"));
    let faults = faults.iter().map(|fault| format!("fault {fault:?}"));
    let mut told: Vec<String> = open.chain(closed).chain(dropped).chain(broken).chain(faults).collect();
    told.sort();
    told
}

/// What of `lines` the others lack, so that a failure shows that alone.
fn only_in<'a>(lines: &'a [String], others: &[String]) -> Vec<&'a String> {
    lines.iter().filter(|line| !others.contains(line)).collect()
}

/// Takes away the names of archived records, which nothing else keeps.
fn forget_names(repo: &Repo) {
    for file in cache::newest_first(repo, "archived-") {
        std::fs::remove_file(file).expect("a file");
    }
}

#[test]
fn a_warm_scan_tells_what_a_cold_one_tells() {
    let folder = tempfile::tempdir().expect("a folder");
    gix::init(folder.path()).expect("a repository");
    let repo = Repo::open(folder.path()).expect("a repository");
    let flags = repo.folder().join("flags");
    let ledger = ledger::file(&repo, repo.top());
    let scan = |archived| scan_as(&repo, &Wanted { top: repo.top(), racy: TICK, archived }).expect("a scan");
    let (mut trusted, mut number, mut archived) = (0, 0, 0);
    for round in 0..40 {
        let mut dice = Dice(round);
        for _ in 0..=dice.below(4) {
            number += 1;
            let _ = disturb(&mut dice, &flags, number);
        }
        if dice.below(3) == 0 {
            archive_closed(&flags);
        }
        // Of archived records, only what another commit changes is noticed.
        commit(folder.path());
        if dice.below(6) == 0 {
            forget_names(&repo);
        }
        let warm = told(scan(Archived::ByName));
        let kept = std::fs::read(&ledger).ok();
        let _ = std::fs::remove_file(&ledger);
        let cold = told(scan(Archived::ByName));
        assert_eq!(only_in(&warm, &cold), only_in(&cold, &warm), "round {round}");
        // What the warm scan remembered goes on, with what it took over from earlier ones.
        if let Some(kept) = kept {
            trusted += usize::from(cache::load(&ledger).is_some());
            std::fs::write(&ledger, kept).expect("a file");
        }
        std::thread::sleep(TICK * 2);
        // A scan in between remembers what is old enough by now.
        let again = told(scan(Archived::ByName));
        assert_eq!(only_in(&again, &cold), only_in(&cold, &again), "after round {round}");
        let by_id = scan(Archived::ById);
        archived += by_id.snapshot.archived.len();
        assert_same_by_id(by_id, &scan(Archived::ByName));
    }
    assert!(trusted > 20, "the ledger was used");
    assert!(archived > 20, "and knew archived records");
}
