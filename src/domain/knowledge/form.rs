//! The kinds of knowledge that every team has, and what an entry of each should say.

/// A kind of knowledge with the headings of a new entry.
#[derive(Debug)]
pub struct Form {
    /// The kind, which is also the name of its folder.
    pub kind: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// Each heading with what belongs below it.
    pub headings: &'static [(&'static str, &'static str)],
}

impl Form {
    /// The form of this kind; a plain one for kinds of the team's own.
    pub fn of(kind: &str) -> &'static Form {
        FORMS.iter().find(|form| form.kind == kind).unwrap_or(&OWN)
    }

    /// The text of a new entry: headings, with guidance in comments of whole lines.
    pub fn outline(&self) -> String {
        let part = |(heading, guidance): &(&str, &str)| match *guidance {
            "" => format!("## {heading}\n"),
            guidance => format!("## {heading}\n\n<!-- {guidance} -->\n"),
        };
        self.headings.iter().map(part).collect::<Vec<_>>().join("\n")
    }
}

const OWN: Form = Form {
    kind: "",
    about: "a kind of the team's own",
    headings: &[("What was learnt", "so that somebody who was not there can use it")],
};

/// Every kind that is known, in the order of its name.
pub const FORMS: &[Form] = &[
    Form {
        kind: "best-practice",
        about: "how we do it, and why",
        headings: &[
            ("Practice", "what to do, as an order that can be followed"),
            ("Why", "what happened without it, with figures"),
            ("Exceptions", "when it does not hold"),
        ],
    },
    Form {
        kind: "case-study",
        about: "one case from its beginning to its end",
        headings: &[
            ("Situation", "what was slow, for whom, with figures"),
            ("What was done", "in its order, also what did not help"),
            ("Result", "before -> after"),
        ],
    },
    Form {
        kind: "decision",
        about: "what was decided, and why",
        headings: &[("Outcome", "what holds from now on"), ("Why", "the reasons, and what spoke against it")],
    },
    Form {
        kind: "error",
        about: "a message or a fault, and what mends it",
        headings: &[
            ("Message", "as it is printed, so that a search finds it"),
            ("Cause", "what leads to it"),
            ("Remedy", "the commands that mend it"),
        ],
    },
    Form {
        kind: "investigation-log",
        about: "one investigation in short: how long, what it cost, what was learnt",
        headings: &[
            ("Root cause", "in a sentence, with its evidence"),
            ("Key learnings", "what we would have liked to know before"),
            ("Preventive measures", "what was put in place, with the tasks"),
        ],
    },
    Form {
        kind: "optimisation",
        about: "what made it faster, what that gained and what it cost",
        headings: &[
            ("What was slow", "where, under which load"),
            ("What was changed", "with the commit"),
            ("Return", "before -> after; what it cost to make and costs to keep"),
        ],
    },
    Form {
        kind: "pattern",
        about: "what comes back, and how to know it",
        headings: &[
            ("Signs", "what is seen first, in which figures"),
            ("Cause", "what lies behind it"),
            ("Remedy", "what helped, and what did not"),
        ],
    },
    Form {
        kind: "playbook",
        about: "how to find and mend a class of problems",
        headings: &[
            ("Signs", "when to open it"),
            ("Diagnosis", "the steps that tell the causes apart, with commands"),
            ("Remedy", "for each cause"),
            ("Prevention", "what keeps it from coming back"),
        ],
    },
    Form {
        kind: "post-mortem",
        about: "what went wrong and what changes, without blame",
        headings: &[
            ("What happened", "with times"),
            ("Impact", "who was hit, how long, in figures"),
            ("Root cause", "with its evidence"),
            ("What worked well", ""),
            ("What could be better", ""),
            ("Preventive measures", "each with its task"),
        ],
    },
    Form {
        kind: "runbook",
        about: "the steps of one operation, to be followed as they stand",
        headings: &[
            ("When", "what calls for it"),
            ("Steps", "commands that can be copied"),
            ("Check", "how to see that it worked"),
            ("Roll back", "how to undo it"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_are_in_order_and_each_has_headings() {
        assert!(FORMS.is_sorted_by(|a, b| a.kind < b.kind));
        assert!(
            FORMS.iter().all(|form| !form.headings.is_empty() && crate::domain::handle::is_slug(form.kind))
        );
        assert_eq!(Form::of("fire-drill").headings.len(), 1);
    }
}
