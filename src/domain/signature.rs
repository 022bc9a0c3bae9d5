//! Who signed a commit, as git verified it against the signers that the base lists.

/// The signature of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// It has none.
    None,
    /// It is none of the kind that can be verified by a file of the base: not by an SSH key.
    Foreign,
    /// It holds, and its key is not listed, or was not valid then. What git names the key by.
    Unlisted(String),
    /// It does not hold: the commit was changed, or git could not verify it.
    Bad,
    /// It holds, and the base lists the key for this address.
    Good(String),
}
