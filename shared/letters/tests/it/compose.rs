//! Letters for customers of every kind.

use letters::{Letter, Letters, Links, RenderError};
use retention::flow::{Class, Trigger};
use retention::ids::{Occasion, OfferName};
use shop::Tree;

use crate::check::Copy;
use letters::samples::{self, Sample};

pub(crate) struct Bench {
    pub(crate) tree: Tree,
    pub(crate) letters: Letters,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::of(shop::read(&crate::templates()).unwrap())
    }

    pub(crate) fn of(tree: Tree) -> Self {
        let letters = Letters::new(&tree);
        Self { tree, letters }
    }

    pub(crate) fn sample(&self, name: &str) -> Sample {
        samples::all(&self.tree).into_iter().find(|sample| sample.name == name).unwrap()
    }

    pub(crate) fn compose(&self, sample: &Sample, flow: &str, step: usize) -> Letter {
        let flow = self.tree.shop.flows.iter().find(|found| found.name.as_str() == flow).unwrap();
        sample.compose(&self.tree, &self.letters, flow, &flow.steps[step]).unwrap()
    }

    pub(crate) fn letter(&self, sample: &str, flow: &str, step: usize) -> Letter {
        self.compose(&self.sample(sample), flow, step)
    }
}

#[test]
fn every_letter_is_made_for_every_sample_customer() {
    let bench = Bench::new();
    for sample in samples::all(&bench.tree) {
        for flow in &bench.tree.shop.flows {
            for step in &flow.steps {
                if sample.name == "empty-basket" && flow.name.as_str() == "replenish" {
                    continue;
                }
                let letter = sample.compose(&bench.tree, &bench.letters, flow, step).unwrap();
                let place = format!("{} {} {}", sample.name, flow.name, step.letter);
                assert!(letter.html.len() < Letter::MAX_HTML_BYTES, "{place}");
                assert!(
                    !letter.subject.contains(char::is_control) && !letter.preheader.contains(char::is_control),
                    "{place}"
                );
                assert!(!letter.text.contains("{{shop") || sample.name == "escaped", "{place}");
                let marketing = flow.class == Class::Marketing;
                assert_eq!(letter.headers.len(), if marketing { 2 } else { 0 }, "{place}");
                // To confirm a sign-up, to see one's own data: letters that are a link of ours.
                let linked = marketing || matches!(flow.trigger, Trigger::SignUp | Trigger::DataRequest);
                assert_eq!(
                    letter.html.contains("ses:no-track href=\"https://letters.twoherons.example/u/"),
                    linked,
                    "{place}"
                );
                assert_eq!(letter.text.contains("https://letters.twoherons.example/u/"), linked, "{place}");
                for line in &bench.tree.brand.postal.lines {
                    assert!(letter.html.contains(line) && letter.text.contains(line), "{place}");
                }
                assert!(letter.html.contains("mailto:hello@twoherons.example"), "{place}");
            }
        }
    }
}

#[test]
fn a_confirmation_holds_every_fact_of_the_order() {
    let letter = Bench::new().letter("ordinary", "order_status", 0);
    for fact in [
        "#1042",
        "27 July 2026",
        "250 g, loose leaf",
        "2 × €14.50",
        "€29.00",
        "Harbour Fog",
        "WELCOME10",
        "-€5.15",
        "€46.35",
        "€4.95",
        "€51.30",
        "€8.66",
    ] {
        assert!(letter.text.contains(fact), "{fact} in {}", letter.text);
        assert!(letter.html.replace("&times;", "×").contains(fact), "{fact}");
    }
    assert!(letter.text.contains("Tax included in the total"), "subtotal and shipping make the total: {}", letter.text);
    assert!(letter.subject.ends_with("#1042"));
    assert!(!letter.html.contains("nsubscribe"), "a transactional letter is not unsubscribed from");
}

#[test]
fn tax_on_top_free_shipping_and_an_open_payment_are_said() {
    let text = Bench::new().letter("unpaid", "order_status", 0).text;
    assert!(text.contains("Your payment has not reached us yet"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("Shipping") && line.ends_with("Free")), "{text}");
    assert!(text.lines().any(|line| line.starts_with("Tax ") && line.ends_with("€11.85")), "{text}");
}

