//! Every flow that ships, over a shopper's life: what begins it, when its letters leave, what holds it back and ends it.
//!
//! The shop is in Dublin, where summer time begins on 29 March 2026. Each test has the flow that it is about switched on
//! alone, so that what it sees is that flow's.

mod after_delivery;
mod before_buying;
mod first_month;
mod first_orders;
mod order_status;
mod over_the_years;
mod rewards;
mod shopper;
mod together;
