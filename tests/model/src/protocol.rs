//! The protocol as a model that `stateright` can walk through: a scenario, and the rules that hold in it.

use std::sync::Arc;

use stateright::{Model, Property as Checked};

use crate::actions::Action;
use crate::properties::{Broken, Property};
use crate::reached::Seen;
use crate::rules::Rules;
use crate::scenarios::Scenario;
use crate::world::{Accepted, Customer, Key, Standing, Who, World};

/// The name of what is hunted.
pub const HUNTED: &str = "hunted";

/// The protocol in one scenario.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// What there is and what may happen.
    pub scenario: Scenario,
    /// The rules that hold.
    pub rules: Rules,
    /// What is looked for in one world, in place of anything that is broken; none while everything must hold.
    pub hunted: Option<Broken>,
    /// What came about.
    pub seen: Arc<Seen>,
}

impl Protocol {
    /// The world in which everything begins.
    pub fn beginning(&self) -> World {
        let person = |who: Who| {
            let wants = |wanted| Standing { wanted, ..Standing::default() };
            let (low, high) = (self.scenario.wants_low[who as usize], self.scenario.wants_high[who as usize]);
            let armed = self.scenario.is_there(who).then_some(0);
            Customer { low: wants(low), high: wants(high), armed, ..Customer::nobody() }
        };
        World {
            now: 0,
            faults: self.scenario.faults,
            people: [person(Who::A), person(Who::B)],
            sends: [None; Key::COUNT],
            queue: [0; Key::COUNT],
            workers: [None; 2],
            scanners: [None; 2],
            told: None,
            accepted: [Accepted::default(); Key::COUNT],
            lost_workers: [0; Key::COUNT],
            broken: Broken::default(),
        }
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![self.beginning()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.possible(world, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let after = self.after(world, action).filter(|after| after != world)?;
        self.seen.note(&after);
        Some(after)
    }

    fn properties(&self) -> Vec<Checked<Self>> {
        if self.hunted.is_some() {
            let is_safe = |protocol: &Self, world: &World| !protocol.hunted.is_some_and(|all| world.broken.covers(all));
            return vec![Checked::always(HUNTED, is_safe)];
        }
        let conditions: [fn(&Self, &World) -> bool; 9] = [
            |_, world| !world.broken.has(Property::S1),
            |_, world| !world.broken.has(Property::S2),
            |_, world| !world.broken.has(Property::S3),
            |_, world| !world.broken.has(Property::S4),
            |_, world| !world.broken.has(Property::S5),
            |_, world| !world.broken.has(Property::S6),
            |_, world| !world.broken.has(Property::S7),
            |_, world| !world.broken.has(Property::S8),
            |_, world| !world.broken.has(Property::S9),
        ];
        let must_hold = Property::ALL.into_iter().zip(conditions);
        must_hold.map(|(property, condition)| Checked::always(property.name(), condition)).collect()
    }
}
