//! The template agrees with the code: keys, names, times, sizes, and what each function may do.
//!
//! These tests read the YAML as it stands and need nothing but Rust. What SAM makes of it is checked by
//! `cargo xtask check`, which has the tools for that.

mod template;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cloud::{config, queue, table, telemetry};
use retention::Reason;
use retention::send::State;
use serde_json::{Value, json};
use template::{Resource, Template, list};

/// Each function's name in the template and its folder.
const FUNCTIONS: [(&str, &str); 6] = [
    ("Intake", "intake"),
    ("Scan", "scan"),
    ("Send", "send"),
    ("Feedback", "feedback"),
    ("Preferences", "preferences"),
    ("Sync", "sync"),
];
/// The queues of sends, and that of what SES says of them.
const QUEUES: [&str; 3] = ["TransactionalQueue", "MarketingQueue", "FeedbackQueue"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn main_of(folder: &str) -> String {
    fs::read_to_string(root().join("functions").join(folder).join("src/main.rs")).expect("the function's main")
}

fn texts<'a>(values: impl IntoIterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    values.into_iter().map(|value| value.as_str().expect("a text")).collect()
}

#[test]
fn the_table_and_its_index_have_the_keys_that_the_code_writes() {
    let template = Template::read();
    let table = template.resource("Table");
    let key = |name, kind| json!({ "AttributeName": name, "KeyType": kind });
    assert_eq!(*table.at("/KeySchema"), json!([key(table::PK, "HASH"), key(table::SK, "RANGE")]));
    let index = json!([{
        "IndexName": table::DUE_INDEX,
        "KeySchema": [key(table::DUE_SHARD, "HASH"), key(table::DUE_AT, "RANGE")],
        "Projection": { "ProjectionType": "KEYS_ONLY" },
    }]);
    assert_eq!(*table.at("/GlobalSecondaryIndexes"), index);
    let defined = |name, kind| json!({ "AttributeName": name, "AttributeType": kind });
    let definitions = json!([
        defined(table::PK, "S"),
        defined(table::SK, "S"),
        defined(table::DUE_SHARD, "S"),
        defined(table::DUE_AT, "N"),
    ]);
    assert_eq!(*table.at("/AttributeDefinitions"), definitions);
    assert_eq!(*table.at("/TimeToLiveSpecification"), json!({ "AttributeName": table::EXPIRES, "Enabled": true }));
    let kept = template.resource("KeptTable");
    assert_eq!(*kept.at("/KeySchema"), *table.at("/KeySchema"));
    assert_eq!(*kept.at("/AttributeDefinitions"), json!([defined(table::PK, "S"), defined(table::SK, "S")]));
    assert!(template.at("/Resources/KeptTable/Properties")["TimeToLiveSpecification"].is_null(), "nothing leaves it");
    assert_eq!(template.of_type("AWS::DynamoDB::Table").count(), 2);
}

#[test]
fn what_only_a_person_can_answer_raises_an_alarm() {
    let template = Template::read();
    let ended = |reason: Reason| format!("ended.{}", reason.code());
    for (name, metric, function) in [
        ("Quarantined", "quarantined", "intake"),
        ("DataRequests", "export_noted", "intake"),
        ("MissedWebhooks", "missed", "sync"),
        ("Unanswered", "unanswered", "sync"),
        ("Breaker", "breaker", "feedback"),
        ("NotReleased", "not_released", "scan"),
        ("Resting", "resting", "scan"),
        ("EmptyPools", &format!("held.{}", Reason::NoCoupon.code()), "send"),
        ("LettersNotMade", &ended(Reason::RenderFailed), "send"),
        ("LettersInDoubt", State::LostSuspect.name(), "send"),
        ("PoisonedLetters", &ended(Reason::Poison), "send"),
        ("RefusedLetters", &ended(Reason::Refused), "send"),
    ] {
        let alarm = template.resource(name);
        assert!(!alarm.at("/AlarmActions").as_array().unwrap().is_empty(), "{name}: nobody hears it");
        assert_eq!(*alarm.at("/Namespace"), json!(telemetry::NAMESPACE));
        assert_eq!(*alarm.at("/MetricName"), json!(metric));
        assert_eq!(*alarm.at("/Dimensions"), json!([{ "Name": "function", "Value": function }]));
        // One is enough, and no news is good news.
        assert_eq!(alarm.number("/Threshold"), 0, "{name}");
        assert_eq!(*alarm.at("/ComparisonOperator"), json!("GreaterThanThreshold"), "{name}");
        assert_eq!(*alarm.at("/TreatMissingData"), json!("notBreaching"), "{name}");
    }
}

