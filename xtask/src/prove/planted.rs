//! Bugs that are planted into a copy of the sources, one at a time: a proof that does not catch each is none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::json;

use crate::{python, say};

/// A bug: in which file, what stands there, what stands there instead.
struct Bug {
    name: &'static str,
    edits: &'static [(&'static str, &'static str, &'static str)],
}

const BUGS: [Bug; 9] = [
    Bug {
        name: "the SDK repeats what SES may have taken",
        edits: &[(
            "shared/cloud/src/clients.rs",
            "RetryConfig::disabled()",
            "RetryConfig::standard().with_max_attempts(4)",
        )],
    },
    Bug {
        name: "the mark is unconditional",
        edits: &[(
            "shared/cloud/src/store/sends.rs",
            "self.put_part(self.send_item(marked)?, Some(&planned))?",
            "{ let _ = planned; self.put_part(self.send_item(marked)?, None)? }",
        )],
    },
    Bug {
        name: "settlement sends marketing again",
        edits: &[(
            "functions/send/src/doubt.rs",
            "send.class == Class::Transactional\n",
            "send.class != Class::Transactional\n",
        )],
    },
    Bug {
        name: "a write of the customer does not raise the version",
        edits: &[(
            "shared/cloud/src/store/commit.rs",
            "customer.version = seen.unwrap_or_default() + 1;",
            "customer.version = seen.unwrap_or(1);",
        )],
    },
    Bug {
        name: "the answer to a batch names its failures in other words than SQS reads",
        edits: &[(
            "shared/cloud/src/queue.rs",
            "response.batch_item_failures = ids.into_iter().map(failure).collect();",
            "let _unread: Vec<BatchItemFailure> = ids.into_iter().map(failure).collect();",
        )],
    },
    Bug {
        name: "consent is checked when a letter is planned, and not when it leaves",
        edits: &[
            (
                "shared/retention/src/gate.rs",
                "if facts.suppression.is_some_and(|s| marketing || s.stops_all()) {",
                "if facts.suppression.is_some_and(|s| !marketing && s.stops_all()) {",
            ),
            ("shared/retention/src/gate.rs", "if marketing && !customer.consent.is_subscribed() {", "if false {"),
        ],
    },
    Bug {
        name: "the index is taken for the truth",
        edits: &[(
            "shared/cloud/src/store/due.rs",
            ".condition_expression(\"due_shard = :shard AND due_at = :seen\")",
            ".condition_expression(\"attribute_exists(pk) OR (due_shard = :shard AND due_at = :seen)\")",
        )],
    },
    Bug {
        name: "whoever looks at the link is unsubscribed",
        edits: &[(
            "functions/preferences/src/lib.rs",
            "let posted = door::method(self.request) == \"POST\";",
            "let posted = door::method(self.request) != \"HEAD\";",
        )],
    },
    Bug {
        name: "the row of a send expires after thirty days",
        edits: &[(
            "shared/cloud/src/store/sends.rs",
            "let mut item = rows::to_item(&Key::send(&send.customer, &send.id), send)?;",
            "let mut item = rows::to_item(&Key::send(&send.customer, &send.id), send)?;\n        item.insert(\"expires\".to_owned(), rows::number(send.created_at.timestamp() + 30 * 86_400));",
        )],
    },
];

/// What `prove planted` is told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// How many seeds may pass before a bug counts as not caught
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// Only the bugs whose name holds this
    #[arg(long, default_value = "")]
    only: String,
}

/// Plants each bug, and looks whether the seeds find it.
pub(crate) fn run(root: &Path, args: &Args) -> Result<(), String> {
    let begun = Instant::now();
    let copy = root.join("target/planted/source");
    let mut missed = Vec::new();
    let bugs: Vec<&Bug> = BUGS.iter().filter(|bug| bug.name.contains(&args.only)).collect();
    for bug in &bugs {
        copied(root, &copy)?;
        for (file, from, to) in bug.edits {
            let path = copy.join(file);
            let text = fs::read_to_string(&path).map_err(|e| format!("{file}: {e}"))?;
            if text.matches(from).count() != 1 {
                return Err(format!("{file}: `{from}` stands there {} times, not once", text.matches(from).count()));
            }
            fs::write(&path, text.replacen(from, to, 1)).map_err(|e| format!("{file}: {e}"))?;
        }
        let program = built(root, &copy)?;
        let seeds = args.seeds.to_string();
        let found = Command::new(&program).args(["seeds", &seeds, "until-found"]).current_dir(&copy).output();
        let found = found.map_err(|e| format!("{}: {e}", program.display()))?;
        let said = String::from_utf8_lossy(&found.stdout);
        let first = said.lines().next().unwrap_or_default();
        if found.status.code() == Some(1) {
            say(&format!("caught: {}: {first}", bug.name));
        } else {
            say(&format!("NOT caught: {}: {said}{}", bug.name, String::from_utf8_lossy(&found.stderr)));
            missed.push(bug.name);
        }
    }
    let (planted, caught) = (bugs.len(), bugs.len() - missed.len());
    say(&json!({ "proof": "planted", "planted": planted, "caught": caught, "seeds": args.seeds,
        "seconds": begun.elapsed().as_secs() })
    .to_string());
    if missed.is_empty() { Ok(()) } else { Err(format!("not caught: {}", missed.join(", "))) }
}

/// The sources as they are, in a folder of their own. Only what differs is written, so that little is built anew.
fn copied(root: &Path, to: &Path) -> Result<(), String> {
    let listed =
        python::output(Command::new("git").args(["ls-files", "-z", "-co", "--exclude-standard"]).current_dir(root))?;
    for name in String::from_utf8_lossy(&listed).split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root.join(name), to.join(name));
        let Ok(bytes) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        fs::write(&to, bytes).map_err(|e| format!("{}: {e}", to.display()))?;
    }
    Ok(())
}

/// Builds the proof of a copy. What it shares with this tree is built already.
fn built(root: &Path, copy: &Path) -> Result<PathBuf, String> {
    let target = root.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--workspace", "--bin", "proof", "--quiet"]).current_dir(copy);
    python::output(cargo.env("CARGO_TARGET_DIR", &target).env("CARGO_INCREMENTAL", "0"))?;
    Ok(target.join("debug/proof"))
}
