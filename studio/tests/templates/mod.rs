//! Copies of the shipped templates, to be changed.

use std::path::{Path, PathBuf};

/// The templates that ship with the product.
pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").join("templates")
}

/// A copy of them.
pub(crate) fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_to(folder.path());
    folder
}

/// Copies them to a folder, which is made.
pub(crate) fn copy_to(folder: &Path) {
    copy(&shipped(), folder);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
