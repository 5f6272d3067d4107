//! How far an order is, by its status, its payment and its refunds.

use retention::order::Payment;

/// What an order says of how far it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'s> {
    /// The number of its status.
    pub(super) status: Option<i64>,
    /// What is said of its payment; for many ways to pay, nothing.
    pub(super) payment: Option<&'s str>,
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

/// The numbers of the statuses. Shops may rename them, and the numbers stay.
mod number {
    pub(super) const SHIPPED: i64 = 2;
    pub(super) const PARTLY_SHIPPED: i64 = 3;
    pub(super) const REFUNDED: i64 = 4;
    pub(super) const CANCELLED: i64 = 5;
    pub(super) const DECLINED: i64 = 6;
    pub(super) const AWAITING_PICKUP: i64 = 8;
    pub(super) const AWAITING_SHIPMENT: i64 = 9;
    pub(super) const COMPLETED: i64 = 10;
    pub(super) const AWAITING_FULFILMENT: i64 = 11;
    pub(super) const DISPUTED: i64 = 13;
    pub(super) const PARTLY_REFUNDED: i64 = 14;
}

impl Said<'_> {
    /// Where the order stands. The meanings are those of BigCommerce's page on order statuses: whatever waits for the shop
    /// is paid, or paid on delivery by agreement; whatever waits for the customer (incomplete, pending, awaiting payment,
    /// verification) is so only where the payment itself says it.
    pub(super) fn standing(self) -> Standing {
        let cancelled = matches!(self.status, Some(number::CANCELLED | number::DECLINED));
        let waits_for_shop = matches!(
            self.status,
            Some(
                number::SHIPPED
                    | number::PARTLY_SHIPPED
                    | number::REFUNDED
                    | number::AWAITING_PICKUP
                    | number::AWAITING_SHIPMENT
                    | number::COMPLETED
                    | number::AWAITING_FULFILMENT
                    | number::DISPUTED
                    | number::PARTLY_REFUNDED
            )
        );
        let money = match self.payment {
            Some("captured" | "paid" | "partially refunded" | "refunded") => Payment::Paid,
            Some("authorized" | "capture pending") => Payment::Authorised,
            Some("void" | "void pending") => Payment::Voided,
            _ if waits_for_shop => Payment::Paid,
            _ if cancelled => Payment::Voided,
            _ => Payment::Pending,
        };
        let whole = self.status == Some(number::REFUNDED) || self.payment == Some("refunded");
        let partly = self.status == Some(number::PARTLY_REFUNDED) || self.payment == Some("partially refunded");
        let payment = match money {
            Payment::Paid if whole || (self.refunded > 0 && self.refunded >= self.total) => Payment::Refunded,
            Payment::Paid if partly || self.refunded > 0 => Payment::PartlyRefunded,
            other => other,
        };
        let fulfilled = matches!(self.status, Some(number::SHIPPED | number::COMPLETED));
        Standing { payment, cancelled, fulfilled }
    }
}
