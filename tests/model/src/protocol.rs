//! The protocol as a model that `stateright` can walk through: a scenario, and the rules that hold in it.

use stateright::{Model, Property as Checked};

use crate::actions::Action;
use crate::properties::Property;
use crate::reached::REACHED;
use crate::rules::Rules;
use crate::scenarios::Scenario;
use crate::world::{Accepted, Customer, Key, Standing, Who, World};

/// The protocol in one scenario.
#[derive(Debug, Clone, Copy)]
pub struct Protocol {
    /// What there is and what may happen.
    pub scenario: Scenario,
    /// The rules that hold.
    pub rules: Rules,
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
            broken: crate::properties::Broken::default(),
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
        self.after(world, action).filter(|after| after != world)
    }

    fn properties(&self) -> Vec<Checked<Self>> {
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
        let must_hold = must_hold.map(|(property, condition)| Checked::always(property.name(), condition));
        must_hold.chain(REACHED.iter().map(|(name, is_so)| Checked::sometimes(name, *is_so))).collect()
    }
}
