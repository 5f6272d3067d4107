//! The rules of the transformed template. Each is a sentence, a check that names what breaks it, and a planted mistake.

use serde_json::{Map, Value, json};

/// One rule.
pub(super) struct Rule {
    /// What must hold.
    pub(super) name: &'static str,
    /// What breaks it.
    pub(super) check: fn(&Stack<'_>) -> Vec<String>,
    /// Breaks it.
    pub(super) plant: fn(&mut Value),
}

/// All rules.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "each function has a role of its own, spelt out in the template",
        check: own_roles,
        plant: |t| set(t, "Scan", "/Role", json!({ "Fn::GetAtt": ["IntakeRole", "Arn"] })),
    },
    Rule {
        name: "no role takes a policy that AWS manages",
        check: managed_policies,
        plant: |t| set(t, "SendRole", "/ManagedPolicyArns", json!(["arn:aws:iam::aws:policy/AmazonSESFullAccess"])),
    },
    Rule {
        name: "no statement allows every action of a service",
        check: star_actions,
        plant: |t| set(t, "ScanRole", "/Policies/0/PolicyDocument/Statement/0/Action", json!("dynamodb:*")),
    },
    // There is no exception: every action that the functions need takes a resource.
    Rule {
        name: "no statement allows an action on every resource",
        check: star_resources,
        plant: |t| set(t, "SendRole", "/Policies/0/PolicyDocument/Statement/2/Resource", json!("*")),
    },
    Rule {
        name: "a role is assumed by one service of AWS and by nobody else",
        check: trust,
        plant: |t| set(t, "SendRole", "/AssumeRolePolicyDocument/Statement/0/Principal", json!({ "AWS": "*" })),
    },
    Rule {
        name: "tables are retained, protected from deletion, encrypted and recoverable",
        check: tables,
        plant: |t| drop(t["Resources"]["Table"].as_object_mut().and_then(|table| table.remove("UpdateReplacePolicy"))),
    },
    Rule {
        name: "each function logs to a group of the template that forgets after a time",
        check: logs,
        plant: |t| remove(t, "SendLog", "RetentionInDays"),
    },
    Rule {
        name: "a queue gives up into dead letters that are kept longer than the queue keeps",
        check: dead_letters,
        plant: |t| set(t, "MarketingDeadLetters", "/MessageRetentionPeriod", json!(345_600)),
    },
    Rule {
        name: "messages are encrypted at rest",
        check: encrypted_queues,
        plant: |t| remove(t, "TransactionalQueue", "SqsManagedSseEnabled"),
    },
    Rule {
        name: "a received message is hidden for at least six times the function's timeout",
        check: visibility,
        plant: |t| set(t, "Send", "/Timeout", json!(31)),
    },
    Rule {
        name: "a queue feeds at most five workers, and each message is answered for itself",
        check: mappings,
        plant: |t| set(t, "SendMarketing", "/FunctionResponseTypes", json!([])),
    },
    Rule {
        name: "each schedule is enabled and starts its own work, every minute without a drift or once a day",
        check: schedule,
        plant: |t| set(t, "EveryMinute", "/State", json!("DISABLED")),
    },
    Rule {
        name: "whoever may invoke a function is named with a source",
        check: permissions,
        plant: |t| remove(t, "IntakePermission", "SourceArn"),
    },
    Rule {
        name: "nothing is reachable but through the throttled HTTP API",
        check: doors,
        plant: |t| remove(t, "ApiStage", "DefaultRouteSettings"),
    },
    Rule {
        name: "no secret stands in the template: not as a parameter, not in an environment",
        check: secrets,
        plant: |t| set(t, "Intake", "/Environment/Variables/REGULARS_PARAMETERS", json!("a secret in plain text")),
    },
    Rule {
        name: "the errors of each function and the dead letters of each queue raise an alarm that somebody hears",
        check: alarms,
        plant: |t| remove(t, "MarketingDeadLettersAlarm", "AlarmActions"),
    },
];

