//! `perfteam resource queue`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::desk::{Desk, ReservationV1, word};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::SightArgs;
use crate::domain::resource::Reservation;
use crate::domain::resource::queue::Queue;
use crate::domain::text::shown_line;

/// Show who has a resource, who waits for it, and when each can expect it
#[derive(Debug, Args)]
pub struct ShowQueue {
    /// The name of the resource, in any writing
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    pub sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueV1 {
    resource: String,
    holders: Vec<ReservationV1>,
    /// Those that were granted it while somebody else, unseen, already had it.
    contested: Vec<ReservationV1>,
    waiting: Vec<ReservationV1>,
}

impl ShowQueue {
    /// Prints the queue.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let desk = Desk::open(context, &self.name)?;
        let queue = desk.queue(context.now);
        if context.is_json() {
            let all = |list: &[&Reservation]| {
                list.iter().map(|reservation| ReservationV1::new(reservation, &queue)).collect()
            };
            context.answer(&QueueV1 {
                resource: desk.name.clone(),
                holders: all(&queue.holders),
                contested: all(&queue.contested),
                waiting: all(&queue.waiting),
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        print_queue(&queue);
        if queue.holders.is_empty() && queue.waiting.is_empty() {
            let name = shown_line(&self.name);
            print_line(&format!("{name} is free: perfteam resource reserve {}", word(&self.name)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints who has it, who holds it in vain, and who waits, one line each.
pub fn print_queue(queue: &Queue<'_>) {
    for holder in &queue.holders {
        print_line(&held_line("held", holder));
    }
    for contested in &queue.contested {
        print_line(&held_line("contested, an earlier grant counts", contested));
    }
    for (at, waiting) in queue.waiting.iter().enumerate() {
        let expected = queue.expected(&waiting.head.id).map(|at| at.minute()).unwrap_or_default();
        print_line(&format!(
            "{}. waiting  {}, {}, impact {}, expected {expected}",
            at + 1,
            waiting.head.from,
            waiting.head.mode.word(),
            waiting.head.impact
        ));
    }
}

fn held_line(word: &str, reservation: &Reservation) -> String {
    let until = reservation.lock().map(|lock| lock.until.minute()).unwrap_or_default();
    let decision = reservation.decision.as_deref().unwrap_or_default();
    let (from, mode) = (&reservation.head.from, reservation.head.mode.word());
    format!("{word}  {from}, {mode}, until {until}: {}", shown_line(decision))
}
