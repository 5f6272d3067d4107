//! The promises of the README, each kept by a test named as the promise is.

mod asking_first;
mod backfilling;
mod bad_webhooks;
mod erasing;
mod explaining;
mod identity;
mod importing;
mod leaving;
mod left_storefronts;
mod orders_become_letters;
mod planning;
mod replaying;
mod restoring;
mod sources;
mod waiting_lists;
