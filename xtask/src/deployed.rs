//! `cargo xtask prove deployed`: the whole stack, from the template to a letter, on an emulator of AWS.
//!
//! The template as SAM transforms it, the binaries as Lambda starts them, each under its own role, with its policies
//! enforced. What the emulator does not show: throttling, an eventually consistent index, SES's events, custom headers
//! of a letter, retries of API Gateway, and what a service takes longer for than a moment. This proves the plumbing;
//! what must hold when things fail is proved elsewhere, against the functions themselves.

mod emulator;

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use retention::Time;
use retention::ids::CustomerId;
use retention::token::TokenKeys;
use serde_json::{Value, json};
use storefront::{Secrets, shopify};

use crate::infra_lint;
use crate::package::{self, Arch, Zip};
use crate::python::Python;
use emulator::{Emulator, Letter, wait};

/// The profile of the binaries: the real ones, built without the long link.
const PROFILE: &str = "deployed";
const PATH: &str = "/regulars/deployed";
/// The domain that the sample shop sends from.
const DOMAIN: &str = "twoherons.example";
/// Invented, and of use to nobody: they live as long as the emulator's process.
const WEBHOOK_SECRET: &str = "a webhook secret of the emulator";
const HASH_KEY: &str = "a hash key that exists for the length of one run";
const TOKEN_KEY: &str = "a token key that exists for the length of one run";
/// How long a stack may take, a letter that is hinted at, and anything that waits for the next minute.
const STACK: Duration = Duration::from_mins(1);
const SOON: Duration = Duration::from_secs(20);
const NEXT_MINUTE: Duration = Duration::from_secs(90);

/// A person who orders, and the order's number.
struct Buyer {
    email: &'static str,
    order: u32,
}

const ADA: Buyer = Buyer { email: "ada@example.com", order: 1001 };
const BEN: Buyer = Buyer { email: "ben@example.com", order: 1002 };

/// Proves it, and prints one line of JSON.
pub(crate) async fn run(root: &Path) -> Result<(), String> {
    let begun = Instant::now();
    let to = root.join("target/deployed");
    let zips = package::make(root, &package::functions(root)?, Arch::here(), PROFILE, &to)?;
    let build_seconds = begun.elapsed().as_secs();

    let begun = Instant::now();
    let tools = Python::ready(root)?;
    let (mut template, _) = infra_lint::transform(root, &tools)?;
    as_the_emulator_asks(&mut template);
    let log = to.join("emulator.log");
    let emulator = Emulator::start(root, tools, &log).await?;
    say(&format!("the emulator runs as process {}; it logs to {}", emulator.id(), log.display()));
    let proved = prove(&emulator, &template, &zips).await;
    drop(emulator);
    let mut line = proved.map_err(|e| format!("{e}\nsee {}", log.display()))?;
    line["build_seconds"] = json!(build_seconds);
    line["seconds"] = json!(begun.elapsed().as_secs());
    writeln!(io::stdout(), "{line}").map_err(|e| e.to_string())
}

async fn prove(emulator: &Emulator, template: &Value, zips: &[Zip]) -> Result<Value, String> {
    let stack = Stack::create(emulator, template, zips).await?;
    say("the stack is created");

    stack.order(&ADA, "recorded").await?;
    stack.letters(SOON, &[&ADA]).await?;
    say("an order came in by the API and its letter is in the inbox");
    stack.order(&ADA, "already").await?;

    // The queue is only a hint. Lose it, and the next scan brings the letter: the index knows that it is due.
    stack.run_of_the_scan().await?;
    stack.pause_sending(true).await?;
    stack.order(&BEN, "recorded").await?;
    stack.lose_the_hint()?;
    stack.pause_sending(false).await?;
    stack.letters(NEXT_MINUTE, &[&ADA, &BEN]).await?;
    say("a letter whose message was lost was found by the scheduled scan");

    stack.unsubscribe().await?;
    say("the unsubscribe link shows a page, and its POST suppresses the address");

    stack.order(&ADA, "already").await?;
    stack.order(&BEN, "already").await?;
    // Whatever would send one of the orders once more has had its chance: when a second run begins, all that the first
    // dispatched is a minute old.
    stack.run_of_the_scan().await?;
    stack.run_of_the_scan().await?;
    let letters = stack.letters(SOON, &[&ADA, &BEN]).await?;
    stack.nothing_is_left()?;
    say("the same orders came again, the scan ran twice more, and nothing more left");
    Ok(json!({ "proof": "deployed", "passed": true, "letters": letters.len(), "functions": zips.len() }))
}

