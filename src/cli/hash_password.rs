//! `holdfast hash-password`: a password from the standard input, as Argon2id hash for
//! `[agents.<name>] password-hash`. Never from an argument: those are seen by everybody.

use crate::cli::{Failure, print};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;

/// Reads one line and prints its hash.
pub fn hash_password() -> Result<(), Failure> {
    let hash = hash(&read_password()?)?;
    print::answer(&format!("{hash}\n"))
}

/// One line of the standard input.
pub fn read_password() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::Other(format!("the password cannot be read: {error}")))?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// The hash of a password, another one each time.
pub fn hash(password: &str) -> Result<String, Failure> {
    if password.is_empty() {
        let how = "no password came; write one line to the standard input".to_owned();
        return Err(Failure::Usage(how));
    }
    let hashed = Argon2::default().hash_password(password.as_bytes());
    let hashed = hashed.map_err(|error| Failure::Other(format!("no hash was made: {error}")))?;
    Ok(hashed.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;
    use argon2::password_hash::phc::PasswordHash;

    #[test]
    fn a_hash_proves_its_password_and_no_other_and_none_is_made_twice() {
        let first = hash("correct horse").ok().unwrap();
        let second = hash("correct horse").ok().unwrap();

        let parsed = PasswordHash::new(&first).unwrap();
        assert!(first.starts_with("$argon2id$") && first != second);
        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"hunter42", &parsed).is_err());
    }

    #[test]
    fn an_empty_password_is_refused() {
        assert_eq!(hash("").unwrap_err().exit_code(), 2);
    }
}
