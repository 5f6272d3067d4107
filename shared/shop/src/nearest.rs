//! The nearest right word.

/// The word of `right` that `wrong` was probably meant to be: at most a third of its letters differ, or two.
pub fn nearest<'a>(wrong: &str, right: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).max(2);
    right
        .into_iter()
        .map(|word| (distance(&wrong.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= allowed && *distance < word.chars().count())
        .min()
        .map(|(_, word)| word)
}

/// `: did you mean `x`?` for a message, or nothing.
pub(crate) fn hint<'a>(wrong: &str, right: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, right).map_or_else(String::new, |word| format!(": did you mean `{word}`?"))
}

/// The nearest right word as a hint, or the right ones where none is near.
pub(crate) fn or_list<'a>(wrong: &str, right: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let near = hint(wrong, right.clone());
    if !near.is_empty() {
        return near;
    }
    let words: Vec<String> = right.into_iter().take(12).map(|word| format!("`{word}`")).collect();
    if words.is_empty() { ": there is none".to_owned() } else { format!(": use {}", words.join(", ")) }
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_the_one_with_the_fewest_slips() {
        let fields = ["wait", "letter", "at", "after"];
        assert_eq!(nearest("wiat", fields), Some("wait"));
        assert_eq!(nearest("leter", fields), Some("letter"));
        assert_eq!(nearest("After", fields), Some("after"));
        assert_eq!(nearest("holdout", fields), None);
        assert_eq!(nearest("xy", ["ab"]), None, "nothing in common is no slip");
    }
}
