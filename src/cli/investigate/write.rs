//! `perfteam investigate write`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::case::Case;
use super::gate::MissingV1;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::investigation::Part;
use crate::domain::investigation::needs::lacks_of;
use crate::domain::text::{counted, shown_line};
use crate::markdown::fill::{Filling, raw_cells};

/// Write into a document of an investigation: rows, items, texts
///
/// They take the place of the template's placeholders; a row or an item that begins like one with
/// placeholders fills it in. What people wrote stays. An editor does as well.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").args(["rows", "items", "texts"]).required(true).multiple(true)),
    after_help = "Examples:
  perfteam investigate write 7k2m --document data --section Figures --row 'p95_latency | 250ms | 890ms'
  perfteam investigate write 7k2m --document data --section 'Who is affected' --item 'Share of all requests: 15 %'
  perfteam investigate write 7k2m --document data --section Correlation --text 'Deployed at 14:10, slow from 14:15.'"
)]
pub struct Write {
    /// The id, or its beginning
    id: String,
    /// data, code, infrastructure, synthesis, validation or retrospective
    #[arg(long, value_name = "DOCUMENT", value_parser = document)]
    document: Part,
    /// The heading of the section
    #[arg(long, value_name = "TITLE")]
    section: String,
    /// A row of its table; may be given several times
    #[arg(long = "row", value_name = "CELL|CELL...")]
    rows: Vec<String>,
    /// An item of its list; may be given several times
    #[arg(long = "item", value_name = "TEXT")]
    items: Vec<String>,
    /// A paragraph; may be given several times
    #[arg(long = "text", value_name = "TEXT")]
    texts: Vec<String>,
}

#[derive(Debug, Serialize)]
struct WrittenV1 {
    version: u32,
    path: String,
    /// Whether the document is another than before.
    changed: bool,
    /// What the document still lacks.
    missing: Vec<MissingV1>,
}

fn document(text: &str) -> Result<Part, String> {
    let is_document = |part: &Part| part.document().is_some();
    let words: Vec<&str> = Part::ALL.into_iter().filter(is_document).map(Part::word).collect();
    let expected = || format!("`{}` is no document: expected one of {}", shown_line(text), words.join(", "));
    Part::named(text.trim_end_matches(".md")).filter(is_document).ok_or_else(expected)
}

impl Write {
    /// Writes into the document.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        context.actor()?;
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        let filling = Filling {
            rows: self.rows.iter().map(|row| raw_cells(row)).collect(),
            items: self.items.clone(),
            texts: self.texts.clone(),
            key: 0,
        };
        let changed = case.fill(context, self.document, &[(self.section.clone(), filling)])?;
        let case = Case::open(context, &self.id)?;
        let path = case.path(self.document);
        let lacks = lacks_of(&case.state, &case.pages, self.document);
        if context.is_json() {
            let missing = lacks.into_iter().map(|lack| MissingV1::of(&case, lack)).collect();
            context.print_json(&WrittenV1 { version: 1, path, changed, missing })?;
            return Ok(ExitCode::SUCCESS);
        }
        print_line(&format!("{}: {path}", if changed { "wrote" } else { "stood there already" }));
        match lacks.len() {
            0 => print_line("nothing is missing in it"),
            count => print_line(&format!(
                "{} still missing in it: perfteam investigate status {}",
                counted(count, "thing"),
                case.short()
            )),
        }
        Ok(ExitCode::SUCCESS)
    }
}
