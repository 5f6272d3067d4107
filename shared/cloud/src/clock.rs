//! The clock: the only place that asks what time it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use retention::Time;

/// What time it is.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's.
    System,
    /// One that is set, for the local run and for tests.
    Set(SetClock),
    /// That of the async runtime, which showed a time at an instant: virtual where the runtime's stands. For proofs, and never
    /// built by a function's `main`.
    Runtime(Time, tokio::time::Instant),
}

/// A clock that stands, or runs from where it was set.
#[derive(Debug, Clone)]
pub struct SetClock(Arc<Mutex<Face>>);

#[derive(Debug)]
struct Face {
    at: Time,
    /// Since when it runs; it stands while there is none.
    running: Option<Instant>,
}

impl Clock {
    /// The present moment, in whole milliseconds, as rows keep it.
    pub fn now(&self) -> Time {
        let now = match self {
            Clock::System => system_now(),
            Clock::Set(clock) => clock.now(),
            Clock::Runtime(then, since) => *then + TimeDelta::from_std(since.elapsed()).unwrap_or_default(),
        };
        Time::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    /// The present moment in microseconds since 1970, for the pace of letters.
    pub fn micros(&self) -> i64 {
        match self {
            Clock::System => system_now().timestamp_micros(),
            Clock::Set(clock) => clock.now().timestamp_micros(),
            Clock::Runtime(then, since) => {
                then.timestamp_micros() + i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX)
            }
        }
    }

    /// Waits until a moment, in microseconds since 1970. A clock that is set is not waited for: nothing may move it meanwhile.
    pub async fn wait_until(&self, micros: i64) {
        let left = micros.saturating_sub(self.micros());
        if let (Clock::System | Clock::Runtime(..), Ok(left)) = (self, u64::try_from(left)) {
            tokio::time::sleep(Duration::from_micros(left)).await;
        }
    }
}

/// The machine's own time.
#[expect(clippy::disallowed_methods, reason = "this is the clock that the ban points to")]
pub fn system_now() -> Time {
    Utc::now()
}

impl SetClock {
    /// A clock that stands at `at`.
    pub fn standing(at: Time) -> Self {
        Self(Arc::new(Mutex::new(Face { at, running: None })))
    }

    /// What it shows.
    pub fn now(&self) -> Time {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now()
    }

    /// Moves it forward; an earlier time leaves it where it is.
    pub fn set(&self, to: Time) {
        let mut face = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = face.now();
        face.at = now.max(to);
        face.running = face.running.map(|_| Instant::now());
    }

    /// Sets it to any time, also an earlier one, as a machine's clock is set that was wrong.
    pub fn jump(&self, to: Time) {
        let mut face = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        face.at = to;
        face.running = face.running.map(|_| Instant::now());
    }

    /// Lets it run, or stop where it is.
    pub fn run(&self, runs: bool) {
        let mut face = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        face.at = face.now();
        face.running = runs.then(Instant::now);
    }
}

impl Face {
    fn now(&self) -> Time {
        let passed = self.running.map(|since| TimeDelta::from_std(since.elapsed()).unwrap_or_default());
        self.at + passed.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_never_goes_back_unless_it_jumps() {
        let clock = SetClock::standing(Time::UNIX_EPOCH);
        clock.set(Time::UNIX_EPOCH + TimeDelta::days(2));
        clock.set(Time::UNIX_EPOCH + TimeDelta::days(1));
        assert_eq!(clock.now(), Time::UNIX_EPOCH + TimeDelta::days(2));
        clock.jump(Time::UNIX_EPOCH);
        assert_eq!(clock.now(), Time::UNIX_EPOCH);
    }
}
