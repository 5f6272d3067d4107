//! `regulars deploy`: a change of copy is a new zip in seconds, and never a compiler run.
//!
//! The functions are those of a stack, and each keeps the binary that it has: its zip is fetched, gets the templates of here, and
//! goes back. AWS's own command line does the talking, with the credentials and the region of the environment.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::counted::counted;
use crate::failure::Failure;
use crate::zips;

/// Options of `deploy`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The stack, as `sam deploy` named it.
    #[arg(long, value_name = "NAME", default_value = "regulars")]
    pub stack: String,
}

/// Puts the templates of here into every function of the stack, and says into how many.
pub async fn templates(folder: &Path, stack: &str) -> Result<String, Failure> {
    let files = zips::checked_templates(folder)?;
    let functions = functions(stack)?;
    if functions.is_empty() {
        return Err(Failure::new(format!("the stack {stack} has no functions: name another with --stack NAME")));
    }
    let place = tempfile::tempdir().map_err(|e| Failure::new(format!("no folder for the zips: {e}")))?;
    // All are made before the first goes out, so that a shop does not speak half of a change.
    let mut made = Vec::new();
    for function in &functions {
        let zip = zips::with_templates(&code_of(function).await?, &files).map_err(|failure| failure.about(function))?;
        let file = place.path().join(format!("{function}.zip"));
        std::fs::write(&file, zip).map_err(|e| Failure::new(format!("{}: {e}", file.display())))?;
        made.push(file);
    }
    for (function, file) in functions.iter().zip(&made) {
        let zip = format!("fileb://{}", file.display());
        aws(&[
            "lambda",
            "update-function-code",
            "--function-name",
            function,
            "--zip-file",
            &zip,
            "--query",
            "CodeSha256",
        ])?;
    }
    for function in &functions {
        aws(&["lambda", "wait", "function-updated-v2", "--function-name", function])?;
    }
    Ok(format!(
        "{} {} of {stack}.",
        counted(files.len(), "file of templates is in", "files of templates are in"),
        counted(functions.len(), "function", "functions")
    ))
}

/// Builds everything and deploys the stack: what the README does by hand.
pub fn everything(root: &Path, stack: &str) -> Result<String, Failure> {
    let run = |program: &str, arguments: &[&str]| {
        let done = Command::new(program).args(arguments).current_dir(root).status();
        match done {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::new(format!("{program} {}: {status}", arguments.join(" ")))),
            Err(e) => Err(Failure::new(format!("{program} cannot be started: {e}"))),
        }
    };
    run("cargo", &["xtask", "package"])?;
    run(
        "sam",
        &[
            "deploy",
            "--template",
            "infra/template.yaml",
            "--stack-name",
            stack,
            "--resolve-s3",
            "--capabilities",
            "CAPABILITY_IAM",
        ],
    )?;
    Ok(format!("{stack} is deployed."))
}

#[derive(Deserialize)]
struct Code {
    #[serde(rename = "Location")]
    location: String,
}

/// The names of the stack's functions.
fn functions(stack: &str) -> Result<Vec<String>, Failure> {
    let only = "StackResourceSummaries[?ResourceType=='AWS::Lambda::Function'].PhysicalResourceId";
    let told = aws(&["cloudformation", "list-stack-resources", "--stack-name", stack, "--query", only])?;
    serde_json::from_str(&told).map_err(|e| Failure::new(format!("the functions of {stack}: {e}")))
}

/// The zip that a function runs.
async fn code_of(function: &str) -> Result<Vec<u8>, Failure> {
    let told = aws(&["lambda", "get-function", "--function-name", function, "--query", "Code"])?;
    let code: Code = serde_json::from_str(&told).map_err(|e| Failure::new(format!("the code of {function}: {e}")))?;
    let fetched = async { reqwest::get(&code.location).await?.error_for_status()?.bytes().await };
    // The address is signed: it is not told.
    let bytes = fetched.await.map_err(|e| Failure::new(format!("the code of {function}: {}", e.without_url())))?;
    Ok(bytes.to_vec())
}

/// Asks AWS's command line, and gives back what it prints.
fn aws(arguments: &[&str]) -> Result<String, Failure> {
    let done = Command::new("aws").args(arguments).args(["--output", "json", "--no-cli-pager"]).output();
    let done = done.map_err(|e| Failure::new(format!("AWS's command line (aws) cannot be started: {e}")))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Err(Failure::new(format!("aws {}: {}", arguments[..2.min(arguments.len())].join(" "), said.trim())))
}
