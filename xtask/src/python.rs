//! The tools that are written in Python, in `target/python`: pinned in `infra/requirements.txt`, nothing installed globally.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The place of the tools.
#[derive(Debug)]
pub(crate) struct Python {
    bin: PathBuf,
}

impl Python {
    /// Makes the tools ready. Installs them if they are not there, or not those that are pinned.
    pub(crate) fn ready(root: &Path) -> Result<Self, String> {
        let place = root.join("target/python");
        let pinned = root.join("infra/requirements.txt");
        let wanted = fs::read_to_string(&pinned).map_err(|e| format!("{}: {e}", pinned.display()))?;
        let tools = Self { bin: place.join("bin") };
        let stamp = place.join("installed.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(tools);
        }
        let venv = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place).stdout(Stdio::null()).status();
        if !venv.is_ok_and(|status| status.success()) {
            return Err("python3 with its module venv is needed: install python3 and python3-venv".to_owned());
        }
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(tools.command("python").args(install).arg(&pinned))
            .map_err(|e| format!("the tools of infra/requirements.txt could not be installed: {e}"))?;
        fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))?;
        Ok(tools)
    }

    /// A command of one of the tools.
    pub(crate) fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(self.bin.join(tool));
        // What a tool says is for the person who waits: standard output is kept for the results of xtask.
        command.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
        command
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(e) => Err(format!("{name}: {e}")),
    }
}

/// Runs a command to its end and takes what it writes to standard output.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdout(Stdio::piped()).output().map_err(|e| format!("{name}: {e}"))?;
    if done.status.success() {
        Ok(done.stdout)
    } else {
        Err(format!("{name}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr).trim_end()))
    }
}
