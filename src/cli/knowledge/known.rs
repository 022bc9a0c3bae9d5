//! What is known already, for who starts similar work.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::story::line;
use crate::domain::knowledge::Hit;
use crate::domain::text::cut;
use crate::store::knowledge::read_library;

/// An entry that helps with some work, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SimilarV1 {
    /// Kind and slug.
    name: String,
    title: String,
    path: String,
}

/// The entries that help with work about `about`: its title and its systems.
pub fn similar(context: &Context, about: &str) -> Result<Vec<SimilarV1>, Failure> {
    // What can't be read is the business of `check`, not of who starts some work.
    let library = read_library(&context.repo()?.work_tree())?;
    let entry = |hit: &Hit<'_>| SimilarV1 {
        name: hit.entry.name.to_string(),
        title: hit.entry.title.clone(),
        path: hit.entry.name.path(),
    };
    Ok(library.similar(about).iter().map(entry).collect())
}

/// Prints the entries that help with some work, a line each.
pub fn print_known(known: &[SimilarV1]) {
    for entry in known {
        line("known", &format!("{} (perfteam knowledge show {})", cut(&entry.title, 80), entry.name));
    }
}