#[test]
fn the_tables_outlive_the_stack_and_can_be_taken_back_to_any_second_of_28_days() {
    let template = Template::read();
    for table in template.of_type("AWS::DynamoDB::Table") {
        assert_eq!(table.attribute("DeletionPolicy"), "Retain");
        assert_eq!(table.attribute("UpdateReplacePolicy"), "Retain");
        assert_eq!(*table.at("/DeletionProtectionEnabled"), json!(true));
        assert_eq!(*table.at("/SSESpecification/SSEEnabled"), json!(true));
        assert_eq!(*table.at("/BillingMode"), json!("PAY_PER_REQUEST"));
        let backup = json!({ "PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 28 });
        assert_eq!(*table.at("/PointInTimeRecoverySpecification"), backup);
    }
}

#[test]
fn a_received_message_is_hidden_and_given_up_as_the_code_counts_on() {
    let template = Template::read();
    for name in QUEUES {
        let queue = template.resource(name);
        assert_eq!(queue.number("/VisibilityTimeout"), queue::VISIBILITY.as_secs(), "{name}");
        assert_eq!(queue.number("/RedrivePolicy/maxReceiveCount"), u64::from(queue::MAX_RECEIVES), "{name}");
        // A queue that stands still for as long as sends are tried again must not have forgotten them.
        assert!(queue.number("/MessageRetentionPeriod") > queue::HORIZON.as_secs(), "{name}");
    }
}

#[test]
fn each_queue_has_dead_letters_of_its_own_that_are_kept_longer_and_watched() {
    let template = Template::read();
    let mut seen = BTreeSet::new();
    for name in QUEUES {
        let queue = template.resource(name);
        let dead = template.behind(queue.at("/RedrivePolicy/deadLetterTargetArn"));
        assert!(seen.insert(dead.name.to_owned()), "{} has the dead letters of two queues", dead.name);
        assert!(dead.number("/MessageRetentionPeriod") > queue.number("/MessageRetentionPeriod"), "{name}");
        let watches = |alarm: &Resource<'_>| {
            *alarm.at("/Dimensions/0/Value/Fn::GetAtt/0") == json!(dead.name)
                && *alarm.at("/MetricName") == json!("ApproximateNumberOfMessagesVisible")
                && alarm.number("/Threshold") == 0
        };
        assert!(
            template.of_type("AWS::CloudWatch::Alarm").any(|alarm| watches(&alarm)),
            "nobody watches {}",
            dead.name
        );
    }
}

#[test]
fn the_sender_takes_batches_and_answers_for_each_message_of_them() {
    let template = Template::read();
    let send = template.resource("Send");
    assert_eq!(send.number("/Timeout"), queue::SEND_TIMEOUT.as_secs());
    let events = send.at("/Events").as_object().unwrap();
    let mut fed_by = BTreeSet::new();
    for (name, event) in events {
        assert_eq!(event["Type"], "SQS", "{name}");
        let properties = &event["Properties"];
        let (batch, window) = (&properties["BatchSize"], &properties["MaximumBatchingWindowInSeconds"]);
        if name == "Transactional" {
            // Waiting in the batching window would count against nobody but the customer.
            assert!(*batch == json!(queue::BATCH) && window.is_null());
        } else {
            // A larger batch needs a window, by SQS's rule.
            assert!(batch["Ref"] == "MarketingBatch" && *window == json!(1), "{batch}");
        }
        assert_eq!(properties["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{name}");
        // Two is the least that SQS takes; more than five starves intake in a new account.
        let workers = properties["ScalingConfig"]["MaximumConcurrency"].as_u64().unwrap();
        assert!((2..=5).contains(&workers), "{name}");
        fed_by.insert(template.behind(&properties["Queue"]).name);
    }
    assert_eq!(fed_by, ["MarketingQueue", "TransactionalQueue"].into());
}

#[test]
fn what_ses_says_of_letters_comes_by_a_topic_and_a_queue_to_feedback_alone() {
    let template = Template::read();
    let events = template.resource("FeedbackEvents");
    assert_eq!(template.behind(events.at("/ConfigurationSetName")).name, "ConfigurationSet");
    assert_eq!(template.behind(events.at("/EventDestination/SnsDestination/TopicARN")).name, "FeedbackTopic");
    let types = texts(list(events.at("/EventDestination/MatchingEventTypes")));
    for needed in ["send", "reject", "bounce", "complaint", "delivery", "deliveryDelay", "click"] {
        assert!(types.contains(needed), "{needed}");
    }
    assert!(!types.contains("open"), "machines open letters");
    let subscription = template.resource("FeedbackSubscription");
    assert_eq!(template.behind(subscription.at("/TopicArn")).name, "FeedbackTopic");
    assert_eq!(template.behind(subscription.at("/Endpoint")).name, "FeedbackQueue");
    // Nobody but SES for this configuration set may publish, and nobody but the topic may put on the queue.
    for (policy, service) in
        [("FeedbackTopicPolicy", "ses.amazonaws.com"), ("FeedbackQueuePolicy", "sns.amazonaws.com")]
    {
        let statements = list(template.resource(policy).at("/PolicyDocument/Statement"));
        assert_eq!(statements.len(), 1, "{policy}");
        assert_eq!(statements[0]["Principal"], json!({ "Service": service }));
        assert!(statements[0]["Condition"]["ArnEquals"]["aws:SourceArn"].is_object(), "{policy}");
    }
    let feedback = template.resource("Feedback");
    let properties = feedback.at("/Events/Feedback/Properties");
    assert_eq!(template.behind(&properties["Queue"]).name, "FeedbackQueue");
    assert_eq!(properties["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert!(queue::VISIBILITY.as_secs() >= 6 * feedback.number("/Timeout"));
}

#[test]
fn the_scan_starts_every_minute_on_the_minute_and_is_missed_when_it_does_not() {
    let template = Template::read();
    let schedule = template.resource("EveryMinute");
    assert_eq!(*schedule.at("/ScheduleExpression"), json!("rate(1 minute)"));
    assert_eq!(*schedule.at("/State"), json!("ENABLED"));
    assert_eq!(*schedule.at("/FlexibleTimeWindow"), json!({ "Mode": "OFF" }));
    assert_eq!(template.behind(schedule.at("/Target/Arn")).name, "Scan");
    let role = template.behind(schedule.at("/Target/RoleArn"));
    let statements = role.statements();
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Action"], "lambda:InvokeFunction");
    assert_eq!(template.behind(&statements[0]["Resource"]).name, "Scan");
    // A run that is late or failed is not repeated beside the next one, and never outlasts its minute.
    let scan = template.resource("Scan");
    assert!(scan.number("/Timeout") < 60);
    assert_eq!(scan.number("/EventInvokeConfig/MaximumRetryAttempts"), 0);
    let alarm = template.resource("ScanStandsStill");
    assert_eq!(*alarm.at("/MetricName"), json!("Invocations"));
    assert_eq!(*alarm.at("/TreatMissingData"), json!("breaching"));
    assert_eq!(template.behind(alarm.at("/Dimensions/0/Value")).name, "Scan");
}

#[test]
fn once_a_day_the_sync_sums_up_all_orders_in_one_run() {
    let template = Template::read();
    let schedule = template.resource("DailyAggregates");
    assert_eq!(*schedule.at("/State"), json!("ENABLED"));
    assert!(schedule.at("/ScheduleExpression").as_str().unwrap().starts_with("cron("));
    assert_eq!(template.behind(schedule.at("/Target/Arn")).name, "Sync");
    let input: Value = serde_json::from_str(schedule.at("/Target/Input").as_str().unwrap()).unwrap();
    assert_eq!(input, json!({ "task": "aggregates" }));
    // The longest that Lambda allows.
    assert_eq!(template.resource("Sync").number("/Timeout"), 900);
}

#[test]
fn every_function_of_the_repository_is_deployed_from_its_own_zip() {
    let template = Template::read();
    let folders: BTreeSet<String> = fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(folders, FUNCTIONS.map(|(_, folder)| folder.to_owned()).into());
    let deployed: BTreeSet<&str> =
        template.of_type("AWS::Serverless::Function").map(|function| function.name).collect();
    assert_eq!(deployed, FUNCTIONS.map(|(name, _)| name).into());
    for (name, folder) in FUNCTIONS {
        let uri = template.resource(name).at("/CodeUri");
        assert_eq!(*uri, json!(format!("../target/package/{folder}.zip")));
    }
    assert_eq!(*template.at("/Globals/Function/Runtime"), json!("provided.al2023"));
    assert_eq!(*template.at("/Globals/Function/Handler"), json!("bootstrap"));
}

/// What a `main` asks for, and the variables and the secrets that it needs for that.
const ASKED: [(&str, &[&str], &[&str]); 9] = [
    ("aws.parameters()", &[config::PARAMETERS], &[]),
    ("aws.store(", &[config::TABLE, config::KEPT_TABLE], &[config::HASH_KEY]),
    ("aws.queue()", &[config::TRANSACTIONAL_QUEUE, config::MARKETING_QUEUE], &[]),
    (
        "aws.recorder(",
        &[config::TABLE, config::KEPT_TABLE, config::TRANSACTIONAL_QUEUE, config::MARKETING_QUEUE],
        &[config::HASH_KEY],
    ),
    ("aws.mailer()", &[config::CONFIGURATION_SET], &[]),
    ("config::CONFIGURATION_SET", &[config::CONFIGURATION_SET], &[]),
    ("config::PUBLIC_URL", &[config::PUBLIC_URL], &[]),
    ("config::TOKEN_KEYS", &[], &[config::TOKEN_KEYS]),
    ("LinkKeys::read(", &[], &[config::TOKEN_KEYS]),
];

#[test]
fn each_function_is_given_the_variables_that_its_code_reads_and_no_other() {
    let template = Template::read();
    for (name, folder) in FUNCTIONS {
        let main = main_of(folder);
        let asked = ASKED.iter().filter(|(ask, _, _)| main.contains(ask));
        let read: BTreeSet<&str> = asked.flat_map(|(_, variables, _)| *variables).copied().collect();
        let given = template.resource(name).at("/Environment/Variables").as_object().unwrap();
        assert_eq!(given.keys().map(String::as_str).collect::<BTreeSet<_>>(), read, "{name}");
        // A literal in the environment is a name that no stack could change, or a secret in plain text.
        assert!(given.values().all(Value::is_object), "{name}");
    }
}

#[test]
fn each_function_may_read_the_secrets_that_its_code_reads_and_no_other() {
    let template = Template::read();
    for (name, folder) in FUNCTIONS {
        let main = main_of(folder);
        let asked = ASKED.iter().filter(|(ask, _, _)| main.contains(ask));
        let mut read: BTreeSet<String> =
            asked.flat_map(|(_, _, secrets)| *secrets).map(|secret| (*secret).to_owned()).collect();
        if folder == "intake" {
            read.insert("source/*".to_owned());
        }
        if folder == "sync" {
            read.insert("token/*".to_owned());
        }
        let role = template.behind(template.resource(name).at("/Role"));
        let may: BTreeSet<String> = role
            .statements()
            .into_iter()
            .filter(|statement| list(&statement["Action"]).iter().any(|action| **action == "ssm:GetParameter"))
            .flat_map(|statement| list(&statement["Resource"]))
            .map(|arn| arn["Fn::Sub"].as_str().unwrap().split_once("${ParameterPath}/").unwrap().1.to_owned())
            .collect();
        assert_eq!(may, read, "{name}");
    }
}

#[test]
fn only_the_sender_may_email_and_only_five_may_delete() {
    let template = Template::read();
    let may = |wanted: &str| -> Vec<&str> {
        let roles = template.of_type("AWS::IAM::Role");
        let holds = |role: &Resource<'_>| {
            let mut actions = role.statements().into_iter().flat_map(|s| texts(list(&s["Action"])));
            actions.any(|action| action.starts_with(wanted))
        };
        roles.filter(holds).map(|role| role.name).collect()
    };
    assert_eq!(may("ses:"), ["SendRole"]);
    assert_eq!(may("dynamodb:Delete"), ["IntakeRole", "PreferencesRole", "ScanRole", "SendRole", "SyncRole"]);
    assert_eq!(may("dynamodb:Query"), ["FeedbackRole", "PreferencesRole", "ScanRole", "SendRole", "SyncRole"]);
    // The sender takes codes out of pools, and reaches no other row that way.
    let sends = template.resource("SendRole");
    let reaches = |statement: &&Value| texts(list(&statement["Action"])).contains("dynamodb:DeleteItem");
    let found = sends.statements().into_iter().find(reaches).expect("a statement");
    assert_eq!(found["Condition"], json!({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["K#*"] } }));
    assert_eq!(may("dynamodb:Scan"), ["ScanRole", "SyncRole"]);
}

#[test]
fn each_function_has_a_role_and_a_log_of_its_own() {
    let template = Template::read();
    let (mut roles, mut logs) = (BTreeSet::new(), BTreeSet::new());
    for (name, _) in FUNCTIONS {
        let function = template.resource(name);
        let role = template.behind(function.at("/Role"));
        let log = template.behind(function.at("/LoggingConfig/LogGroup"));
        assert_eq!(*log.at("/RetentionInDays"), json!({ "Ref": "LogRetention" }));
        let writes = |statement: &&Value| statement["Resource"] == json!({ "Fn::GetAtt": [log.name, "Arn"] });
        let found = role.statements().into_iter().find(writes).expect("a statement for its log");
        assert_eq!(texts(list(&found["Action"])), ["logs:CreateLogStream", "logs:PutLogEvents"].into());
        assert!(roles.insert(role.name) && logs.insert(log.name), "{name}");
    }
}

#[test]
fn the_doors_are_those_that_the_functions_answer_at() {
    let template = Template::read();
    let doors: BTreeSet<(String, String)> = template
        .of_type("AWS::ApiGatewayV2::Route")
        .map(|route| {
            let target = route.at("/Target")["Fn::Sub"].as_str().unwrap();
            let integration = target.strip_prefix("integrations/${").and_then(|t| t.strip_suffix('}')).unwrap();
            let integration = template.resource(integration);
            assert_eq!(*integration.at("/PayloadFormatVersion"), json!("2.0"));
            let function = template.behind(integration.at("/IntegrationUri"));
            // The function ends first: its own answer is better than the gateway's.
            assert!(integration.number("/TimeoutInMillis") > function.number("/Timeout") * 1000);
            (route.at("/RouteKey").as_str().unwrap().to_owned(), function.name.to_owned())
        })
        .collect();
    let expected = [
        ("GET /u/{proxy+}", "Preferences"),
        ("HEAD /u/{proxy+}", "Preferences"),
        ("POST /u/{proxy+}", "Preferences"),
        ("POST /webhooks/{source}", "Intake"),
    ];
    assert_eq!(doors, expected.map(|(key, function)| (key.to_owned(), function.to_owned())).into());
    let limits = template.resource("ApiStage").at("/DefaultRouteSettings");
    assert!(limits["ThrottlingRateLimit"].is_u64() && limits["ThrottlingBurstLimit"].is_u64());
}

#[test]
fn letters_are_links_to_where_the_template_says_customers_reach_it() {
    let template = Template::read();
    let given = template.resource("Send").at("/Environment/Variables")[config::PUBLIC_URL].clone();
    assert_eq!(given, *template.at("/Outputs/PublicUrl/Value"));
}
