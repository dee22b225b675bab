//! Standard responses, read from the files of a folder when the node starts.

use crate::config::StandardResponses;
use crate::contact::response::{Library, ResponseFault, Sheet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why the responses cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ResponsesError {
    #[error("failed to read {path}", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}", listed(.0))]
    Faults(Vec<ResponseFault>),
}

/// Reads every `*.toml` of the folder, in the order of their names; none if there is no folder.
pub fn load(section: &StandardResponses) -> Result<Library, ResponsesError> {
    let Some(folder) = &section.folder else { return Ok(Library::default()) };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut sheets = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|source| unreadable(&path, source))?;
        sheets.push(Sheet { name: path.display().to_string(), text });
    }
    Library::read(&sheets).map_err(ResponsesError::Faults)
}

fn unreadable(path: &Path, source: io::Error) -> ResponsesError {
    ResponsesError::Unreadable { path: path.to_owned(), source }
}

fn listed(faults: &[ResponseFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::response::Wanted;

    #[test]
    fn all_files_of_a_folder_are_one_library() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("a.toml", "[[response]]\nid = 'a'\nname = 'A'\ntext = 'a'");
        write("b.toml", "[[response]]\nid = 'b'\nname = 'B'\ntext = 'b'");
        write("notes.txt", "no response");
        let section = StandardResponses { folder: Some(folder.path().to_owned()) };

        assert_eq!(load(&section).unwrap().list(&Wanted::default()).len(), 2);

        write("c.toml", "[[response]]\nid = 'a'\nname = 'A again'\ntext = 'a'");
        let error = load(&section).unwrap_err().to_string();
        assert!(error.contains("c.toml: response 'a'"), "{error}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let section = StandardResponses { folder: Some("/nowhere/at/all".into()) };

        let error = load(&section).unwrap_err();

        assert_eq!(error.to_string(), "failed to read /nowhere/at/all");
        assert!(load(&StandardResponses::default()).is_ok());
    }
}
