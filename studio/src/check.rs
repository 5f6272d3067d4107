//! `regulars check`: every mistake of `templates/`, for people, for programs, and for code hosts.

use std::path::Path;

use letters::Letters;
use serde_json::{Value, json};
use shop::{Mistake, Severity};

use crate::counted::counted;
use crate::failure::Failure;

/// What was found in a tree of templates.
#[derive(Debug)]
pub struct Report {
    folder: String,
    /// How many flows could be read.
    flows: usize,
    /// How many letters there are, each in every language.
    letters: usize,
    mistakes: Vec<Mistake>,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line for each mistake: file, line, column, what is wrong.
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, which code hosts show beside the lines.
    Sarif,
}

/// Reads and checks a tree: its files, then its letters against their views, then every letter for every sample customer.
pub fn check(templates: &Path) -> Report {
    let folder = templates.display().to_string();
    let tree = match shop::read(templates) {
        Ok(tree) => tree,
        Err(mistakes) => return Report { folder, flows: 0, letters: 0, mistakes: mistakes.0 },
    };
    let letters = Letters::new(&tree);
    let mut mistakes = letters.check();
    // A letter with a known mistake cannot be made for the same reason, told worse.
    if mistakes.iter().all(|mistake| mistake.severity == Severity::Warning) {
        mistakes.extend(letters.check_made());
    }
    let count = tree.letters.flows.values().map(|flow| flow.letters.len() * flow.strings.len()).sum();
    Report { folder, flows: tree.shop.flows.len(), letters: count, mistakes }
}

impl Report {
    /// The report, for standard output.
    pub fn said(&self, form: Form) -> String {
        match form {
            Form::Text => self.text(),
            Form::Json => self.json().to_string(),
            Form::Sarif => self.sarif().to_string(),
        }
    }

    /// A failure, where anything keeps the tree from being packaged.
    pub fn verdict(&self) -> Result<(), Failure> {
        let errors = self.mistakes.iter().filter(|mistake| mistake.severity == Severity::Error).count();
        if errors == 0 {
            return Ok(());
        }
        let mistakes = counted(errors, "mistake", "mistakes");
        Err(Failure::new(format!("{mistakes}: no letter is sent from such a tree")))
    }

    /// Whether a tree may be packaged: it may have warnings.
    pub fn is_good(&self) -> bool {
        self.mistakes.iter().all(|mistake| mistake.severity == Severity::Warning)
    }

    fn text(&self) -> String {
        let mut lines: Vec<String> = self.mistakes.iter().map(ToString::to_string).collect();
        if self.is_good() {
            let Self { folder, flows, letters, .. } = self;
            let (flows, letters) = (counted(*flows, "flow", "flows"), counted(*letters, "letter", "letters"));
            lines.push(format!("{folder}: {flows}, {letters}, no mistakes"));
        }
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let mistakes = self.mistakes.iter().map(|mistake| {
            json!({
                "file": mistake.file,
                "line": mistake.line,
                "column": mistake.column,
                "severity": level(mistake.severity),
                "message": mistake.message,
            })
        });
        json!({ "flows": self.flows, "letters": self.letters, "mistakes": mistakes.collect::<Vec<_>>() })
    }

    /// The format that GitHub and GitLab read (OASIS SARIF 2.1.0).
    fn sarif(&self) -> Value {
        let results = self.mistakes.iter().map(|mistake| {
            let region = json!({ "startLine": mistake.line, "startColumn": mistake.column });
            let file = mistake.file.to_string_lossy().replace('\\', "/");
            json!({
                "ruleId": "templates",
                "level": level(mistake.severity),
                "message": { "text": mistake.message },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": file }, "region": region } }],
            })
        });
        let rule = json!({ "id": "templates", "shortDescription": { "text": "What stands in templates/ makes right letters" } });
        let driver = json!({
            "name": "regulars check", "version": env!("CARGO_PKG_VERSION"), "rules": [rule],
        });
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": driver },
                "columnKind": "unicodeCodePoints",
                "results": results.collect::<Vec<_>>(),
            }],
        })
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
