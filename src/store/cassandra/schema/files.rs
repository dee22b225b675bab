//! The files of `cql/`, as they are part of the program.

use crate::store::cassandra::schema::error::SchemaError;
use crate::store::cassandra::schema::table::{Statement, statements};

/// One step of the schema. Never edited after a release.
#[derive(Debug)]
pub struct File {
    pub version: i32,
    pub name: &'static str,
    text: &'static str,
}

/// All of them, in the order in which they are applied.
pub const FILES: &[File] = &[
    File {
        version: 1,
        name: "cql/0001_schema_version.cql",
        text: include_str!("../../../../cql/0001_schema_version.cql"),
    },
    File {
        version: 2,
        name: "cql/0002_owner.cql",
        text: include_str!("../../../../cql/0002_owner.cql"),
    },
    File {
        version: 3,
        name: "cql/0003_transcripts.cql",
        text: include_str!("../../../../cql/0003_transcripts.cql"),
    },
    File {
        version: 4,
        name: "cql/0004_transcript_events.cql",
        text: include_str!("../../../../cql/0004_transcript_events.cql"),
    },
    File {
        version: 5,
        name: "cql/0005_snapshot_parts.cql",
        text: include_str!("../../../../cql/0005_snapshot_parts.cql"),
    },
    File {
        version: 6,
        name: "cql/0006_fences.cql",
        text: include_str!("../../../../cql/0006_fences.cql"),
    },
    File {
        version: 7,
        name: "cql/0007_members.cql",
        text: include_str!("../../../../cql/0007_members.cql"),
    },
    File {
        version: 8,
        name: "cql/0008_deadlines.cql",
        text: include_str!("../../../../cql/0008_deadlines.cql"),
    },
    File {
        version: 9,
        name: "cql/0009_purges.cql",
        text: include_str!("../../../../cql/0009_purges.cql"),
    },
    File {
        version: 10,
        name: "cql/0010_contacts.cql",
        text: include_str!("../../../../cql/0010_contacts.cql"),
    },
    File {
        version: 11,
        name: "cql/0011_records.cql",
        text: include_str!("../../../../cql/0011_records.cql"),
    },
    File {
        version: 12,
        name: "cql/0012_archive.cql",
        text: include_str!("../../../../cql/0012_archive.cql"),
    },
    File {
        version: 13,
        name: "cql/0013_search_and_erasure.cql",
        text: include_str!("../../../../cql/0013_search_and_erasure.cql"),
    },
];

/// How long a deletion is remembered, where the files leave it to whoever runs the ring.
const USUAL_GRACE: &str = "gc_grace_seconds = 864000";

impl File {
    /// The statements of the file.
    pub fn statements(&self) -> Result<Vec<Statement>, SchemaError> {
        statements(self.text).map_err(|what| SchemaError::File { file: self.name, what })
    }

    /// The file with deletions remembered for so long; those that need less keep theirs.
    pub fn text(&self, grace_seconds: Option<u32>) -> String {
        with_grace(self.text, grace_seconds)
    }
}

/// A statement of a file with deletions remembered for so long.
pub fn with_grace(cql: &str, grace_seconds: Option<u32>) -> String {
    match grace_seconds {
        Some(seconds) => cql.replace(USUAL_GRACE, &format!("gc_grace_seconds = {seconds}")),
        None => cql.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_here_numbered_without_gaps() {
        let mut names: Vec<_> = std::fs::read_dir("cql")
            .unwrap()
            .map(|entry| format!("cql/{}", entry.unwrap().file_name().to_str().unwrap()))
            .filter(|name| name.ends_with(".cql"))
            .collect();
        names.sort();

        assert_eq!(FILES.iter().map(|file| file.name).collect::<Vec<_>>(), names);
        for (idx, file) in FILES.iter().enumerate() {
            assert!(file.name.starts_with(&format!("cql/{:04}_", idx + 1)), "{}", file.name);
            assert_eq!(usize::try_from(file.version).unwrap(), idx + 1);
        }
    }

    #[test]
    fn every_file_can_be_read() {
        for file in FILES {
            assert!(!file.statements().unwrap().is_empty(), "{}", file.name);
        }
    }

    #[test]
    fn only_the_usual_span_of_remembered_deletions_can_be_changed() {
        let fences = &FILES[5];
        let owner = &FILES[1];

        assert!(owner.text(Some(7)).contains("gc_grace_seconds = 7\n"));
        assert_eq!(fences.text(Some(7)), fences.text(None));
    }
}