#[test]
fn a_greeting_works_without_a_name() {
    let bench = Bench::new();
    assert!(bench.letter("nameless", "order_status", 0).text.contains("\nHello,\n"));
    assert_eq!(bench.letter("nameless", "birthday", 1).subject, "Happy birthday");
    assert_eq!(bench.letter("ordinary", "birthday", 1).subject, "Happy birthday, Ada");
}

#[test]
fn signs_of_markup_are_escaped_once_in_html_and_not_at_all_elsewhere() {
    let bench = Bench::new();
    let letter = bench.letter("escaped", "order_status", 0);
    assert!(letter.html.contains("Hello O&#39;Brien &amp; &lt;b&gt;,"));
    assert!(
        letter.html.contains("Tea &lt;b&gt;&quot;Fog&quot;&lt;/b&gt; &amp; {{shop.name}}"),
        "a value is never a template"
    );
    assert!(!letter.html.contains("&amp;amp;") && !letter.html.contains("&amp;lt;"));
    assert!(letter.text.contains("Hello O'Brien & <b>,"));
    assert_eq!(bench.letter("escaped", "birthday", 1).subject, "Happy birthday, O'Brien & <b>");
}

#[test]
fn line_breaks_in_names_and_titles_reach_no_header() {
    let bench = Bench::new();
    let mut sample = bench.sample("ordinary");
    // A row may hold a name that never went through the front door.
    sample.customer.name = serde_json::from_value(serde_json::json!("Ada\r\nBcc: x@y.example\u{2028}\0")).unwrap();
    assert_eq!(bench.compose(&sample, "birthday", 1).subject, "Happy birthday, Ada  Bcc: x@y.example");
    let subject = bench.letter("escaped", "replenish", 0).subject;
    assert!(!subject.contains(['\r', '\n']), "{subject:?}");
}

#[test]
fn a_title_cannot_become_part_of_a_link() {
    let bench = Bench::new();
    let mut sample = bench.sample("ordinary");
    for seller in &mut sample.aggregates.best_sellers {
        seller.title = "\"><a href=\"javascript:alert(1)\">x".to_owned();
        seller.product = retention::ids::ProductKey::new(&format!("unknown\" onclick=\"x{}", seller.unit_minor));
    }
    let letter = bench.compose(&sample, "winback", 0);
    assert!(letter.html.contains("&quot;&gt;&lt;a href=&quot;javascript:alert(1)&quot;&gt;x"));
    assert!(!letter.html.contains("href=\"javascript") && !letter.html.contains("onclick=\""));
}

#[test]
fn a_link_that_leads_elsewhere_makes_no_letter() {
    let bench = Bench::of(
        shop::read(Copy::new().with("layout/contact.mjml", "{{shop.phone.url}}", "javascript:x").path()).unwrap(),
    );
    let flow = &bench.tree.shop.flows[0];
    let error =
        bench.sample("ordinary").compose(&bench.tree, &bench.letters, flow, &flow.steps[0]).unwrap_err().to_string();
    assert!(error.starts_with("order_status/confirmed: a link has the scheme `javascript`"), "{error}");
}

#[test]
fn yen_have_no_decimals() {
    let text = Bench::new().letter("yen", "order_status", 0).text;
    assert!(text.contains("JP¥6,740") && text.contains("3 × JP¥1,980") && !text.contains("¥6,740."), "{text}");
}

#[test]
fn a_name_from_right_to_left_stands_apart() {
    let bench = Bench::new();
    assert!(bench.letter("right-to-left", "order_status", 0).html.contains("Hello &#x2068;נועה&#x2069;,"));
}

#[test]
fn forty_lines_are_shown_and_the_rest_is_counted() {
    let text = Bench::new().letter("many-lines", "order_status", 0).text;
    assert!(text.contains("Sample no. 40") && !text.contains("Sample no. 41") && text.contains("and 7 more"), "{text}");
}

#[test]
fn an_order_without_lines_and_without_parts_still_has_its_total() {
    let text = Bench::new().letter("empty-basket", "order_status", 0).text;
    assert!(text.contains("€0.00") && !text.contains("Subtotal"), "{text}");
}

