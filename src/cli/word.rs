//! EXEC and MACHINE: the words that name an execution or a machine, checked before anything is asked.
//!
//! What a good word means is found out by [`crate::aws::names`].

/// Checks an EXEC; none is `last`.
pub(crate) fn execution(word: Option<&str>) -> Result<String, String> {
    let word = word.map_or("last", str::trim);
    if let Some(name) = word.strip_suffix(":last") {
        machine(name)?;
        return Ok(word.to_owned());
    }
    let (before, name) = if word.starts_with("arn:") { arn_of_execution(word)? } else { split_machine(word) };
    if let Some(before) = before {
        machine(before)?;
    }
    // An execution's name has no such character, so this is a mistake and not a name that is not found.
    if name.is_empty() || name.contains([':', '/', ' ', '*', '?']) {
        return Err(format!("`{word}` is not an execution; write its ARN, its name, last, or MACHINE:last"));
    }
    Ok(word.to_owned())
}

/// Checks a MACHINE.
pub(crate) fn machine(word: &str) -> Result<String, String> {
    let word = word.trim();
    let (name, qualifier) = word.split_once('@').map_or((word, None), |(name, qualifier)| (name, Some(qualifier)));
    let is_other_arn = name.starts_with("arn:") && !name.contains(":stateMachine:");
    let is_wrong_name = !name.starts_with("arn:") && name.contains(':');
    if name.is_empty() || is_other_arn || is_wrong_name || name.contains([' ', '*', '?', '/']) {
        return Err(format!("`{word}` is not a state machine; write its name or its ARN"));
    }
    if qualifier.is_some_and(|qualifier| qualifier.is_empty() || qualifier.contains(['@', ':', '/', ' '])) {
        return Err(format!("`{word}` wants an alias, or the number of a version, behind the @: {name}@LIVE"));
    }
    Ok(word.to_owned())
}

fn split_machine(word: &str) -> (Option<&str>, &str) {
    word.split_once(':').map_or((None, word), |(machine, name)| (Some(machine), name))
}

fn arn_of_execution(word: &str) -> Result<(Option<&str>, &str), String> {
    let mut parts = word.split(':').skip(5);
    let is_execution = matches!(parts.next(), Some("execution" | "express"));
    match (is_execution, parts.last()) {
        (true, Some(name)) => Ok((None, name)),
        _ => Err(format!("`{word}` is not the ARN of an execution")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_can_name_something_pass_as_they_are() {
        let machine_arn = "arn:aws:states:us-east-1:000000000000:stateMachine:M";
        for word in ["last", "one", "M:last", "M:one", "arn:aws:states:us-east-1:000000000000:execution:M:one"] {
            assert_eq!(execution(Some(word)).as_deref(), Ok(word));
        }
        let newest = format!("{machine_arn}:last");
        assert_eq!(execution(Some(&newest)), Ok(newest.clone()));
        assert_eq!(execution(None).as_deref(), Ok("last"));
        assert_eq!(machine(machine_arn).as_deref(), Ok(machine_arn));
    }

    #[test]
    fn wrong_words_are_refused() {
        for word in ["", "a:b:c", "a b", "a/b", ":last", "arn:aws:states:us-east-1:0:stateMachine:M", "arn:aws:s3:::b"]
        {
            assert!(execution(Some(word)).is_err(), "{word}");
        }
        assert_eq!(machine("M@live").as_deref(), Ok("M@live"));
        for word in ["", "M@", "@live", "M@a@b", "arn:aws:states:us-east-1:0:execution:M:one", "a/b", "a:b"] {
            assert!(machine(word).is_err(), "{word}");
        }
    }
}
