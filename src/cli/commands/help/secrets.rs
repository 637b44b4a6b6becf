//! `iw102 help secrets`: how API keys and task tokens are given, where they never appear, how they are changed.

/// The text of the topic.
pub(super) const TEXT: &str = "\
Secrets

API keys (--api-key) and task tokens (--token) are given by a reference, a REF, so that they stand in no history of a shell and
in no list of processes:

  env:NAME      the variable NAME
  @FILE         a file; refused when others can read it (chmod 600 FILE)
  -             stdin
  name:KEYNAME  API keys only: the key of this name, whose value is asked for from AWS; with --local from the local store
  the secret    itself, with a warning: it shows in ps

White space around a secret does not count. Without a REF:

  --api-key alone takes IW102_API_KEY, else the file of IW102_API_KEY_FILE, else the service's first key from AWS; with --local
  its first local key, and the environment is not read.
  succeed, fail and heartbeat take IW102_TOKEN, else the file of IW102_TOKEN_FILE, where neither a token nor an execution is
  given; else they look for the one task that waits.

A token that was pasted is repaired (white space, quotes, %2B); one that was cut off is refused before it is sent.

Where they never appear
  In messages, in what -v shows, in the JSON of an error, in a file below IW102_HOME that is about AWS, in a completion. `keys
  list` and `keys show` print a digest; `keys show NAME --reveal` prints the value and nothing else. `token` prints the token,
  for a pipe. `http --curl` writes $IW102_API_KEY where the key would stand.
  AWS's credentials are the AWS SDK's to find (iw102 help environment); iw102 keeps none and prints none.

What is kept on this machine
  Local keys without a `value` of their own are made once and kept in keys.json of the local store, which only you can read.
  The input and output of local executions are in that store. Of AWS, only names and ARNs are remembered.

To change a key without a gap
  1. Add a second entry to provider.apiKeys, and deploy.
  2. (umask 077; iw102 keys show NEW --reveal > key.txt), and give it to those who call: --api-key @key.txt
  3. Wait until `iw102 keys usage OLD` stands still.
  4. Take the old entry out, and deploy.
  With --local the entry's going takes the key with it; under the same name a new one is made then.

A task token is used once: after succeed or fail it is worth nothing. One that got out is closed by answering it, or by stop.
";

#[cfg(test)]
mod tests {
    use super::TEXT;

    #[test]
    fn lines_fit_a_terminal_of_130_columns() {
        assert!(TEXT.lines().all(|line| line.chars().count() <= 130));
    }
}
