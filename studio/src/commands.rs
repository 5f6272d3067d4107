//! The commands: what each reads, does and prints.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use cloud::config::{
    Config, LOCAL_BIGCOMMERCE_SECRET, LOCAL_ECWID_SECRET, LOCAL_SHOPIFY_SECRET, LOCAL_STANDARD_SECRET,
    LOCAL_WOOCOMMERCE_SECRET, TOKEN,
};
use cloud::parameters::Parameters;
use cloud::queue::LocalQueues;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::store::History;
use cloud::{Clock, Queue};
use retention::fetch::FetchKind;
use retention::ids::SourceName;
use retention::shop::{Source, SourceKind};
use retention::{Shop, Time, calendar};
use tokio::net::TcpListener;

use sources::{Access, Client};

use crate::cli::{self, Cli, Command};
use crate::connect::Connection;
use crate::counted::counted;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::import::{self, Columns, Options};
use crate::local::{Local, aggregate, default_templates, read_templates};
use crate::place::{Place, existing_data, now_of};
use crate::plan::{Part, everyone};
use crate::preview::Preview;
use crate::revision::Templates;
use crate::simulate::Question;
use crate::test_send::By;
use crate::webhook::Door;
use crate::{
    backfill, check, coupons, deploy, diff, marketing, person, plan, preview, release, requests, sample, server,
    sheets, simulate, test_send, webhook, why,
};

/// The secret of webhooks on this machine, unless the environment names another.
const LOCAL_SECRET: &str = "sample-shop-secret-0123456789";
/// The same in the form of Standard Webhooks.
const LOCAL_STANDARD: &str = "whsec_c2FtcGxlLXNob3Atc2VjcmV0LTAxMjM0NTY3ODk=";

/// Runs a command.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    let named = cli.templates.clone().filter(|folder| !folder.as_os_str().is_empty());
    let templates = named.unwrap_or_else(default_templates);
    let at = &cli;
    match &cli.command {
        None => Box::pin(studio(&cli.studio, &cli.data, &templates)).await,
        Some(Command::Studio(options)) => Box::pin(studio(options, &cli.data, &templates)).await,
        Some(Command::Check(options)) => {
            let form = if options.sarif {
                check::Form::Sarif
            } else if options.json {
                check::Form::Json
            } else {
                check::Form::Text
            };
            let report = check::check(&templates);
            print(&report.said(form))?;
            report.verdict()
        }
        Some(Command::Preview(options)) => preview(options, at, &templates).await,
        Some(Command::Sheets(options)) => print(&sheets::make(&read_templates(&templates)?, options)?),
        Some(Command::Deploy(options)) if cli.templates.is_some() => {
            print(&deploy::templates(&templates, &options.stack).await?)
        }
        Some(Command::Deploy(options)) => {
            let root = templates
                .parent()
                .ok_or_else(|| Failure::new("templates/ lies in the source tree of the functions"))?;
            print(&deploy::everything(root, &options.stack)?)
        }
        Some(Command::Webhook(options)) => webhook(options, at, &templates).await,
        Some(Command::Plan(options)) => {
            let (shop, place) = (read_templates(&templates)?.shop, Place::existing(at).await?);
            let part = part(options, &shop, &place).await?;
            let begins = time(&options.at, &shop)?;
            let mut plan = plan::plan(&place.store, &shop, begins, span(&options.span)?).await?;
            // Which codes were free in the past, nobody wrote down.
            if begins >= place.now {
                plan.hold_without_codes(&place.store, &shop).await?;
            }
            plan.keep(&part);
            if options.json { print(&json(&plan)?) } else { print(&plan.text()) }
        }
        Some(Command::Simulate(options)) => simulate(options, at, &templates).await,
        Some(Command::Diff(options)) => diff(options, at, &templates).await,
        Some(Command::Why(options)) => {
            let (shop, place) = (read_templates(&templates)?.shop, Place::existing(at).await?);
            print(&why::why(&place.store, &shop, &options.customer, place.now).await?)
        }
        Some(Command::Export(options)) => {
            print(&person::export(&Place::existing(at).await?.store, &options.customer).await?)
        }
        Some(Command::Connect(options)) => connect(options, &cli.deployed.parameters, &templates).await,
        Some(Command::Backfill(options)) => Box::pin(backfill(options, at, &templates)).await,
        Some(Command::Requests(options)) => {
            let place = Place::existing(at).await?;
            if let Some(who) = &options.answered {
                return print(&requests::answered(&place.store, who).await?);
            }
            print(&requests::list(&place.store, options.json).await?)
        }
        Some(Command::Coupons(cli::Coupons::Import { offer, file })) => {
            let (shop, place) = (read_templates(&templates)?.shop, Place::new_or_existing(at).await?);
            let report = coupons::import(&place.store, &shop, offer, file, place.now).await?;
            print(&report.text())?;
            if report.bad > 0 {
                return Err(Failure::new("some lines hold no code: mend them and import the file again"));
            }
            Ok(())
        }
        Some(Command::Coupons(cli::Coupons::List { json })) => {
            let (shop, place) = (read_templates(&templates)?.shop, Place::existing(at).await?);
            print(&coupons::list(&place.store, &shop, *json).await?)
        }
        Some(Command::Marketing(options)) => {
            print(&marketing::marketing(&Place::existing(at).await?.store, options.order).await?)
        }
        Some(Command::Release) => {
            let place = Place::existing(at).await?;
            print(&release::release(&place.store, place.now).await?)
        }
        Some(Command::Unblock(options)) => {
            let place = Place::existing(at).await?;
            print(&person::unblock(&place.store, &options.customer, place.now).await?)
        }
        Some(Command::Erase(options)) => {
            let place = Place::existing(at).await?;
            print(&person::erase(&place.store, &options.customer, place.now).await?)
        }
        Some(Command::Import(options)) => import(options, at, &templates).await,
    }
}

