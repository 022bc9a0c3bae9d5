//! What must hold in the end: `p95_latency < 300ms, target < 250ms`, or in words.

use crate::domain::quantity::Threshold;

/// A success criterion.
#[derive(Debug, Clone, PartialEq)]
pub enum Criterion {
    /// It can be measured.
    Measured {
        /// What is required.
        required: Threshold,
        /// What is aimed at.
        target: Option<Threshold>,
    },
    /// Somebody judges it.
    Words(String),
}

impl Criterion {
    /// Reads a criterion; what can't be measured is taken as words.
    pub fn read(text: &str) -> Criterion {
        let text = text.trim();
        let (required, target) = match text.split_once("target") {
            Some((required, target)) => (required.trim_end_matches([' ', ',', ';', '(']), Some(target)),
            None => (text, None),
        };
        let words = || Criterion::Words(text.to_owned());
        let Ok(required) = required.parse::<Threshold>() else { return words() };
        let target = target.map(|target| target.trim_matches([' ', ':', ')']));
        match target.map(|target| format!("{} {target}", required.name).parse::<Threshold>()) {
            None => Criterion::Measured { required, target: None },
            Some(Ok(target)) => Criterion::Measured { required, target: Some(target) },
            Some(Err(_)) => words(),
        }
    }

    /// What is measured or judged.
    pub fn name(&self) -> &str {
        match self {
            Criterion::Measured { required, .. } => &required.name,
            Criterion::Words(text) => text,
        }
    }

    /// What is required, and what is aimed at, without the name: `< 300ms`.
    pub fn limits(&self) -> (String, String) {
        let bare = |limit: &Threshold| limit.to_string()[limit.name.len()..].trim().to_owned();
        match self {
            Criterion::Measured { required, target } => {
                (bare(required), target.as_ref().map(bare).unwrap_or_default())
            }
            Criterion::Words(_) => (String::new(), String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_all_else_is_words() {
        let read = |text: &str| {
            let criterion = Criterion::read(text);
            let (required, target) = criterion.limits();
            format!("{}|{required}|{target}", criterion.name())
        };
        assert_eq!(read("p95_latency < 300ms, target < 250ms"), "p95_latency|< 300ms|< 250ms");
        assert_eq!(read("error_rate < 0.1% (target: < 0.05%)"), "error_rate|< 0.1%|< 0.05%");
        assert_eq!(read("pool <= 70%"), "pool|<= 70%|");
        assert_eq!(read("users are content again"), "users are content again||");
        assert_eq!(read("p95 < 300ms, target unknown"), "p95 < 300ms, target unknown||");
    }
}