/// The transformed template.
pub(super) struct Stack<'a> {
    template: &'a Value,
    resources: &'a Map<String, Value>,
}

impl<'a> Stack<'a> {
    /// The stack of a template.
    pub(super) fn new(template: &'a Value) -> Self {
        static NONE: std::sync::OnceLock<Map<String, Value>> = std::sync::OnceLock::new();
        let resources = template["Resources"].as_object().unwrap_or_else(|| NONE.get_or_init(Map::new));
        Self { template, resources }
    }

    fn of_type(&self, kind: &'static str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let all = self.resources.iter().filter(move |(_, whole)| whole["Type"] == kind);
        all.map(|(name, whole)| (name.as_str(), &whole["Properties"]))
    }

    /// The properties of the resource that a reference leads to.
    fn behind(&self, reference: &Value) -> Option<(&'a str, &'a Value)> {
        let name = reference["Ref"].as_str().or(reference["Fn::GetAtt"][0].as_str())?;
        let (name, whole) = self.resources.get_key_value(name)?;
        Some((name, &whole["Properties"]))
    }

    /// The statements of every role, with the role's name.
    fn statements(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.of_type("AWS::IAM::Role").flat_map(|(role, properties)| {
            let policies = list(&properties["Policies"]);
            let statements = policies.into_iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
            statements.map(move |statement| (role, statement)).collect::<Vec<_>>()
        })
    }
}

/// One or several: IAM writes a list of one without brackets.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn names<'a>(broken: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Vec<String> {
    broken.into_iter().map(|(name, _)| name.to_owned()).collect()
}

fn own_roles(stack: &Stack<'_>) -> Vec<String> {
    let mut seen = Vec::new();
    let mut broken = Vec::new();
    for (name, function) in stack.of_type("AWS::Lambda::Function") {
        match stack.behind(&function["Role"]) {
            Some((role, _)) if !seen.contains(&role) => seen.push(role),
            _ => broken.push(name.to_owned()),
        }
    }
    broken
}

fn managed_policies(stack: &Stack<'_>) -> Vec<String> {
    names(stack.of_type("AWS::IAM::Role").filter(|(_, role)| !list(&role["ManagedPolicyArns"]).is_empty()))
}

fn star_actions(stack: &Stack<'_>) -> Vec<String> {
    let starred = |statement: &Value| {
        let mut actions = list(&statement["Action"]).into_iter();
        !statement["NotAction"].is_null() || actions.any(|action| action.as_str().is_none_or(|a| a.contains('*')))
    };
    names(stack.statements().filter(|(_, statement)| starred(statement)))
}

fn star_resources(stack: &Stack<'_>) -> Vec<String> {
    // A star below a path of ours, such as source/*, names resources; one that stands alone or for a whole kind does not.
    let everything = |resource: &Value| {
        let text = resource.as_str().or(resource["Fn::Sub"].as_str()).unwrap_or_default();
        text == "*" || text.split(':').any(|part| part == "*") || text.ends_with(":*") || text.contains("/*/")
    };
    // It asks what the account may send, and there is no narrower resource for it.
    let of_the_account = |statement: &Value| statement["Action"] == "ses:GetAccount";
    let starred = |statement: &Value| {
        let resources = list(&statement["Resource"]);
        resources.is_empty() || !statement["NotResource"].is_null() || resources.into_iter().any(everything)
    };
    names(stack.statements().filter(|(_, statement)| starred(statement) && !of_the_account(statement)))
}

fn trust(stack: &Stack<'_>) -> Vec<String> {
    let one_service = |role: &Value| {
        let statements = list(&role["AssumeRolePolicyDocument"]["Statement"]);
        statements.iter().all(|statement| {
            let principal = statement["Principal"].as_object();
            principal.is_some_and(|p| p.len() == 1 && p.get("Service").is_some_and(Value::is_string))
        })
    };
    names(stack.of_type("AWS::IAM::Role").filter(|(_, role)| !one_service(role)))
}

