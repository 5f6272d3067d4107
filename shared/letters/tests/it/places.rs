//! Every place at which something that a person, a storefront or a link's signature gives reaches a letter.

use std::sync::LazyLock;

use letters::{Letters, Links};
use retention::flow::{Flow, Step, Trigger};
use retention::ids::{ProductId, ProductKey};
use retention::product::{Price, Product, Variant};
use retention::send::About;
use shop::Tree;

use letters::samples::{self, Sample};

pub(crate) static TREE: LazyLock<Tree> = LazyLock::new(|| shop::read(&crate::templates()).unwrap());
pub(crate) static LETTERS: LazyLock<Letters> = LazyLock::new(|| Letters::new(&TREE));
static ORDINARY: LazyLock<Sample> = LazyLock::new(|| samples::all(&TREE).swap_remove(0));

/// A key that content.toml does not know, so that what the storefront says is what is shown.
const UNKNOWN: &str = "other-1";

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Name,
    Number,
    Code,
    Title(u8),
    Variant(u8),
    Tracking,
    Carrier,
    Seller(u8),
    Product,
    Category,
    Coupon,
    TrackingUrl,
    CartUrl,
    ProductUrl,
    Image,
    Unsubscribe,
    Preferences,
    Answer,
}

impl Place {
    pub(crate) const ALL: [Place; 25] = [
        Place::Name,
        Place::Number,
        Place::Code,
        Place::Title(0),
        Place::Title(1),
        Place::Title(2),
        Place::Variant(0),
        Place::Variant(1),
        Place::Variant(2),
        Place::Tracking,
        Place::Carrier,
        Place::Seller(0),
        Place::Seller(1),
        Place::Seller(2),
        Place::Seller(3),
        Place::Product,
        Place::Category,
        Place::Coupon,
        Place::TrackingUrl,
        Place::CartUrl,
        Place::ProductUrl,
        Place::Image,
        Place::Unsubscribe,
        Place::Preferences,
        Place::Answer,
    ];

    /// Whether a URL stands here.
    pub(crate) fn is_url(self) -> bool {
        matches!(
            self,
            Place::TrackingUrl
                | Place::CartUrl
                | Place::ProductUrl
                | Place::Image
                | Place::Unsubscribe
                | Place::Preferences
                | Place::Answer
        )
    }

    /// Its number among all.
    pub(crate) fn index(self) -> usize {
        Place::ALL.iter().position(|place| *place == self).unwrap()
    }
}

/// All letters there are.
pub(crate) fn steps() -> Vec<(&'static Flow, &'static Step)> {
    TREE.shop.flows.iter().flat_map(|flow| flow.steps.iter().map(move |step| (flow, step))).collect()
}

/// A customer with something of its own at every place. `by_category` is about letters that speak of a category or of a
/// product.
pub(crate) fn filled(flow: &Flow, by_category: bool, mut give: impl FnMut(Place) -> String) -> Sample {
    let mut sample = ORDINARY.clone();
    // As a row might hold it, and not as it is read from a webhook.
    sample.customer.name = serde_json::from_value(serde_json::json!(give(Place::Name))).unwrap();
    // How to look after a thing is said of known ones only.
    let keeps_keys = matches!(flow.trigger, Trigger::Delivered { .. });
    for order in &mut sample.orders {
        order.number = give(Place::Number);
        order.codes = vec![give(Place::Code)];
        for (line, n) in order.lines.iter_mut().zip(0..) {
            line.title = give(Place::Title(n));
            line.variant = Some(give(Place::Variant(n)));
            if !keeps_keys {
                line.product = ProductKey::new(&format!("other-line-{n}"));
            }
        }
        for tracking in order.after.fulfilments.iter_mut().flat_map(|parcel| &mut parcel.tracking) {
            tracking.number = give(Place::Tracking);
            tracking.carrier = Some(give(Place::Carrier));
            tracking.url = Some(give(Place::TrackingUrl));
        }
    }
    sample.cart.lines = sample.orders[0].lines.clone();
    sample.cart.url = Some(give(Place::CartUrl));
    // A letter shows four at most.
    sample.aggregates.best_sellers.truncate(4);
    for (seller, n) in sample.aggregates.best_sellers.iter_mut().zip(0..) {
        seller.title = give(Place::Seller(n));
        seller.product = ProductKey::new(&format!("other-seller-{n}"));
    }
    sample.subject =
        Some(if by_category { About::Category(give(Place::Category)) } else { About::Product(UNKNOWN.to_owned()) });
    let mut product = Product::gone(ProductId::new(&TREE.shop.sources[0].name, UNKNOWN), sample.cart.stamp.clone());
    product.gone = false;
    product.title = give(Place::Product);
    product.url = Some(give(Place::ProductUrl));
    product.image = Some(give(Place::Image));
    let key = ProductKey::new(UNKNOWN);
    let price = Price::parse("8.40", None).ok();
    product.variants = vec![Variant { key, title: None, price, stock: None, available: true }];
    sample.product = Some(product);
    sample.code = Some(give(Place::Coupon));
    sample.links = Some(Links {
        unsubscribe: Some(give(Place::Unsubscribe)),
        preferences: Some(give(Place::Preferences)),
        answer: Some(give(Place::Answer)),
        ..Links::default()
    });
    sample
}

/// Something harmless for a place, to be found again by its mark.
pub(crate) fn harmless(place: Place, mark: &str) -> String {
    let host = match place {
        Place::ProductUrl | Place::Image => "twoherons.example",
        Place::Unsubscribe | Place::Preferences | Place::Answer => "letters.twoherons.example",
        _ if place.is_url() => "curlew.example",
        _ => return format!("zq{mark}p{}e", place.index()),
    };
    format!("https://{host}/zq{mark}p{}e", place.index())
}
