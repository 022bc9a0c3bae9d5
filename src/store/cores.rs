//! Work on more than one core.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;

/// More items than this are worth more than one thread.
pub const WORTH_THREADS: usize = 256;

/// What both give: `beside` runs in another thread, where there may be one more.
pub fn both<A, B: Send>(here: impl FnOnce() -> A, beside: impl Fn() -> B + Sync) -> (A, B) {
    std::thread::scope(|scope| {
        let other = Builder::new().spawn_scoped(scope, &beside);
        let done = here();
        let other = match other {
            Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => beside(),
        };
        (done, other)
    })
}

/// `work` on every item, in their order, on all cores when there are many. Each thread first gets
/// what it works with from `tools`.
pub fn on_all_cores<T: Sync, W, R: Send>(
    items: &[T],
    tools: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &T) -> R + Sync,
) -> Vec<R> {
    if items.len() < WORTH_THREADS {
        let mut with = tools();
        return items.iter().map(|item| work(&mut with, item)).collect();
    }
    in_threads(items, tools, work)
}

/// The same, however few items there are.
pub fn in_threads<'a, T: Sync, W, R: Send>(
    items: &'a [T],
    tools: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &'a T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let next = AtomicUsize::new(0);
    // Item by item, since some take a hundred times as long as others.
    let take_on = || {
        let mut with = tools();
        let taken = std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        });
        taken.map(|(at, item)| (at, work(&mut with, item))).collect::<Vec<(usize, R)>>()
    };
    let mut done = std::thread::scope(|scope| {
        let more = 1..threads.min(items.len());
        let others: Vec<_> = more.filter_map(|_| Builder::new().spawn_scoped(scope, take_on).ok()).collect();
        let mut done = take_on();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
