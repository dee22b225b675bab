//! What a file of `cql/` says, as far as it must be compared with what is there: tables and their
//! columns, one a line. No reader of CQL at large.

/// One statement of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// As it is put to Cassandra.
    pub cql: String,
    /// The table that it makes or adds to.
    pub table: String,
    /// The columns that are there afterwards.
    pub columns: Vec<Column>,
    /// Whether it makes the table.
    pub makes: bool,
    /// How long rows live, in seconds; 0 is for ever.
    pub time_to_live: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// As Cassandra names it: `text`, `frozen<map<text, text>>`.
    pub kind: String,
    pub is_static: bool,
}

/// The statements of a text, or what cannot be understood.
pub fn statements(text: &str) -> Result<Vec<Statement>, String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let bare = lines.collect::<Vec<_>>().join("\n");
    let each = bare.split(';').map(str::trim).filter(|cql| !cql.is_empty());
    each.map(statement).collect()
}

fn statement(cql: &str) -> Result<Statement, String> {
    let mut lines = cql.lines();
    let first = lines.next().unwrap_or_default();
    if let Some(rest) = first.strip_prefix("CREATE TABLE IF NOT EXISTS ") {
        let table = rest.trim_end_matches('(').trim().to_owned();
        let inside = lines.take_while(|line| !line.starts_with(')'));
        let columns = inside.filter(|line| !line.trim_start().starts_with("PRIMARY KEY"));
        let columns = columns.map(column).collect::<Result<_, _>>()?;
        let time_to_live = time_to_live(cql)?;
        return Ok(Statement { cql: cql.to_owned(), table, columns, makes: true, time_to_live });
    }
    if let Some(rest) = first.strip_prefix("ALTER TABLE ")
        && let Some((table, added)) = rest.split_once(" ADD ")
    {
        let (table, columns) = (table.to_owned(), vec![column(added)?]);
        let cql = cql.to_owned();
        return Ok(Statement { cql, table, columns, makes: false, time_to_live: 0 });
    }
    Err(format!("'{first}' neither makes a table nor adds to one"))
}

fn column(line: &str) -> Result<Column, String> {
    let line = line.trim().trim_end_matches(',');
    let (name, kind) = line.split_once(' ').ok_or(format!("'{line}' is no column"))?;
    let bare = kind.strip_suffix(" static");
    Ok(Column {
        name: name.to_owned(),
        kind: bare.unwrap_or(kind).to_owned(),
        is_static: bare.is_some(),
    })
}

fn time_to_live(cql: &str) -> Result<i32, String> {
    let Some((_, rest)) = cql.split_once("default_time_to_live = ") else { return Ok(0) };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().map_err(|error| format!("a time to live: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_with_its_columns() {
        let text = "-- What; for.\nCREATE TABLE IF NOT EXISTS t (\n  id text,\n  m frozen<map<text, \
                    text>>,\n  c boolean static,\n  PRIMARY KEY (id)\n) WITH default_time_to_live \
                    = 70\n  AND x = 1;\n\nALTER TABLE t ADD n int;\n";

        let [table, added] = statements(text).unwrap().try_into().unwrap();

        assert_eq!((table.table.as_str(), table.makes, table.time_to_live), ("t", true, 70));
        let columns: Vec<_> = table.columns.iter().map(told).collect();
        assert_eq!(columns, ["id text", "m frozen<map<text, text>>", "c boolean static"]);
        assert_eq!(
            (added.table.as_str(), added.makes, told(&added.columns[0]).as_str()),
            ("t", false, "n int")
        );
    }

    #[test]
    fn what_takes_something_away_is_not_understood() {
        assert!(statements("DROP TABLE t;").is_err());
        assert!(statements("ALTER TABLE t DROP c;").is_err());
    }

    fn told(Column { name, kind, is_static }: &Column) -> String {
        format!("{name} {kind}{}", if *is_static { " static" } else { "" })
    }
}
