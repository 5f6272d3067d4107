//! The template as AWS sees it: transformed, read by cfn-lint, and held to rules of our own.
//!
//! cfn-lint knows what AWS takes, not what this stack must be. Each rule of ours comes with a template that
//! breaks it, made here, out of the real one; a rule that does not catch its own plant fails the run.

mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::python::{self, Python};
use rules::{RULES, Stack};

/// Checks `infra/template.yaml`. Says in one line what was checked.
pub(crate) fn run(root: &Path) -> Result<String, String> {
    let tools = Python::ready(root)?;
    let (template, written) = transform(root, &tools)?;
    python::run(tools.command("cfn-lint").arg("--").arg(root.join("infra/template.yaml")).arg(&written))?;
    let broken = broken(&template);
    if !broken.is_empty() {
        return Err(broken.join("\n"));
    }
    for rule in RULES {
        let mut planted = template.clone();
        (rule.plant)(&mut planted);
        if (rule.check)(&Stack::new(&planted)).is_empty() {
            return Err(format!("the rule \"{}\" does not catch its own planted mistake", rule.name));
        }
    }
    Ok(format!("infra: cfn-lint twice, {} rules, each seen to catch its planted mistake", RULES.len()))
}

/// The template after SAM's transform, and the file that holds it.
pub(crate) fn transform(root: &Path, tools: &Python) -> Result<(Value, PathBuf), String> {
    let mut transform = tools.command("python");
    transform.arg(root.join("infra/transform.py")).arg(root.join("infra/template.yaml"));
    let json = python::output(&mut transform)?;
    let template = serde_json::from_slice(&json).map_err(|e| format!("the transformed template: {e}"))?;
    let folder = root.join("target/infra");
    let file = folder.join("template.json");
    let write = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, &json));
    write.map_err(|e| format!("{}: {e}", file.display()))?;
    Ok((template, file))
}

fn broken(template: &Value) -> Vec<String> {
    let stack = Stack::new(template);
    let lines = |rule: &rules::Rule| {
        let found = (rule.check)(&stack).into_iter();
        found.map(|what| format!("infra/template.yaml: {}: {what}", rule.name)).collect::<Vec<_>>()
    };
    RULES.iter().flat_map(lines).collect()
}
