//! What can go wrong, how often, and what is counted of it.

use crate::workers::Function;

/// How likely each fault is, in thousandths of all calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// The table says to come later.
    pub throttled: u32,
    /// The table fails (500), before it applied a call or after.
    pub failed: u32,
    /// The table says that a row is in another's transaction.
    pub conflict: u32,
    /// A call is lost before anything is applied.
    pub lost: u32,
    /// It is applied, and the answer is lost.
    pub applied_and_lost: u32,
    /// The index answers as it did before.
    pub stale: u32,
    /// The worker dies.
    pub killed: u32,
    /// The worker is frozen in the middle of a call, for minutes or hours.
    pub frozen: u32,
    /// SES answers as it should not.
    pub ses: u32,
    /// The clock of a process is off by an hour.
    pub skewed: u32,
}

/// Where in a call a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before anything is applied.
    Before,
    /// After it was applied, and before the answer came.
    Applied,
    /// After the answer was read.
    Answered,
}

impl Moment {
    /// All of them.
    pub const ALL: [Moment; 3] = [Moment::Before, Moment::Applied, Moment::Answered];
}

/// Which worker dies: at the how manyth call of all that its function makes in a run, and when.
pub type Death = (Function, usize, Moment);

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls in all.
    pub calls: u64,
    /// Faults of all kinds, deaths among them.
    pub faults: u64,
    /// Deaths.
    pub deaths: u64,
    /// A hash of everything that happened, in order.
    pub trace: u64,
}
