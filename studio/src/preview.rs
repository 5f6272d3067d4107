//! `regulars preview`: every letter as its readers will see it, on the screen again as soon as a file is saved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::get;
use letters::samples::{self, Sample};
use letters::{Letter, Letters};
use notify::{RecursiveMode, Watcher as _};
use retention::flow::{Flow, Step};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shop::{Mistake, Mistakes, Tree};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::person;
use crate::place::Place;

const PAGE: &str = include_str!("pages/preview.html");
/// Editors write a file in several steps: what comes within this time is one save.
const ONE_SAVE: Duration = Duration::from_millis(25);
/// How long a page waits for a change before it asks anew.
const WAIT: Duration = Duration::from_secs(25);
/// How many lines are shown above and below a mistake.
const AROUND: usize = 2;

/// The letters as they are now, and a customer of the shop who is shown beside the samples.
pub struct Preview {
    templates: PathBuf,
    customer: Option<Sample>,
    now: RwLock<Arc<Result<Shown, Mistakes>>>,
    changes: watch::Sender<u64>,
}

/// A tree that could be read.
struct Shown {
    tree: Tree,
    letters: Letters,
    samples: Vec<Sample>,
}

/// Which letter is asked for.
#[derive(Debug, Clone, Deserialize)]
pub struct Asked {
    /// Its flow.
    pub flow: String,
    /// Its step.
    pub step: String,
    /// The language.
    pub locale: String,
    /// The sample customer.
    pub sample: String,
}

/// A letter as a page shows it.
#[derive(Debug, Serialize)]
struct Made {
    subject: String,
    preheader: String,
    from: String,
    reply_to: String,
    html: String,
    text: String,
    bytes: usize,
    headers: Vec<(String, String)>,
}

/// A mistake with the lines around it.
#[derive(Debug, Serialize)]
struct Told {
    file: PathBuf,
    line: usize,
    column: usize,
    message: String,
    around: Vec<(usize, String)>,
}

impl Asked {
    /// The place of the page at which it is shown.
    pub fn place(&self) -> String {
        format!("#{}/{}/{}/{}", self.flow, self.step, self.locale, self.sample)
    }
}

/// A customer of the shop, as a sample beside the others.
pub async fn customer(place: &Place, who: &str) -> Result<Sample, Failure> {
    let history = person::find(&place.store, who).await?;
    let mut orders = history.orders;
    orders.sort_by_key(|order| std::cmp::Reverse(order.placed_at));
    let aggregates = place.store.aggregates().await?;
    let cart = history.carts.into_iter().max_by_key(|cart| cart.begun_at);
    let cart = cart.unwrap_or_else(|| samples::cart(&orders, place.now));
    Ok(Sample {
        name: "customer",
        customer: history.customer,
        orders,
        aggregates,
        cart,
        subject: None,
        product: None,
        code: None,
        links: None,
        now: place.now,
    })
}

impl Preview {
    /// The letters of a folder. `customer` is somebody of the shop's own.
    pub fn new(templates: &Path, customer: Option<Sample>) -> Self {
        let now = RwLock::new(Arc::new(shown(templates, customer.as_ref())));
        Self { templates: templates.to_owned(), customer, now, changes: watch::Sender::new(0) }
    }

    /// Reads the folder again.
    pub fn refresh(&self) {
        let read = Arc::new(shown(&self.templates, self.customer.as_ref()));
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = read;
        self.changes.send_modify(|version| *version += 1);
    }

    /// One letter; else what is wrong with it.
    pub fn letter(&self, asked: &Asked) -> Result<Letter, Failure> {
        let now = self.current();
        let shown = now.as_ref().as_ref().map_err(|mistakes| Failure::new(mistakes.to_string()))?;
        let (flow, step) = shown.step(&asked.flow, &asked.step)?;
        let sample = shown.samples.iter().find(|sample| sample.name == asked.sample).ok_or_else(|| {
            let names: Vec<&str> = shown.samples.iter().map(|sample| sample.name).collect();
            Failure::new(format!("there is no sample customer {}; there are {}", asked.sample, names.join(", ")))
        })?;
        let reader = sample.reading(&asked.locale);
        reader.compose(&shown.tree, &shown.letters, flow, step).map_err(|error| Failure::new(error.to_string()))
    }

    /// A letter by name, as people type it: `winback/last`, or `winback` for the first of the flow.
    pub fn named(&self, name: &str, locale: Option<&str>) -> Result<Asked, Failure> {
        let now = self.current();
        let shown = now.as_ref().as_ref().map_err(|mistakes| Failure::new(mistakes.to_string()))?;
        let (flow, letter) = name.split_once('/').map_or((name, None), |(flow, letter)| (flow, Some(letter)));
        let found = shown.tree.shop.flows.iter().find(|known| known.name.as_str() == flow);
        let found = found.ok_or_else(|| {
            let near = shop::nearest(flow, shown.tree.shop.flows.iter().map(|flow| flow.name.as_str()));
            let hint = near.map_or_else(String::new, |near| format!(": did you mean {near}?"));
            Failure::new(format!("there is no flow {flow}{hint}"))
        })?;
        let is_it = |step: &&Step| letter.is_none_or(|name| step.letter.as_str() == name || step.id.as_str() == name);
        let step = found.steps.iter().find(is_it).ok_or_else(|| {
            let names: Vec<&str> = found.steps.iter().map(|step| step.letter.as_str()).collect();
            Failure::new(format!("{flow} has no such letter; it has {}", names.join(", ")))
        })?;
        Ok(Asked {
            flow: flow.to_owned(),
            step: step.id.to_string(),
            locale: locale.unwrap_or(&shown.tree.brand.locale).to_owned(),
            sample: self.customer.as_ref().map_or("ordinary", |customer| customer.name).to_owned(),
        })
    }

