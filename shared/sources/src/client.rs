//! A client of one store.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use hyper::{Method, StatusCode};
use retention::{EmailAddress, Time};
use serde::de::DeserializeOwned;
use storefront::{Fetch, FetchKind};
use tokio::sync::OnceCell;

use crate::access::{Access, BadAccess};
use crate::cursor::{Cursor, Position};
use crate::error::SourceError;
use crate::http::{Answer, Http, Question, Reach};
use crate::page::Page;
use crate::patience::Patience;
use crate::subscriptions::{Hook, Subscriptions};
use crate::{bigcommerce, ecwid, shopify, woocommerce};

/// A client of one store. It is made once and asked often: its connections are kept for a while.
pub struct Client {
    access: Access,
    http: Http,
    prefix: String,
    /// What is known of the store itself, as JSON: asked once.
    store: OnceCell<String>,
}

/// What became of asking for one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is this, in the form that `storefront::adapter::entity` reads.
    Found(Vec<u8>),
    /// It is not there, or not any more: `storefront::adapter::gone` says what follows.
    Gone,
}

impl Client {
    /// A client of the store that `access` names, whose token comes from the parameter of this name.
    pub fn new(access: Access, parameter: &str) -> Result<Self, BadAccess> {
        let (origin, prefix) = access.place();
        Self::at(access, parameter, origin, prefix, Reach::Https, Patience::default())
    }

    /// The same, asking a program on this machine in place of the storefront: for tests.
    pub fn on_this_machine(access: Access, parameter: &str, port: u16, patience: Patience) -> Result<Self, BadAccess> {
        let (_, prefix) = access.place();
        Self::at(access, parameter, format!("http://127.0.0.1:{port}"), prefix, Reach::Loopback, patience)
    }

    fn at(
        access: Access,
        parameter: &str,
        origin: String,
        prefix: String,
        reach: Reach,
        patience: Patience,
    ) -> Result<Self, BadAccess> {
        let http = Http::new(origin, access.header()?, parameter, reach, patience)?;
        Ok(Self { access, http, prefix, store: OnceCell::new() })
    }

    /// Asks for one thing. An answer that is about another is refused.
    pub async fn fetch(&self, what: &Fetch) -> Result<Fetched, SourceError> {
        let found = match &self.access {
            Access::Shopify(..) => shopify::fetch(self, what).await,
            Access::WooCommerce(..) => woocommerce::fetch(self, what).await,
            Access::Ecwid(..) => ecwid::fetch(self, what).await,
            Access::BigCommerce(..) => bigcommerce::fetch(self, what).await,
        };
        Ok(found?.map_or(Fetched::Gone, Fetched::Found))
    }

    /// Asks for a part of a list: of what changed since a time, or of all, from its beginning or from a cursor on. A cursor
    /// remembers `since` by itself.
    pub async fn page(
        &self,
        what: FetchKind,
        since: Option<Time>,
        after: Option<&Cursor>,
    ) -> Result<Page, SourceError> {
        let position = match after {
            None => None,
            Some(cursor) => Some(cursor.position(self.access.kind_name(), what).ok_or(SourceError::BadCursor)?),
        };
        match &self.access {
            Access::Shopify(..) => shopify::page(self, what, since, position).await,
            Access::WooCommerce(..) => woocommerce::page(self, what, since, position).await,
            Access::Ecwid(..) => ecwid::page(self, what, since, position).await,
            Access::BigCommerce(..) => bigcommerce::page(self, what, since, position).await,
        }
    }

