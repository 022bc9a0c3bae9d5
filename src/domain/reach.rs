//! How much of a graph can be reached from each of its nodes.

/// For each node how many others can be reached from it, where one can go from node n to each of
/// `next[n]`.
///
/// Chains, and whatever flows together, take one step a node. Where a node has several ways on, they
/// may meet again, so all that can be reached from it is walked; so is what leads into a cycle.
pub fn reach(next: &[Vec<usize>]) -> Vec<usize> {
    let mut counts: Vec<Option<usize>> = vec![None; next.len()];
    let mut walk = Walk::new(next);
    for node in from_the_end(next) {
        counts[node] = Some(match next[node].as_slice() {
            [] => 0,
            [only] => counts[*only].map_or_else(|| walk.count(node), |count| count + 1),
            _ => walk.count(node),
        });
    }
    counts.into_iter().enumerate().map(|(node, count)| count.unwrap_or_else(|| walk.count(node))).collect()
}

/// The nodes, each after all to which one can go from it; without those from which a cycle can be
/// reached.
fn from_the_end(next: &[Vec<usize>]) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); next.len()];
    for (node, ways) in next.iter().enumerate() {
        ways.iter().for_each(|way| before[*way].push(node));
    }
    let mut ways_left: Vec<usize> = next.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..next.len()).filter(|node| ways_left[*node] == 0).collect();
    let mut at = 0;
    while let Some(node) = order.get(at).copied() {
        at += 1;
        for earlier in &before[node] {
            ways_left[*earlier] -= 1;
            if ways_left[*earlier] == 0 {
                order.push(*earlier);
            }
        }
    }
    order
}

/// Walks from one node after the other.
struct Walk<'a> {
    next: &'a [Vec<usize>],
    /// For each node from where it was seen last.
    seen_from: Vec<usize>,
}

impl<'a> Walk<'a> {
    fn new(next: &'a [Vec<usize>]) -> Self {
        Walk { next, seen_from: vec![usize::MAX; next.len()] }
    }

    fn count(&mut self, from: usize) -> usize {
        self.seen_from[from] = from;
        let mut open = vec![from];
        let mut count = 0;
        while let Some(node) = open.pop() {
            for way in &self.next[node] {
                if std::mem::replace(&mut self.seen_from[*way], from) != from {
                    count += 1;
                    open.push(*way);
                }
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chains_cycles_and_ways_that_meet_again_are_counted() {
        let chain: Vec<Vec<usize>> = vec![vec![1], vec![2], vec![]];
        assert_eq!(reach(&chain), [2, 1, 0]);
        let meeting = vec![vec![1, 2], vec![3], vec![3], vec![]];
        assert_eq!(reach(&meeting), [3, 1, 1, 0]);
        let cycle = vec![vec![1], vec![2], vec![1], vec![0]];
        assert_eq!(reach(&cycle), [2, 1, 1, 3]);
        let alone_and_twice = vec![vec![0], vec![2, 2], vec![]];
        assert_eq!(reach(&alone_and_twice), [0, 1, 0]);
    }

    /// Node after node leads to the next: counting each anew takes minutes.
    #[test]
    fn a_long_chain_takes_a_step_a_node() {
        let nodes = 300_000;
        let chain: Vec<Vec<usize>> =
            (0..nodes).map(|node| if node > 0 { vec![node - 1] } else { vec![] }).collect();
        assert_eq!(reach(&chain)[nodes - 1], nodes - 1);
    }

    fn graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (1..12_usize).prop_flat_map(|nodes| {
            proptest::collection::vec(proptest::collection::vec(0..nodes, 0..3), nodes)
        })
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_a_walk_finds(next in graph()) {
            let mut walk = Walk::new(&next);
            let walked: Vec<usize> = (0..next.len()).map(|node| walk.count(node)).collect();
            prop_assert_eq!(reach(&next), walked);
        }
    }
}
