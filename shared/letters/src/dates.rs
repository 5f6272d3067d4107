//! The day that an instant is to a person.

use chrono::NaiveDate;
use retention::customer::Customer;
use retention::time::Time;
use retention::zones::{home, zones};

/// The day of an instant where the customer is, as far as that is known.
pub(crate) fn day_of(at: Time, customer: &Customer, shop: chrono_tz::Tz) -> NaiveDate {
    let zones = zones(customer.zone, customer.country, customer.region.as_deref(), shop);
    at.with_timezone(&home(&zones, shop)).date_naive()
}

#[cfg(test)]
mod tests {
    use retention::ids::CustomerId;

    use super::*;

    #[test]
    fn the_day_is_that_of_the_customer_and_not_of_the_shop() {
        let at: Time = "2026-03-14T23:30:00Z".parse().unwrap();
        let mut customer = Customer::new(CustomerId::derive("a", at), at);
        assert_eq!(day_of(at, &customer, chrono_tz::Europe::Dublin).to_string(), "2026-03-14");
        customer.zone = Some(chrono_tz::Asia::Tokyo);
        assert_eq!(day_of(at, &customer, chrono_tz::Europe::Dublin).to_string(), "2026-03-15");
    }
}
