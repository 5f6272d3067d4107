//! What can go wrong between us and the table, and whether to try again.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::error::display::DisplayErrorContext;

/// A failure that nobody expected: of the network, of the service, of a row's form. Outcomes of conditions are not
/// errors.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {cause}")]
pub struct StoreError {
    what: &'static str,
    cause: String,
    retry: bool,
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub fn is_worth_retrying(&self) -> bool {
        self.retry
    }

    /// A call that failed. The service's message names keys of ours at most, never a body.
    pub(crate) fn call<E, R>(what: &'static str, error: SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        let service = error.as_service_error();
        let code = service.and_then(ProvideErrorMetadata::code).unwrap_or_default().to_owned();
        let message = service.and_then(ProvideErrorMetadata::message).unwrap_or_default();
        let said = service.map(|_| format!("{code}: {message}"));
        let final_codes = ["ValidationException", "ResourceNotFoundException", "AccessDeniedException"];
        let retry = !final_codes.contains(&code.as_str());
        Self { what, cause: said.unwrap_or_else(|| DisplayErrorContext(error).to_string()), retry }
    }

    /// A row that cannot be turned into its noun or back.
    pub(crate) fn unreadable(what: &'static str, cause: &dyn std::fmt::Display) -> Self {
        Self { what, cause: cause.to_string(), retry: false }
    }

    /// A row that newer code wrote.
    pub(crate) fn newer_schema() -> Self {
        let cause = "it was written by a newer version: finish the deployment first".to_owned();
        Self { what: "a row", cause, retry: true }
    }

    /// A race that was lost too often.
    pub fn contended() -> Self {
        Self { what: "a customer row", cause: "it changed at every try".to_owned(), retry: true }
    }
}
