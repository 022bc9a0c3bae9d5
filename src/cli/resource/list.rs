//! `perfteam resource list`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::desk::{ReservationV1, open_reservations};
use super::queue::print_queue;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::SightArgs;
use crate::domain::claim::resource_name;
use crate::domain::resource::Reservation;
use crate::domain::resource::queue::Queue;
use crate::domain::text::shown_line;

/// List the resources that somebody has or waits for
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResourcesV1 {
    resources: Vec<ResourceV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ResourceV1 {
    resource: String,
    reservations: Vec<ReservationV1>,
}

impl List {
    /// Prints the list.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let mut resources: BTreeMap<String, Vec<Reservation>> = BTreeMap::new();
        for (_, reservation) in open_reservations(context, &scan)? {
            resources.entry(resource_name(&reservation.head.resource)).or_default().push(reservation);
        }
        if context.is_json() {
            let resources = resources.into_iter().map(|(resource, reservations)| {
                let queue = Queue::new(&reservations, context.now);
                let reservations = reservations.iter().map(|own| ReservationV1::new(own, &queue)).collect();
                ResourceV1 { resource, reservations }
            });
            context.answer(&ResourcesV1 { resources: resources.collect() })?;
            return Ok(ExitCode::SUCCESS);
        }
        if resources.is_empty() {
            print_line("nobody has reserved anything");
        }
        for reservations in resources.values() {
            let Some(first) = reservations.first() else { continue };
            print_line(&shown_line(&first.head.title));
            print_queue(&Queue::new(reservations, context.now));
        }
        Ok(ExitCode::SUCCESS)
    }
}
