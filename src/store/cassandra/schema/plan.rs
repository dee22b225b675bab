//! What a keyspace lacks, and how it gets it. Pure.

use crate::store::cassandra::schema::error::SchemaError;
use crate::store::cassandra::schema::files::FILES;
use crate::store::cassandra::schema::step::{Lack, Step};
use crate::store::cassandra::schema::table::{Column, Statement};
use crate::store::cassandra::schema::there::There;

/// Everything that is missing, in the order in which it is to be made.
pub fn plan(there: &There) -> Result<Vec<Step>, SchemaError> {
    let mut steps = Vec::new();
    for file in FILES {
        for statement in file.statements()? {
            let lacks = lacks(there, &statement)?;
            steps.extend(lacks.into_iter().map(|lack| Step { file: file.name, lack }));
        }
        if !there.versions.contains(&file.version) {
            steps.push(Step { file: file.name, lack: Lack::Version(file.version) });
        }
    }
    Ok(steps)
}

fn lacks(there: &There, statement: &Statement) -> Result<Vec<Lack>, SchemaError> {
    let Statement { cql, table: name, columns, makes, time_to_live } = statement;
    let Some(table) = there.tables.get(name) else {
        // A table that is made by an earlier statement gets what is added to it later.
        return Ok(match makes {
            true => vec![Lack::Table { name: name.clone(), cql: cql.clone() }],
            false => columns.iter().map(|column| lack(name, column)).collect(),
        });
    };
    let mut lacks = Vec::new();
    for column in columns {
        match table.columns.get(&column.name) {
            None => lacks.push(lack(name, column)),
            Some(kind) if *kind != column.kind => {
                return Err(SchemaError::OtherType {
                    table: name.clone(),
                    column: column.name.clone(),
                    there: kind.clone(),
                    wanted: column.kind.clone(),
                });
            }
            Some(_) => {}
        }
    }
    if *makes && table.time_to_live != *time_to_live {
        lacks.push(Lack::TimeToLive { table: name.clone(), wanted: *time_to_live });
    }
    Ok(lacks)
}

fn lack(table: &str, column: &Column) -> Lack {
    Lack::Column { table: table.to_owned(), column: column.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::cassandra::schema::there::TableThere;

    #[test]
    fn an_empty_keyspace_lacks_everything_in_order() {
        let steps = plan(&There::default()).unwrap();

        assert_eq!(steps[0].to_string(), "table schema_version (cql/0001_schema_version.cql)");
        assert!(steps.iter().any(|step| step.to_string() == "table owner (cql/0002_owner.cql)"));
        let versions = steps.iter().filter(|step| matches!(step.lack, Lack::Version(_)));
        assert_eq!(versions.count(), FILES.len());
    }

    #[test]
    fn a_whole_keyspace_lacks_nothing_and_a_newer_one_neither() {
        let mut there = whole();
        there.versions.insert(99);
        there.tables.insert("of_the_future".into(), TableThere::default());

        assert_eq!(plan(&there).unwrap(), []);
    }

    #[test]
    fn tables_of_the_guide_get_what_they_lack_and_lose_their_time_to_live() {
        let mut there = whole();
        let owner = there.tables.get_mut("owner").unwrap();
        owner.time_to_live = 1_209_600;
        for added in ["released", "n", "closed"] {
            owner.columns.remove(added);
        }
        there.versions.remove(&2);

        let told: Vec<_> = plan(&there).unwrap().iter().map(Step::to_string).collect();

        assert_eq!(
            told,
            [
                "column owner.released (cql/0002_owner.cql)",
                "column owner.n (cql/0002_owner.cql)",
                "column owner.closed (cql/0002_owner.cql)",
                "the right time to live of owner, 0 (cql/0002_owner.cql)",
                "the note that cql/0002_owner.cql was applied (2)",
            ]
        );
    }

    #[test]
    fn a_column_of_another_type_is_beyond_mending() {
        let mut there = whole();
        let owner = there.tables.get_mut("owner").unwrap();
        owner.columns.insert("n".into(), "text".into());

        let error = plan(&there).unwrap_err();

        assert_eq!(error.to_string(), "column owner.n is text, and must be bigint");
    }

    fn whole() -> There {
        let mut there = There { has_keyspace: true, ..There::default() };
        for file in FILES {
            there.versions.insert(file.version);
            for Statement { table, columns, time_to_live, .. } in file.statements().unwrap() {
                let there = there.tables.entry(table).or_default();
                there.time_to_live = time_to_live;
                let columns = columns.into_iter().map(|column| (column.name, column.kind));
                there.columns.extend(columns);
            }
        }
        there
    }
}
