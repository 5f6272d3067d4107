//! One run of a shop: everybody who has something to do does it, moment after moment, and time goes on.

use chrono::TimeDelta;
use retention::Time;
use retention::flow::Class;
use retention::ids::CustomerId;
use serde_json::{Value, json};
use tokio::task::{JoinError, JoinSet};

use crate::Verdict;
use crate::oracle::{self, Erased, Heard, OptOut, Stopped, Told};
use crate::script::{Act, Fate, Script, address, number_of};
use crate::ses::Asked;
use crate::shop::{CONFIGURATION_SET, TestedShop};
use crate::workers;

/// How long those who are told it wait before a storefront tells something again, and SQS before it hands an event out again.
const AGAIN: TimeDelta = TimeDelta::minutes(3);
/// How long the operator takes over what tripped the breaker.
const LOOKED_INTO: TimeDelta = TimeDelta::hours(3);
/// Of runs of the scheduler that change nothing, one in two to the power of this is lived through in the end.
const LONGEST_IDLE: u32 = 6;
/// How often the scheduler runs, in seconds.
const MINUTE: i64 = 60;
/// More rounds than any run takes.
const MAX_ROUNDS: usize = 40_000;
/// As many act at once.
const ACTS: usize = 200;
/// As many events of SES come in one batch, and as many sends.
const BATCH: usize = 10;

/// An event of SES on its way.
struct Pending {
    due: Time,
    kind: &'static str,
    letter: Asked,
}

/// How a run is to go.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Of a thousand events of SES, how many are lost for good.
    pub losing: u32,
    /// Of a thousand letters, how many are called spam.
    pub complaints: u32,
    /// Of a thousand letters, how many come back for good.
    pub bounces: u32,
    /// Of a thousand letters that come, how many are answered by an opt-out at that moment.
    pub hasty: u32,
    /// Whether two do the same work now and then, and events come late and twice.
    pub crowded: bool,
    /// How many batches of sends of a class are worked on at once.
    pub senders: usize,
    /// Events come in steps of so many seconds, and where that is more than a minute the scheduler too: the larger, the more
    /// is done together.
    pub step: i64,
}

impl Default for Manner {
    fn default() -> Self {
        Self { losing: 0, complaints: 0, bounces: 0, hasty: 0, crowded: false, senders: 1, step: 1 }
    }
}

/// A run.
pub struct Run {
    shop: TestedShop,
    manner: Manner,
    /// When each is done next, when it happened, and what.
    acts: Vec<(Time, Time, Act)>,
    events: Vec<Pending>,
    /// What becomes of which letters, where that is not left to chance.
    fates: Vec<(usize, usize, Fate)>,
    /// Of how many letters SES has told so far.
    seen: usize,
    /// When the scheduler runs next, where it comes in steps of more than a minute.
    scheduled: Time,
    told: Told,
    /// What those said who panicked, where they are futures of this process.
    panics: Vec<String>,
}

/// What a worker came to.
enum Done {
    Nothing,
    Acted { happened: Time, act: Act, durable: bool, opt_out: OptOut },
    Heard { done: Vec<usize>, events: Vec<Pending>, told: Told, is_held: bool },
}

impl Run {
    /// A run of a script.
    pub fn new(shop: &TestedShop, script: &Script, manner: Manner) -> Self {
        for (n, nth, odd) in &script.answers {
            shop.network.services().ses().answers(&address(*n), *nth, *odd);
        }
        Self {
            shop: shop.clone(),
            manner,
            acts: script.acts.iter().cloned().map(|(at, act)| (at, at, act)).collect(),
            events: Vec::new(),
            fates: script.fates.clone(),
            seen: 0,
            scheduled: Time::MIN_UTC,
            told: Told::default(),
            panics: Vec::new(),
        }
    }

    /// From now on nothing goes wrong.
    pub fn heals(&mut self) {
        self.shop.network.heals();
        self.manner = Manner { losing: 0, complaints: 0, bounces: 0, hasty: 0, crowded: false, ..self.manner };
    }

