//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Turns first-time buyers into regulars.
///
/// Without a command it opens the studio: a sample shop on this machine, with its inbox in the browser.
#[derive(Debug, Parser)]
#[command(name = "regulars", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the studio, when no command is named.
    #[command(flatten)]
    pub studio: Studio,
    /// Where the local shop lives.
    #[arg(long, global = true, value_name = "DIR", default_value = ".regulars")]
    pub data: PathBuf,
    /// Where `templates/` is. By default that of this source tree.
    #[arg(long, global = true, value_name = "DIR", num_args = 0..=1, default_missing_value = "")]
    pub templates: Option<PathBuf>,
    /// The deployed shop that a command works on, in place of the local one.
    #[command(flatten)]
    pub deployed: Deployed,
}

/// A deployed shop. Region and credentials are those of the environment, as `aws configure export-credentials --format env`
/// prints them.
#[derive(Debug, Args)]
#[command(next_help_heading = "A deployed shop")]
pub struct Deployed {
    /// Works on a deployed shop: the stack's output `TableName`. `plan`, `why` and `export` only read.
    #[arg(long, global = true, value_name = "NAME")]
    pub table: Option<String>,
    /// Its second table: the stack's output `KeptTableName`.
    #[arg(long, global = true, value_name = "NAME")]
    pub kept_table: Option<String>,
    /// The path in the parameter store below which its secrets are.
    #[arg(long, global = true, value_name = "PATH", default_value = "/regulars/shop")]
    pub parameters: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens the studio: the whole shop on this machine.
    Studio(Studio),
    /// Checks everything in `templates/`, and names file and line of each mistake.
    Check(Check),
    /// Shows every letter as its readers will see it, and again as soon as a file is saved.
    Preview(Preview),
    /// Makes pictures of all letters, a sheet for each flow and language: phone and desktop, by day and in dark mode. Needs
    /// Chromium.
    Sheets(crate::sheets::Options),
    /// Builds, checks and deploys the shop; with --templates a change of copy, in seconds and with no compiler. Needs AWS's
    /// command line, and SAM's for the whole.
    Deploy(crate::deploy::Options),
    /// Signs a payload as the storefront would, posts it, and prints the answer. With --replay: everything of the source
    /// that could not be read when it came.
    Webhook(Webhook),
    /// Says who gets what in a span of time, and for everyone else the rule that held it back.
    Plan(Plan),
    /// Lives through a span of time over everybody's past: letters a day and a flow, what holds letters back, which flows
    /// meet, who gets many. Claims nothing about what is bought for it.
    Simulate(Simulate),
    /// Says what a change of flows changes: letters more and fewer, by flow, and whom it touches.
    Diff(Diff),
    /// Explains every letter that a customer got or did not get.
    Why(Who),
    /// Prints everything that is kept of a customer, as JSON.
    Export(Who),
    /// Says what to set at a storefront; with an API token in `REGULARS_TOKEN` it creates the webhooks itself.
    Connect(Connect),
    /// Reads what a storefront has of before, with the API token in `REGULARS_TOKEN`. History triggers no letter about the
    /// past. Broken off, it goes on where it was.
    Backfill(Backfill),
    /// Lists everybody who asked at a storefront what is kept of them, and until when the law wants the answer.
    Requests(Requests),
    /// Fills and counts the pools of coupon codes that are given once each.
    #[command(subcommand)]
    Coupons(Coupons),
    /// Stops all marketing within twenty seconds, or lets it go on, also after the reputation breaker stopped it; confirmations
    /// go on leaving. Letters that wait longer than they may are not sent later: they go stale.
    Marketing(Marketing),
    /// Lets a table send that was restored from a backup: takes in the opt-outs and erasures that the second table kept, and
    /// sends nothing that fell due before now.
    Release,
    /// Lets letters go to a customer again whose mailbox was found dead: once they have said that it works. An opt-out and a
    /// complaint stay.
    Unblock(Who),
    /// Erases a customer: nothing is kept but a tombstone, and letters that name nobody.
    Erase(Who),
    /// Reads customers and orders out of a CSV file. History triggers no letter about the past.
    Import(Import),
}

