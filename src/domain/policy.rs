//! The team's settings: `.perfteam/perfteam.yaml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::{Fault, Severity, Spot};
use super::document::Meta;
use super::handle::Handle;
use super::level::Level;
use super::namespace::Namespace;
use super::place::Scope;
use super::text::nearest;
use super::time::Span;

/// What `perfteam.yaml` says; every key may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Policy {
    /// The version of the format; 1.
    pub version: u32,
    /// The branch into which work is merged, such as `origin/main`. Without it: `origin/HEAD`,
    /// else `main` or `master`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// Who may hand on and withdraw any flag, and decides disagreements.
    pub leads: Vec<Handle>,
    /// Who must approve changes of roster, policy and signers, and may redact. Without it: the leads.
    pub admins: Vec<Handle>,
    /// Whether every commit must be signed by a key that `.perfteam/allowed_signers` lists for the
    /// agent by whom it is.
    pub require_signed: bool,
    /// Whether commands stage the files that they write.
    pub stage: bool,
    /// How far commands look for records.
    pub scope: Scope,
    /// How long a lock lasts.
    pub lease: Span,
    /// How far the claim reaches that `lock` takes.
    pub claims: Reach,
    /// The remote that decides between clones. Without it: that of the branch, else `origin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_remote: Option<String>,
    /// Where claims lie there, when it takes no `refs/perfteam/claims/`; `refs/heads/perfteam/claims/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub claims_namespace: Option<Namespace>,
    /// What a commit by somebody who is in no roster meets.
    pub unknown_actor: UnknownActor,
    /// How long a finding may stay disputed.
    pub dispute_limit: Span,
    /// When flags hold back a commit.
    pub gate: Gate,
    /// Named sets of globs, for `writes` of agents: `area:NAME`.
    pub areas: BTreeMap<String, Vec<String>>,
    /// The level of each rule that is not to have its default.
    pub rules: BTreeMap<String, Severity>,
    /// When closed records are put into one file each.
    pub archive: Archive,
    /// When `doctor` speaks up.
    pub health: Health,
    /// Keys that this version does not know.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
}

/// What a commit by somebody who is in no roster meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnknownActor {
    /// Nothing is said.
    Allow,
    /// A note, when the commit touches watched paths or `.perfteam`.
    Note,
    /// The commit is refused, when it touches watched paths or `.perfteam`.
    Block,
}

/// How far a claim reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Over all work trees of a repository.
    Local,
    /// Over all clones that push to the same remote.
    Remote,
}

/// When flags hold back a commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Gate {
    /// Flags that matter less than this inform and never block.
    pub min_impact: Level,
    /// Whether flags count that only the integration branch has, as last fetched.
    pub integration: bool,
}

/// When closed records are put into one file each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Archive {
    /// So long after they were closed.
    pub after: Span,
}

/// When `doctor` speaks up about the health of the team's flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Health {
    /// So many open critical flags for one agent say that impact is inflated.
    pub max_critical: usize,
    /// A flag that waits longer than this is named.
    pub max_wait: Span,
    /// So many open flags for one agent are a flood.
    pub max_open: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            version: 1,
            integration: None,
            leads: Vec::new(),
            admins: Vec::new(),
            require_signed: false,
            stage: true,
            scope: Scope::default(),
            lease: Span::hours(4),
            claims: Reach::Local,
            claims_remote: None,
            claims_namespace: None,
            unknown_actor: UnknownActor::Note,
            dispute_limit: Span::hours(2),
            gate: Gate::default(),
            areas: BTreeMap::new(),
            rules: BTreeMap::new(),
            archive: Archive::default(),
            health: Health::default(),
            extra: Meta::new(),
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Gate { min_impact: Level::Low, integration: false }
    }
}

impl Default for Archive {
    fn default() -> Self {
        Archive { after: Span::hours(90 * 24) }
    }
}

impl Default for Health {
    fn default() -> Self {
        Health { max_critical: 5, max_wait: Span::hours(72), max_open: 10 }
    }
}

