//! What a variant is called, where it is several choices.

use crate::scalar::Scalar;

/// The choices in one text, such as `Black, M`; nothing where nothing was chosen.
pub(crate) fn title<'s, 'a: 's>(choices: impl Iterator<Item = &'s Scalar<'a>>) -> Option<String> {
    const BYTES: usize = 120;
    let values: Vec<String> = choices.filter_map(|choice| choice.line(BYTES)).collect();
    let mut title = values.join(", ");
    title.truncate(title.floor_char_boundary(BYTES));
    Some(title).filter(|title| !title.is_empty())
}
