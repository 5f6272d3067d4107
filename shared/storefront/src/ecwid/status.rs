//! How far an order is, by its two statuses.

use retention::order::Payment;

/// What an order says of how far it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'s> {
    /// The status of its payment.
    pub(super) payment: Option<&'s str>,
    /// The status of its parcels.
    pub(super) fulfilment: Option<&'s str>,
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
    /// How far the goods are.
    pub(super) goods: Goods,
}

/// How far the goods are. Each has been what is before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Goods {
    /// In the shop.
    AtShop,
    /// With a carrier.
    Shipped,
    /// On the last van.
    OutForDelivery,
    /// Handed over.
    Delivered,
    /// Back in the shop.
    Returned,
}

impl Said<'_> {
    /// Where the order stands. `INCOMPLETE` is an unfinished order. The statuses that a shop adds of its own
    /// (`CUSTOM_...`) say nothing of money or of parcels, so they are taken for nothing yet.
    pub(super) fn standing(self) -> Standing {
        let cancelled = self.payment == Some("CANCELLED") || self.fulfilment == Some("WILL_NOT_DELIVER");
        let payment = match self.payment {
            Some("REFUNDED") => Payment::Refunded,
            Some("PAID" | "PARTIALLY_REFUNDED") if self.refunded > 0 && self.refunded >= self.total => {
                Payment::Refunded
            }
            Some("PARTIALLY_REFUNDED") => Payment::PartlyRefunded,
            Some("PAID") if self.refunded > 0 => Payment::PartlyRefunded,
            Some("PAID") => Payment::Paid,
            Some("CANCELLED") => Payment::Voided,
            _ => Payment::Pending,
        };
        let goods = match self.fulfilment {
            Some("SHIPPED") => Goods::Shipped,
            Some("OUT_FOR_DELIVERY") => Goods::OutForDelivery,
            Some("DELIVERED") => Goods::Delivered,
            Some("RETURNED") => Goods::Returned,
            _ => Goods::AtShop,
        };
        Standing { payment, cancelled, goods }
    }
}
