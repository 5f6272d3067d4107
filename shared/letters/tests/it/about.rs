//! What a letter says of what it is about: a parcel, a refund, a cart, a product, a tier, a coupon, care.

use letters::{Letter, RenderError};
use retention::after_sale::ReturnState;
use retention::flow::Status;
use retention::ids::{Occasion, OfferName, ProductId, ProductKey};
use retention::product::{Price, Product, Variant};
use retention::send::About;

use crate::compose::Bench;
use letters::samples::{self, Sample};

fn news(bench: &Bench, sample: &Sample, status: Status) -> Letter {
    let flow = bench.tree.shop.flows.iter().find(|flow| flow.name.as_str() == "order_status").unwrap();
    let step = flow.steps.iter().find(|step| step.of == Some(status)).unwrap();
    sample.compose(&bench.tree, &bench.letters, flow, step).unwrap()
}

#[test]
fn a_parcel_is_followed_at_its_carrier_and_without_a_number_nothing_is_promised() {
    let bench = Bench::new();
    let mut sample = bench.sample("ordinary");
    let letter = news(&bench, &sample, Status::Shipped);
    assert!(letter.text.contains("Curlew Post · number TH 4711 0815 IE"), "{}", letter.text);
    let page = "href=\"https://curlew.example/follow?n=TH47110815IE&amp;lang=en\"";
    assert!(letter.html.contains(page), "the carrier's page as it was given, without a campaign of ours");
    // Two parcels: the letter is about one of them.
    let mut other = sample.orders[0].after.fulfilments[0].clone();
    (other.id, other.tracking[0].number) = ("other".to_owned(), "OTHER".to_owned());
    sample.orders[0].after.fulfilments.push(other);
    assert!(!news(&bench, &sample, Status::Shipped).text.contains("OTHER"));
    for bad in ["http://curlew.example/", "javascript:alert(1)", ""] {
        sample.orders[0].after.fulfilments[0].tracking[0].url = Some(bad.to_owned());
        let text = news(&bench, &sample, Status::Shipped).text;
        assert!(text.contains("TH 4711 0815 IE"), "{text}");
        assert!(!text.contains("Follow the parcel"), "a page that is none is left out: {text}");
    }
    sample.orders[0].after.fulfilments.clear();
    for status in [Status::Shipped, Status::Delayed, Status::Delivered] {
        let letter = news(&bench, &sample, status);
        assert!(!letter.text.contains("number") && letter.text.contains("#1042"), "{}", letter.text);
    }
}

#[test]
fn a_refund_and_a_return_say_what_is_known_of_them() {
    let bench = Bench::new();
    let mut sample = bench.sample("ordinary");
    assert_eq!(news(&bench, &sample, Status::Refunded).subject, "€29.00 is on its way back to you");
    let answer = |sample: &Sample| news(&bench, sample, Status::ReturnRequested).text;
    assert!(answer(&sample).contains("we have agreed to it"));
    sample.orders[0].after.returns[0].state = ReturnState::Declined;
    assert!(answer(&sample).contains("cannot take back"));
    sample.orders[0].after.returns[0].state = ReturnState::Requested;
    assert!(answer(&sample).contains("One of us looks at it"));
    sample.orders[0].after.returns.clear();
    assert!(answer(&sample).contains("One of us looks at it"), "nothing is known of it but that it is there");
}

#[test]
fn a_cart_letter_leads_back_to_the_cart_and_is_not_made_without_one() {
    let bench = Bench::new();
    let mut sample = bench.sample("ordinary");
    let letter = bench.compose(&sample, "cart", 0);
    assert!(letter.html.contains("href=\"https://checkout.curlew.example/recover?key=abc&amp;locale=en\""));
    assert!(letter.text.contains("Harbour Fog") && letter.text.contains("€51.50"), "{}", letter.text);
    for bad in [None, Some("javascript:alert(1)"), Some("http://twoherons.example/cart"), Some("/cart/1")] {
        sample.cart.url = bad.map(str::to_owned);
        let html = bench.compose(&sample, "cart", 0).html;
        assert!(html.contains("utm_campaign=cart") && !html.contains("recover"), "else to the shop");
    }
    sample.cart.lines.clear();
    assert_eq!(bench.compose(&sample, "cart", 1).subject, "Not sure yet?");
    let flow = bench.tree.shop.flows.iter().find(|flow| flow.name.as_str() == "cart").unwrap();
    let send = sample.send(flow, &flow.steps[0]).unwrap();
    let facts = letters::LetterFacts {
        customer: &sample.customer,
        orders: &[],
        aggregates: &sample.aggregates,
        coupon: None,
        cart: None,
        product: None,
        now: sample.now,
    };
    let missing = bench.letters.compose(&send, &facts, &samples::links(flow.class)).unwrap_err();
    assert_eq!(missing, RenderError::Missing { letter: "cart/kept".into(), what: "the cart" });
}