    /// What the oracle says of the run.
    pub async fn judged(&self, name: &str, script: &Script) -> Result<Verdict, String> {
        let mut verdict = oracle::judge(&self.shop, name, script, &self.told).await?;
        for panic in &self.panics {
            verdict.finds(|v| &mut v.panicked, format!("{name}: {panic}"));
        }
        Ok(verdict)
    }

    /// Lets time go on until `end`.
    pub async fn until(&mut self, end: Time) -> Result<(), String> {
        let network = self.shop.network.clone();
        let store = self.shop.store(&network.spared());
        let mut workers: JoinSet<Done> = JoinSet::new();
        let (mut before, mut idle) = (None, 0);
        for round in 0..MAX_ROUNDS {
            let due = store.next_due().await.map_err(|e| e.to_string())?;
            let queued = network.services().queues.next_visible();
            let act = self.acts.iter().map(|(at, _, _)| *at).min();
            let event = self.events.iter().map(|event| event.due).min();
            let run = due.map(|due| due.max(self.scheduled));
            let next = [run, queued, act, event].into_iter().flatten().min();
            // What is due and left so is in the past. Where the scheduler comes in larger steps, the queues go on meanwhile: else
            // what is put on them twice would clog them.
            let Some(next) = next.filter(|next| *next <= end && network.now() < end) else {
                break;
            };
            // The scheduler runs once a minute, and workers take a moment. Where it left what is due as it was (marketing is stopped,
            // the day's quota is used up), it would do so for hours: of those runs ever fewer are lived through, and those at
            // which somebody else has something to do.
            idle = if due.is_some() && due == before { (idle + 1).min(LONGEST_IDLE) } else { 0 };
            before = due;
            let next = if self.manner.step <= MINUTE && due == Some(next) && next <= network.now() {
                let others = [queued, act, event].into_iter().flatten().min();
                let again = network.now() + TimeDelta::seconds(MINUTE);
                let latest = network.now() + TimeDelta::seconds(MINUTE << idle);
                others.map_or(latest, |others| others.clamp(again, latest))
            } else {
                next.max(network.now() + TimeDelta::seconds(1))
            };
            self.shop.until(next).await?;
            self.begin(&mut workers, round, due);
            // Who is frozen goes on beside the next rounds.
            let mut frozen = network.frozen();
            while workers.len() > *frozen.borrow_and_update() {
                tokio::select! {
                    biased;
                    Some(done) = workers.join_next() => self.came_back(done),
                    Ok(()) = frozen.changed() => {}
                }
            }
            self.hear_of_letters();
        }
        // Who is frozen still is dead by now.
        workers.shutdown().await;
        self.shop.until(end).await
    }

