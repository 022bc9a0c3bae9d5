//! What must hold in the end: `p95_latency < 300ms, target < 250ms`, or in words.

use super::limit::Limit;
use crate::domain::quantity::{Comparison, name_of};

/// A success criterion.
#[derive(Debug, Clone, PartialEq)]
pub enum Criterion {
    /// It can be measured.
    Measured {
        /// The name of the quantity.
        name: String,
        /// What is required.
        required: Limit,
        /// What is aimed at.
        target: Option<Limit>,
    },
    /// Somebody judges it.
    Words(String),
}

impl Criterion {
    /// Reads a criterion; what can't be measured is taken as words.
    pub fn read(text: &str) -> Criterion {
        measured(text.trim()).unwrap_or_else(|| Criterion::Words(text.trim().to_owned()))
    }

    /// What is measured or judged.
    pub fn name(&self) -> &str {
        match self {
            Criterion::Measured { name, .. } => name,
            Criterion::Words(text) => text,
        }
    }

    /// What is required, and what is aimed at, without the name: `< 300ms`.
    pub fn limits(&self) -> (String, String) {
        match self {
            Criterion::Measured { required, target, .. } => {
                (required.to_string(), target.as_ref().map(ToString::to_string).unwrap_or_default())
            }
            Criterion::Words(_) => (String::new(), String::new()),
        }
    }
}

fn measured(text: &str) -> Option<Criterion> {
    let (required, target) = match text.split_once("target") {
        Some((required, target)) => {
            (required.trim_end_matches([' ', ',', ';', '(']), Some(target.trim_matches([' ', ':', ')'])))
        }
        None => (text, None),
    };
    let (name, _, _) = Comparison::split(required)?;
    let limit = |text: &str| text.parse::<Limit>().ok();
    let target = match target {
        Some(target) => Some(limit(target)?),
        None => None,
    };
    Some(Criterion::Measured { name: name_of(name).ok()?, required: limit(&required[name.len()..])?, target })
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
        assert_eq!(read("p95 <= baseline + 10%"), "p95|<= baseline + 10%|");
        assert_eq!(read("users are content again"), "users are content again||");
        assert_eq!(read("p95 < 300ms, target unknown"), "p95 < 300ms, target unknown||");
    }
}
