//! Packages of npm of which only the files are wanted: unpacked, not installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::python::output;

/// The folder of a package, fetched once. `package` is a name with its version: `axe-core@4.14.1`.
pub(crate) fn package(root: &Path, package: &str) -> Result<PathBuf, String> {
    let place = root.join("target/npm").join(package);
    let unpacked = place.join("package");
    // Written last, so that half a package is none.
    let stamp = place.join("unpacked.txt");
    if stamp.exists() {
        return Ok(unpacked);
    }
    let failed = |e: std::io::Error| format!("{}: {e}", place.display());
    fs::create_dir_all(&place).map_err(failed)?;
    let packed = output(Command::new("npm").args(["pack", "--silent", package]).current_dir(&place))
        .map_err(|e| format!("{package} could not be fetched, which takes npm: {e}"))?;
    let name = String::from_utf8_lossy(&packed).trim().to_owned();
    output(Command::new("tar").args(["xzf", &name]).current_dir(&place))?;
    fs::write(&stamp, package).map_err(failed)?;
    Ok(unpacked)
}
