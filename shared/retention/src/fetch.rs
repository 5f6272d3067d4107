//! What a thin delivery names and does not show: it is to be fetched from the storefront itself.

/// An entity to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fetch {
    /// What it is.
    pub kind: FetchKind,
    /// Its id: letters, digits, hyphens and underscores, so that it may stand in a path.
    id: String,
}

/// The kinds of entities that are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FetchKind {
    /// An order, with its refunds and parcels.
    Order,
    /// A customer.
    Customer,
    /// A subscriber to the newsletter, who may be no customer.
    Subscriber,
    /// A cart.
    Cart,
    /// A product.
    Product,
}

impl FetchKind {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Order, "order"),
        (Self::Customer, "customer"),
        (Self::Subscriber, "subscriber"),
        (Self::Cart, "cart"),
        (Self::Product, "product"),
    ];

    /// Its name in rows.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

impl Fetch {
    /// What is to be fetched, if the id may stand in a path: 1 to 64 letters, digits, hyphens and underscores.
    pub fn new(kind: FetchKind, id: &str) -> Option<Self> {
        const MAX_BYTES: usize = 64;
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let good = (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(plain);
        good.then(|| Self { kind, id: id.to_owned() })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_path() {
        for bad in ["", "..", "a/b", "1?x=2", "%2e", "a b", "1\n", "é", &"1".repeat(65)] {
            assert_eq!(Fetch::new(FetchKind::Order, bad), None, "{bad}");
        }
        assert_eq!(Fetch::new(FetchKind::Cart, "09346904-4175_a").map(|f| f.id().to_owned()), Some("09346904-4175_a".into()));
    }

    #[test]
    fn a_kind_is_read_by_its_name() {
        for (kind, name) in FetchKind::NAMES {
            assert_eq!((kind.name(), FetchKind::parse(name)), (name, Some(kind)));
        }
        assert_eq!(FetchKind::parse("orders"), None);
    }
}
