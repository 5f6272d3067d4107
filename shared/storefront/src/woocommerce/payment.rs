//! How far an order is, by its status, its refunds and the time of its payment.

use retention::order::Payment;

/// What an order says of how far it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'s> {
    /// Its status.
    pub(super) status: Option<&'s str>,
    /// Whether it has a time of payment.
    pub(super) has_paid_date: bool,
    /// Whether it has a time of completion, which stays when it is refunded.
    pub(super) has_completed_date: bool,
    /// What went back, in minor units.
    pub(super) refunded: i64,
    /// What it came to, in minor units.
    pub(super) total: i64,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// How far the payment is.
    pub(super) payment: Payment,
    /// Whether it is cancelled.
    pub(super) cancelled: bool,
    /// Whether all of it has left the shop, or was handed over.
    pub(super) fulfilled: bool,
}

impl Said<'_> {
    /// Where the order stands. The meanings are those of WooCommerce's page on order statuses, and the paid ones are
    /// those of `wc_get_is_paid_statuses`:
    ///
    /// - `pending` waits for its payment. `failed` does so too: the customer may try again with the same order.
    ///   `checkout-draft` is a cart.
    /// - `processing` is paid, or cash on delivery that the shop has accepted; `completed` needs no more work.
    /// - `cancelled` is over, and an order in the `trash` is over for the shop.
    /// - `refunded` has gone back whole.
    /// - `on-hold` is mostly a bank transfer, and a disputed payment at times; it and the statuses that plugins add say
    ///   nothing of money, so the time of payment does.
    pub(super) fn standing(self) -> Standing {
        let whole = self.status == Some("refunded");
        let (paid, cancelled) = match self.status {
            Some("pending" | "failed" | "checkout-draft" | "draft" | "auto-draft") | None => (false, false),
            Some("processing" | "completed" | "refunded") => (true, false),
            Some("cancelled" | "trash") => (self.has_paid_date, true),
            Some(_) => (self.has_paid_date, false),
        };
        let payment = match (paid, cancelled) {
            (true, _) if whole || (self.refunded > 0 && self.refunded >= self.total) => Payment::Refunded,
            (true, _) if self.refunded > 0 => Payment::PartlyRefunded,
            (true, _) => Payment::Paid,
            (false, true) => Payment::Voided,
            (false, false) => Payment::Pending,
        };
        let fulfilled = self.status == Some("completed") || (whole && self.has_completed_date);
        Standing { payment, cancelled, fulfilled }
    }
}