/// The keys of `perfteam.yaml`, and those below the ones that have keys of their own.
const KEYS: [(&str, &[&str]); 4] = [
    (
        "",
        &[
            "version",
            "integration",
            "leads",
            "admins",
            "require_signed",
            "stage",
            "scope",
            "lease",
            "dispute_limit",
            "claims",
            "claims_remote",
            "claims_namespace",
            "unknown_actor",
            "gate",
            "areas",
            "rules",
            "archive",
            "health",
        ],
    ),
    ("gate", &["min_impact", "integration"]),
    ("archive", &["after"]),
    ("health", &["max_critical", "max_wait", "max_open"]),
];

impl Policy {
    /// What can't be meant as it is said.
    pub fn senseless(&self) -> Vec<Fault> {
        let over_at_once = self.lease == Span::NONE;
        let fault = || {
            Fault::new(
                Spot::Key("lease".into()),
                "a lease of no length ends as it begins: nobody can hold anything",
            )
            .mend("say how long a lock holds, such as lease: 4h")
        };
        over_at_once.then(fault).into_iter().collect()
    }

    /// Keys of `perfteam.yaml` that are likely meant as others. Keys that look like none that is
    /// known are the team's own.
    pub fn misspelt(meta: &Meta) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (section, known) in KEYS {
            let keys = match section {
                "" => Some(meta),
                section => meta.get(section).and_then(|value| value.as_object()),
            };
            for key in keys.into_iter().flat_map(Meta::keys).filter(|key| !known.contains(&key.as_str())) {
                let Some(meant) = nearest(key, known.iter().copied()) else { continue };
                let whole = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
                let fault =
                    Fault::new(Spot::Key(whole), format!("the key `{key}` is not known and does nothing"));
                faults.push(fault.mend(format!("did you mean `{meant}`?")));
            }
        }
        faults
    }

    /// Whether `handle` leads.
    pub fn is_lead(&self, handle: &Handle) -> bool {
        self.leads.contains(handle)
    }

    /// `globs` with each `area:NAME` replaced by that area's globs; an unknown area matches nothing.
    pub fn expand(&self, globs: &[String]) -> Vec<String> {
        let mut out = Vec::with_capacity(globs.len());
        for glob in globs {
            let (bang, name) = match glob.strip_prefix('!') {
                Some(rest) => ("!", rest.strip_prefix("area:")),
                None => ("", glob.strip_prefix("area:")),
            };
            match name {
                Some(name) => {
                    let area = self.areas.get(name.trim()).map(Vec::as_slice).unwrap_or_default();
                    out.extend(area.iter().map(|glob| format!("{bang}{glob}")));
                }
                None => out.push(glob.clone()),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn likely_typos_are_told_and_own_keys_are_not() {
        let value = json!({
            "unknown_actors": "block", "gate": { "min_impct": "high" }, "motto": "measure first", "health": {}
        });
        let faults = Policy::misspelt(value.as_object().expect("a mapping"));
        let said: Vec<String> = faults
            .iter()
            .map(|fault| format!("{:?}: {}", fault.spot, fault.mend.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            said,
            [
                "Key(\"unknown_actors\"): did you mean `unknown_actor`?",
                "Key(\"gate.min_impct\"): did you mean `min_impact`?"
            ]
        );
    }

    #[test]
    fn the_list_of_keys_is_complete() {
        let schema = serde_json::to_value(schemars::schema_for!(Policy)).expect("a schema");
        for (section, known) in KEYS {
            let properties = match section {
                "" => &schema["properties"],
                "gate" => &schema["$defs"]["Gate"]["properties"],
                "archive" => &schema["$defs"]["Archive"]["properties"],
                _ => &schema["$defs"]["Health"]["properties"],
            };
            let mut declared: Vec<&str> =
                properties.as_object().expect("properties").keys().map(String::as_str).collect();
            let mut known = known.to_vec();
            declared.sort_unstable();
            known.sort_unstable();
            assert_eq!(declared, known, "{section}");
        }
    }
}
