//! The promises of speed, measured on repositories that this program builds itself, against git
//! with its default settings in the same run. Whole processes, warm, medians, in turns.
//!
//! ```text
//! cargo bench --bench speed                                    10,000 flags
//! cargo bench --bench speed -- --flags 1000,10000,100000       how cost grows
//! PERFTEAM_BENCH_FLAGS=1000 cargo bench --bench speed          CI
//! ```

mod branches;
mod kinds;
mod measure;
mod repository;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use measure::{Pair, Table, median, millis, time};
use repository::{ADDRESSEE, AUTHOR, Repository, Size};

/// So many flags the promises in milliseconds are made for; those against git hold for any number.
const PROMISED: usize = 10_000;

/// Of so many flags one is not archived.
const ARCHIVED_OF: usize = 20;

/// What the pre-commit shim runs.
const HOOK: &str = concat!("exec '", env!("CARGO_BIN_EXE_perfteam"), "' hook run pre-commit");

fn main() -> ExitCode {
    if is_probe() {
        return ExitCode::SUCCESS;
    }
    let plan = Plan::read();
    let mut table = Table::default();
    table.begin();
    version(&plan, &mut table);
    let mut hook_costs = Vec::new();
    for flags in &plan.flags {
        let repository = Repository::build(plan.size(*flags, 0));
        let name = format!("{flags} flags");
        inbox(&plan, &mut table, &repository, &name);
        hook_costs.push((*flags, hook(&plan, &mut table, &repository, &name)));
        first_run(&mut table, &repository, &name);
        branches::branches(plan.runs, &mut table, &repository, &name);
    }
    growth(&mut table, &hook_costs);
    if let Some(flags) = plan.flags.last() {
        archived(&plan, &mut table, &Repository::build(plan.size(*flags, 0)));
    }
    kinds(&plan, &mut table, &hook_costs[0].1);
    let name = format!("{} flags, 367 agents of 10 KB", plan.flags[0]);
    let repository = Repository::build(plan.size(plan.flags[0], 367));
    inbox(&plan, &mut table, &repository, &name);
    hook(&plan, &mut table, &repository, &name);
    match table.missed() {
        0 => ExitCode::SUCCESS,
        missed => {
            eprintln!("{missed} bounds were missed");
            ExitCode::FAILURE
        }
    }
}

/// What is measured, and how often.
struct Plan {
    flags: Vec<usize>,
    runs: usize,
}

impl Plan {
    /// From the arguments, else from the environment.
    fn read() -> Plan {
        let arguments: Vec<String> = std::env::args().collect();
        let value = |option: &str, variable: &str| {
            let at = arguments.iter().position(|argument| argument == option);
            at.and_then(|at| arguments.get(at + 1).cloned()).or_else(|| std::env::var(variable).ok())
        };
        let numbers = |text: String| -> Vec<usize> {
            text.split(',').map(|number| number.trim().parse().expect("a number")).collect()
        };
        let flags = value("--flags", "PERFTEAM_BENCH_FLAGS").map_or_else(|| vec![10_000], numbers);
        let runs = value("--runs", "PERFTEAM_BENCH_RUNS").map_or_else(|| vec![21], numbers);
        Plan { flags, runs: runs[0] }
    }

    fn size(&self, flags: usize, agents: usize) -> Size {
        Size { flags, pending: flags.min(1_000), code: 10_000, missing: 0, agents }
    }
}

fn version(plan: &Plan, table: &mut Table) {
    let run = || time(std::process::Command::new(env!("CARGO_BIN_EXE_perfteam")).arg("--version"));
    let times: Vec<_> = (0..plan.runs).map(|_| run()).collect();
    let figure = millis(median(&times));
    table.hold("--version", &format!("{figure:.1} ms"), figure, 5.0, " ms");
}

fn inbox(plan: &Plan, table: &mut Table, repository: &Repository, name: &str) {
    let pair = Pair::measure(
        plan.runs,
        || time(repository.perfteam(ADDRESSEE).arg("inbox")),
        || time(&mut repository.git_command(&["status"])),
    );
    let measured = format!(
        "{:.1} ms, git status {:.1} ms, ratio {:.2}",
        millis(median(&pair.a)),
        millis(median(&pair.b)),
        pair.ratio()
    );
    table.hold(&format!("inbox / git status, {name}"), &measured, pair.ratio(), 1.0, "");
}