fn tables(stack: &Stack<'_>) -> Vec<String> {
    let safe = |name: &str, table: &Value| {
        let whole = &stack.resources[name];
        whole["DeletionPolicy"] == "Retain"
            && whole["UpdateReplacePolicy"] == "Retain"
            && table["DeletionProtectionEnabled"] == true
            && table["SSESpecification"]["SSEEnabled"] == true
            && table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] == true
    };
    names(stack.of_type("AWS::DynamoDB::Table").filter(|(name, table)| !safe(name, table)))
}

fn logs(stack: &Stack<'_>) -> Vec<String> {
    let forgets = |function: &Value| {
        let group = stack.behind(&function["LoggingConfig"]["LogGroup"]);
        group.is_some_and(|(_, group)| !group["RetentionInDays"].is_null())
    };
    names(stack.of_type("AWS::Lambda::Function").filter(|(_, function)| !forgets(function)))
}

/// The name of the dead letters of a queue.
fn dead<'a>(stack: &Stack<'a>, queue: &'a Value) -> Option<(&'a str, &'a Value)> {
    stack.behind(&queue["RedrivePolicy"]["deadLetterTargetArn"])
}

/// The queues that hold what a function could not do when it was invoked without anybody waiting.
fn failures<'a>(stack: &Stack<'a>) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let configs = stack.of_type("AWS::Lambda::EventInvokeConfig");
    configs.filter_map(|(_, config)| stack.behind(&config["DestinationConfig"]["OnFailure"]["Destination"]))
}

fn dead_letters(stack: &Stack<'_>) -> Vec<String> {
    let of_queues = stack.of_type("AWS::SQS::Queue").filter_map(|(_, queue)| dead(stack, queue));
    let ends: Vec<&str> = of_queues.chain(failures(stack)).map(|(name, _)| name).collect();
    let kept = |queue: &Value| queue["MessageRetentionPeriod"].as_u64().unwrap_or_default();
    let sound = |name: &str, queue: &Value| match dead(stack, queue) {
        Some((_, letters)) => kept(letters) > kept(queue),
        None => ends.iter().filter(|end| **end == name).count() == 1,
    };
    names(stack.of_type("AWS::SQS::Queue").filter(|(name, queue)| !sound(name, queue)))
}

fn encrypted_queues(stack: &Stack<'_>) -> Vec<String> {
    names(stack.of_type("AWS::SQS::Queue").filter(|(_, queue)| queue["SqsManagedSseEnabled"] != true))
}

fn visibility(stack: &Stack<'_>) -> Vec<String> {
    let hidden_long_enough = |mapping: &Value| {
        let (_, queue) = stack.behind(&mapping["EventSourceArn"])?;
        let (_, function) = stack.behind(&mapping["FunctionName"])?;
        Some(queue["VisibilityTimeout"].as_u64()? >= 6 * function["Timeout"].as_u64()?)
    };
    let mappings = stack.of_type("AWS::Lambda::EventSourceMapping");
    names(mappings.filter(|(_, mapping)| hidden_long_enough(mapping) != Some(true)))
}

fn mappings(stack: &Stack<'_>) -> Vec<String> {
    let sound = |mapping: &Value| {
        let workers = mapping["ScalingConfig"]["MaximumConcurrency"].as_u64();
        workers.is_some_and(|workers| workers <= 5)
            && mapping["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"])
            && mapping["Enabled"] != false
    };
    names(stack.of_type("AWS::Lambda::EventSourceMapping").filter(|(_, mapping)| !sound(mapping)))
}