    /// Everybody who has something to do begins.
    fn begin(&mut self, workers: &mut JoinSet<Done>, round: usize, due: Option<Time>) {
        let network = self.shop.network.clone();
        let now = network.now();
        let crowded = self.manner.crowded;
        let mut spawn = |work: std::pin::Pin<Box<dyn Future<Output = Done>>>| {
            workers.spawn_local(work);
        };
        let (mut ready, mut later): (Vec<_>, Vec<_>) = self.acts.drain(..).partition(|(at, _, _)| *at <= now);
        // What is signed now is believed for five minutes.
        later.extend(ready.split_off(ready.len().min(ACTS)));
        self.acts = later;
        for (_, happened, act) in ready {
            if matches!(act, Act::StopsMarketing(false)) {
                self.told.stops.iter_mut().filter(|(_, until)| *until == Time::MAX_UTC).for_each(|stop| stop.1 = now);
            }
            let (shop, process) = (self.shop.clone(), network.process(false));
            spawn(Box::pin(async move {
                let durable = workers::acts(&shop, &process, &act).await;
                let write = shop.network.services().writes();
                let ids = match act {
                    Act::OptsOut(n) | Act::Erases(n) => workers::ids(&shop, n).await,
                    _ => Vec::new(),
                };
                Done::Acted { happened, act, durable, opt_out: OptOut { ids, write } }
            }));
        }
        let (mut ready, later): (Vec<_>, Vec<_>) = self.events.drain(..).partition(|event| event.due <= now);
        self.events = later;
        while !ready.is_empty() {
            let others = ready.split_off(ready.len().min(BATCH));
            let ready = std::mem::replace(&mut ready, others);
            let (shop, process) = (self.shop.clone(), network.process(false));
            spawn(Box::pin(async move {
                let batch: Vec<(usize, Value)> = ready.iter().map(Pending::body).enumerate().collect();
                let done = workers::hears(&shop, &process, &batch).await;
                let write = shop.network.services().writes();
                let mut told = Told::default();
                for event in done.iter().filter_map(|number| ready.get(*number)) {
                    told.heard.push(Heard { send: event.letter.send.clone(), kind: event.kind });
                    let address = event.letter.to.clone();
                    match event.kind {
                        "Bounce" => told.stopped.push(Stopped { address, all: true, write }),
                        "Complaint" => {
                            let mut ids = match number_of(&address) {
                                Some(person) => workers::ids(&shop, person).await,
                                None => Vec::new(),
                            };
                            // Whose account took an erased person's address since is known by other names.
                            ids.extend(CustomerId::parse(&event.letter.customer));
                            told.opt_outs.push(OptOut { ids, write });
                            told.stopped.push(Stopped { address, all: false, write });
                        }
                        _ => {}
                    }
                }
                let store = shop.store(&shop.network.spared());
                let is_held = !told.stopped.is_empty() && store.control().await.is_ok_and(|control| control.breaker);
                Done::Heard { done, events: ready, told, is_held }
            }));
        }
        if due.is_some_and(|due| due <= now) && self.scheduled <= now {
            if self.manner.step > MINUTE {
                self.scheduled = now + TimeDelta::seconds(self.manner.step);
            }
            let scans = if crowded && network.happens(200) { 2 } else { 1 };
            for number in 0..scans {
                let (shop, process) = (self.shop.clone(), network.process(true));
                spawn(Box::pin(async move {
                    workers::scans(&shop, &process, &format!("scan-{round}.{number}")).await;
                    Done::Nothing
                }));
            }
        }
        let classes = [Class::Transactional, Class::Marketing].into_iter();
        for (sender, class) in classes.flat_map(|class| (0..self.manner.senders).map(move |sender| (sender, class))) {
            let messages = network.services().queues.receive(class, BATCH, now);
            if messages.is_empty() {
                continue;
            }
            // SQS hands a message out twice now and then.
            let times = if crowded && network.happens(100) { 2 } else { 1 };
            for time in 0..times {
                let (shop, process, messages) = (self.shop.clone(), network.process(true), messages.clone());
                spawn(Box::pin(async move {
                    let name = format!("send-{round}.{sender}.{time}");
                    workers::sends(&shop, &process, class, &messages, &name).await;
                    Done::Nothing
                }));
            }
        }
    }

    fn came_back(&mut self, done: Result<Done, JoinError>) {
        match done {
            Ok(done) => self.ended(done),
            Err(error) if error.is_panic() => self.panics.push(error.to_string()),
            Err(_) => {}
        }
    }

    fn ended(&mut self, done: Done) {
        let network = self.shop.network.clone();
        match done {
            Done::Nothing => {}
            Done::Acted { durable: true, act, opt_out, .. } => match act {
                Act::OptsOut(_) => self.told.opt_outs.push(opt_out),
                Act::Erases(person) => self.told.erased.push(Erased { person, ids: opt_out.ids }),
                Act::StopsMarketing(true) => self.told.stops.push((network.now(), Time::MAX_UTC)),
                _ => {}
            },
            Done::Acted { happened, act, .. } => self.acts.push((network.now() + AGAIN, happened, act)),
            Done::Heard { done, events, told, is_held } => {
                self.told.extend(told);
                // The breaker holds marketing back; the operator looks into it, and lets it go on.
                if is_held && self.told.stops.iter().all(|(_, until)| *until != Time::MAX_UTC) {
                    let (now, resumes) = (network.now(), network.now() + LOOKED_INTO);
                    self.told.stops.push((now, Time::MAX_UTC));
                    self.acts.push((resumes, resumes, Act::StopsMarketing(false)));
                }
                for (_, event) in events.into_iter().enumerate().filter(|(number, _)| !done.contains(number)) {
                    self.events.push(Pending { due: network.now() + AGAIN, ..event });
                }
            }
        }
    }

