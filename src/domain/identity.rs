//! Who acts: the first of `--as`, `PERFTEAM_AGENT`, `git config perfteam.agent`, and the roster
//! entry with the git author's e-mail address.

use super::handle::Handle;
use super::roster::Roster;

/// What is known about who acts, gathered from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The option `--as`.
    pub option: Option<String>,
    /// The variable `PERFTEAM_AGENT`.
    pub variable: Option<String>,
    /// `git config perfteam.agent`.
    pub config: Option<String>,
    /// The e-mail address of the git author.
    pub email: Option<String>,
}

/// Where an identity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The option `--as`.
    Option,
    /// The variable `PERFTEAM_AGENT`.
    Variable,
    /// `git config perfteam.agent`.
    Config,
    /// The e-mail address of the git author.
    Email,
}

impl Origin {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Origin::Option => "the option --as",
            Origin::Variable => "the variable PERFTEAM_AGENT",
            Origin::Config => "git config perfteam.agent",
            Origin::Email => "the git author's e-mail address",
        }
    }

    /// How to say something else there.
    pub fn way_out(self) -> &'static str {
        match self {
            Origin::Option => "name an agent of the roster: --as @HANDLE",
            Origin::Variable => {
                "name an agent of the roster: export PERFTEAM_AGENT=@HANDLE; or: unset PERFTEAM_AGENT"
            }
            Origin::Config => "name an agent of the roster: perfteam whoami --set @HANDLE",
            Origin::Email => "say who acts for this work tree: perfteam whoami --set @HANDLE",
        }
    }
}

/// Who acts, as far as it can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// This agent.
    Agent(Handle, Origin),
    /// Any of these, who share the e-mail address.
    Shared(Vec<Handle>, String),
    /// A handle was named that is in no roster.
    NotInRoster(Handle, Origin),
    /// What was named is no handle.
    Invalid(String, Origin),
    /// Nobody was named, and the e-mail address, if there is one, is in no roster.
    Nobody(Option<String>),
}

impl Identity {
    /// Finds out who acts.
    pub fn resolve(evidence: &Evidence, roster: &Roster) -> Identity {
        let named = [
            (&evidence.option, Origin::Option),
            (&evidence.variable, Origin::Variable),
            (&evidence.config, Origin::Config),
        ];
        for (claim, origin) in named {
            // An empty variable is none; an empty option was meant to say something, as `--as "$WHO"` is.
            let is_said = |text: &&str| origin == Origin::Option || !text.is_empty();
            let Some(text) = claim.as_deref().map(str::trim).filter(is_said) else { continue };
            return match text.parse::<Handle>() {
                Err(error) => Identity::Invalid(error.to_string(), origin),
                Ok(handle) if roster.contains(&handle) => Identity::Agent(handle, origin),
                Ok(handle) => Identity::NotInRoster(handle, origin),
            };
        }
        let Some(email) = evidence.email.clone() else { return Identity::Nobody(None) };
        match roster.by_email(&email).as_slice() {
            [] => Identity::Nobody(Some(email)),
            [one] => Identity::Agent((*one).clone(), Origin::Email),
            several => Identity::Shared(several.iter().map(|handle| (*handle).clone()).collect(), email),
        }
    }

    /// All agents of the roster that this may be.
    pub fn handles(&self) -> Vec<Handle> {
        match self {
            Identity::Agent(handle, _) => vec![handle.clone()],
            Identity::Shared(handles, _) => handles.clone(),
            Identity::NotInRoster(..) | Identity::Invalid(..) | Identity::Nobody(_) => Vec::new(),
        }
    }
}
