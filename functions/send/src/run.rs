//! What the letters of one batch share: the control row, the line before SES, the time that is left.

use chrono::TimeDelta;
use cloud::StoreError;
use retention::Time;
use retention::control::Control;
use tokio::sync::Mutex;

use crate::Sender;
use crate::line::Line;

/// How old the control row may be when a letter is marked. A kill switch stops all marketing within twice that.
const FRESH: TimeDelta = TimeDelta::seconds(10);

/// One batch at work.
#[derive(Debug)]
pub struct Run<'s> {
    pub(crate) sender: &'s Sender,
    pub(crate) line: Line<'s>,
    pub(crate) released: bool,
    control: Mutex<(Time, Control)>,
}

impl<'s> Run<'s> {
    /// Reads what a batch needs that must be over by `deadline`.
    pub async fn begin(sender: &'s Sender, deadline: Time) -> Result<Self, StoreError> {
        let now = sender.clock.now();
        let control = sender.store.control().await?;
        let released = sender.store.is_released(now).await?;
        let line = Line::join(sender, deadline).await?;
        Ok(Self { sender, line, released, control: Mutex::new((now, control)) })
    }

    /// The control row, read again where it is old.
    pub(crate) async fn control(&self) -> Result<Control, StoreError> {
        let mut control = self.control.lock().await;
        let now = self.sender.clock.now();
        if now - control.0 > FRESH {
            *control = (now, self.sender.store.control().await?);
        }
        Ok(control.1)
    }
}
