//! What is asked of a letter right before it is marked.

use chrono::TimeDelta;
use retention::aggregates::Aggregates;
use retention::consent::Consent;
use retention::control::{Cause, Control, Suppression, Suppressions};
use retention::customer::Standing;
use retention::flow::Class;
use retention::gate::Facts;
use retention::ids::Occasion;
use retention::shop::Shop;
use retention::zones::Country;
use retention::{Customer, Gate, Reason, Send, Time, gate};

use crate::world::{
    after, at, days, every_other_trigger, first_order, life, name, order, order_status, shop, shop_of, subscribed,
};

/// Somebody's first order, its confirmation and its thanks, and the moment at which both are asked.
struct Asked {
    shop: Shop,
    customer: Customer,
    confirmation: Send,
    thanks: Send,
    now: Time,
}

impl Asked {
    fn new() -> Self {
        let (shop, aggregates) = (shop(), Aggregates::default());
        let mut life = life(&shop, &aggregates, subscribed(at("2026-03-01")));
        let bought = order("1", at("2026-03-02 10:00"), &[("MUG", 1)]);
        life.customer = after(&life.customer, None, &bought);
        let mut confirmation = life.look(at("2026-03-02 10:00")).sends.remove(0).send;
        let now = at("2026-03-03 18:00");
        confirmation.stale_at = now + days(1);
        let thanks = life.look(now).sends.remove(0).send;
        assert_eq!((confirmation.class, thanks.class), (Class::Transactional, Class::Marketing));
        let customer = life.customer.clone();
        Self { shop, customer, confirmation, thanks, now }
    }

    fn ask(&self, send: &Send, control: Control, suppression: Option<Suppressions>) -> Gate {
        let facts = Facts {
            send,
            customer: &self.customer,
            suppression: suppression.as_ref(),
            control: &control,
            aggregates: &Aggregates::default(),
            things: &[],
        };
        gate(&facts, &self.shop, self.now)
    }

    /// What the confirmation is told, and what the thanks.
    fn both(&self, control: Control, suppression: Option<Suppressions>) -> (Gate, Gate) {
        (self.ask(&self.confirmation, control, suppression), self.ask(&self.thanks, control, suppression))
    }
}

#[test]
fn with_nothing_in_the_way_both_go() {
    assert_eq!(Asked::new().both(Control::default(), None), (Gate::Go, Gate::Go));
}

#[test]
fn kill_switch_and_breaker_hold_marketing_for_ten_minutes_and_no_confirmation() {
    let asked = Asked::new();
    let later = asked.now + TimeDelta::minutes(10);
    for (control, reason) in [
        (Control { kill_switch: true, ..Control::default() }, Reason::KillSwitch),
        (Control { breaker: true, ..Control::default() }, Reason::Breaker),
        (Control { kill_switch: true, breaker: true, ..Control::default() }, Reason::KillSwitch),
    ] {
        assert_eq!(asked.both(control, None), (Gate::Go, Gate::NotNow(later, reason)));
    }
}

#[test]
fn an_opt_out_and_a_complaint_end_marketing_and_a_dead_mailbox_everything() {
    let asked = Asked::new();
    let over = Gate::Never(Reason::Suppressed);
    for (cause, confirmation) in [(Cause::OptOut, Gate::Go), (Cause::Complaint, Gate::Go), (Cause::HardBounce, over)] {
        let suppression = Suppressions::from(Suppression { cause, at: asked.now });
        assert_eq!(asked.both(Control::default(), Some(suppression)), (confirmation, over), "{cause:?}");
    }
}

#[test]
fn without_an_address_nothing_leaves() {
    let mut asked = Asked::new();
    asked.customer.email = None;
    let over = Gate::Never(Reason::Suppressed);
    assert_eq!(asked.both(Control::default(), None), (over, over));
}

#[test]
fn an_order_is_no_yes_in_canada_either() {
    let mut asked = Asked::new();
    asked.customer.country = Country::parse("CA").ok();
    assert_eq!(asked.both(Control::default(), None), (Gate::Go, Gate::Go));
    asked.customer.consent = Consent::default();
    assert_eq!(asked.both(Control::default(), None), (Gate::Go, Gate::Never(Reason::NoConsent)));
}

