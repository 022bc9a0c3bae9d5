//! `perfteam finding list`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::location::whereabouts;
use super::shared;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::state_filter::StateFilter;
use crate::cli::view::{BriefV1, SightArgs, brief_line, limit, warn_of_faults};
use crate::domain::anchor::Whereabouts;
use crate::domain::finding::{Finding, Findings, Status};
use crate::domain::handle::Handle;
use crate::domain::kind::{Brief, Kind};
use crate::domain::level::Level;
use crate::domain::record::RecordDir;
use crate::domain::text::shown_line;
use crate::store::work_tree::Scan;

/// List findings by category and component, the most severe first; the open ones unless a state is
/// given
#[derive(Debug, Args)]
pub struct List {
    /// Only those of this category
    #[arg(long, value_name = "WORD")]
    category: Option<String>,
    /// Only those about this component
    #[arg(long, value_name = "NAME")]
    component: Option<String>,
    /// Only those that matter at least so much
    #[arg(long, value_name = "LEVEL")]
    severity: Option<Level>,
    /// Only those that this agent reported
    #[arg(long, value_name = "@HANDLE")]
    from: Option<Handle>,
    /// Only those of this investigation, or that serve this record
    #[arg(long, value_name = "ID")]
    investigation: Option<String>,
    /// Only those whose texts have all these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// reported, confirmed, disputed, mitigated, resolved, rejected, open, closed or all [default: open]
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    status: Option<StateFilter>,
    /// Print all of them as one JSON document by category, for other tools
    #[arg(long)]
    shared: bool,
    /// Show at most so many
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

fn parse_state(text: &str) -> Result<StateFilter, String> {
    StateFilter::parse(text, &Status::WORDS, &["resolved", "rejected"])
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListV1 {
    /// How many there are, whatever `--limit` says.
    total: usize,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FindingV1 {
    #[serde(flatten)]
    brief: BriefV1,
    /// Whether the code is where it was: `current`, `moved`, `stale`, `unbound`.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_state: Option<&'static str>,
}

impl List {
    /// Prints the list.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let all = self.found(context, &scan)?;
        if self.shared {
            let findings = all.iter().map(|brief| folded(context, brief)).collect::<Result<Vec<_>, _>>()?;
            context.print_document(&shared::document(&findings.into_iter().flatten().collect::<Vec<_>>()))?;
            return Ok(ExitCode::SUCCESS);
        }
        if all.is_empty() {
            context.refuse_nobody(&[(&self.from, "given by --from")])?;
        }
        let total = all.len();
        let shown: Vec<&Brief> = all.iter().take(self.limit.unwrap_or(usize::MAX)).collect();
        if context.is_json() {
            let short = scan.snapshot.short_ids();
            let view = |brief: &&Brief| -> Result<FindingV1, Failure> {
                let location_state = state_of(context, brief)?.map(Whereabouts::word);
                let brief = BriefV1::new(brief, &scan.snapshot, &short, context.now);
                Ok(FindingV1 { brief, location_state })
            };
            let findings = shown.iter().map(view).collect::<Result<_, _>>()?;
            context.answer(&ListV1 { total, findings })?;
        } else if shown.is_empty() {
            print_line("no such findings");
        } else {
            print(context, &scan, &shown)?;
            if total > shown.len() {
                print_line(&format!("and {} more: --limit {total}", total - shown.len()));
            }
        }
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }

    fn found(&self, context: &Context, scan: &Scan) -> Result<Vec<Brief>, Failure> {
        let filter = self.status.unwrap_or_default();
        let is_finding = |dir: &RecordDir| dir.kind().name() == Findings.name();
        let closed: Vec<RecordDir> = match filter.wants_closed() {
            true => scan.snapshot.closed.iter().filter(|dir| is_finding(dir)).cloned().collect(),
            false => Vec::new(),
        };
        let parent = self.investigation.as_deref().map(|prefix| context.find(scan, prefix)).transpose()?;
        let parent = parent.map(|dir| dir.id());
        let mut found = context.briefs(&closed)?;
        found.extend(scan.snapshot.open.iter().filter(|brief| is_finding(&brief.dir)).cloned());
        found.retain(|brief| {
            filter.takes(brief) && self.takes(brief) && (parent.is_none() || brief.parent == parent)
        });
        if let Some(words) = &self.search {
            let mut kept = Vec::new();
            for brief in found {
                if folded(context, &brief)?.is_some_and(|finding| has_words(&finding, words)) {
                    kept.push(brief);
                }
            }
            found = kept;
        }
        found.sort_by_cached_key(|brief| {
            let component = brief.discovery.as_ref().map(|discovery| discovery.component.clone());
            (brief.class.clone(), component, brief.closed, brief.impact, brief.at, brief.id.clone())
        });
        Ok(found)
    }

    fn takes(&self, brief: &Brief) -> bool {
        let component = brief.discovery.as_ref().map(|discovery| &discovery.component);
        self.category.as_ref().is_none_or(|category| brief.class == *category)
            && self.component.as_ref().is_none_or(|wanted| component == Some(wanted))
            && self.severity.is_none_or(|least| brief.impact <= least)
            && self.from.as_ref().is_none_or(|from| brief.from == *from)
    }
}

fn folded(context: &Context, brief: &Brief) -> Result<Option<Finding>, Failure> {
    Ok(Finding::fold(&context.record(&brief.dir)?).ok().map(|folded| folded.state))
}

/// Whether all `words` stand somewhere in what is known of the finding.
fn has_words(finding: &Finding, words: &str) -> bool {
    let head = &finding.head;
    let own = [&head.title, &head.component, &head.category, &finding.evidence];
    let optional = [&head.class, &head.impact, &head.location].into_iter().flatten();
    let views = finding
        .confirmations
        .iter()
        .chain(&finding.disputes)
        .chain(finding.more.iter().map(|(view, _)| view));
    let views = views.flat_map(|view| [&view.text, &view.evidence]);
    let actions = finding.mitigations.iter().map(|mitigation| &mitigation.action);
    let all: Vec<String> =
        own.into_iter().chain(optional).chain(views).chain(actions).map(|text| text.to_lowercase()).collect();
    words.to_lowercase().split_whitespace().all(|word| all.iter().any(|text| text.contains(word)))
}

fn state_of(context: &Context, brief: &Brief) -> Result<Option<Whereabouts>, Failure> {
    let spotted = brief.discovery.as_ref().and_then(|discovery| discovery.spotted.as_ref());
    spotted.map(|spotted| whereabouts(context, spotted)).transpose()
}

fn print(context: &Context, scan: &Scan, shown: &[&Brief]) -> Result<(), Failure> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Brief>> = BTreeMap::new();
    for brief in shown {
        let component = brief.discovery.as_ref().map_or("", |discovery| discovery.component.as_str());
        groups.entry((&brief.class, component)).or_default().push(brief);
    }
    let short = scan.snapshot.short_ids();
    for (at, ((category, component), briefs)) in groups.into_iter().enumerate() {
        let gap = if at > 0 { "\n" } else { "" };
        print_line(&format!("{gap}{}: {}", shown_line(category), shown_line(component)));
        for brief in briefs {
            let state = match state_of(context, brief)? {
                Some(state @ (Whereabouts::Moved(_) | Whereabouts::Stale)) => format!("  [{}]", state.word()),
                _ => String::new(),
            };
            print_line(&format!("  {}{state}", brief_line(brief, &scan.snapshot, &short, context.now)));
        }
    }
    Ok(())
}