async fn studio(options: &cli::Studio, data: &Path, templates: &Path) -> Result<(), Failure> {
    let address = format!("127.0.0.1:{}", options.port);
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|e| Failure::new(format!("{address} cannot be opened: {e}; choose another port with --port N")))?;
    let data = DataDir::create(data)?;
    let url = format!("http://{address}");
    let wall = cloud::clock::system_now();
    let saved = data.clock();
    let begins = match saved {
        Some(saved) => saved.now,
        None if options.empty => wall,
        None => wall - sample::BACK,
    };
    let secret = secret(SourceKind::Shopify);
    let sources = read_templates(templates)?.shop.sources;
    let secrets = sources.iter().map(|source| (intake::secret_name(source), self::secret(source.kind)));
    let asked = sources.iter().filter(|source| source.store.is_some());
    let tokens = asked.filter_map(|source| Some((sync::token_name(source), Config::find(TOKEN)?)));
    let secrets = Parameters::Local(secrets.chain(tokens).collect());
    let local = Local::open(templates, data, secrets, url.clone(), begins).await?;
    print(&format!("Regulars studio\n\n  inbox      {url}\n  webhooks   {url}/webhooks/{}", sample::SOURCE))?;
    print(&format!("  secret     {secret}\n  data       {}\n", local.data().path().display()))?;
    let letters = match saved {
        Some(saved) => {
            let to = (wall + TimeDelta::seconds(saved.ahead_seconds)).max(saved.now);
            let letters = local.advance(to, &[]).await?;
            if saved.ahead_seconds > 0 {
                local.stay_ahead();
            }
            letters
        }
        None if options.empty => local.advance(wall, &[]).await?,
        None => sample::load(&local, &secret, wall).await?,
    };
    print(&format!("Ready: {} left while it caught up. Ctrl-C stops it.", counted(letters, "letter", "letters")))?;
    server::serve(local, listener).await
}

