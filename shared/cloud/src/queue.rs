//! The two queues of sends: transactional first, marketing beside it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use aws_smithy_types::error::display::DisplayErrorContext;
use chrono::TimeDelta;
use retention::Time;
use retention::flow::Class;
use retention::ids::{CustomerId, SendId};
use serde::{Deserialize, Serialize};

/// How long a received message is hidden: at least six times the function's timeout.
pub const VISIBILITY: Duration = Duration::from_mins(3);
/// How often a message is received before it goes to the dead-letter queue.
pub const MAX_RECEIVES: u32 = 10;
/// How long a function that sends may run.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// How far a dispatched send's `due_at` is pushed. If every worker dies, it comes up again by itself then.
pub const HORIZON: Duration = Duration::from_mins(45);
/// SQS takes this many messages in one call.
pub const BATCH: usize = 10;

const _: () = assert!(VISIBILITY.as_secs() >= 6 * SEND_TIMEOUT.as_secs());
const _: () = assert!(HORIZON.as_secs() > VISIBILITY.as_secs() * MAX_RECEIVES as u64);

/// The version of the message below.
const MESSAGE_VERSION: u8 = 1;

/// What is on the queue: the key of a send, and nothing of what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendKey {
    v: u8,
    /// Under which customer the row stands.
    pub customer: CustomerId,
    /// Which send.
    pub send: SendId,
}

impl SendKey {
    /// The key of a send.
    pub fn new(customer: CustomerId, send: SendId) -> Self {
        Self { v: MESSAGE_VERSION, customer, send }
    }

    /// Reads a message.
    pub fn parse(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok().filter(|key: &Self| key.v == MESSAGE_VERSION)
    }

    /// The message's text.
    pub fn body(&self) -> String {
        format!(r#"{{"v":{},"customer":"{}","send":"{}"}}"#, self.v, self.customer, self.send)
    }
}

/// The answer to a batch of which these messages come again, by their ids, and the others do not.
pub fn come_again(ids: Vec<String>) -> SqsBatchResponse {
    let failure = |id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    };
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = ids.into_iter().map(failure).collect();
    response
}

/// A queue that did not take messages. Nothing is lost: the index brings their sends up again.
#[derive(Debug, thiserror::Error)]
#[error("the queue: {0}")]
pub struct QueueError(String);

/// The queues.
#[derive(Debug, Clone)]
pub enum Queue {
    /// In the cloud.
    Sqs(SqsQueues),
    /// In this process, for the local run and tests; refused on Lambda.
    Local(LocalQueues),
}

/// The queues of SQS.
#[derive(Debug, Clone)]
pub struct SqsQueues {
    /// The client.
    pub client: aws_sdk_sqs::Client,
    /// URL of the transactional queue.
    pub transactional: String,
    /// URL of the marketing queue.
    pub marketing: String,
}

impl Queue {
    /// Puts keys on the queue of a class, ten in a call. Says which were taken, in order.
    pub async fn put(&self, class: Class, keys: &[SendKey], now: Time) -> Result<Vec<bool>, QueueError> {
        match self {
            Queue::Sqs(queues) => queues.put(class, keys).await,
            Queue::Local(queues) => {
                queues.put(class, keys, now);
                Ok(vec![true; keys.len()])
            }
        }
    }

    /// How many messages wait or are being worked on.
    pub async fn depth(&self, class: Class) -> Result<usize, QueueError> {
        match self {
            Queue::Sqs(queues) => queues.depth(class).await,
            Queue::Local(queues) => Ok(queues.lane(class).lock().unwrap_or_else(PoisonError::into_inner).len()),
        }
    }
}

impl SqsQueues {
    fn url(&self, class: Class) -> &str {
        match class {
            Class::Transactional => &self.transactional,
            Class::Marketing => &self.marketing,
        }
    }

    async fn put(&self, class: Class, keys: &[SendKey]) -> Result<Vec<bool>, QueueError> {
        let mut taken = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH) {
            let entry = |(number, key): (usize, &SendKey)| {
                SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(key.body()).build()
            };
            let entries: Result<Vec<_>, _> = chunk.iter().enumerate().map(entry).collect();
            let entries = entries.map_err(|e| QueueError(e.to_string()))?;
            let call = self.client.send_message_batch().queue_url(self.url(class)).set_entries(Some(entries));
            let done = call.send().await.map_err(|e| QueueError(DisplayErrorContext(e).to_string()))?;
            let ok = |number: usize| done.successful().iter().any(|entry| entry.id() == number.to_string());
            taken.extend((0..chunk.len()).map(ok));
        }
        Ok(taken)
    }

    async fn depth(&self, class: Class) -> Result<usize, QueueError> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let call =
            self.client.get_queue_attributes().queue_url(self.url(class)).set_attribute_names(Some(names.to_vec()));
        let read = call.send().await.map_err(|e| QueueError(DisplayErrorContext(e).to_string()))?;
        let count = |name| read.attributes().and_then(|a| a.get(name)).and_then(|n| n.parse::<usize>().ok());
        Ok(names.iter().filter_map(count).sum())
    }
}

