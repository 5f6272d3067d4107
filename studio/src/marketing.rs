//! `regulars marketing stop|resume`: the kill switch.

use cloud::Store;

use crate::cli::Order;
use crate::failure::Failure;

/// Does what is asked, and says how it stands.
pub async fn marketing(store: &Store, order: Option<Order>) -> Result<String, Failure> {
    if let Some(order) = order {
        store.stop_marketing(order == Order::Stop).await?;
        if order == Order::Resume {
            store.reset_breaker().await?;
        }
    }
    let control = store.control().await?;
    let mut said = if control.kill_switch {
        "Marketing is stopped: nothing but confirmations leaves. `regulars marketing resume` lets it go on.".to_owned()
    } else {
        "Marketing leaves. `regulars marketing stop` stops it.".to_owned()
    };
    if control.breaker {
        said.push_str(
            " The reputation breaker holds it back: too many letters came back or were called spam. Find out why first: then \
             `regulars marketing resume`.",
        );
    }
    Ok(said)
}