async fn webhook(options: &cli::Webhook, cli: &Cli, templates: &Path) -> Result<(), Failure> {
    let shop = read_templates(templates)?.shop;
    let (source, now) = (webhook::source(&shop, &options.source)?, clock_of(&options.url, &cli.data));
    let door = Door { source, url: &options.url, secret: &secret(source.kind), now };
    if let Some(file) = &options.file {
        return print(&webhook::post_file(&door, file, options.topic.as_deref()).await?);
    }
    print(&webhook::replay(&door, &Place::existing(cli).await?.store).await?)
}

async fn connect(options: &cli::Connect, parameters: &str, templates: &Path) -> Result<(), Failure> {
    let shop = read_templates(templates)?.shop;
    let source = webhook::source(&shop, &options.source)?;
    let connection = Connection { source, url: &options.url, parameters };
    print(&connection.steps())?;
    let Some(token) = Config::find(TOKEN) else { return Ok(()) };
    let client = client(source, &token)?;
    print(&connection.subscribe(&client, &secret(source.kind)).await?)
}

async fn backfill(options: &cli::Backfill, cli: &Cli, templates: &Path) -> Result<(), Failure> {
    let shop = read_templates(templates)?.shop;
    let source = webhook::source(&shop, &options.source)?.clone();
    let token =
        Config::find(TOKEN).ok_or_else(|| Failure::new(format!("{TOKEN} is not set: it holds the API token")))?;
    let client = client(&source, &token)?;
    let place = Place::new_or_existing(cli).await?;
    let recorder = Recorder {
        shop: Arc::new(shop),
        store: place.store.clone(),
        snapshot: Snapshot::default(),
        queue: Queue::Local(LocalQueues::default()),
        clock: Clock::System,
    };
    let says = |kind: FetchKind, report: backfill::Report| {
        // A line that cannot be written changes nothing of the work.
        let _ = print(&format!("{}s: {} recorded, {} known", kind.name(), report.recorded, report.known));
    };
    let report = backfill::backfill(&recorder, &source, &client, says).await?;
    aggregate(&recorder.store, &recorder.shop, recorder.clock.now()).await?;
    print(&format!("{} recorded, {} known, {} not readable.", report.recorded, report.known, report.unreadable))
}

fn client(source: &Source, token: &str) -> Result<Client, Failure> {
    let store = source.store.as_ref().ok_or_else(|| {
        Failure::new(format!("source `{}` names no store: set `store = \"...\"` in shop.toml", source.name))
    })?;
    let access = Access::new(source.kind, store.as_str(), token).map_err(|e| Failure::new(e.to_string()))?;
    Client::new(access, TOKEN).map_err(|e| Failure::new(e.to_string()))
}

async fn preview(options: &cli::Preview, cli: &Cli, templates: &Path) -> Result<(), Failure> {
    let customer = match &options.customer {
        Some(who) => Some(preview::customer(&Place::existing(cli).await?, who).await?),
        None => None,
    };
    let preview = Preview::new(templates, customer);
    let locale = options.locale.as_deref();
    let mut asked = options.letter.as_deref().map(|name| preview.named(name, locale)).transpose()?;
    if let Some((asked, sample)) = asked.as_mut().zip(options.sample.as_ref()) {
        asked.sample.clone_from(sample);
    }
    if let Some((file, asked)) = options.export.as_ref().zip(asked.as_ref()) {
        let html = preview.letter(asked)?.html;
        std::fs::write(file, html).map_err(|e| Failure::new(format!("{}: {e}", file.display())))?;
        return print(&format!("{}/{} is in {}", asked.flow, asked.step, file.display()));
    }
    if let Some((to, asked)) = options.to.as_ref().zip(asked.as_ref()) {
        let by = match (&options.smtp, &options.ses) {
            (Some(url), _) => By::Smtp(url.clone()),
            (None, Some(name)) => By::Ses(name.clone()),
            (None, None) => return Err(Failure::new("say by what it leaves: --smtp URL or --ses CONFIGURATION-SET")),
        };
        return print(&test_send::send(&preview.letter(asked)?, asked, to, &by).await?);
    }
    let address = format!("127.0.0.1:{}", options.port);
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|e| Failure::new(format!("{address} cannot be opened: {e}; choose another port with --port N")))?;
    let place = asked.map(|asked| asked.place()).unwrap_or_default();
    print(&format!(
        "All letters: http://{address}/{place}\nSave a file in {} to see it again. Ctrl-C ends.",
        templates.display()
    ))?;
    preview::serve(preview, listener).await
}

