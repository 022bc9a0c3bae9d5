//! `overdue-dispute`: disagreements are decided in time.

use super::{Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::kind::Brief;
use crate::domain::text::shown_line;

/// See the module.
pub struct OverdueDispute;

impl Rule for OverdueDispute {
    fn name(&self) -> &'static str {
        "overdue-dispute"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "a disputed finding is decided by a lead within the limit of the policy"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        review.after.open.iter().filter_map(|brief| overdue(review, brief)).collect()
    }
}

fn overdue(review: &Review<'_>, brief: &Brief) -> Option<Finding> {
    let since = brief.disputed_since()?;
    let policy = &review.authority.policy;
    let waited = review.now.since(since);
    let is_lead = policy.leads.iter().any(|lead| review.is_act_of(lead));
    let concerns = is_lead || review.is_act_of(&brief.from) || review.mode == Mode::WorkTree;
    if waited <= policy.dispute_limit || !concerns {
        return None;
    }
    let (kind, id) = (brief.kind_name(), review.short_id(&brief.id));
    let lead = policy.leads.first().map(|lead| format!(" --as {lead}")).unwrap_or_default();
    let message = format!("{kind} {id} has been disputed for {waited}: {}", shown_line(&brief.title));
    // Only time did this: it holds back nobody.
    Some(
        Finding::in_file(brief.dir.head_path(), Spot::Key("title".into()), message)
            .why(format!(
                "nobody can build on a finding of which two views are left; the policy allows {}",
                policy.dispute_limit
            ))
            .mend(format!("see both views: perfteam {kind} show {id}"))
            .mend(format!("perfteam {kind} decide {id} --outcome TEXT --reason TEXT{lead}"))
            .at_most(Severity::Warn),
    )
}
