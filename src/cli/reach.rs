//! How far claims reach: over this repository, or over the clones of a remote.

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use crate::domain::policy::Reach;
use crate::domain::text::shown_line;
use crate::store::claims::remote::{self, Remote};

/// How far a claim is to reach.
#[derive(Debug, Clone, Default, Args)]
pub struct ReachArgs {
    /// Hold it over all clones that push to this remote
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    pub remote: Option<String>,
}

/// All remotes, with the place that policy gives their claims.
pub fn known_remotes(context: &Context) -> Result<Vec<Remote>, Failure> {
    let space = context.team_if_any()?.policy.claims_namespace.as_ref();
    Ok(remote::names(context.repo()?)?.iter().map(|name| Remote::new(name, space)).collect())
}

/// The remote called `name`.
pub fn remote_called(context: &Context, name: &str) -> Result<Remote, Failure> {
    let remotes = known_remotes(context)?;
    let names: Vec<&str> = remotes.iter().map(|remote| remote.name.as_str()).collect();
    let failure = Failure::usage(format!("there is no remote called `{}`", shown_line(name)));
    let failure = match names.as_slice() {
        [] => failure.hint("git remote add origin URL"),
        names => failure.hint(format!("there is: {}", names.join(", "))),
    };
    remotes.into_iter().find(|remote| remote.name == name).ok_or(failure)
}

/// The remote that decides between clones: the one that policy names, that of the branch that is
/// checked out, `origin`, or the only one.
pub fn usual_remote(context: &Context) -> Result<Remote, Failure> {
    if let Some(name) = &context.team_if_any()?.policy.claims_remote {
        return remote_called(context, name);
    }
    let repo = context.repo()?;
    let of_branch = repo.branch().and_then(|branch| repo.config(&format!("branch.{branch}.remote")));
    let mut remotes = known_remotes(context)?;
    let usual = of_branch.into_iter().chain(["origin".to_owned()]);
    for name in usual {
        if let Some(at) = remotes.iter().position(|remote| remote.name == name) {
            return Ok(remotes.swap_remove(at));
        }
    }
    match remotes.len() {
        1 => Ok(remotes.remove(0)),
        0 => Err(Failure::usage("this repository has no remote")
            .why("a remote is what decides between clones")
            .hint("git remote add origin URL")),
        _ => Err(Failure::usage("it is not clear which remote decides between clones")
            .hint("name it, or in .perfteam/perfteam.yaml: claims_remote: NAME")),
    }
}

pub fn chosen_remote(context: &Context, reach: &ReachArgs) -> Result<Option<Remote>, Failure> {
    match reach.remote.as_deref() {
        Some("") => usual_remote(context).map(Some),
        Some(name) => remote_called(context, name).map(Some),
        None if context.team_if_any()?.policy.claims == Reach::Remote => usual_remote(context).map(Some),
        None => Ok(None),
    }
}
