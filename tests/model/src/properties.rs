//! What must hold, in every world that can come about.

use retention::send::State;

use crate::protocol::Protocol;
use crate::world::{CLOSE, Key, Letter, Who, World};

/// A property of docs/proof.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// Marketing is accepted neither twice for one person, occasion and step, nor twice within a gap.
    S1,
    /// No mark after an opt-out, an order or a suppression.
    S2,
    /// Every send ends, with a reason; the slot is never leaked; every flow comes to its end.
    S3,
    /// A higher letter is never blocked for ever.
    S4,
    /// `recent` counts exactly the letters that may have left, and no row says of one of them that it did not.
    S5,
    /// Settlement never sends marketing again.
    S6,
    /// A merge brings no second letter and loses none.
    S7,
    /// Poison kills no healthy letter.
    S8,
    /// A push hides no row for ever: what is open is due, what has ended is in the index no longer.
    S9,
}

impl Property {
    /// All of them.
    pub const ALL: [Property; 9] = [
        Property::S1,
        Property::S2,
        Property::S3,
        Property::S4,
        Property::S5,
        Property::S6,
        Property::S7,
        Property::S8,
        Property::S9,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Property::S1 => "S1",
            Property::S2 => "S2",
            Property::S3 => "S3",
            Property::S4 => "S4",
            Property::S5 => "S5",
            Property::S6 => "S6",
            Property::S7 => "S7",
            Property::S8 => "S8",
            Property::S9 => "S9",
        }
    }

    /// The property by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|property| property.name() == name)
    }
}

/// The properties that were broken on the way to a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Broken(u16);

impl Broken {
    /// Notes that a property is broken.
    pub fn note(&mut self, property: Property) {
        self.0 |= 1 << property as u16;
    }

    /// Notes it where something is so.
    pub fn note_if(&mut self, property: Property, is_so: bool) {
        if is_so {
            self.note(property);
        }
    }

    /// Notes what was broken elsewhere.
    pub fn join(&mut self, other: Broken) {
        self.0 |= other.0;
    }

    /// These properties.
    pub fn of(properties: &[Property]) -> Self {
        let mut broken = Self::default();
        for property in properties {
            broken.note(*property);
        }
        broken
    }

    /// Whether all that is broken elsewhere is broken here.
    pub fn covers(self, other: Broken) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether a property was broken.
    pub fn has(self, property: Property) -> bool {
        self.0 & (1 << property as u16) != 0
    }
}

impl Protocol {
    /// Notes what is broken in a world as it stands, and in what comes of it.
    pub(crate) fn examine(&self, world: &mut World) {
        examine_rows(world);
        if self.is_calm(world) {
            let mut end = *world;
            if self.calm_down(&mut end, |_, _| ()) {
                examine_rows(&mut end);
                self.examine_end(&end, &mut world.broken);
            } else {
                // Somebody turns in a circle.
                world.broken.note(Property::S3);
            }
            world.broken.join(end.broken);
        }
    }

    /// What is broken once everything that was to happen has happened.
    fn examine_end(&self, end: &World, broken: &mut Broken) {
        for send in end.sends.iter().flatten() {
            let has_reason = send.reason.is_some() || send.state == State::Sent;
            broken.note_if(Property::S3, send.is_open() || !has_reason);
        }
        for who in Who::ALL {
            let customer = end.customer(who);
            if customer.merged {
                continue;
            }
            broken.note_if(Property::S3, customer.open.is_some());
            let theirs = |key: &Key| end.follow(key.who) == who;
            for key in Key::all().filter(theirs) {
                let counts = customer.recent[key.index()].is_some();
                let left = end.send(key).is_some_and(|send| send.may_have_left());
                broken.note_if(Property::S5, counts != left);
            }
            if customer.opted_out || customer.bought || customer.suppressed {
                continue;
            }
            let profiles = || Who::ALL.into_iter().filter(|profile| end.follow(*profile) == who);
            for letter in Letter::ALL {
                let wanted = profiles().any(|profile| self.scenario.wants(profile, letter));
                let ended = |profile| end.send(Key::new(profile, letter)).is_some_and(|s| s.state != State::Yielded);
                if !wanted || profiles().any(ended) {
                    continue;
                }
                broken.note(if letter == Letter::H { Property::S4 } else { Property::S3 });
                broken.note_if(Property::S7, profiles().count() > 1);
            }
            let low_is_over = customer.low.ended || customer.low.passed >= self.scenario.low_steps;
            let high_is_over = customer.high.ended || customer.high.passed >= 1;
            broken.note_if(Property::S3, customer.low.wanted && !low_is_over);
            broken.note_if(Property::S3, customer.high.wanted && !high_is_over);
        }
    }
}

fn examine_rows(world: &mut World) {
    for key in Key::all() {
        let Some(send) = world.send(key) else { continue };
        let left = world.accepted[key.index()].times > 0;
        world.broken.note_if(Property::S5, left && !send.may_have_left());
        let due = send.due.map(|due| due <= world.now + CLOSE);
        world.broken.note_if(Property::S9, due != send.is_open().then_some(true));
    }
}
