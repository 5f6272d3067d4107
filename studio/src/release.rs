//! `regulars release`: a table that was restored from a backup, or copied, may send again.

use cloud::Store;
use retention::Time;

use crate::counted::counted;
use crate::failure::Failure;

/// Releases the table, and says what was taken in. One that sends already is left as it is.
pub async fn release(store: &Store, now: Time) -> Result<String, Failure> {
    if store.is_released(now).await? {
        return Ok("This table sends already: it is the one that it says it is. Nothing was changed.".to_owned());
    }
    let released = store.release(now).await?;
    Ok(format!(
        "Released. Taken in from the second table: {}, {} to erase. What fell due before \
         {} is not sent: it may have left before the table was restored.",
        counted(released.suppressions, "address that gets no letters", "addresses that get no letters"),
        counted(released.erasures, "person", "people"),
        now.format("%Y-%m-%d %H:%M UTC")
    ))
}