async fn import(options: &cli::Import, cli: &Cli, templates: &Path) -> Result<(), Failure> {
    let shop = read_templates(templates)?.shop;
    let place = Place::new_or_existing(cli).await?;
    let as_of = match &options.as_of {
        Some(text) => time(text, &shop)?,
        None => place.now,
    };
    let reading = reading(&options.reading, options.customers, &shop, as_of)?;
    let report = import::file(&place.store, &shop, &options.file, &reading).await?;
    aggregate(&place.store, &shop, as_of).await?;
    print(&report.text())?;
    if report.bad_rows > 0 {
        let what = format!(
            "{}: left out, with the order of each; all others are in",
            counted(report.bad_rows, "bad row", "bad rows")
        );
        return Err(Failure::new(format!("{what}; mend the file and import it again, what is in stays as it is")));
    }
    Ok(())
}

/// How a CSV file is read, at the moment of its import.
fn reading(options: &cli::Reading, customers: bool, shop: &Shop, as_of: Time) -> Result<Options, Failure> {
    let source = options.source.as_deref().map(SourceName::parse);
    let columns = Columns::parse(&options.columns, &options.constants, customers);
    Ok(Options {
        columns: columns.map_err(|e| Failure::new(e.to_string()))?,
        source: source.transpose().map_err(|e| Failure::new(format!("--source: {e}")))?,
        consent: options.consent.as_ref().and(options.proof.clone()),
        as_of,
        zone: shop.zone,
        currency: shop.currency,
    })
}

/// Which part of a plan is asked for. A name that there is not is a slip, and no empty plan.
async fn part(options: &cli::Plan, shop: &Shop, place: &Place) -> Result<Part, Failure> {
    let flow = options.flow.as_deref().map(|name| {
        let found = shop.flows.iter().find(|flow| flow.name.as_str() == name);
        let names = || shop.flows.iter().map(|flow| flow.name.as_str()).collect::<Vec<_>>().join(", ");
        found
            .map(|flow| flow.name.clone())
            .ok_or_else(|| Failure::new(format!("no flow `{name}`: there are {}", names())))
    });
    let reason = options.reason.as_deref().map(|code| {
        let read = serde_json::from_value(code.into());
        read.map_err(|_| Failure::new(format!("no reason `{code}`: a plan names them, such as weekly_cap")))
    });
    let customer = match &options.customer {
        Some(who) => Some(person::find(&place.store, who).await?.customer.id),
        None => None,
    };
    Ok(Part { flow: flow.transpose()?, customer, reason: reason.transpose()? })
}

async fn simulate(options: &cli::Simulate, cli: &Cli, templates: &Path) -> Result<(), Failure> {
    let shop = read_templates(templates)?.shop;
    let (from, to) = (time(&options.from, &shop)?, time(&options.to, &shop)?);
    if to < from {
        return Err(Failure::new("--to is before --from".to_owned()));
    }
    let people = people(&options.people, cli, &shop, from).await?;
    let question = Question { from, to, threshold: options.more_than };
    let (simulation, _) = simulate::simulate(&people, &shop, question);
    if options.json { print(&json(&simulation)?) } else { print(&simulation.text(&question)) }
}