    /// SES tells of the letters that it took since: late, twice, out of order, or not at all.
    fn hear_of_letters(&mut self) {
        let network = self.shop.network.clone();
        let asked = network.services().asked_since(self.seen);
        for letter in asked.iter().filter(|letter| letter.taken.is_some()) {
            for kind in self.kinds(letter) {
                for _ in 0..if self.manner.crowded && network.happens(100) { 2 } else { 1 } {
                    if network.happens(self.manner.losing) {
                        continue;
                    }
                    let late = if self.manner.crowded && network.happens(100) { 30 * 3600 } else { 120 };
                    let due = letter.at.timestamp() + 1 + i64::from(network.below(late));
                    let due = due.div_euclid(self.manner.step) * self.manner.step + self.manner.step;
                    let due = Time::from_timestamp(due, 0).unwrap_or(letter.at);
                    if kind == "Delivery"
                        && network.happens(self.manner.hasty)
                        && let Some(n) = number_of(&letter.to)
                    {
                        self.acts.push((due, due, Act::OptsOut(n)));
                    }
                    self.events.push(Pending { due, kind, letter: letter.clone() });
                }
            }
        }
        self.seen += asked.len();
    }

    /// Of what of a letter SES tells.
    fn kinds(&self, letter: &Asked) -> Vec<&'static str> {
        let network = &self.shop.network;
        let is_this = |(n, nth, _): &&(usize, usize, Fate)| Some(*n) == number_of(&letter.to) && *nth == letter.nth;
        match self.fates.iter().find(is_this).map(|(_, _, fate)| *fate) {
            Some(Fate::Bounces) => vec!["Send", "Bounce"],
            Some(Fate::Complains) => vec!["Send", "Delivery", "Complaint"],
            Some(Fate::HalfTold) => vec!["Delivery"],
            Some(Fate::NotTold) => Vec::new(),
            None if network.happens(self.manner.bounces) => vec!["Send", "Bounce"],
            None if network.happens(self.manner.complaints) => vec!["Send", "Delivery", "Complaint"],
            None => vec!["Send", "Delivery"],
        }
    }
}

impl Pending {
    /// The event as SES publishes it.
    fn body(&self) -> Value {
        let Self { kind, letter, .. } = self;
        let at = letter.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let mut event = json!({
            "eventType": kind,
            "mail": {
                "timestamp": at, "messageId": letter.taken, "source": "hello@twoherons.example", "destination": [letter.to],
                "tags": {
                    "ses:configuration-set": [CONFIGURATION_SET],
                    "customer": [letter.customer], "send": [letter.send], "attempt": [letter.attempt.to_string()],
                },
            },
        });
        match *kind {
            "Delivery" => {
                event["delivery"] = json!({ "timestamp": at, "recipients": [letter.to], "smtpResponse": "250 OK" });
            }
            "Complaint" => {
                event["complaint"] = json!({ "timestamp": at, "complaintFeedbackType": "abuse",
                    "complainedRecipients": [{ "emailAddress": letter.to }] });
            }
            "Bounce" => {
                let said = format!("smtp; 550 5.1.1 <{}>: there is no such mailbox", letter.to);
                event["bounce"] = json!({ "timestamp": at, "bounceType": "Permanent", "bounceSubType": "General",
                    "bouncedRecipients": [{ "emailAddress": letter.to, "action": "failed", "status": "5.1.1",
                        "diagnosticCode": said }] });
            }
            _ => event["send"] = json!({}),
        }
        event
    }
}
