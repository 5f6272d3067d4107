//! `cargo xtask package`: one zip for each function, the binary and `templates/` beside it.
//!
//! A tree of templates with a mistake makes no zip. The same sources make the same bytes: entries are sorted, times and
//! modes are fixed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use retention::ids::hex;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use studio::zips;

use crate::python::{self, Python};

/// The C library of `provided.al2023` is 2.34; a binary that asks for a newer one ends at its first start.
const GLIBC_MINOR: u32 = 34;

/// What `cargo xtask package` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The processor to build for [default: this machine's]
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// The cargo profile
    #[arg(long, default_value = "release")]
    profile: String,
    /// The functions [default: all]
    functions: Vec<String>,
}

/// A processor of Lambda, as the template's parameter `Architecture` spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arch {
    /// Graviton.
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86,
}

/// A function's zip.
#[derive(Debug)]
pub(crate) struct Zip {
    /// The function.
    pub(crate) function: String,
    /// The file.
    pub(crate) file: PathBuf,
    /// How large it is.
    pub(crate) bytes: u64,
    sha256: String,
}

impl Arch {
    /// This machine's.
    pub(crate) fn here() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X86 }
    }

    /// As the template spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86 => "x86_64-unknown-linux-gnu",
        }
    }
}

/// Packages into `target/package` and prints one line of JSON for each zip.
pub(crate) fn run(root: &Path, args: &Args) -> Result<(), String> {
    let arch = args.arch.unwrap_or_else(Arch::here);
    let functions = chosen(root, &args.functions)?;
    let zips = make(root, &functions, arch, &args.profile, &root.join("target/package"))?;
    let mut out = io::stdout().lock();
    for zip in &zips {
        let file = zip.file.strip_prefix(root).unwrap_or(&zip.file).display().to_string();
        let line = json!({
            "function": zip.function, "arch": arch.name(), "file": file, "bytes": zip.bytes, "sha256": zip.sha256,
        });
        writeln!(out, "{line}").map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// All functions of the repository, in order.
pub(crate) fn functions(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("functions");
    let own_name = |path: PathBuf| Some(path.file_name()?.to_str()?.to_owned());
    let mut names: Vec<String> =
        entries(&folder)?.into_iter().filter(|path| path.join("Cargo.toml").is_file()).filter_map(own_name).collect();
    names.sort();
    Ok(names)
}

/// Builds functions and writes `<to>/<function>.zip` for each.
pub(crate) fn make(
    root: &Path,
    functions: &[String],
    arch: Arch,
    profile: &str,
    to: &Path,
) -> Result<Vec<Zip>, String> {
    let templates = zips::checked_templates(&root.join("templates")).map_err(|e| e.to_string())?;
    let built = build(root, functions, arch, profile)?;
    fs::create_dir_all(to).map_err(|e| format!("{}: {e}", to.display()))?;
    functions.iter().map(|function| zip(function, &built.join(function).join("bootstrap"), &templates, to)).collect()
}

fn chosen(root: &Path, wanted: &[String]) -> Result<Vec<String>, String> {
    let all = functions(root)?;
    if let Some(unknown) = wanted.iter().find(|name| !all.contains(name)) {
        return Err(format!("there is no function {unknown}; there are {}", all.join(", ")));
    }
    Ok(if wanted.is_empty() { all } else { all.into_iter().filter(|name| wanted.contains(name)).collect() })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |e: io::Error| format!("{}: {e}", folder.display());
    fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|e| e.path()).map_err(failed)).collect()
}

/// Builds, and says below which folder each function has its `bootstrap`.
fn build(root: &Path, functions: &[String], arch: Arch, profile: &str) -> Result<PathBuf, String> {
    let tools = Python::ready(root)?;
    let mut installed = Command::new("rustup");
    installed.args(["target", "list", "--installed"]).current_dir(root);
    // Without rustup the one target is this machine's.
    let installed = python::output(&mut installed).unwrap_or_else(|_| Arch::here().target().into());
    if !String::from_utf8_lossy(&installed).lines().any(|line| line.trim() == arch.target()) {
        let (name, target) = (arch.name(), arch.target());
        return Err(format!("{name} needs Rust's standard library for it: rustup target add {target}"));
    }
    let built = root.join("target/lambda").join(arch.name()).join(profile);
    let mut cargo = tools.command("cargo-lambda");
    cargo.args(["lambda", "build", "--locked", "--profile", profile, "--target", arch.target()]);
    cargo.arg("--lambda-dir").arg(&built).current_dir(root);
    if arch == Arch::here() {
        // The machine's own linker. For the other processor cargo-lambda links with the zig that it brings along.
        cargo.args(["--compiler", "cargo"]);
    }
    for function in functions {
        cargo.args(["--package", function]);
    }
    python::run(&mut cargo)?;
    Ok(built)
}

fn zip(function: &str, bootstrap: &Path, templates: &[(String, PathBuf)], to: &Path) -> Result<Zip, String> {
    let binary = fs::read(bootstrap).map_err(|e| format!("{}: {e}", bootstrap.display()))?;
    let needs = newest_glibc(&binary);
    if needs > GLIBC_MINOR {
        return Err(format!(
            "{function} was linked against glibc 2.{needs} and Lambda has 2.{GLIBC_MINOR}: build on an older system, \
             or in a container of Amazon Linux 2023"
        ));
    }
    let file = to.join(format!("{function}.zip"));
    let made = File::create(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    zips::write(made, &binary, templates).map_err(|e| format!("{}: {e}", file.display()))?;
    let written = fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let sha256 = hex(&Sha256::digest(&written), 64);
    Ok(Zip { function: function.to_owned(), file, bytes: written.len() as u64, sha256 })
}

/// The minor version of the newest glibc 2 that a binary asks for. The versions stand in it as text.
fn newest_glibc(binary: &[u8]) -> u32 {
    const NAME: &[u8] = b"GLIBC_2.";
    let found = binary.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    let minor = |(at, _): (usize, &[u8])| {
        let digits = binary[at + NAME.len()..].iter().take(3).take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    found.map(minor).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_found_among_the_others() {
        assert_eq!(newest_glibc(b"\0GLIBC_2.17\0GLIBC_2.34\0GLIBC_2.2.5\0GLIBC_PRIVATE"), 34);
        assert_eq!(newest_glibc(b"static"), 0);
    }
}
