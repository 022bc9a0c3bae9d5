//! A review for people and programs: one summary, one page of it, and small writers for each format.

mod chart;
mod content;
mod html;
mod json;
mod markdown;
mod page;
mod records;
mod text;

pub use html::html;
pub use json::{ReviewV1, json};
pub use markdown::{MARKER, MOST, comment};
pub use text::text;
