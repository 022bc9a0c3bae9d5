//! The numbers that flags had in the earlier tool.

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::once::made_under;
use crate::domain::agent_db::key;
use crate::domain::flag::Flags;

/// The id of the flag that `text` names: by its old number where it was imported under it, else as
/// every command takes ids.
pub fn resolve(context: &Context, text: &str) -> Result<String, Failure> {
    let Ok(number) = text.trim().parse::<i64>() else { return Ok(text.to_owned()) };
    let scan = context.scan()?;
    let found = made_under(context, &scan, &Flags, &key(number))?;
    match found.as_slice() {
        [one] => Ok(one.id.to_string()),
        [] => Ok(text.to_owned()),
        _ => Err(found.iter().fold(
            Failure::usage(format!("{} flags had the number {number}", found.len()))
                .why("several databases were imported; the id tells them apart"),
            |failure, brief| failure.hint(format!("{}  {}", brief.id, brief.title)),
        )),
    }
}
