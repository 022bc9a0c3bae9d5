//! `perfteam investigate write`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};
use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::gate::MissingV1;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::investigation::Part;
use crate::domain::investigation::needs::lacks_of;
use crate::domain::investigation::page::Row;
use crate::domain::text::{counted, shown_line};
use crate::markdown::fill::{Filling, raw_cells};

/// How many of the things that are missing are shown as text.
const SHOWN: usize = 5;

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

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WrittenV1 {
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

/// Prints what the document still lacks, its first things.
fn print_missing(case: &Case, missing: Vec<MissingV1>) {
    if missing.is_empty() {
        return print_line("nothing is missing in it");
    }
    print_line(&format!("{} still missing in it", counted(missing.len(), "thing")));
    for one in missing.iter().take(SHOWN) {
        print_line(&format!("  {}", one.words()));
    }
    if missing.len() > SHOWN {
        print_line(&format!("all of them: perfteam investigate status {}", case.short()));
    }
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
        self.say_doubts(&case, &filling.rows);
        let changed = case.fill(context, self.document, &[(self.section.clone(), filling)])?;
        let case = Case::open(context, &self.id)?;
        let path = case.path(self.document);
        let lacks = lacks_of(&case.state, &case.pages, self.document);
        if context.is_json() {
            let missing = lacks.into_iter().map(|lack| MissingV1::of(&case, lack)).collect();
            context.answer(&WrittenV1 { path, changed, missing })?;
            return Ok(ExitCode::SUCCESS);
        }
        print_line(&format!("{}: {path}", if changed { "wrote" } else { "stood there already" }));
        print_missing(&case, lacks.into_iter().map(|lack| MissingV1::of(&case, lack)).collect());
        Ok(ExitCode::SUCCESS)
    }

    /// Says on standard error which rows are perhaps not as they are meant.
    fn say_doubts(&self, case: &Case, rows: &[Vec<String>]) {
        let passage = case.pages.get(&self.document).and_then(|page| page.passage(&self.section));
        let Some(table) = passage.and_then(|passage| passage.tables.first()) else { return };
        for row in rows {
            let first = row.first().map(String::as_str).unwrap_or_default();
            if row.len() < 2 && table.header.len() > 1 {
                let columns = table.header.join(" | ");
                say!("note: `{}` is one cell; cells stand between bars: {columns}", shown_line(first));
            }
            let is_kin = |own: &&Row| !own.is_open && own.cell(0).to_lowercase() == first.to_lowercase();
            if let Some(kin) = table.rows.iter().filter(is_kin).find(|own| own.cells != *row) {
                let (path, first) = (case.path(self.document), shown_line(first));
                say!(
                    "note: `{first}` has a row already, {path}:{}; where that is wrong, an editor corrects it",
                    kin.line
                );
            }
        }
    }
}
