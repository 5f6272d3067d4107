//! Copies of the shipped templates, to be changed.

use std::fs;
use std::path::{Path, PathBuf};

use shop::Tree;

pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("templates")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the shipped templates, to be changed.
pub(crate) struct Copy(tempfile::TempDir);

impl Copy {
    pub(crate) fn new() -> Self {
        let copy_of = Self(tempfile::tempdir().unwrap());
        copy(&shipped(), copy_of.0.path());
        copy_of
    }

    pub(crate) fn with(self, file: &str, from: &str, to: &str) -> Self {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
        self
    }

    pub(crate) fn file(self, file: &str, text: &str) -> Self {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn read(&self) -> Result<Tree, Vec<String>> {
        let dir = format!("{}/", self.0.path().display());
        shop::read(self.0.path()).map_err(|found| found.0.iter().map(|m| m.to_string().replace(&dir, "")).collect())
    }

    pub(crate) fn mistakes(&self) -> Vec<String> {
        self.read().err().unwrap_or_default()
    }
}
