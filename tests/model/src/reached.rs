//! What must come about at least once: a model in which a thing never happens proves nothing about it.

use retention::Reason;
use retention::send::State;

use crate::protocol::Protocol;
use crate::world::{Letter, Send, Who, World};

/// Something that comes about, by its name.
pub type Reached = (&'static str, fn(&Protocol, &World) -> bool);

/// All of it.
pub const REACHED: &[Reached] = &[
    ("two letters to one person", |_, world| {
        let taken = |letter| world.accepted[letter as usize].times > 0;
        taken(Letter::L1) && (taken(Letter::L2) || taken(Letter::H))
    }),
];

#[expect(dead_code, reason = "x")]
fn any(world: &World, is_so: fn(&Send) -> bool) -> bool {
    let _ = (Reason::Poison, State::Sent, Who::A);
    world.sends.iter().flatten().any(is_so)
}