/// The deployed stack.
struct Stack<'a> {
    emulator: &'a Emulator,
    api: String,
    table: String,
    queue: String,
    /// The mapping from the transactional queue to the sender.
    mapping: String,
    /// When the orders were placed: the same in each of their deliveries, or they would be news.
    placed_at: Time,
}

impl<'a> Stack<'a> {
    async fn create(emulator: &'a Emulator, template: &Value, zips: &[Zip]) -> Result<Self, String> {
        emulator.call(
            "s3",
            "create_bucket",
            &json!({
                "Bucket": "code", "CreateBucketConfiguration": { "LocationConstraint": "eu-west-1" },
            }),
        )?;
        for zip in zips {
            let key = format!("{}.zip", zip.function);
            emulator.call("s3", "put_object", &json!({ "Bucket": "code", "Key": key, "Body": zip.file }))?;
        }
        let secrets = [("hash-key", HASH_KEY), ("token-keys", TOKEN_KEY), ("source/shopify", WEBHOOK_SECRET)];
        for (name, value) in secrets {
            let name = format!("{PATH}/{name}");
            let parameter = json!({ "Name": name, "Value": value, "Type": "SecureString" });
            emulator.call("ssm", "put_parameter", &parameter)?;
        }
        emulator.call("sesv2", "create_email_identity", &json!({ "EmailIdentity": DOMAIN }))?;
        let parameter = |(name, value)| json!({ "ParameterKey": name, "ParameterValue": value });
        let parameters = [
            ("Shop", "deployed"),
            ("ParameterPath", PATH),
            ("SesIdentity", DOMAIN),
            ("Architecture", Arch::here().name()),
        ];
        emulator.call(
            "cloudformation",
            "create_stack",
            &json!({
                "StackName": "regulars",
                "TemplateBody": template.to_string(),
                "Parameters": parameters.map(parameter),
                "Capabilities": ["CAPABILITY_IAM"],
            }),
        )?;
        let outputs = wait("the stack is created", STACK, async || created(emulator)).await?;
        let output = |key: &str| {
            let found = outputs.as_array().into_iter().flatten().find(|output| output["OutputKey"] == key);
            found.and_then(|o| o["OutputValue"].as_str()).map(str::to_owned).ok_or(format!("no output {key}"))
        };
        let mappings = emulator.call("lambda", "list_event_source_mappings", &json!({}))?;
        let mut mappings = mappings["EventSourceMappings"].as_array().into_iter().flatten();
        let of_transactional =
            |m: &&Value| m["EventSourceArn"].as_str().is_some_and(|arn| arn.contains("TransactionalQueue"));
        let mapping =
            mappings.find(of_transactional).and_then(|m| m["UUID"].as_str()).ok_or("nothing feeds the sender")?;
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?;
        let seconds = i64::try_from(since_1970.as_secs()).map_err(|e| e.to_string())?;
        Ok(Self {
            emulator,
            api: output("ApiId")?,
            table: output("TableName")?,
            queue: output("TransactionalQueueUrl")?,
            mapping: mapping.to_owned(),
            placed_at: Time::from_timestamp(seconds, 0).ok_or("the clock of this machine is wrong")?,
        })
    }

