//! The story that `perfteam tour` plays: what is said, what is typed, and how each command must end.

/// One step of the tour.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A heading.
    Chapter(&'static str),
    /// A sentence.
    Say(&'static str),
    /// A command as the user would type it, with the exit code that it must have.
    Type(&'static str, Ends),
    /// A file that is written without a command: where, and its text.
    Write(&'static str, &'static str),
    /// From here on, commands run in this clone.
    Enter(&'static str),
}

/// How a command of the tour must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Exit code 0.
    Well,
    /// Refused, by whatever it calls: exit code 1.
    Refused,
}

use Ends::{Refused, Well};
use Step::{Chapter, Enter, Say, Type, Write};

const API: &str = "\
/// The price of an article, in euros.
pub fn price(article: u32) -> f64 {
    f64::from(article) * 1.5
}
";

const API_IN_CENTS: &str = "\
/// The price of an article, in cents.
pub fn price(article: u32) -> u64 {
    u64::from(article) * 150
}
";

const CART: &str = "\
pub fn total(articles: &[u32]) -> f64 {
    articles.iter().map(|article| price(*article)).sum()
}
";

const CART_WITH_DISCOUNT: &str = "\
pub fn total(articles: &[u32]) -> f64 {
    articles.iter().map(|article| price(*article)).sum::<f64>() * 0.9
}
";

const CART_IN_CENTS: &str = "\
pub fn total(articles: &[u32]) -> u64 {
    articles.iter().map(|article| price(*article)).sum::<u64>() * 9 / 10
}
";

/// The whole tour.
pub const STORY: &[Step] = &[
    Chapter("1. A repository, and a team of two"),
    Enter("api"),
    Type("git init -q -b main", Well),
    Type("git config user.name 'Ada' && git config user.email ada@example.com", Well),
    Write("src/api.rs", API),
    Write("src/cart.rs", CART),
    Type("git add . && perfteam init", Well),
    Type(
        "perfteam agent add @backend.api --title 'API' --description 'Owns the API that every client calls.' --keyword api --email ada@example.com",
        Well,
    ),
    Type(
        "perfteam agent add @frontend.web --title 'Web shop' --description 'Builds the web shop on the API.' --keyword cart --email ben@example.com --watch src/api.rs",
        Well,
    ),
    Say(
        "@frontend.web watches src/api.rs: a change there affects it. This team wants such changes announced:",
    ),
    Type("printf 'rules:\\n  affected-not-flagged: block\\n' >> .perfteam/perfteam.yaml", Well),
    Type("git add . && git commit -q -m 'Begin'", Well),
    Chapter("2. Ada changes the API; the commit is refused until the flag exists"),
    Type("git switch -q -c cents", Well),
    Write("src/api.rs", API_IN_CENTS),
    Type("git commit -a -m 'Prices in cents'", Refused),
    Say("The refusal names who is affected and the command. Ada says what changed and what is to be done:"),
    Type(
        "perfteam flag create --type breaking_change --to @frontend.web --impact high --file src/api.rs \
         --change 'price() returns whole cents as u64 instead of euros as f64, since sums of floats were wrong by a cent.' \
         --action 'In src/cart.rs add up cents as u64, apply the discount with integer arithmetic, and divide by 100 only where a price is shown to the customer.'",
        Well,
    ),
    Type("git commit -a -q -m 'Prices in cents'", Well),
    Type("git log -1 --stat --format='%h %s (%(trailers:key=Perfteam-Agent))'", Well),
    Type("perfteam check --base main", Well),
    Type("git switch -q main && git merge -q --no-edit cents", Well),
    Chapter("3. Ben works in a clone without the hooks; CI says what they would have said"),
    Type("git clone -q . ../web", Well),
    Enter("web"),
    Type("git config user.name 'Ben' && git config user.email ben@example.com", Well),
    Type("git switch -q -c discount", Well),
    Write("src/cart.rs", CART_WITH_DISCOUNT),
    Type("git commit -a -q -m 'Ten percent off'", Well),
    Say("Nothing held that commit back here. The same check runs in CI, on the commits themselves:"),
    Type("perfteam check --base origin/main", Refused),
    Chapter("4. With the hooks, the next commit is refused until the flag is processed"),
    Type("perfteam init", Well),
    Type("perfteam inbox", Well),
    Write("src/cart.rs", CART_IN_CENTS),
    Type("git commit -a -q -m 'Add up cents'", Refused),
    Type(
        "perfteam flag complete $(perfteam inbox --format json | sed -n 's/.*\"short\": \"\\(.*\\)\",/\\1/p') --note 'The cart adds up cents.'",
        Well,
    ),
    Type("git commit -a -q -m 'Add up cents'", Well),
    Type("perfteam check --base origin/main", Well),
    Chapter("5. Ada asks for a load test; a figure over her limit comes back as a flag"),
    Enter("api"),
    Type(
        "perfteam task create --title 'Load test of the cart' --to @frontend.web --priority high \
         --deadline +2d --escalate-when 'p95 > 300ms'",
        Well,
    ),
    Type("git commit -q -m 'Ask for a load test'", Well),
    Enter("web"),
    Type("git fetch -q && git merge -q --no-edit origin/main", Well),
    Type("perfteam next", Well),
    Type("perfteam task start .perfteam/tasks/*/load-test-*", Well),
    Type("perfteam task progress .perfteam/tasks/*/load-test-* --percent 50 --metric p95=850ms", Well),
    Chapter("6. What Ben learnt is a finding, bound to its line of code; others confirm or dispute it"),
    Type(
        "perfteam finding report --title 'The cart asks for each price alone' --category bottleneck \
         --component cart --severity high --location src/cart.rs:2 --metric p95=250ms..850ms \
         --evidence 'A cart of 40 articles makes 40 calls of 20 ms each.' --distribute @backend.api",
        Well,
    ),
    Type("git commit -q -m 'First results of the load test'", Well),
    Type("perfteam inbox @backend.api", Well),
    Chapter("7. They look for the cause together: each role has a task and a document"),
    Type(
        "perfteam investigate open --title 'The cart is slow' --priority high --system cart \
         --impact 'Customers with full carts wait 850 ms instead of 250 ms.' --success 'p95 < 300ms'",
        Well,
    ),
    Type(
        "perfteam investigate delegate .perfteam/investigations/*/the-cart-is-slow-* --data @frontend.web --code @backend.api",
        Well,
    ),
    Type(
        "perfteam investigate write .perfteam/investigations/*/the-cart-is-slow-* --document data \
         --section Figures --row 'p95 | 250ms | 850ms'",
        Well,
    ),
    Say("A root cause without the evidence of all roles is a guess. Ben tries it too early:"),
    Type("perfteam investigate synthesize .perfteam/investigations/*/the-cart-is-slow-*", Refused),
    Type("git commit -q -m 'Look for the cause'", Well),
    Say("Ada sees her part with everything else that waits for her:"),
    Type("perfteam next @backend.api", Well),
];
