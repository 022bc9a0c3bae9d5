//! Who can be asked for something.

use super::context::{Context, unknown_agent};
use super::failure::Failure;
use crate::domain::handle::Handle;

/// Refuses to ask `handle`, given by `option`, when it is in no roster or has retired.
pub fn check_addressee(context: &Context, handle: &Handle, option: &str) -> Result<(), Failure> {
    let roster = &context.team()?.roster;
    match roster.get(handle) {
        None => Err(unknown_agent(handle, roster, &format!("given by {option}"))),
        Some(agent) if agent.retired => {
            let heir = roster.heir(handle);
            let failure = Failure::refused(format!("{handle} has retired")).why("nobody reads its inbox");
            Err(if heir == *handle {
                failure.hint("see who is there: perfteam agent list")
            } else {
                failure.hint(format!("its successor: {option} {heir}"))
            })
        }
        Some(_) => Ok(()),
    }
}
