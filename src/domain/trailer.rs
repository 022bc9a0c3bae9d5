//! Trailers of commit messages: `Perfteam-Agent: @h` and `Perfteam-No-Impact: @h reason`.

use super::handle::Handle;

/// Names the agent who made the commit.
pub const AGENT: &str = "Perfteam-Agent";
/// Says that a change does not affect an agent who watches it, and why.
pub const NO_IMPACT: &str = "Perfteam-No-Impact";

/// What the trailers of one message say to this tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trailers {
    /// The values of `Perfteam-Agent`, as written.
    pub agents: Vec<String>,
    /// The values of `Perfteam-No-Impact`, as written.
    pub no_impact: Vec<String>,
}

impl Trailers {
    /// Reads the trailers of a message: the lines of its last paragraph, when all of them are
    /// trailers, as git tells them. Comment lines of an editor are left out.
    pub fn read(message: &str) -> Trailers {
        let lines: Vec<&str> = message.lines().filter(|line| !line.starts_with('#')).collect();
        let text = lines.join("\n");
        // The first paragraph is the subject, never trailers.
        let Some((_, last)) = text.trim().rsplit_once("\n\n") else { return Trailers::default() };
        let mut trailers = Trailers::default();
        for (key, value) in entries(last) {
            if key.eq_ignore_ascii_case(AGENT) {
                trailers.agents.push(value);
            } else if key.eq_ignore_ascii_case(NO_IMPACT) {
                trailers.no_impact.push(value);
            }
        }
        trailers
    }

    /// The agents whom the author says not to be affected, each with the reason.
    pub fn cleared(&self) -> Vec<(Handle, &str)> {
        let parse = |value: &'_ String| -> Option<(Handle, usize)> {
            let end = value.find(char::is_whitespace)?;
            Some((value[..end].parse().ok()?, end))
        };
        self.no_impact
            .iter()
            .filter_map(|value| parse(value).map(|(handle, end)| (handle, value[end..].trim())))
            .filter(|(_, reason)| !reason.is_empty())
            .collect()
    }
}

/// The trailers of a paragraph; none where one of its lines is no trailer.
fn entries(paragraph: &str) -> Vec<(&str, String)> {
    let mut entries: Vec<(&str, String)> = Vec::new();
    for line in paragraph.lines() {
        if line.starts_with([' ', '\t']) {
            match entries.last_mut() {
                Some((_, value)) => *value = format!("{value} {}", line.trim()),
                None => return Vec::new(),
            }
            continue;
        }
        match line.split_once(':') {
            Some((key, value)) if is_token(key) => entries.push((key, value.trim().to_owned())),
            _ if line.starts_with("(cherry picked from commit ") => {}
            _ => return Vec::new(),
        }
    }
    entries
}

fn is_token(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_paragraph_is_read() {
        let message = "Subject\n\nPerfteam-Agent: @no\n\nbody\n\nPerfteam-Agent: @a.b\nPerfteam-No-Impact: @c.d only\n a comment\nSigned-off-by: x\n# Please enter\n";
        let trailers = Trailers::read(message);
        assert_eq!(trailers.agents, ["@a.b"]);
        assert_eq!(trailers.cleared(), [("@c.d".parse().expect("a handle"), "only a comment")]);
    }

    #[test]
    fn a_subject_and_prose_are_no_trailers() {
        assert_eq!(Trailers::read("Perfteam-Agent: @a"), Trailers::default());
        assert_eq!(Trailers::read("Subject\n\nprose\nPerfteam-Agent: @a"), Trailers::default());
        assert!(Trailers::read("S\n\nPerfteam-No-Impact: @a").cleared().is_empty(), "a reason is required");
    }
}
