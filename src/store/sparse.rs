//! Sparse checkouts: what git leaves out of the work tree is not gone.

use super::error::StoreError;
use super::git;
use super::repo::{FOLDER, Repo};

/// Whether a sparse checkout leaves something of `.perfteam` out of the work tree.
pub fn leaves_out_records(repo: &Repo) -> Result<bool, StoreError> {
    if repo.config("core.sparseCheckout").is_none_or(|value| value.eq_ignore_ascii_case("false")) {
        return Ok(false);
    }
    let listed = git::output(repo.top(), ["ls-files", "-t", "--", FOLDER])?;
    Ok(listed.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"S ")))
}