/// With most flags archived, against repositories that never had them: one with as many flags as are
/// left, and one with the same.
fn archived(plan: &Plan, table: &mut Table, repository: &Repository) {
    let old = repository.flags() - repository.flags() / ARCHIVED_OF;
    let archived = (0..old).filter(|number| !repository.is_pending(*number)).count();
    let live = repository.flags() - archived;
    let few = Repository::build(plan.size(live, 0));
    let same = Repository::build(Size { missing: old, ..plan.size(repository.flags(), 0) });
    let name = format!("{} flags, {archived} of them archived", repository.flags());
    let start = Instant::now();
    repository.archive(old);
    table.show(&format!("archive, {name}"), &format!("{:.1} s", start.elapsed().as_secs_f64()));
    [repository, &few, &same].into_iter().for_each(Repository::settle);
    inbox(plan, table, repository, &name);
    let large = hook(plan, table, repository, &name);
    let bounds = [
        (&few, format!("{live} in all"), [1.3, 1.3, 1.6]),
        (&same, format!("the same {live} in all"), [1.15, 1.2, 1.35]),
    ];
    for (other, others, bounds) in bounds {
        archive_costs(plan, table, [repository, other], (&format!("{name} / with {others}"), bounds));
        let small = hook(plan, table, other, &format!("{others}, none archived"));
        growth(table, &[(live, small), (repository.flags(), large)]);
    }
}

/// What the archived flags of the first repository cost the inbox and hook runs of their own, against the
/// second that has none: with a file of code staged, and with a step on a flag as well.
fn archive_costs(plan: &Plan, table: &mut Table, both: [&Repository; 2], (name, bounds): (&str, [f64; 3])) {
    let [inbox, code, step] = bounds;
    let hook = &["hook", "run", "pre-commit"][..];
    let runs = [
        ("inbox", ADDRESSEE, &["inbox"][..], inbox),
        ("hook run", AUTHOR, hook, code),
        (STEP, AUTHOR, hook, step),
    ];
    for (what, agent, args, bound) in runs {
        if what == STEP {
            both.into_iter().for_each(Repository::stage_step);
        }
        let run = |repository: &Repository| time(repository.perfteam(agent).args(args));
        let pair = Pair::measure(plan.runs, || run(both[0]), || run(both[1]));
        let (a, b) = (millis(median(&pair.a)), millis(median(&pair.b)));
        let measured = format!("{a:.1} ms, without them {b:.1} ms, ratio {:.2}", pair.ratio());
        table.hold(&format!("{what}, {name}"), &measured, pair.ratio(), bound, "");
    }
    both.into_iter().for_each(Repository::unstage_step);
}

/// A hook run for a commit with a step on a flag.
const STEP: &str = "hook run with a step";

/// What the hook costs at one size beside reading the index, in milliseconds.
#[derive(Clone, Copy)]
struct HookCost(f64);

fn hook(plan: &Plan, table: &mut Table, repository: &Repository, name: &str) -> HookCost {
    let commits = std::cell::Cell::new(0);
    let commit = |body: &str| {
        let number = commits.replace(commits.get() + 1);
        let file = repository.code_file(number * 7);
        std::fs::write(repository.path().join(&file), format!("pub const RUN: usize = {number};\n"))
            .expect("a file of code");
        repository.set_hook(body);
        repository.git(&["add", "--", &file]);
        time(&mut repository.git_command(&["commit", "-q", "-m", "Change one file"]))
    };
    let pair = Pair::measure(plan.runs, || commit(HOOK), || commit(":"));
    let added = pair.difference();
    let measured = format!("{added:.1} ms on {:.1} ms", millis(median(&pair.b)));
    let index = index_time(plan, repository);
    let rest = beside_index(plan, repository);
    let what = format!("hook's share of a commit, {name}");
    // The promise is made for 10,000 flags; beyond, how the rest grows is shown at the end.
    if repository.flags() <= PROMISED {
        table.hold(&what, &measured, added, 15.0, " ms");
    } else {
        table.show(&what, &measured);
    }
    table.show(&format!("  of which: reading the index, {name}"), &format!("{index:.1} ms"));
    HookCost(rest)
}