fn schedule(stack: &Stack<'_>) -> Vec<String> {
    let sound = |schedule: &Value| {
        let when = schedule["ScheduleExpression"].as_str().unwrap_or_default();
        let every_minute = when == "rate(1 minute)" && schedule["FlexibleTimeWindow"]["Mode"] == "OFF";
        // Once a day only what is named in the input: without one the function does what it does every minute.
        let once_a_day = when.starts_with("cron(") && schedule["Target"]["Input"].is_string();
        schedule["State"] == "ENABLED" && (every_minute || once_a_day)
    };
    let mut started = Vec::new();
    let mut broken = Vec::new();
    for (name, schedule) in stack.of_type("AWS::Scheduler::Schedule") {
        match stack.behind(&schedule["Target"]["Arn"]) {
            Some((function, _)) if sound(schedule) => {
                let work = (function, &schedule["Target"]["Input"]);
                if started.contains(&work) {
                    broken.push(name.to_owned());
                } else {
                    started.push(work);
                }
            }
            _ => broken.push(name.to_owned()),
        }
    }
    if started.is_empty() && broken.is_empty() { vec!["there is no schedule".to_owned()] } else { broken }
}

fn permissions(stack: &Stack<'_>) -> Vec<String> {
    let sourced = |permission: &Value| {
        let source = &permission["SourceArn"];
        let rule = stack.behind(source).is_some_and(|(_, rule)| !rule["EventPattern"]["source"].is_null());
        rule || source["Fn::Sub"].as_str().is_some_and(|s| s.contains("${Api}/"))
    };
    names(stack.of_type("AWS::Lambda::Permission").filter(|(_, permission)| !sourced(permission)))
}

fn doors(stack: &Stack<'_>) -> Vec<String> {
    let throttled = |stage: &Value| {
        let limits = &stage["DefaultRouteSettings"];
        limits["ThrottlingRateLimit"].is_number() && limits["ThrottlingBurstLimit"].is_number()
    };
    let stages = stack.of_type("AWS::ApiGatewayV2::Stage").filter(|(_, stage)| !throttled(stage));
    let others = ["AWS::Lambda::Url", "AWS::ApiGateway::RestApi"];
    names(stages.chain(others.into_iter().flat_map(|kind| stack.of_type(kind))))
}

fn secrets(stack: &Stack<'_>) -> Vec<String> {
    let parameters = stack.template["Parameters"].as_object().into_iter().flatten();
    let hidden = parameters.filter(|(_, parameter)| !parameter["NoEcho"].is_null());
    let mut broken: Vec<String> = hidden.map(|(name, _)| name.clone()).collect();
    for (name, function) in stack.of_type("AWS::Lambda::Function") {
        let variables = function["Environment"]["Variables"].as_object().into_iter().flatten();
        // A literal could be anything. A dynamic reference would be resolved, and stand there for every reader to see.
        let bare = variables.filter(|(_, value)| value.is_string() || value.to_string().contains("{{resolve"));
        broken.extend(bare.map(|(variable, _)| format!("{name}: {variable}")));
    }
    broken
}

fn alarms(stack: &Stack<'_>) -> Vec<String> {
    let watched = |metric: &str, resource: &str| {
        stack.of_type("AWS::CloudWatch::Alarm").any(|(_, alarm)| {
            let of = stack.behind(&alarm["Dimensions"][0]["Value"]).is_some_and(|(name, _)| name == resource);
            of && alarm["MetricName"] == metric && !list(&alarm["AlarmActions"]).is_empty()
        })
    };
    let functions = stack.of_type("AWS::Lambda::Function").filter(|(name, _)| !watched("Errors", name));
    let dead = stack.of_type("AWS::SQS::Queue").filter_map(|(_, queue)| dead(stack, queue)).chain(failures(stack));
    let dead = dead.filter(|(name, _)| !watched("ApproximateNumberOfMessagesVisible", name));
    names(functions.chain(dead))
}

/// Plants a property.
fn set(template: &mut Value, resource: &str, pointer: &str, value: Value) {
    let properties = &mut template["Resources"][resource]["Properties"];
    match properties.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => properties[pointer.trim_start_matches('/')] = value,
    }
}

/// Takes a property away.
fn remove(template: &mut Value, resource: &str, property: &str) {
    if let Some(properties) = template["Resources"][resource]["Properties"].as_object_mut() {
        properties.remove(property);
    }
}
