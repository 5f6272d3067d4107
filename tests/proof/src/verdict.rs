//! What became of runs, in the words of the protocol.

use serde::Serialize;

/// What became of a run, in the words of the protocol. From `lost` on everything must be nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Letters that SES took.
    pub letters: u64,
    /// Calls over the network.
    pub calls: u64,
    /// Faults that were injected, deaths among them.
    pub faults: u64,
    /// Workers that died.
    pub deaths: u64,
    /// Transactional letters that were sent once more, as the shop's setting has it.
    pub possible_duplicate: u64,
    /// Letters that were closed as perhaps lost.
    pub lost_suspect: u64,
    /// Sends of which nobody could say for a while whether they had left.
    pub unknown: u64,
    /// Addresses of which the mail service told that their mailbox does not exist.
    pub bounced: u64,
    /// Letters that were called spam.
    pub complained: u64,
    /// People who were erased.
    pub erased: u64,
    /// Neither taken nor ended with a recorded reason; or said to be sent and not taken.
    pub lost: u64,
    /// Taken twice under never-twice, or two marketing letters within a gap.
    pub duplicate: u64,
    /// Taken without a send, or against an end without a letter.
    pub phantom: u64,
    /// In doubt after the closing hour.
    pub unknown_open: u64,
    /// Another person's address or name.
    pub misdirected: u64,
    /// Marked after an opt-out or a complaint was durable.
    pub after_opt_out: u64,
    /// Marked to an address of which a bounce was taken in; or marketing, of which a complaint was.
    pub after_suppression: u64,
    /// Marked after the person was erased, or something of them is left.
    pub after_erasure: u64,
    /// Marketing that left while the operator had stopped it.
    pub despite_stop: u64,
    /// Marketing at night.
    pub quiet_violations: u64,
    /// More than one request for an attempt.
    pub repeated_requests: u64,
    /// Sends that have ended, and are due still.
    pub ended_and_due: u64,
    /// A slot that is held by a send that ended, with nobody to look.
    pub slot_leaks: u64,
    /// Opted out, and nobody asked for it.
    pub opted_out_by_machine: u64,
    /// Lines of a log, messages of a queue, or errors told to the runtime, that name somebody.
    pub named_in_logs: u64,
    /// Workers that panicked.
    pub panicked: u64,
    /// A hash of everything that happened: the same seed is the same run.
    pub trace: u64,
    /// What happened to each letter, for whoever replays a run.
    #[serde(skip)]
    pub history: Vec<String>,
    /// What the processes wrote, where something was found.
    #[serde(skip)]
    pub logs: String,
    /// What was found, for people.
    pub findings: Vec<String>,
}

impl Verdict {
    /// Whether everything holds.
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.letters += other.letters;
        self.calls += other.calls;
        self.faults += other.faults;
        self.deaths += other.deaths;
        self.possible_duplicate += other.possible_duplicate;
        self.lost_suspect += other.lost_suspect;
        self.unknown += other.unknown;
        self.bounced += other.bounced;
        self.complained += other.complained;
        self.erased += other.erased;
        self.lost += other.lost;
        self.duplicate += other.duplicate;
        self.phantom += other.phantom;
        self.unknown_open += other.unknown_open;
        self.misdirected += other.misdirected;
        self.after_opt_out += other.after_opt_out;
        self.after_suppression += other.after_suppression;
        self.after_erasure += other.after_erasure;
        self.despite_stop += other.despite_stop;
        self.quiet_violations += other.quiet_violations;
        self.repeated_requests += other.repeated_requests;
        self.ended_and_due += other.ended_and_due;
        self.slot_leaks += other.slot_leaks;
        self.opted_out_by_machine += other.opted_out_by_machine;
        self.named_in_logs += other.named_in_logs;
        self.panicked += other.panicked;
        self.findings.extend(other.findings.iter().cloned());
    }

    pub(crate) fn finds(&mut self, count: impl Fn(&mut Self) -> &mut u64, what: String) {
        *count(self) += 1;
        self.findings.push(what);
    }
}
