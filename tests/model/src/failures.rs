//! The failures that the rules are there for, and what each rule is worth.

use crate::properties::Property;
use crate::rules::Rule;
use crate::scenarios::{Scenario, probes};

/// A failure of the obvious reading.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// Its name; those of one number are one failure.
    pub name: &'static str,
    /// What is broken, in one world; the stated property comes first.
    pub broken: &'static [Property],
    /// Without which rules.
    pub removed: &'static [Rule],
    /// In which scenario.
    pub scenario: Scenario,
}

impl Failure {
    /// The name without the letter that tells those of one number apart.
    pub fn number(&self) -> &'static str {
        self.name.trim_end_matches(char::is_alphabetic)
    }
}

/// How many failures there are, those of one number counted once.
pub const COUNT: usize = 11;

/// All of them.
pub const FAILURES: &[Failure] = &[
    Failure {
        name: "V1",
        broken: &[Property::S3, Property::S5],
        removed: &[Rule::LookWhileOpen],
        scenario: probes::OPT_OUT,
    },
    Failure { name: "V2", broken: &[Property::S3], removed: &[Rule::LookWhileOpen], scenario: probes::TWO_STEPS },
    Failure { name: "V3", broken: &[Property::S3], removed: &[Rule::HardClose], scenario: probes::ONE_FAULT },
    Failure { name: "V4", broken: &[Property::S1], removed: &[Rule::MarkTimeInRecent], scenario: probes::TWO_STEPS },
    Failure { name: "V5", broken: &[Property::S5], removed: &[Rule::EntryLeaves], scenario: probes::OPT_OUT },
    Failure { name: "V6", broken: &[Property::S3], removed: &[Rule::YieldedIsAnEnd], scenario: probes::TWO_FLOWS },
    Failure { name: "V7", broken: &[Property::S8], removed: &[Rule::TriesNotDispatches], scenario: probes::STANDSTILL },
    Failure {
        name: "V8",
        broken: &[Property::S5],
        removed: &[Rule::PoisonOnlyFromPlanned],
        scenario: probes::THREE_FAULTS,
    },
    Failure {
        name: "V9",
        broken: &[Property::S2],
        removed: &[Rule::SuppressionInMark],
        scenario: probes::SHARED_ADDRESS,
    },
    Failure { name: "V10", broken: &[Property::S7], removed: &[Rule::BothPlannedYield], scenario: probes::FULL_MERGE },
    Failure { name: "V11a", broken: &[Property::S7], removed: &[Rule::TakesOverStandings], scenario: probes::MERGE },
    Failure {
        name: "V11b",
        broken: &[Property::S3],
        removed: &[Rule::TakesOverStandings, Rule::ExistingMovesStanding],
        scenario: probes::MERGE,
    },
    Failure { name: "V11c", broken: &[Property::S5], removed: &[Rule::MergeWaits], scenario: probes::MERGE_AND_FAULT },
];

/// What a rule is worth alone: what is broken without it, and where; nothing where the others suffice.
#[derive(Debug, Clone, Copy)]
pub struct Worth {
    /// The rule.
    pub rule: Rule,
    /// What is broken without it.
    pub breaks: Option<Property>,
    /// Where it was looked for.
    pub scenarios: &'static [Scenario],
}

/// The rules that are not the subject of a failure above, or that the others make up for.
pub const WORTH: &[Worth] = &[
    Worth { rule: Rule::VersionInMark, breaks: Some(Property::S2), scenarios: &[probes::OPT_OUT] },
    Worth { rule: Rule::NonceTellsMine, breaks: Some(Property::S1), scenarios: &[probes::TWO_WORKERS] },
    Worth { rule: Rule::NoCallAfterLimit, breaks: Some(Property::S1), scenarios: &[probes::FLOWS_AND_FAULT] },
    Worth { rule: Rule::SettlementNeverResends, breaks: Some(Property::S6), scenarios: &[probes::ONE_FAULT] },
    Worth { rule: Rule::PushIsConditional, breaks: Some(Property::S9), scenarios: &[probes::ONE_FAULT] },
    Worth { rule: Rule::UnknownFreesSlot, breaks: None, scenarios: &[probes::FLOWS_AND_FAULT] },
    Worth {
        rule: Rule::GateAsksForSlot,
        breaks: None,
        scenarios: &[probes::FLOWS_AND_FAULT, probes::MERGE, probes::MERGE_AND_FAULT],
    },
    Worth { rule: Rule::GateFollowsMerge, breaks: None, scenarios: &[probes::MERGE, probes::MERGE_AND_FAULT] },
    Worth { rule: Rule::FormerIdsChecked, breaks: None, scenarios: &[probes::MERGE, probes::MERGE_AND_FAULT] },
    Worth { rule: Rule::ExistingMovesStanding, breaks: None, scenarios: &[probes::MERGE, probes::MERGE_AND_FAULT] },
];