/// Options of the studio.
#[derive(Debug, Args, Clone)]
pub struct Studio {
    /// The port of the studio, on this machine only.
    #[arg(long, default_value_t = 4280)]
    pub port: u16,
    /// Starts with no sample shop.
    #[arg(long)]
    pub empty: bool,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Prints JSON.
    #[arg(long, conflicts_with = "sarif")]
    pub json: bool,
    /// Prints SARIF 2.1.0, which code hosts show beside the lines of a change.
    #[arg(long)]
    pub sarif: bool,
}

/// Options of `preview`.
#[derive(Debug, Args)]
pub struct Preview {
    /// The letter to begin with, such as winback/last; needed for --export and --to.
    pub letter: Option<String>,
    /// The port, on this machine only.
    #[arg(long, default_value_t = 4281)]
    pub port: u16,
    /// The language.
    #[arg(long, value_name = "TAG")]
    pub locale: Option<String>,
    /// A sample customer, such as `long` or `right-to-left`.
    #[arg(long, value_name = "NAME")]
    pub sample: Option<String>,
    /// A customer of the shop, by id or address, in place of a sample.
    #[arg(long, value_name = "CUSTOMER", conflicts_with = "sample")]
    pub customer: Option<String>,
    /// Writes the letter as one HTML file and ends.
    #[arg(long, value_name = "FILE", requires = "letter")]
    pub export: Option<PathBuf>,
    /// Sends the letter to this address and ends; needs --smtp or --ses.
    #[arg(long, value_name = "ADDRESS", requires = "letter")]
    pub to: Option<String>,
    /// The mail server by which it leaves, such as `smtps://user:password@mail.example.com`.
    #[arg(long, value_name = "URL", env = "REGULARS_SMTP", hide_env_values = true)]
    pub smtp: Option<String>,
    /// The configuration set of SES by which it leaves, in the account of the environment.
    #[arg(long, value_name = "NAME", conflicts_with = "smtp")]
    pub ses: Option<String>,
}

