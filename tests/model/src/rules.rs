//! The rules of the protocol that can be taken out, one at a time, and what takes the place of each: the reading that seemed
//! obvious when it was written down first.

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// While `open` is set there is a look, soon after the holder's own time.
    LookWhileOpen,
    /// A letter in doubt is closed a day after its mark, evidence or not.
    HardClose,
    /// A letter in doubt gives the slot free.
    UnknownFreesSlot,
    /// The entry in `recent` takes the time of the last mark.
    MarkTimeInRecent,
    /// The entry in `recent` leaves when the letter ended without having left.
    EntryLeaves,
    /// A yielded send has ended, with a reason.
    YieldedIsAnEnd,
    /// Poison counts workers that must be dead, not dispatches.
    TriesNotDispatches,
    /// Poison ends planned letters only.
    PoisonOnlyFromPlanned,
    /// The mark checks the row of suppression.
    SuppressionInMark,
    /// In a merge both planned letters yield.
    BothPlannedYield,
    /// A merge waits while a letter of either is being submitted.
    MergeWaits,
    /// A merge takes over facts and standings.
    TakesOverStandings,
    /// A letter that exists already moves the standing.
    ExistingMovesStanding,
    /// Only the holder of the slot passes the gate.
    GateAsksForSlot,
    /// The gate reads the profile to which a merged one leads.
    GateFollowsMerge,
    /// A new send is looked up under the former profile too.
    FormerIdsChecked,
    /// The mark checks the customer's version.
    VersionInMark,
    /// A failed mark is a worker's own only where the row has its nonce.
    NonceTellsMine,
    /// After its limit no worker calls the mail service.
    NoCallAfterLimit,
    /// Settlement never sends marketing again.
    SettlementNeverResends,
    /// What was dispatched is pushed only where the index still has it as it was seen.
    PushIsConditional,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 21] = [
        Rule::LookWhileOpen,
        Rule::HardClose,
        Rule::UnknownFreesSlot,
        Rule::MarkTimeInRecent,
        Rule::EntryLeaves,
        Rule::YieldedIsAnEnd,
        Rule::TriesNotDispatches,
        Rule::PoisonOnlyFromPlanned,
        Rule::SuppressionInMark,
        Rule::BothPlannedYield,
        Rule::MergeWaits,
        Rule::TakesOverStandings,
        Rule::ExistingMovesStanding,
        Rule::GateAsksForSlot,
        Rule::GateFollowsMerge,
        Rule::FormerIdsChecked,
        Rule::VersionInMark,
        Rule::NonceTellsMine,
        Rule::NoCallAfterLimit,
        Rule::SettlementNeverResends,
        Rule::PushIsConditional,
    ];

    /// The rule in a few words.
    pub fn name(self) -> &'static str {
        match self {
            Rule::LookWhileOpen => "a look while `open` is set",
            Rule::HardClose => "hard close of `unknown`",
            Rule::UnknownFreesSlot => "`unknown` frees the slot",
            Rule::MarkTimeInRecent => "`recent` takes the time of the mark",
            Rule::EntryLeaves => "an entry leaves `recent` with its letter",
            Rule::YieldedIsAnEnd => "`yielded` is an end",
            Rule::TriesNotDispatches => "poison counts dead workers",
            Rule::PoisonOnlyFromPlanned => "poison only from `planned`",
            Rule::SuppressionInMark => "the mark checks the suppression",
            Rule::BothPlannedYield => "a merge lets both planned letters yield",
            Rule::MergeWaits => "a merge waits while a letter is submitted",
            Rule::TakesOverStandings => "a merge takes over facts and standings",
            Rule::ExistingMovesStanding => "a letter that exists moves the standing",
            Rule::GateAsksForSlot => "the gate asks for the slot",
            Rule::GateFollowsMerge => "the gate follows a merge",
            Rule::FormerIdsChecked => "a new send is looked up under former ids",
            Rule::VersionInMark => "the mark checks the version",
            Rule::NonceTellsMine => "the nonce tells one's own mark",
            Rule::NoCallAfterLimit => "no call after the limit",
            Rule::SettlementNeverResends => "settlement resends no marketing",
            Rule::PushIsConditional => "a push hangs on what was seen",
        }
    }

    /// What is done without the rule.
    pub fn obvious_reading(self) -> &'static str {
        match self {
            Rule::LookWhileOpen => "the losers look at the last letter plus the gap, nothing else sets a look",
            Rule::HardClose => "settlement waits for evidence",
            Rule::UnknownFreesSlot => "the letter in doubt keeps the slot until it is settled",
            Rule::MarkTimeInRecent => "the entry keeps the time of creation",
            Rule::EntryLeaves => "the entry leaves on yield only",
            Rule::YieldedIsAnEnd => "a yielded send waits, without a due time",
            Rule::TriesNotDispatches => "the second dispatch without a verdict ends the letter",
            Rule::PoisonOnlyFromPlanned => "poison ends a letter in any open state",
            Rule::SuppressionInMark => "the mark checks send and customer",
            Rule::BothPlannedYield => "only the planned letter of the profile that goes yields",
            Rule::MergeWaits => "the merge is done at once",
            Rule::TakesOverStandings => "the profile that stays keeps what it has",
            Rule::ExistingMovesStanding => "what exists is taken out of the decision",
            Rule::GateAsksForSlot => "any planned letter passes",
            Rule::GateFollowsMerge => "the gate reads the profile of the send",
            Rule::FormerIdsChecked => "only the own id is looked up",
            Rule::VersionInMark => "the mark checks the send alone, and the suppression",
            Rule::NonceTellsMine => "a row that is submitting at this attempt is one's own",
            Rule::NoCallAfterLimit => "a mark is held until the worker is done",
            Rule::SettlementNeverResends => "what was closed without evidence is sent once more",
            Rule::PushIsConditional => "the row is pushed whatever it is",
        }
    }

    /// Where the rule lives in the code.
    pub fn place(self) -> &'static str {
        match self {
            Rule::LookWhileOpen => "retention::decide, hold_others",
            Rule::HardClose | Rule::SettlementNeverResends => "send::doubt, settle",
            Rule::UnknownFreesSlot => "retention::send, State::outcome",
            Rule::MarkTimeInRecent | Rule::EntryLeaves => "retention::fold, fold_holder",
            Rule::YieldedIsAnEnd => "retention::decide, against; retention::merge, yielding",
            Rule::TriesNotDispatches => "send::planned, suspect",
            Rule::PoisonOnlyFromPlanned => "send::deliver",
            Rule::SuppressionInMark | Rule::VersionInMark | Rule::NonceTellsMine => "cloud::store, mark",
            Rule::BothPlannedYield | Rule::MergeWaits => "retention::merge, merge",
            Rule::TakesOverStandings => "retention::merge, take_over",
            Rule::ExistingMovesStanding => "retention::decide, candidates",
            Rule::GateAsksForSlot => "retention::gate, marketing",
            Rule::GateFollowsMerge => "cloud::store, customer",
            Rule::FormerIdsChecked => "cloud::store, commit",
            Rule::NoCallAfterLimit => "send::planned, submit",
            Rule::PushIsConditional => "cloud::store, push_send",
        }
    }
}

/// The rules that hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules(u32);

impl Rules {
    /// All but these.
    pub fn without(removed: &[Rule]) -> Self {
        Self(removed.iter().fold(u32::MAX, |rules, rule| rules & !(1 << *rule as u32)))
    }

    /// Whether a rule holds.
    pub fn hold(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u32) != 0
    }
}