/// The queues of the local run: visibility, receive counts and dead letters as SQS has them.
#[derive(Debug, Clone, Default)]
pub struct LocalQueues(Arc<[Mutex<VecDeque<LocalMessage>>; 2]>);

/// A message of the local queue.
#[derive(Debug, Clone)]
pub struct LocalMessage {
    /// Its text.
    pub body: String,
    /// Names this message.
    pub id: String,
    /// How often it was received.
    pub receives: u32,
    visible_at: Time,
}

impl LocalQueues {
    fn lane(&self, class: Class) -> &Mutex<VecDeque<LocalMessage>> {
        &self.0[usize::from(class == Class::Marketing)]
    }

    /// Takes messages.
    pub fn put(&self, class: Class, keys: &[SendKey], now: Time) {
        let mut lane = self.lane(class).lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            let id = format!("{}-{}", key.send, now.timestamp_millis());
            lane.push_back(LocalMessage { body: key.body(), id, receives: 0, visible_at: now });
        }
    }

    /// Receives at most `limit` messages that are visible at `now`, and hides them for the visibility timeout.
    pub fn receive(&self, class: Class, limit: usize, now: Time) -> Vec<LocalMessage> {
        let mut lane = self.lane(class).lock().unwrap_or_else(PoisonError::into_inner);
        lane.retain(|message| message.receives < MAX_RECEIVES || message.visible_at > now);
        let visible = lane.iter_mut().filter(|message| message.visible_at <= now).take(limit);
        let received = visible.map(|message| {
            message.receives += 1;
            message.visible_at = now + TimeDelta::from_std(VISIBILITY).unwrap_or_default();
            message.clone()
        });
        received.collect()
    }

    /// When the next message can be received; none where the queues are empty.
    pub fn next_visible(&self) -> Option<Time> {
        let lanes = self.0.iter().map(|lane| lane.lock().unwrap_or_else(PoisonError::into_inner));
        lanes.filter_map(|lane| lane.iter().map(|message| message.visible_at).min()).min()
    }

    /// Deletes a message that was worked through.
    pub fn delete(&self, class: Class, id: &str) {
        let mut lane = self.lane(class).lock().unwrap_or_else(PoisonError::into_inner);
        lane.retain(|message| message.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SendKey {
        let (customer, send) = (CustomerId::parse(&"a".repeat(20)), SendId::parse(&"b".repeat(32)));
        SendKey::new(customer.unwrap(), send.unwrap())
    }

    #[test]
    fn a_message_is_read_back_and_one_of_another_version_is_not() {
        assert_eq!(SendKey::parse(&key().body()), Some(key()));
        for bad in ["", "{}", "[]", r#"{"v":2,"customer":"a","send":"b"}"#] {
            assert_eq!(SendKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_received_message_is_hidden_and_comes_again_until_it_is_deleted() {
        let queues = LocalQueues::default();
        let now = Time::UNIX_EPOCH;
        let later = now + TimeDelta::from_std(VISIBILITY).unwrap();
        queues.put(Class::Marketing, &[key()], now);
        let first = queues.receive(Class::Marketing, 10, now);
        assert_eq!((first.len(), first[0].receives), (1, 1));
        assert!(queues.receive(Class::Marketing, 10, now).is_empty());
        assert!(queues.receive(Class::Transactional, 10, later).is_empty());
        assert_eq!(queues.receive(Class::Marketing, 10, later)[0].receives, 2);
        queues.delete(Class::Marketing, &first[0].id);
        assert!(queues.receive(Class::Marketing, 10, later + TimeDelta::days(1)).is_empty());
    }

    #[test]
    fn after_the_last_receive_a_message_is_a_dead_letter() {
        let queues = LocalQueues::default();
        queues.put(Class::Marketing, &[key()], Time::UNIX_EPOCH);
        let seen = (0..100)
            .filter(|n| !queues.receive(Class::Marketing, 1, Time::UNIX_EPOCH + TimeDelta::days(*n)).is_empty());
        assert_eq!(seen.count(), MAX_RECEIVES as usize);
    }
}