    /// Has the storefront send these topics to `url`, which is https. What is there already stays; what was switched off
    /// after failures is switched on. WooCommerce signs with `secret`; the others sign with their app's own.
    pub async fn subscribe(&self, topics: &[&str], url: &str, secret: &str) -> Result<Subscriptions, SourceError> {
        if !url.starts_with("https://") || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(SourceError::BadAddress);
        }
        let hooks = self.hooks().await?;
        let mut done = Subscriptions::default();
        for topic in topics.iter().copied().collect::<BTreeSet<&str>>() {
            match hooks.iter().find(|hook| hook.topic == topic && hook.address == url) {
                Some(hook) if hook.active => done.existing.push(topic.to_owned()),
                Some(hook) => {
                    self.tell(self.wake(hook)?).await?;
                    done.woken.push(topic.to_owned());
                }
                None => {
                    self.tell(self.create(topic, url, secret)?).await?;
                    done.created.push(topic.to_owned());
                }
            }
        }
        Ok(done)
    }

    /// Tells the storefront that somebody wants no more letters, since `at`: by their account there, and where it keeps
    /// subscriptions by address, by their address. `false`: it has no place for that, or does not know them.
    pub async fn unsubscribe(
        &self,
        account: Option<&str>,
        address: Option<&EmailAddress>,
        at: Time,
    ) -> Result<bool, SourceError> {
        let account = match account {
            Some(id) => Some(Fetch::new(FetchKind::Customer, id).ok_or(SourceError::BadId)?),
            None => None,
        };
        match (&self.access, account, address) {
            (Access::Shopify(..), Some(account), _) => self.tell_of(shopify::opt_out(account.id(), at)).await,
            (Access::Ecwid(..), Some(account), _) => self.tell_of(ecwid::opt_out(account.id())).await,
            (Access::BigCommerce(..), _, Some(address)) => bigcommerce::opt_out(self, address).await,
            _ => Ok(false),
        }
    }

    async fn hooks(&self) -> Result<Vec<Hook>, SourceError> {
        match &self.access {
            Access::Shopify(..) => shopify::hooks(self).await,
            Access::WooCommerce(..) => woocommerce::hooks(self).await,
            Access::BigCommerce(..) => bigcommerce::hooks(self).await,
            Access::Ecwid(..) => Err(self.no_webhooks()),
        }
    }

    fn create(&self, topic: &str, url: &str, secret: &str) -> Result<Question, SourceError> {
        match &self.access {
            Access::Shopify(..) => Ok(shopify::create(topic, url)),
            Access::WooCommerce(..) => Ok(woocommerce::create(topic, url, secret)),
            Access::BigCommerce(..) => Ok(bigcommerce::create(topic, url)),
            Access::Ecwid(..) => Err(self.no_webhooks()),
        }
    }

    fn wake(&self, hook: &Hook) -> Result<Question, SourceError> {
        // Its id came from the storefront, and goes into a path.
        let checked = Fetch::new(FetchKind::Order, &hook.id).ok_or(SourceError::BadId)?;
        let id = checked.id();
        match &self.access {
            Access::WooCommerce(..) => Ok(woocommerce::wake(id)),
            Access::BigCommerce(..) => Ok(bigcommerce::wake(id, hook)),
            Access::Shopify(..) | Access::Ecwid(..) => Err(self.no_webhooks()),
        }
    }

    fn no_webhooks(&self) -> SourceError {
        self.not_offered("webhooks: they are set in the app's own settings")
    }

    /// What this storefront's API does not have.
    pub(crate) fn not_offered(&self, what: &'static str) -> SourceError {
        SourceError::NotOffered { storefront: self.access.kind_name(), what }
    }

    /// A cursor of this storefront.
    pub(crate) fn cursor(&self, what: FetchKind, position: &Position) -> Option<Cursor> {
        Cursor::new(self.access.kind_name(), what, position)
    }

    /// What is known of the store itself, asked once.
    pub(crate) fn store(&self) -> &OnceCell<String> {
        &self.store
    }

    /// Asks for what must be there.
    pub(crate) async fn get(&self, path: &str, label: &'static str) -> Result<Answer, SourceError> {
        self.find(path, label).await?.ok_or_else(|| SourceError::Refused { place: self.http.place(label), status: 404 })
    }

    /// Asks for what may be there.
    pub(crate) async fn find(&self, path: &str, label: &'static str) -> Result<Option<Answer>, SourceError> {
        let question = Question { method: Method::GET, target: path.to_owned(), label, body: None };
        self.put_prefix(question).await.map(|answer| (answer.status != StatusCode::NOT_FOUND).then_some(answer))
    }

    /// Tells the storefront something.
    async fn tell(&self, question: Question) -> Result<(), SourceError> {
        let label = question.label;
        if self.tell_of(question).await? {
            return Ok(());
        }
        Err(SourceError::Refused { place: self.http.place(label), status: 404 })
    }

    /// Tells the storefront something of what may not be there. `false`: it is not.
    pub(crate) async fn tell_of(&self, question: Question) -> Result<bool, SourceError> {
        Ok(self.put_prefix(question).await?.status != StatusCode::NOT_FOUND)
    }

    /// Asks something whose answer is read.
    pub(crate) async fn ask(&self, question: Question) -> Result<Answer, SourceError> {
        let place = self.http.place(question.label);
        let answer = self.put_prefix(question).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(SourceError::Refused { place, status: 404 });
        }
        Ok(answer)
    }

    /// Lets some time pass.
    pub(crate) async fn pause(&self, span: Duration) {
        self.http.pause(span).await;
    }

    async fn put_prefix(&self, question: Question) -> Result<Answer, SourceError> {
        let target = format!("{}{}", self.prefix, question.target);
        self.http.ask(&Question { target, ..question }).await
    }

    /// Reads an answer as documented.
    pub(crate) fn read<T: DeserializeOwned>(&self, answer: &Answer, label: &'static str) -> Result<T, SourceError> {
        serde_json::from_slice(&answer.body).map_err(|_| self.other_shape(label))
    }

    pub(crate) fn other_shape(&self, label: &'static str) -> SourceError {
        SourceError::Shape { place: self.http.place(label) }
    }

    pub(crate) fn declined(&self, label: &'static str) -> SourceError {
        SourceError::Declined { place: self.http.place(label) }
    }

    pub(crate) fn busy(&self, label: &'static str) -> SourceError {
        SourceError::Busy { place: self.http.place(label), tries: 1, after_seconds: None }
    }

    pub(crate) fn unauthorised(&self, label: &'static str) -> SourceError {
        self.http.unauthorised(label)
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    pub(crate) fn other_entity(&self, label: &'static str) -> SourceError {
        SourceError::OtherEntity { place: self.http.place(label) }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.access.kind_name())
    }
}
