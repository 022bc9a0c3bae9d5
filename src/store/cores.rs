//! Work on more than one core.

use std::sync::atomic::{AtomicUsize, Ordering};

/// More items than this are worth more than one thread.
pub const WORTH_THREADS: usize = 256;

/// What both give: `beside` runs in another thread.
pub fn both<A, B: Send>(here: impl FnOnce() -> A, beside: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(beside);
        let done = here();
        (done, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
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
        let others: Vec<_> = (1..threads.min(items.len())).map(|_| scope.spawn(take_on)).collect();
        let mut done = take_on();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