#[test]
fn what_fell_due_before_a_release_is_given_up_and_what_falls_due_with_it_leaves() {
    let asked = Asked::new();
    let released = |floor| Control { floor: Some(floor), ..Control::default() };
    assert_eq!(asked.both(released(asked.thanks.wanted_at), None), (Gate::Never(Reason::Restored), Gate::Go));
    let after = released(asked.thanks.wanted_at + TimeDelta::milliseconds(1));
    assert_eq!(asked.ask(&asked.thanks, after, None), Gate::Never(Reason::Restored));
}

#[test]
fn marketing_without_the_slot_gives_way() {
    let mut asked = Asked::new();
    asked.customer.open = None;
    assert_eq!(asked.both(Control::default(), None), (Gate::Go, Gate::Never(Reason::Outranked)));
    asked.customer.open = Some(asked.confirmation.id.clone());
    assert_eq!(asked.ask(&asked.thanks, Control::default(), None), Gate::Never(Reason::Outranked));
}

#[test]
fn a_letter_of_a_flow_or_a_step_that_is_no_more_ends() {
    let mut asked = Asked::new();
    let mut short = first_order();
    short.steps.clear();
    asked.shop = shop_of(vec![order_status(), short]);
    assert_eq!(asked.both(Control::default(), None), (Gate::Go, Gate::Never(Reason::FlowOff)));
    asked.shop = shop_of(vec![order_status()]);
    assert_eq!(asked.ask(&asked.thanks, Control::default(), None), Gate::Never(Reason::FlowOff));
}

#[test]
fn a_letter_is_stale_from_its_moment_on() {
    let mut asked = Asked::new();
    asked.thanks.stale_at = asked.now + TimeDelta::milliseconds(1);
    assert_eq!(asked.ask(&asked.thanks, Control::default(), None), Gate::Go);
    asked.thanks.stale_at = asked.now;
    assert_eq!(asked.ask(&asked.thanks, Control::default(), None), Gate::Never(Reason::Stale));
}

#[test]
fn a_letter_whose_fact_is_gone_ends_because_of_the_order_that_came_since_or_of_nothing_that_is_known() {
    let mut asked = Asked::new();
    asked.thanks.occasion = Occasion::of(&["first-order", "of somebody else"]);
    assert_eq!(asked.ask(&asked.thanks, Control::default(), None), Gate::Never(Reason::Exited));
    asked.thanks.created_at = at("2026-03-02 09:00");
    assert_eq!(asked.ask(&asked.thanks, Control::default(), None), Gate::Never(Reason::Bought));
}

#[test]
fn at_night_marketing_waits_for_the_morning_but_no_longer_than_it_is_good_for() {
    let mut asked = Asked::new();
    asked.now = at("2026-03-03 23:00");
    let morning = at("2026-03-04 07:00");
    let waits = |until| (Gate::Go, Gate::NotNow(until, Reason::QuietHours));
    assert_eq!(asked.both(Control::default(), None), waits(morning), "eight o'clock in Warsaw");
    asked.thanks.stale_at = morning - TimeDelta::hours(1);
    assert_eq!(asked.both(Control::default(), None), waits(asked.thanks.stale_at));
}

#[test]
fn whoever_asked_for_a_pause_is_asked_about_again_when_it_is_over() {
    let mut asked = Asked::new();
    let over = asked.now + days(30);
    asked.customer.preferences.paused_until = Some(over);
    asked.thanks.stale_at = over + days(1);
    assert_eq!(asked.ask(&asked.thanks, Control::default(), None), Gate::NotNow(over, Reason::Paused));
}

#[test]
fn whoever_did_not_say_whether_to_go_on_is_asked_about_again_in_a_day_until_the_letter_is_stale() {
    let mut asked = Asked::new();
    let sunset = every_other_trigger().into_iter().find(|flow| flow.name == name("sunset")).expect("the flow");
    asked.customer.standings.push(Standing {
        flow: sunset.name.clone(),
        occasion: Occasion::of(&["sunset", "a letter"]),
        passed: sunset.steps.last().expect("two steps").id.clone(),
        at: at("2026-03-02 12:00"),
        ended: None,
    });
    asked.shop = shop_of(vec![order_status(), first_order(), sunset]);
    asked.thanks.stale_at = asked.now + days(3);
    let waits = |until| (Gate::Go, Gate::NotNow(until, Reason::Sunset));
    assert_eq!(asked.both(Control::default(), None), waits(asked.now + days(1)));
    asked.thanks.stale_at = asked.now + TimeDelta::hours(5);
    assert_eq!(asked.both(Control::default(), None), waits(asked.thanks.stale_at));
}