/// What reading the index costs a process of its own: one that opens the repository and reads it,
/// against one that opens it alone.
fn index_time(plan: &Plan, repository: &Repository) -> f64 {
    let probe = |what: &str| time(&mut probe(repository, what));
    Pair::measure(plan.runs, || probe("read"), || probe("open")).difference()
}

/// What the hook does beside reading the index, with one file staged: measured without git around it,
/// whose time for a commit varies by more at 100,000 flags.
fn beside_index(plan: &Plan, repository: &Repository) -> f64 {
    let file = repository.code_file(1);
    std::fs::write(repository.path().join(&file), "pub const RUN: usize = 0;\n").expect("a file of code");
    repository.git(&["add", "--", &file]);
    let hook = || time(repository.perfteam("").args(["hook", "run", "pre-commit"]));
    Pair::measure(plan.runs, hook, || time(&mut probe(repository, "read"))).difference()
}

/// This program as a process that opens the repository, and reads its index or not.
fn probe(repository: &Repository, what: &str) -> std::process::Command {
    let own = std::env::current_exe().expect("this program");
    let mut command = repository.hermetic(&own.to_string_lossy());
    command.args([PROBE, what]);
    command
}

/// The argument with which this program is such a process.
const PROBE: &str = "--probe";

/// Runs as the process of [`probe`], when the arguments say so.
fn is_probe() -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != PROBE).skip(1);
    let Some(what) = arguments.next() else { return false };
    let repo = perfteam::store::Repo::open(Path::new(".")).expect("the repository");
    if what == "read" {
        std::hint::black_box(repo.staged().expect("the index"));
    }
    true
}

/// Beyond reading the index, what the hook costs follows the change, not the repository.
fn growth(table: &mut Table, costs: &[(usize, HookCost)]) {
    let (Some((few, small)), Some((many, large))) = (costs.first(), costs.last()) else { return };
    if few == many {
        return;
    }
    let what = format!("{many} flags against {few}");
    beside_the_index(table, &what, small, large);
}

fn beside_the_index(table: &mut Table, what: &str, small: &HookCost, large: &HookCost) {
    let measured = format!("{:.1} ms against {:.1} ms", large.0, small.0);
    let more = large.0 - small.0;
    table.hold(&format!("hook beside the index, {what}"), &measured, more, 5.0, " ms more");
}

/// With as many tasks and findings as flags; `alone` is what the hook costs without them.
fn kinds(plan: &Plan, table: &mut Table, alone: &HookCost) {
    let repository = Repository::build(plan.size(plan.flags[0], 0));
    kinds::import(&repository);
    let name = format!("{} of each kind", plan.flags[0]);
    inbox(plan, table, &repository, &name);
    kinds::lists(plan.runs, table, &repository, &name);
    kinds::check(plan.runs, table, &repository, &name);
    let cost = hook(plan, table, &repository, &name);
    beside_the_index(table, &format!("{name} against flags alone"), alone, &cost);
}

/// Without any cache.
fn first_run(table: &mut Table, repository: &Repository, name: &str) {
    for args in [&["inbox"][..], &["check", "--staged"]] {
        let times: Vec<_> = (0..3)
            .map(|_| {
                let _ = std::fs::remove_dir_all(repository.caches());
                let agent = if args == ["inbox"] { ADDRESSEE } else { "" };
                time(repository.perfteam(agent).args(args))
            })
            .collect();
        let figure = millis(median(&times));
        let what = format!("{} without a cache, {name}", args.join(" "));
        let measured = format!("{figure:.0} ms");
        if repository.flags() <= PROMISED {
            table.hold(&what, &measured, figure, 1_000.0, " ms");
        } else {
            table.show(&what, &measured);
        }
    }
}
