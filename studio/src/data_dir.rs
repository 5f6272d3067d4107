//! The data directory: the table's file, the letters, the clock.

use std::fs;
use std::path::{Path, PathBuf};

use retention::Time;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// A directory that holds one local shop.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

/// The clock, as it is kept between runs.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SavedClock {
    /// What it showed.
    pub now: Time,
    /// How far it was moved ahead of the machine's.
    pub ahead_seconds: i64,
}

impl DataDir {
    /// Makes the directory, or says why it cannot be written.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let dir = Self(path.to_owned());
        let cannot = |e: std::io::Error| {
            Failure::new(format!(
                "the data directory {} cannot be written: {e}; choose another with --data DIR",
                path.display()
            ))
        };
        fs::create_dir_all(dir.letters()).map_err(cannot)?;
        let probe = path.join(".probe");
        fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).map_err(cannot)?;
        Ok(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The table's file.
    pub fn database(&self) -> PathBuf {
        self.0.join("table.sqlite")
    }

    /// The folder of letters.
    pub fn letters(&self) -> PathBuf {
        self.0.join("letters")
    }

    /// Whether a shop lives here already.
    pub fn is_new(&self) -> bool {
        !self.clock_file().exists()
    }

    /// How many letters there are.
    pub fn count_letters(&self) -> Result<usize, Failure> {
        let read = fs::read_dir(self.letters());
        let entries = read.map_err(|e| Failure::new(format!("{} cannot be read: {e}", self.letters().display())))?;
        let is_letter = |e: &fs::DirEntry| e.path().extension().is_some_and(|ext| ext == "eml");
        Ok(entries.filter_map(Result::ok).filter(is_letter).count())
    }

    /// The clock of the run before.
    pub fn clock(&self) -> Option<SavedClock> {
        serde_json::from_slice(&fs::read(self.clock_file()).ok()?).ok()
    }

    /// Keeps the clock.
    pub fn save_clock(&self, clock: &SavedClock) -> Result<(), Failure> {
        let text = serde_json::to_string(clock).map_err(|e| Failure::new(e.to_string()))?;
        let file = self.clock_file();
        fs::write(&file, text).map_err(|e| Failure::new(format!("{} cannot be written: {e}", file.display())))
    }

    fn clock_file(&self) -> PathBuf {
        self.0.join("clock.json")
    }
}
