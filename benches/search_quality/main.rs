//! How good the search is on real catalogues of agents, and how long it takes.
//!
//! `cargo bench --bench search_quality`. The catalogues are not in this repository: they are looked
//! for in `$PERFTEAM_SHARED`, `../shared` and `../../shared`. Without them it says so and passes.

mod catalogue;
mod figures;
mod request;
mod speed;

use std::error::Error;
use std::path::{Path, PathBuf};

use catalogue::Catalogue;
use figures::{Figures, RANKINGS};
use request::{Kind, Request, Set};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the relevance ranking reaches, as docs/search.md says: top-1, top-3, MRR. Less is a
/// regression.
const REACHED: [(&str, f64, f64, f64); 10] = [
    ("both catalogues, tune", 47.1, 64.2, 0.565),
    ("both catalogues, held-out", 48.5, 55.7, 0.549),
    ("both catalogues, drawn", 36.3, 47.7, 0.437),
    ("both catalogues, last", 32.0, 48.0, 0.434),
    ("names the technology", 74.4, 85.5, 0.804),
    ("tells the need", 22.2, 36.1, 0.323),
    ("30 agents, known requests", 53.5, 72.3, 0.641),
    ("30 agents, new requests", 38.6, 59.2, 0.514),
    ("8 agents, known requests", 64.5, 82.8, 0.746),
    ("8 agents, new requests", 59.9, 76.5, 0.691),
];

fn main() -> Result<()> {
    let Some(folder) = catalogues() else {
        println!("skipped: no agent catalogues; set PERFTEAM_SHARED to the folder that has data/agents");
        return Ok(());
    };
    let requests = request::read(&manifest().join("tests/fixtures/search/requests.yaml"))?;
    let wshobson = Catalogue::read(&folder, "wshobson")?;
    let voltagent = Catalogue::read(&folder, "voltagent")?;
    requests.iter().try_for_each(|request| request.check(&[&wshobson, &voltagent]))?;

    whole("wshobson", &[&wshobson], &requests)?;
    whole("voltagent", &[&voltagent], &requests)?;
    let both = [&wshobson, &voltagent];
    whole("both catalogues", &both, &requests)?;
    by_kind(&both, &requests)?;
    for size in [30, 8] {
        small(size, &both, &requests)?;
    }
    speed::report(&catalogue::roster(&both))
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn catalogues() -> Option<PathBuf> {
    let named = std::env::var_os("PERFTEAM_SHARED").map(PathBuf::from);
    let beside = ["../shared", "../../shared"].map(|path| manifest().join(path));
    named.into_iter().chain(beside).map(|shared| shared.join("data/agents")).find(|folder| folder.is_dir())
}

/// All requests to all agents of the catalogues at once.
fn whole(name: &str, catalogues: &[&Catalogue], requests: &[Request]) -> Result<()> {
    println!("\n{name}, {} agents", catalogue::roster(catalogues).len());
    for set in Set::ALL {
        let asked: Vec<&Request> = requests.iter().filter(|request| request.set == set).collect();
        report(&format!("{name}, {set}"), figures::whole(catalogues, &asked))?;
    }
    Ok(())
}

fn by_kind(catalogues: &[&Catalogue], requests: &[Request]) -> Result<()> {
    println!("\nboth catalogues, by kind of request");
    for (name, kind) in [("names the technology", Kind::Named), ("tells the need", Kind::Need)] {
        let asked: Vec<&Request> = requests.iter().filter(|request| request.kind == kind).collect();
        report(name, figures::whole(catalogues, &asked))?;
    }
    Ok(())
}

/// All requests to rosters as small as real teams, drawn from the catalogues.
fn small(size: usize, catalogues: &[&Catalogue], requests: &[Request]) -> Result<()> {
    println!("\nrosters of {size} agents, one of them right, three for each request");
    for (name, known) in [("known requests", true), ("new requests", false)] {
        let asked: Vec<&Request> = requests
            .iter()
            .filter(|request| matches!(request.set, Set::Tune | Set::HeldOut) == known)
            .collect();
        report(&format!("{size} agents, {name}"), figures::small(size, catalogues, &asked))?;
    }
    Ok(())
}

/// Prints the figures of each ranking, and fails where relevance is worse than documented.
fn report(name: &str, figures: [Figures; RANKINGS.len()]) -> Result<()> {
    for (ranking, figures) in RANKINGS.iter().zip(&figures) {
        let (first, third, reciprocal) = figures.shares();
        let requests = figures.requests;
        println!(
            "{name:26} {ranking:10} {requests:4} requests  top-1 {first:4.1} %  top-3 {third:4.1} %  MRR {reciprocal:.3}"
        );
        let documented = REACHED.iter().find(|reached| *ranking == "relevance" && reached.0 == name);
        if documented
            .is_some_and(|(_, one, three, mean)| first < *one || third < *three || reciprocal < *mean)
        {
            return Err(format!("{name}: worse than docs/search.md says").into());
        }
    }
    Ok(())
}
