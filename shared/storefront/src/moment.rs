//! The time of an entity that names several.

use retention::Time;

use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The first of the times that is there. The first field is the one that is missed where none is.
pub(crate) fn first(fields: &[(&Scalar<'_>, &'static str)]) -> Result<Time, Unreadable> {
    for (field, name) in fields {
        if let Some(at) = field.moment(name)? {
            return Ok(at);
        }
    }
    Err(Unreadable::missing(fields.first().map_or("", |(_, name)| name)))
}