    /// Delivers a buyer's order as Shopify would, always the same bytes, and takes the outcome.
    async fn order(&self, buyer: &Buyer, outcome: &str) -> Result<(), String> {
        let Buyer { email, order } = buyer;
        let at = self.placed_at.to_rfc3339();
        let body = json!({
            "id": order, "name": format!("#{order}"), "order_number": order, "email": email, "currency": "EUR",
            "created_at": at, "processed_at": at, "updated_at": at, "financial_status": "paid",
            "subtotal_price": "24.00", "total_price": "24.00",
            "customer": { "id": order + 9000, "email": email, "created_at": at, "updated_at": at },
            "line_items": [{
                "product_id": 7, "variant_id": 71, "sku": "OOLONG-100", "title": "Oolong", "quantity": 2, "price": "12.00",
            }],
        });
        let body = body.to_string();
        let secrets = Secrets::new([WEBHOOK_SECRET]).map_err(|e| e.to_string())?;
        let headers = [
            ("content-type", "application/json".to_owned()),
            (shopify::TOPIC_HEADER, "orders/create".to_owned()),
            (shopify::SIGNATURE_HEADER, shopify::sign(body.as_bytes(), &secrets)),
        ];
        let answer = self.emulator.request(&self.api, Method::POST, "/webhooks/shopify", &headers, body).await?;
        expect("the answer to an order", &answer, &(200, format!(r#"{{"outcome":"{outcome}"}}"#)))
    }

    /// Waits for a letter to each of the buyers, in order, and takes no other.
    async fn letters(&self, limit: Duration, buyers: &[&Buyer]) -> Result<Vec<Letter>, String> {
        let wanted: Vec<Letter> = buyers
            .iter()
            .map(|buyer| Letter {
                to: vec![buyer.email.to_owned()],
                subject: format!("Thank you: we have your order #{}", buyer.order),
            })
            .collect();
        let what = format!("{} letters in the inbox", wanted.len());
        let found = wait(&what, limit, async || {
            let found = self.emulator.letters().await?;
            Ok((found.len() >= wanted.len()).then_some(found))
        });
        let found = found.await?;
        expect("the inbox", &found, &wanted)?;
        Ok(found)
    }

    /// Waits until the scheduler has started the scan once more: the lease row then ends at another time.
    async fn run_of_the_scan(&self) -> Result<(), String> {
        let before = self.lease()?;
        wait("the scheduler starts the scan", NEXT_MINUTE, async || Ok((self.lease()? != before).then_some(()))).await
    }

    fn lease(&self) -> Result<Value, String> {
        let key = json!({ "pk": { "S": "X" }, "sk": { "S": "scan" } });
        let row = self.emulator.call("dynamodb", "get_item", &json!({ "TableName": self.table, "Key": key }))?;
        Ok(row["Item"]["until"].clone())
    }

    /// Keeps the sender from the queue, or lets it go on.
    async fn pause_sending(&self, pause: bool) -> Result<(), String> {
        let wanted = if pause { "Disabled" } else { "Enabled" };
        let set = json!({ "UUID": self.mapping, "Enabled": !pause });
        self.emulator.call("lambda", "update_event_source_mapping", &set)?;
        wait("the sender is kept from the queue", SOON, async || {
            let mapping = self.emulator.call("lambda", "get_event_source_mapping", &json!({ "UUID": self.mapping }))?;
            Ok((mapping["State"] == wanted).then_some(()))
        })
        .await
    }

    /// Throws away the one message that intake put on the queue.
    fn lose_the_hint(&self) -> Result<(), String> {
        expect("messages on the queue", &self.messages(&self.queue)?, &1)?;
        self.emulator.call("sqs", "purge_queue", &json!({ "QueueUrl": self.queue })).map(drop)
    }

    fn messages(&self, queue: &str) -> Result<u64, String> {
        let ask = json!({ "QueueUrl": queue, "AttributeNames": ["All"] });
        let answer = self.emulator.call("sqs", "get_queue_attributes", &ask)?;
        let count =
            |name: &str| answer["Attributes"][name].as_str().and_then(|n| n.parse::<u64>().ok()).unwrap_or_default();
        Ok(count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesNotVisible"))
    }

    /// No message waits, none is a dead letter, and both sends are closed as sent.
    fn nothing_is_left(&self) -> Result<(), String> {
        let queues = self.emulator.call("sqs", "list_queues", &json!({}))?;
        let queues: Vec<&str> =
            queues["QueueUrls"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        expect("the number of queues", &queues.len(), &7)?;
        for queue in queues {
            expect(queue, &self.messages(queue)?, &0)?;
        }
        let sends = self.rows("send#")?;
        let states: Vec<&str> = sends.iter().filter_map(|row| row["state"]["S"].as_str()).collect();
        expect("the states of the sends", states.as_slice(), &["sent", "sent"])
    }

    /// The rows whose range key begins so.
    fn rows(&self, sk: &str) -> Result<Vec<Value>, String> {
        let answer = self.emulator.call(
            "dynamodb",
            "scan",
            &json!({
                "TableName": self.table,
                "FilterExpression": "begins_with(sk, :sk)",
                "ExpressionAttributeValues": { ":sk": { "S": sk } },
            }),
        )?;
        Ok(answer["Items"].as_array().cloned().unwrap_or_default())
    }

    /// Opens a customer's unsubscribe link and uses it. A confirmation carries none, so the link is made here.
    async fn unsubscribe(&self) -> Result<(), String> {
        let profiles = self.rows("profile")?;
        let pk = profiles.first().and_then(|row| row["pk"]["S"].as_str()).unwrap_or_default();
        let customer = pk.strip_prefix("C#").and_then(CustomerId::parse).ok_or("the table has no customer")?;
        let keys = TokenKeys::new(vec![TOKEN_KEY.as_bytes().to_vec()]).map_err(|e| e.to_string())?;
        let path = format!("/u/{}", keys.sign(&customer));
        for method in [Method::HEAD, Method::GET] {
            let what = format!("the answer to {method} of the link");
            let (status, _) = self.emulator.request(&self.api, method, &path, &[], String::new()).await?;
            expect(&what, &status, &200)?;
            expect("suppressions before the click", &self.rows("suppression")?.len(), &0)?;
        }
        let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
        let body = "List-Unsubscribe=One-Click".to_owned();
        let (status, _) = self.emulator.request(&self.api, Method::POST, &path, &form, body).await?;
        expect("the answer to the click", &status, &200)?;
        expect("suppressions after the click", &self.rows("suppression")?.len(), &1)
    }
}

/// Two permissions that the emulator asks for otherwise than AWS. There `sqs:SendMessage` covers a batch, and SES asks on
/// the identity and the configuration set; here a batch is an action of its own, and `ses:SendEmail` has no resource.
/// Every other policy stands as it is deployed.
fn as_the_emulator_asks(template: &mut Value) {
    let resources = template["Resources"].as_object_mut().into_iter().flat_map(|all| all.values_mut());
    let policies = resources.filter_map(|r| r.pointer_mut("/Properties/Policies")?.as_array_mut()).flatten();
    let statements = policies.filter_map(|policy| policy.pointer_mut("/PolicyDocument/Statement")?.as_array_mut());
    for statement in statements.flatten() {
        let mut actions = match statement["Action"].take() {
            Value::Array(actions) => actions,
            one => vec![one],
        };
        if actions.contains(&json!("sqs:SendMessage")) {
            actions.push(json!("sqs:SendMessageBatch"));
        }
        if actions.contains(&json!("ses:SendEmail")) {
            statement["Resource"] = json!("*");
        }
        statement["Action"] = Value::Array(actions);
    }
}

/// The outputs of the stack once it stands.
fn created(emulator: &Emulator) -> Result<Option<Value>, String> {
    let answer = emulator.call("cloudformation", "describe_stacks", &json!({ "StackName": "regulars" }))?;
    let stack = &answer["Stacks"][0];
    match stack["StackStatus"].as_str().unwrap_or_default() {
        "CREATE_COMPLETE" => Ok(Some(stack["Outputs"].clone())),
        "CREATE_IN_PROGRESS" => Ok(None),
        other => {
            let events =
                emulator.call("cloudformation", "describe_stack_events", &json!({ "StackName": "regulars" }))?;
            let failed = |e: &&Value| e["ResourceStatus"].as_str().is_some_and(|status| status.ends_with("FAILED"));
            let events = events["StackEvents"].as_array().into_iter().flatten().filter(failed);
            let why = |e: &Value| format!("\n{}: {}", e["LogicalResourceId"], e["ResourceStatusReason"]);
            Err(format!("the stack: {other}{}", events.map(why).collect::<String>()))
        }
    }
}

fn expect<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: expected {wanted:?}, found {found:?}")) }
}

/// Tells whoever waits how far it is.
fn say(what: &str) {
    // A person who closed the terminal is not a reason to fail.
    let _ = writeln!(io::stderr(), "{what}");
}