#[test]
fn a_product_is_shown_as_the_storefront_has_it_today_and_left_out_where_nobody_knows_it() {
    let bench = Bench::new();
    let sample = bench.sample("ordinary");
    let flow = bench.tree.shop.flows.iter().find(|flow| flow.name.as_str() == "price_drop").unwrap();
    let mut send = sample.send(flow, &flow.steps[0]).unwrap();
    send.about = Some(About::Product("NEW-1".to_owned()));
    let source = &bench.tree.shop.sources[0].name;
    let mut product = Product::gone(ProductId::new(source, "1"), sample.cart.stamp.clone());
    (product.gone, product.title) = (false, "Winter Barley".to_owned());
    let price = Price::parse("8.40", None).ok();
    product.variants =
        vec![Variant { key: ProductKey::new("NEW-1"), title: None, price, stock: None, available: true }];
    let letter = |product: Option<&Product>| {
        let facts = letters::LetterFacts {
            customer: &sample.customer,
            orders: &[],
            aggregates: &sample.aggregates,
            coupon: None,
            cart: None,
            product,
            now: sample.now,
        };
        bench.letters.compose(&send, &facts, &samples::links(flow.class)).unwrap()
    };
    (product.url, product.image) = (Some("/teas/winter-barley".to_owned()), Some("https://evil.example/x.png".into()));
    let known = letter(Some(&product));
    assert_eq!(known.subject, "Winter Barley costs less now");
    assert!(known.text.contains("Today it costs €8.40"), "{}", known.text);
    assert!(
        known.html.contains("https://twoherons.example/teas/winter-barley?utm_source") && !known.html.contains("evil")
    );
    for elsewhere in ["https://evil.example/teas", "//evil.example/teas", "javascript:alert(1)"] {
        product.url = Some(elsewhere.to_owned());
        assert!(!letter(Some(&product)).html.contains("evil"), "{elsewhere}");
    }
    let unknown = letter(None);
    assert_eq!(unknown.subject, "Something on your list costs less now");
    assert!(unknown.text.contains("You had your eye on something of ours. It costs less"), "{}", unknown.text);
}

#[test]
fn what_goes_with_an_order_is_of_its_kind_first_and_never_what_is_in_it() {
    let bench = Bench::new();
    let mut sample = bench.sample("nameless");
    // A fog of a black tea was ordered: the other black tea comes before the oolong that sells better.
    sample.orders[0].lines = vec![samples::line("TEA-FOG-100", "Harbour Fog", None, 1, 1_250)];
    sample.customer.products.clear();
    sample.aggregates.best_sellers.rotate_left(1);
    let text = bench.compose(&sample, "cross_sell", 0).text;
    let place = |title: &str| text.find(title).unwrap_or(usize::MAX);
    assert!(place("Heron's Breakfast") < place("Orchard Oolong"), "{text}");
    assert_eq!(place("Harbour Fog"), usize::MAX, "{text}");
}

#[test]
fn a_tier_that_is_near_says_what_is_missing() {
    let bench = Bench::new();
    let sample = bench.sample("ordinary");
    let letter = bench.compose(&sample, "tier_near", 0);
    assert_eq!(letter.subject, "You are almost one of our bronze guests");
    assert!(letter.text.contains("Whoever orders for €120.00 within twelve months"), "{}", letter.text);
    assert!(letter.text.contains("You are €7.50 short of it"), "{}", letter.text);
    assert_eq!(bench.compose(&sample, "vip", 0).subject, "You are one of our silver guests now");
}

#[test]
fn a_coupon_that_ends_is_the_one_that_the_letter_is_about() {
    let bench = Bench::new();
    let mut sample = bench.sample("ordinary");
    let offer = |name: &str| OfferName::parse(name).unwrap();
    for (name, occasion) in [("winback10", "other"), ("birthday15", "sample")] {
        let mut coupon = sample.coupon(bench.tree.shop.offers.get_key_value(&offer(name))).unwrap();
        coupon.occasion = Occasion::of(&[occasion]);
        sample.customer.coupons.push(coupon);
    }
    let flow = bench.tree.shop.flows.iter().find(|flow| flow.name.as_str() == "coupon_expiry").unwrap();
    let mut send = sample.send(flow, &flow.steps[0]).unwrap();
    assert_eq!(sample.compose_send(&bench.letters, &send, None).unwrap().subject, "Your code BIRTHDAY15 ends soon");
    send.about = Some(About::Coupon(Occasion::of(&["gone"])));
    assert!(sample.compose_send(&bench.letters, &send, None).is_err());
}

#[test]
fn a_letter_of_care_says_how_to_keep_what_was_bought() {
    let bench = Bench::new();
    let text = bench.letter("ordinary", "care", 0).text;
    assert!(text.contains("Harbour Fog\n\nA teaspoon to a cup") && text.contains("harbour-fog?utm_source"), "{text}");
}