/// Options of `webhook`.
#[derive(Debug, Args)]
pub struct Webhook {
    /// The payload.
    #[arg(required_unless_present = "replay", conflicts_with = "replay")]
    pub file: Option<PathBuf>,
    /// Sends what could not be read through once more. What can be read now is forgotten where it was kept.
    #[arg(long)]
    pub replay: bool,
    /// The source in shop.toml that it comes from.
    #[arg(long, default_value = crate::sample::SOURCE)]
    pub source: String,
    /// Where the shop answers.
    #[arg(long, default_value = "http://127.0.0.1:4280")]
    pub url: String,
    /// The topic, such as orders/create. Not needed where the body itself has its type.
    #[arg(long)]
    pub topic: Option<String>,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// From when: 2026-12-05 or 2026-12-05T09:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub at: String,
    /// For how long: 24h, 7d.
    #[arg(long = "for", value_name = "SPAN", default_value = "24h")]
    pub span: String,
    /// Only this flow.
    #[arg(long, value_name = "NAME")]
    pub flow: Option<String>,
    /// Only this customer, by id or address.
    #[arg(long, value_name = "CUSTOMER")]
    pub customer: Option<String>,
    /// Only what this rule holds back, such as `weekly_cap`.
    #[arg(long, value_name = "CODE")]
    pub reason: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Whose time is lived through: by default everybody's of the store.
#[derive(Debug, Args)]
#[command(next_help_heading = "Whose time")]
pub struct People {
    /// The people of a CSV file of orders, read as `import` reads it.
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// The people of the sample shop.
    #[arg(long, conflicts_with = "history")]
    pub sample: bool,
    /// How that file is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// Options of `simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// From when: what happened before is known.
    #[arg(long, value_name = "TIME")]
    pub from: String,
    /// Until when.
    #[arg(long, value_name = "TIME")]
    pub to: String,
    /// Names everybody who gets more letters than this within seven days.
    #[arg(long, value_name = "LETTERS", default_value_t = 3)]
    pub more_than: usize,
    /// Whose time.
    #[command(flatten)]
    pub people: People,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The templates of before: a directory, or a revision in git.
    pub base: String,
    /// The templates of after.
    pub head: String,
    /// From when. By default now, and for the sample shop a month before its end.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// For how long.
    #[arg(long = "for", value_name = "SPAN", default_value = "30d")]
    pub span: String,
    /// Whose time.
    #[command(flatten)]
    pub people: People,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Whom a command is about.
#[derive(Debug, Args)]
pub struct Who {
    /// The customer's id, or an address.
    pub customer: String,
}

/// Options of `connect`.
#[derive(Debug, Args)]
pub struct Connect {
    /// The source in shop.toml.
    pub source: String,
    /// Where the shop answers: the address that the deployment printed.
    #[arg(long, value_name = "URL")]
    pub url: String,
}

/// Options of `backfill`.
#[derive(Debug, Args)]
pub struct Backfill {
    /// The source in shop.toml. It names its `store`.
    #[arg(long)]
    pub source: String,
}

/// Options of `requests`.
#[derive(Debug, Args)]
pub struct Requests {
    /// Marks the request of this customer as answered.
    #[arg(long, value_name = "CUSTOMER")]
    pub answered: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// What may be done with pools of codes.
#[derive(Debug, Subcommand)]
pub enum Coupons {
    /// Reads codes into the pool of an offer: one a line, or a CSV file with a column `code`. What is known already, and what
    /// stands twice, is left out and counted.
    Import {
        /// The offer in offers.toml.
        offer: String,
        /// The file.
        file: PathBuf,
    },
    /// Says of each offer how many codes are free, given and used.
    List {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Options of `marketing`.
#[derive(Debug, Args)]
pub struct Marketing {
    /// What to do; without it, says how it stands.
    pub order: Option<Order>,
}

/// What may be asked of marketing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
    /// Nothing more leaves.
    Stop,
    /// It goes on.
    Resume,
}

/// Options of `import`.
///
/// The exports of Shopify (orders, customers) and of WooCommerce (Customer/Order/Coupon Export with one row for each item,
/// its customers, the customers download of Analytics) are recognised by their headers. Any other file needs --column.
///
/// Consent: an export says how things stand, not when the person acted. So a `no` in a customers export lowers consent,
/// and a `yes` does not raise it. If you know that the people of the file agreed, say so with --consent and where and in
/// which words they did with --proof: it holds for those of whom nothing is known, and never for one whom the file calls
/// unsubscribed or who has unsubscribed before.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Import {
    /// The file: separated by commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or Windows-1252.
    pub file: PathBuf,
    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,
    /// A file that is no known export lists people, not orders.
    #[arg(long)]
    pub customers: bool,
    /// The moment of the import; steps due before it are put to rest. By default now.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
}

/// How a CSV file is read.
#[derive(Debug, Args)]
pub struct Reading {
    /// Maps a field to a header, `email=Email`, or to text with headers in it, `email={CustomerID}@example.com`.
    #[arg(long = "column", value_name = "NAME=HEADER")]
    pub columns: Vec<String>,
    /// Sets a field for all rows: `currency=GBP`.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub constants: Vec<String>,
    /// States that the people of the file agreed to letters. Without it, it is unknown, and they get none.
    #[arg(long, value_parser = ["subscribed"], requires = "proof")]
    pub consent: Option<String>,
    /// Where and in which words that consent was given; kept with each of them.
    #[arg(long, value_name = "TEXT")]
    pub proof: Option<String>,
    /// The source that the file came from, so that its webhooks are about the same orders. By default the only one of its
    /// kind in shop.toml; for a file that is no known export `import`.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
}
