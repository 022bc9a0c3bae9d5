//! What hooks of agents' tools are answered: each tool has a form of its own.

use serde_json::{Value, json};

use crate::domain::diagnostic::Diagnostic;
use crate::domain::text::shown_text;

/// The form of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// That of Claude Code, which Codex takes, too: it refuses fields that it does not know.
    Claude,
    /// That of Cursor.
    Cursor,
}

impl Dialect {
    /// What a session is told when it begins.
    pub fn context(self, text: &str) -> Value {
        match self {
            Dialect::Claude => json!({
                "hookSpecificOutput": { "hookEventName": "SessionStart", "additionalContext": text }
            }),
            Dialect::Cursor => json!({ "additional_context": text }),
        }
    }

    /// The use of a tool is refused.
    pub fn denial(self, reason: &str) -> Value {
        match self {
            Dialect::Claude => json!({
                "hookSpecificOutput": {
                    "hookEventName": "PreToolUse",
                    "permissionDecision": "deny",
                    "permissionDecisionReason": reason,
                }
            }),
            Dialect::Cursor => {
                json!({ "permission": "deny", "user_message": reason, "agent_message": reason })
            }
        }
    }

    /// The session is held back from its end.
    pub fn hold(self, reason: &str) -> Value {
        match self {
            Dialect::Claude => json!({ "decision": "block", "reason": reason }),
            Dialect::Cursor => json!({ "followup_message": reason }),
        }
    }
}

/// Why an edit is refused, and what to do instead.
pub fn refusal(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::from("perfteam refuses this edit, as it would refuse the commit.\n");
    for diagnostic in diagnostics {
        text.push_str(&format!("{} [{}]\n", diagnostic.message, diagnostic.rule));
        text.push_str(&format!("why: {}\n", diagnostic.why));
        for mend in &diagnostic.mends {
            text.push_str(&format!("instead: {mend}\n"));
        }
    }
    shown_text(text.trim_end()).into_owned()
}