    fn current(&self) -> Arc<Result<Shown, Mistakes>> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn told(mistakes: &[Mistake]) -> Vec<Told> {
        let told = mistakes.iter().map(|mistake| {
            let text = std::fs::read_to_string(&mistake.file).unwrap_or_default();
            let first = mistake.line.saturating_sub(AROUND + 1);
            let lines = text.lines().enumerate().skip(first).take(2 * AROUND + 1);
            Told {
                file: mistake.file.clone(),
                line: mistake.line,
                column: mistake.column,
                message: mistake.message.clone(),
                around: lines.map(|(index, line)| (index + 1, line.to_owned())).collect(),
            }
        });
        told.collect()
    }
}

impl Shown {
    fn step(&self, flow: &str, step: &str) -> Result<(&Flow, &Step), Failure> {
        let flows = self.tree.shop.flows.iter().filter(|known| known.name.as_str() == flow);
        let mut steps = flows.flat_map(|flow| flow.steps.iter().map(move |step| (flow, step)));
        let found = steps.find(|(_, known)| known.id.as_str() == step);
        found.ok_or_else(|| Failure::new(format!("there is no step {step} in a flow {flow}")))
    }
}

fn shown(templates: &Path, customer: Option<&Sample>) -> Result<Shown, Mistakes> {
    let tree = shop::read(templates)?;
    let samples = customer.cloned().into_iter().chain(samples::all(&tree)).collect();
    Ok(Shown { letters: Letters::new(&tree), samples, tree })
}

/// Serves until the process ends, and follows the files.
pub async fn serve(preview: Preview, listener: TcpListener) -> Result<(), Failure> {
    let preview = Arc::new(preview);
    let (saved, mut writes) = tokio::sync::mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading the files is no change of them.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // Nobody listens any more: the server has ended.
            let _ = saved.send(());
        }
    })
    .map_err(|e| Failure::new(format!("files cannot be followed: {e}")))?;
    let folder = &preview.templates;
    watcher
        .watch(folder, RecursiveMode::Recursive)
        .map_err(|e| Failure::new(format!("{} cannot be followed: {e}", folder.display())))?;
    let following = preview.clone();
    let follow = async move {
        while writes.recv().await.is_some() {
            tokio::time::sleep(ONE_SAVE).await;
            while writes.try_recv().is_ok() {}
            following.refresh();
        }
    };
    let app = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/api/tree", get(tree))
        .route("/api/letter", get(letter))
        .route("/api/check", get(check))
        .route("/api/change", get(change))
        .with_state(preview);
    tokio::select! {
        served = async { axum::serve(listener, app).await } => {
            served.map_err(|e| Failure::new(format!("the server stopped: {e}")))
        }
        () = follow => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// What there is to see; or the mistakes for which nothing can be seen.
async fn tree(State(preview): State<Arc<Preview>>) -> Response {
    let version = *preview.changes.borrow();
    match preview.current().as_ref() {
        Err(mistakes) => Json(json!({ "version": version, "mistakes": Preview::told(&mistakes.0) })).into_response(),
        Ok(Shown { tree, samples, .. }) => {
            let flows = tree.shop.flows.iter().map(|flow| {
                let steps: Vec<_> =
                    flow.steps.iter().map(|step| json!({ "step": step.id, "letter": step.letter })).collect();
                json!({ "flow": flow.name, "enabled": flow.enabled, "steps": steps })
            });
            let mut languages: Vec<&String> = tree.letters.words.keys().collect();
            languages.sort_by_key(|locale| **locale != tree.brand.locale);
            let titles: BTreeMap<&String, &str> =
                languages.iter().map(|locale| (*locale, tree.pages.language(locale))).collect();
            Json(json!({
                "version": version,
                "shop": tree.brand.name,
                "flows": flows.collect::<Vec<_>>(),
                "locales": languages,
                "titles": titles,
                "samples": samples.iter().map(|sample| sample.name).collect::<Vec<_>>(),
            }))
            .into_response()
        }
    }
}

async fn letter(State(preview): State<Arc<Preview>>, Query(asked): Query<Asked>) -> Response {
    match preview.letter(&asked) {
        Ok(letter) => Json(Made {
            from: format!("{} <{}>", letter.from.name, letter.from.address.expose()),
            reply_to: letter.reply_to.expose().to_owned(),
            bytes: letter.html.len(),
            subject: letter.subject,
            preheader: letter.preheader,
            html: letter.html,
            text: letter.text,
            headers: letter.headers,
        })
        .into_response(),
        Err(failure) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": failure.to_string() }))).into_response()
        }
    }
}

/// What `regulars check` says of the letters, without those that only show once all of them are made.
async fn check(State(preview): State<Arc<Preview>>) -> Response {
    let found = tokio::task::spawn_blocking(move || match preview.current().as_ref() {
        Ok(shown) => Preview::told(&shown.letters.check()),
        Err(mistakes) => Preview::told(&mistakes.0),
    });
    match found.await {
        Ok(told) => Json(told).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Deserialize)]
struct Since {
    since: u64,
}

/// Answers once a file was saved after the version that the page knows.
async fn change(State(preview): State<Arc<Preview>>, Query(Since { since }): Query<Since>) -> Response {
    let mut changes = preview.changes.subscribe();
    let newer = changes.wait_for(|version| *version != since);
    // Without a change the page asks again.
    let version = match tokio::time::timeout(WAIT, newer).await {
        Ok(Ok(version)) => *version,
        _ => since,
    };
    Json(json!({ "version": version })).into_response()
}
