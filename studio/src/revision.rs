//! The templates of a directory, or of a revision in git.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::failure::Failure;

/// Templates on the disk. Those of a revision are there as long as this is.
pub struct Templates {
    path: PathBuf,
    _checked_out: Option<TempDir>,
}

impl Templates {
    /// The templates that a word names: a directory that has a `shop.toml`, else a revision of the repository in which
    /// `templates` lies.
    pub fn named(word: &str, templates: &Path) -> Result<Self, Failure> {
        let directory = Path::new(word);
        if directory.join("shop.toml").is_file() {
            return Ok(Self { path: directory.to_owned(), _checked_out: None });
        }
        let folder = tempfile::tempdir().map_err(|e| Failure::new(format!("a temporary folder: {e}")))?;
        let listed = git(templates, &["ls-tree", "-r", "--name-only", "--full-name", word, "."]).map_err(|_| {
            Failure::new(format!("`{word}` is neither a directory with a shop.toml nor a revision that git knows here"))
        })?;
        let prefix = String::from_utf8_lossy(&git(templates, &["rev-parse", "--show-prefix"])?).trim().to_owned();
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let mut files = 0;
        for name in listed.lines() {
            let Some(relative) = name.strip_prefix(&prefix) else { continue };
            let bytes = git(templates, &["show", &format!("{word}:{name}")])?;
            let target = folder.path().join(relative);
            let written =
                target.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&target, bytes));
            written.map_err(|e| Failure::new(format!("{} cannot be written: {e}", target.display())))?;
            files += 1;
        }
        if files == 0 {
            return Err(Failure::new(format!("revision `{word}` has no templates at {prefix}")));
        }
        Ok(Self { path: folder.path().to_owned(), _checked_out: Some(folder) })
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// What git prints, asked in a directory.
fn git(directory: &Path, words: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = Command::new("git").arg("-C").arg(directory).args(words).output();
    let output = output.map_err(|e| Failure::new(format!("git cannot be run: {e}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("git {}: {}", words[0], said.lines().next().unwrap_or_default())))
}
