//! What to do instead of a step that is refused, where that is another command.

use super::context::Context;
use crate::domain::draft::Step;
use crate::domain::kind::Brief;

/// The command that comes before `step`, or stands in its place, as the record stands now.
pub fn way_out(context: &Context, brief: &Brief, step: &Step, short: &str) -> Option<String> {
    let is_mine = brief.is_for(&step.by);
    let is_reporter = brief.from == step.by;
    match (brief.kind_name(), brief.status.as_str(), step.what) {
        ("task", "pending", "progressed" | "renewed") if is_mine => {
            Some(format!("begin with it: perfteam task start {short}"))
        }
        ("task", "blocked", "started" | "progressed" | "renewed" | "blocked") => {
            Some(format!("once it can go on: perfteam task unblock {short}"))
        }
        ("finding", "disputed", "disputed") if !is_reporter => {
            Some(format!("add to it: perfteam finding evidence {short} --text TEXT"))
        }
        ("finding", "disputed", "resolved" | "decided") => {
            let policy = &context.team_if_any().ok()?.policy;
            let acting = match policy.is_lead(&step.by) {
                true => String::new(),
                false => format!(" --as {}", policy.leads.first()?),
            };
            Some(format!("perfteam finding decide {short} --outcome TEXT --reason TEXT{acting}"))
        }
        ("finding", _, "amended") if is_reporter => {
            Some(format!("add to it: perfteam finding evidence {short} --text TEXT"))
        }
        ("finding", _, "disputed") if is_reporter => {
            Some(format!("perfteam finding reject {short} --reason TEXT"))
        }
        _ => None,
    }
}