#[test]
fn best_sellers_are_those_the_person_has_not_had() {
    let bench = Bench::new();
    let text = bench.letter("ordinary", "winback", 0).text;
    assert!(
        !text.contains("Heron's Breakfast") && text.contains("Orchard Oolong") && text.contains("€16.50"),
        "{text}"
    );
    let nothing = bench.letter("nothing-to-show", "winback", 0).text;
    assert!(nothing.contains("Have a look around") && !nothing.contains("most lately"), "{nothing}");
}

#[test]
fn one_letter_names_every_product_that_runs_out() {
    let bench = Bench::new();
    let letter = bench.letter("ordinary", "replenish", 0);
    for part in ["2\u{a0}× Heron's Breakfast", "Harbour Fog", "Nettle & Mint", "27 July 2026"] {
        assert!(letter.text.contains(part), "{part} in {}", letter.text);
    }
    assert!(letter.preheader.ends_with("and it is not the only one."));
    assert!(!bench.letter("nameless", "replenish", 0).preheader.contains("only one"));
    let flow = bench.tree.shop.flows.iter().find(|flow| flow.name.as_str() == "replenish").unwrap();
    let sample = bench.sample("ordinary");
    let mut send = sample.send(flow, &flow.steps[0]).unwrap();
    (send.occasion, send.covers) = (Occasion::of(&["replenish", "OTHER", "shopify:1"]), Vec::new());
    let missing = sample.compose_send(&bench.letters, &send, None).unwrap_err();
    assert_eq!(missing, RenderError::Missing { letter: "replenish/soon".into(), what: "the product" });
}

#[test]
fn a_subject_and_a_preheader_fit_into_the_list_of_a_mailbox() {
    let bench = Bench::new();
    let sample = bench.sample("ordinary");
    for (flow, step) in bench.tree.shop.flows.iter().flat_map(|flow| flow.steps.iter().map(move |step| (flow, step))) {
        let letter = sample.compose(&bench.tree, &bench.letters, flow, step).unwrap();
        let place = format!("{}/{}", flow.name, step.letter);
        assert!(letter.subject.chars().count() < 78, "{place}: {}", letter.subject);
        assert!(letter.preheader.chars().count() < 140, "{place}: {}", letter.preheader);
    }
}

