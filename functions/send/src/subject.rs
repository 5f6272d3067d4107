//! What a letter is about, read right before the gate: its orders, a cart, and what can be bought of that.

use cloud::StoreError;
use futures_util::future::try_join_all;
use retention::cart::Cart;
use retention::ids::ProductKey;
use retention::listing::{Listing, sells_now};
use retention::order::Order;
use retention::product::Product;
use retention::send::About;
use retention::{Customer, Send};

use crate::Sender;

/// What a letter is about.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    /// The orders.
    pub(crate) orders: Vec<Order>,
    /// The cart.
    pub(crate) cart: Option<Cart>,
    /// What is to be bought of it, each under the key by which it is meant. Empty where anything of it is unknown, and no
    /// longer than it takes to find one that can be bought.
    pub(crate) things: Vec<(ProductKey, Listing)>,
}

impl Subject {
    /// Reads it.
    pub(crate) async fn read(sender: &Sender, send: &Send, customer: &Customer) -> Result<Self, StoreError> {
        let orders = send.orders.iter().map(|id| sender.store.order_of(customer, id));
        let (orders, about) = tokio::try_join!(try_join_all(orders), Self::beside_orders(sender, send, customer))?;
        Ok(Self { orders: orders.into_iter().flatten().collect(), ..about })
    }

    async fn beside_orders(sender: &Sender, send: &Send, customer: &Customer) -> Result<Self, StoreError> {
        let mut subject = Self::default();
        if let Some(About::Cart(id)) = &send.about {
            subject.cart = sender.store.cart_of(customer, id).await?;
        }
        let flow = sender.shop.flow(&send.flow);
        if !flow.is_some_and(|flow| sells_now(&flow.trigger)) {
            return Ok(subject);
        }
        let lines = subject.cart.iter().flat_map(|cart| &cart.lines).map(|line| line.product.clone());
        let product = match &send.about {
            Some(About::Product(key)) => Some(ProductKey::new(key)),
            _ => None,
        };
        for key in lines.chain(product).collect::<Vec<_>>() {
            let Some(listing) = sender.store.listing_of(&key).await? else {
                subject.things.clear();
                break;
            };
            let found = listing.has(&key);
            subject.things.push((key, listing));
            if found {
                break;
            }
        }
        Ok(subject)
    }

    /// The product that a letter is about, as its storefront has it.
    pub(crate) fn product(&self, send: &Send) -> Option<&Product> {
        let is_product = matches!(send.about, Some(About::Product(_)));
        self.things.first().filter(|_| is_product).map(|(_, listing)| &listing.product)
    }
}
