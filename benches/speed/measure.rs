//! Whole processes against the clock, and the table of what came out.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a command takes, from its start to its end.
pub fn time(command: &mut Command) -> Duration {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("the program runs");
    let elapsed = start.elapsed();
    assert!(status.success(), "{command:?} failed");
    elapsed
}

/// Two things measured in turns, A B A B, so that whatever else the machine does hits both.
#[derive(Debug)]
pub struct Pair {
    /// The first of the two.
    pub a: Vec<Duration>,
    /// The second.
    pub b: Vec<Duration>,
}

impl Pair {
    /// Measures both, `runs` times each; the first turn warms up and does not count.
    pub fn measure(runs: usize, mut a: impl FnMut() -> Duration, mut b: impl FnMut() -> Duration) -> Pair {
        let mut pair = Pair { a: Vec::new(), b: Vec::new() };
        for turn in 0..=runs {
            let (first, second) = (a(), b());
            if turn > 0 {
                pair.a.push(first);
                pair.b.push(second);
            }
        }
        pair
    }

    /// How many times as long as B does A take.
    pub fn ratio(&self) -> f64 {
        millis(median(&self.a)) / millis(median(&self.b))
    }

    /// How many milliseconds more than B does A take: the median over the turns, since both of
    /// one turn met the same disk.
    pub fn difference(&self) -> f64 {
        let mut differences: Vec<f64> =
            self.a.iter().zip(&self.b).map(|(a, b)| millis(*a) - millis(*b)).collect();
        differences.sort_by(f64::total_cmp);
        differences[differences.len() / 2]
    }
}

/// The median.
pub fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

/// As milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The table, and whether every bound was kept.
#[derive(Debug, Default)]
pub struct Table {
    missed: usize,
}

impl Table {
    /// A line without a bound.
    pub fn show(&self, what: &str, measured: &str) {
        println!("| {what:<62} | {measured:<44} | {:<10} |      |", "");
    }

    /// A line with the figure that has a bound.
    pub fn hold(&mut self, what: &str, measured: &str, figure: f64, bound: f64, unit: &str) {
        let kept = figure <= bound;
        self.missed += usize::from(!kept);
        let verdict = if kept { "ok" } else { "MISS" };
        println!("| {what:<62} | {measured:<44} | {:<10} | {verdict:<4} |", format!("<= {bound}{unit}"));
    }

    /// The head of the table.
    pub fn begin(&self) {
        println!("| {:<62} | {:<44} | {:<10} |      |", "what", "measured (medians)", "bound");
        println!("|{:-<64}|{:-<46}|{:-<12}|------|", "", "", "");
    }

    /// How many bounds were missed.
    pub fn missed(&self) -> usize {
        self.missed
    }
}