/// The step of an order that tells this news, by its place in the flow.
#[test]
fn links_to_the_shop_carry_their_campaign_and_the_way_out_does_not() {
    let letter = Bench::new().letter("ordinary", "winback", 1);
    let counted = "https://twoherons.example/?utm_source=regulars&amp;utm_medium=email&amp;utm_campaign=winback&amp;utm_content=ten-percent";
    assert!(letter.html.contains(counted));
    assert!(letter.html.contains("ses:no-track href=\"https://letters.twoherons.example/u/v1.k1.c2FtcGxl\""));
    assert!(letter.html.contains("ses:no-track href=\"https://letters.twoherons.example/p/v1.k1.c2FtcGxl\""));
    assert_eq!(letter.headers[0].1, "<https://letters.twoherons.example/u/v1.k1.c2FtcGxl>");
    assert_eq!(letter.headers[1], ("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()));
}

#[test]
fn a_marketing_letter_is_not_made_without_a_way_out() {
    let bench = Bench::new();
    let sample = bench.sample("ordinary");
    let flow = bench.tree.shop.flows.iter().find(|flow| flow.name.as_str() == "first_order").unwrap();
    let send = sample.send(flow, &flow.steps[0]).unwrap();
    let facts = letters::LetterFacts {
        customer: &sample.customer,
        orders: &sample.orders,
        aggregates: &sample.aggregates,
        coupon: None,
        cart: None,
        product: None,
        now: sample.now,
    };
    let with = |unsubscribe: Option<&str>| {
        let links = Links { unsubscribe: unsubscribe.map(str::to_owned), ..Links::default() };
        bench.letters.compose(&send, &facts, &links).map(|_| ()).unwrap_err()
    };
    assert_eq!(with(None), RenderError::NoUnsubscribe { letter: "first_order/thanks".into() });
    for bad in
        ["https://a.example/u\r\nBcc: x", "http://a.example/u", &format!("https://a.example/{}", "x".repeat(900))]
    {
        assert_eq!(
            with(Some(bad)),
            RenderError::Header { letter: "first_order/thanks".into(), header: "List-Unsubscribe" }
        );
    }
}

#[test]
fn a_letter_with_a_coupon_is_not_made_without_one() {
    let bench = Bench::new();
    let sample = bench.sample("ordinary");
    let flow = bench.tree.shop.flows.iter().find(|flow| flow.name.as_str() == "winback").unwrap();
    let send = sample.send(flow, &flow.steps[1]).unwrap();
    let error = sample.compose_send(&bench.letters, &send, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "winback/ten-percent: a coupon that is still good is missing from the facts of this send"
    );
    let offer = OfferName::parse("winback10").unwrap();
    let mut coupon = sample.coupon(bench.tree.shop.offers.get_key_value(&offer)).unwrap();
    coupon.given_at = retention::time::later(sample.now, -retention::time::days(14));
    let letter = sample.compose_send(&bench.letters, &send, Some(&coupon)).unwrap();
    assert!(letter.text.contains("until 30 September 2026"), "its days count from when it was given: {}", letter.text);
    coupon.given_at = retention::time::later(sample.now, -retention::time::days(30));
    assert!(sample.compose_send(&bench.letters, &send, Some(&coupon)).is_err(), "an offer that has ended is not made");
}

#[test]
fn a_letter_over_the_size_that_mailboxes_show_is_refused() {
    let copy = Copy::new().with("layout/footer.mjml", "{{words.why_order}}", &"long ".repeat(20_000));
    let bench = Bench::of(shop::read(copy.path()).unwrap());
    let flow = &bench.tree.shop.flows[0];
    let error =
        bench.sample("ordinary").compose(&bench.tree, &bench.letters, flow, &flow.steps[0]).unwrap_err().to_string();
    assert!(
        error.starts_with("order_status/confirmed: the HTML is ") && error.ends_with("letters are under 90000"),
        "{error}"
    );
}

#[test]
fn a_person_is_written_to_in_their_language_where_it_is_there() {
    let words = std::fs::read_to_string(crate::templates().join("layout/strings.en.toml")).unwrap();
    let texts = std::fs::read_to_string(crate::templates().join("flows/birthday/strings.en.toml")).unwrap();
    let copy = Copy::new()
        .file("layout/strings.pl.toml", &words)
        .file("flows/birthday/strings.pl.toml", &texts.replace("\"Happy birthday", "\"Sto lat"));
    let bench = Bench::of(shop::read(copy.path()).unwrap());
    let subject = |locale: Option<&str>| {
        let mut sample = bench.sample("ordinary");
        sample.customer.locale = locale.map(str::to_owned);
        bench.compose(&sample, "birthday", 1).subject
    };
    assert_eq!(subject(Some("pl-PL")), "Sto lat, Ada");
    assert_eq!(subject(Some("PL")), "Sto lat, Ada");
    assert_eq!(subject(Some("de")), "Happy birthday, Ada");
    assert_eq!(subject(None), "Happy birthday, Ada");
}

#[test]
fn an_unknown_letter_is_an_error_and_no_panic() {
    let bench = Bench::new();
    let sample = bench.sample("ordinary");
    let flow = &bench.tree.shop.flows[0];
    let mut send = sample.send(flow, &flow.steps[0]).unwrap();
    send.letter = retention::ids::LetterName::parse("gone").unwrap();
    assert_eq!(
        sample.compose_send(&bench.letters, &send, None).unwrap_err().to_string(),
        "order_status/gone: there is no such letter"
    );
}

#[test]
fn a_misspelt_name_that_got_past_the_check_is_an_error_with_its_place() {
    let copy = Copy::new().with("layout/signature.mjml", "{{words.sign_off}}", "{{words.sign_of}}");
    let bench = Bench::of(shop::read(copy.path()).unwrap());
    let flow = &bench.tree.shop.flows[0];
    let error =
        bench.sample("ordinary").compose(&bench.tree, &bench.letters, flow, &flow.steps[0]).unwrap_err().to_string();
    assert!(error.contains("layout/signature.mjml:2:") && error.ends_with("there is no `words.sign_of`"), "{error}");
}