async fn diff(options: &cli::Diff, cli: &Cli, templates: &Path) -> Result<(), Failure> {
    let [base, head] = [&options.base, &options.head].map(|word| Templates::named(word, templates));
    let (base, head) = (base?, head?);
    let of = |templates: &Templates, word: &str| {
        read_templates(templates.path()).map(|tree| tree.shop).map_err(|failure| failure.about(word))
    };
    let (before, after) = (of(&base, &options.base)?, of(&head, &options.head)?);
    let from = match &options.at {
        Some(text) => time(text, &after)?,
        None if options.people.sample => sample::begins(cloud::clock::system_now()),
        None => cloud::clock::system_now(),
    };
    let question = Question { from, to: from + span(&options.span)?, threshold: 0 };
    let people = people(&options.people, cli, &after, from).await?;
    let difference = diff::diff(&people, (&before, &after), question);
    if options.json {
        return print(&json(&difference)?);
    }
    let whose = if options.people.sample { "The sample shop" } else { "This shop" };
    print(&difference.markdown(&question, whose))
}

/// Everybody whose time is lived through, with what was known at `from`.
async fn people(options: &cli::People, cli: &Cli, shop: &Shop, from: Time) -> Result<Vec<History>, Failure> {
    if options.sample {
        return sample::histories(shop, from);
    }
    let Some(file) = &options.history else {
        return everyone(&Place::existing(cli).await?.store).await;
    };
    let reading = reading(&options.reading, false, shop, from)?;
    let name = file.display();
    let open = std::fs::File::open(file).map_err(|e| Failure::new(format!("{name} cannot be opened: {e}")))?;
    let (people, report) =
        import::histories(open, shop, &reading).map_err(|failure| failure.about(&name.to_string()))?;
    if report.bad_rows > 0 {
        let first = report.listed.first().map(ToString::to_string).unwrap_or_default();
        let what = format!("{name}: {} cannot be read, the first: {first}", counted(report.bad_rows, "row", "rows"));
        return Err(Failure::new(what));
    }
    Ok(people)
}

fn json(answer: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(answer).map_err(|e| Failure::new(e.to_string()))
}

fn secret(kind: SourceKind) -> String {
    let (variable, local) = match kind {
        SourceKind::Shopify => (LOCAL_SHOPIFY_SECRET, LOCAL_SECRET),
        SourceKind::WooCommerce => (LOCAL_WOOCOMMERCE_SECRET, LOCAL_SECRET),
        SourceKind::Ecwid => (LOCAL_ECWID_SECRET, LOCAL_SECRET),
        SourceKind::BigCommerce => (LOCAL_BIGCOMMERCE_SECRET, LOCAL_SECRET),
        SourceKind::Standard => (LOCAL_STANDARD_SECRET, LOCAL_STANDARD),
    };
    Config::find(variable).unwrap_or_else(|| local.to_owned())
}

/// The clock of whoever answers at `url`: the studio's may have been moved, and some signatures hold for five minutes.
fn clock_of(url: &str, data: &Path) -> Time {
    let here = ["http://127.0.0.1", "http://localhost"].iter().any(|machine| url.starts_with(machine));
    let studio = if here { existing_data(data).ok() } else { None };
    studio.map_or_else(cloud::clock::system_now, |data| now_of(&data))
}

/// A time with an offset, or a day, which begins at midnight by the shop's clock.
fn time(text: &str, shop: &Shop) -> Result<Time, Failure> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    day.map(|day| calendar::local(shop.zone, day, NaiveTime::MIN))
        .map_err(|_| Failure::new(format!("`{text}` is no time: write 2026-12-05 or 2026-12-05T09:00:00Z")))
}

fn span(text: &str) -> Result<TimeDelta, Failure> {
    let span = humantime::parse_duration(text).ok().and_then(|span| TimeDelta::from_std(span).ok());
    span.filter(|span| *span <= TimeDelta::days(3_660))
        .ok_or_else(|| Failure::new(format!("`{text}` is no span of time: write 24h or 7d")))
}

fn print(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever reads may stop reading: `regulars plan | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|e| Failure::new(format!("nothing can be printed: {e}"))),
    }
}
